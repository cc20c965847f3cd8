"""A stage as a block of text: name, people, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.pictures import theme as look
from sojourn.pictures import words
from sojourn.pictures.facts import StageFacts
from sojourn.pictures.rows import people_of
from sojourn.pictures.svg import Anchor, Canvas
from sojourn.pictures.text import balance, sized, width_of

NUMBER = 20.0
LEADING = 15.5


@dataclass(frozen=True)
class Block:
    """The lines of a block in `room` pixels; `share` is the bold one: how many went on."""

    stage: StageFacts
    names: tuple[str, ...]
    before: tuple[str, ...]
    share: str
    after: tuple[str, ...]
    room: float

    @property
    def height(self) -> float:
        """From the first baseline to the last, in pixels."""
        lines = len(self.before) + len(self.after)
        return 19 * (len(self.names) - 1) + 26 + LEADING * lines + 20 * bool(self.share)

    @property
    def share_size(self) -> float:
        """The size at which the share fits, or nearly."""
        wide = width_of(self.share, look.TEXT, 700)
        return look.TEXT * max(0.7, min(1.0, self.room / wide)) if wide else look.TEXT

    @property
    def width(self) -> float:
        """The width of its widest line, in pixels."""
        unit = width_of(" people", look.SMALL)
        number, size = sized(self.stage.people, self.room - unit, NUMBER, 700)
        small = [width_of(text, look.SMALL) for text in (*self.before, *self.after)]
        names = [width_of(name, look.NAME, 700) + 18 for name in self.names]
        bold = (width_of(number, size, 700) + unit, width_of(self.share, self.share_size, 700))
        return min(self.room, max([*small, *names, *bold]))


def plan_block(stage: StageFacts, width: float) -> Block:
    """Lay a stage's text out in lines of at most `width` pixels."""
    outcome = words.outcome(stage, onward=False)
    share = outcome.pop(0) if words.went_on(stage) else ""
    before = [words.PURCHASE] * stage.neck + [words.journeys(stage)] * bool(stage.reached)
    return Block(
        stage,
        names=tuple(balance(stage.name, width - 18, look.NAME, 700)),
        before=tuple(_fitted(before, width)),
        share=share,
        after=tuple(_fitted(outcome, width)),
        room=width,
    )


def _fitted(texts: list[str], width: float) -> list[str]:
    """Break at commas first: they part numbers that mean different things."""
    fits = [width_of(text, look.SMALL) <= width for text in texts]
    parts = [
        part
        for text, fit in zip(texts, fits, strict=True)
        for part in ([text] if fit or not text[:1].isdigit() else text.split(", "))
    ]
    return [line for part in parts for line in balance(part, width, look.SMALL)]


def draw_block(canvas: Canvas, block: Block, x: float, y: float, anchor: Anchor) -> None:
    """Write a block at `x`, its first baseline at `y`."""
    sign = -1 if anchor == "end" else 1
    canvas.circle(x + sign * 5.5, y - 5.5, 5.5, fill=block.stage.color)
    for name in block.names:
        canvas.text(x + sign * 18, y, name, size=look.NAME, weight=700, anchor=anchor)
        y += 19
    y += 6
    people_of(canvas, block.stage, (x, y), NUMBER, anchor, block.room)
    y = canvas.lines(x, y + 18, block.before, leading=LEADING, anchor=anchor)
    if block.share:
        size, room = block.share_size, block.room
        canvas.text(x, y + 3, block.share, size=size, weight=700, anchor=anchor, within=room)
        y += 20
    canvas.lines(x, y, block.after, leading=LEADING, anchor=anchor)
