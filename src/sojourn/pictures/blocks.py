"""A stage as a block of text: name, people, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.pictures import theme as look
from sojourn.pictures import words
from sojourn.pictures.facts import StageFacts
from sojourn.pictures.rows import number_with_unit
from sojourn.pictures.svg import Anchor, Canvas
from sojourn.pictures.text import balance, width_of

NUMBER = 20.0
LEADING = 15.5


@dataclass(frozen=True)
class Block:
    """The lines of a block; `share` is the bold one that says how many went on."""

    stage: StageFacts
    names: tuple[str, ...]
    before: tuple[str, ...]
    share: str
    after: tuple[str, ...]
    size: float

    @property
    def height(self) -> float:
        """From the first baseline to the last, in pixels."""
        lines = len(self.before) + len(self.after)
        return 19 * (len(self.names) - 1) + 26 + LEADING * lines + 20 * bool(self.share)

    @property
    def width(self) -> float:
        """The width of its widest line, in pixels."""
        people = f"{self.stage.people:,}"
        small = [width_of(text, look.SMALL) for text in (*self.before, *self.after)]
        names = [width_of(name, look.NAME, 700) + 18 for name in self.names]
        number = width_of(people, self.size, 700) + width_of(" people", look.SMALL)
        return max([*small, *names, number, width_of(self.share, look.TEXT, 700)])


def plan_block(stage: StageFacts, width: float) -> Block:
    """Lay a stage's text out in lines of at most `width` pixels."""
    outcome = words.outcome(stage, onward=False)
    share = outcome.pop(0) if words.went_on(stage) else ""
    before = [words.PURCHASE] * stage.neck + [words.journeys(stage)] * bool(stage.reached)
    room = width - width_of(" people", look.SMALL)
    return Block(
        stage,
        names=tuple(balance(stage.name, width - 18, look.NAME, 700)),
        before=tuple(_fitted(before, width)),
        share=share,
        after=tuple(_fitted(outcome, width)),
        size=NUMBER * min(1.0, room / width_of(f"{stage.people:,}", NUMBER, 700)),
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
    people = block.stage.people
    unit = "person" if people == 1 else "people"
    number_with_unit(canvas, f"{people:,}", unit, x, y, block.size, anchor)
    y = canvas.lines(x, y + 18, block.before, leading=LEADING, anchor=anchor)
    if block.share:
        canvas.text(x, y + 3, block.share, size=look.TEXT, weight=700, anchor=anchor)
        y += 20
    canvas.lines(x, y, block.after, leading=LEADING, anchor=anchor)
