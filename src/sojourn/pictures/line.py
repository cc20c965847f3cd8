"""The line: the stages as a stream from left to right that narrows as people leave."""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures import words
from sojourn.pictures.bands import Level, Sides, Upright, draw_band, level, nobody, taper, upright
from sojourn.pictures.blocks import draw_block, plan_block
from sojourn.pictures.curve import Curve
from sojourn.pictures.facts import Facts, ModelInfo, read_facts
from sojourn.pictures.frame import footer, header, legend, notice
from sojourn.pictures.rows import draw_rows, plan_rows
from sojourn.pictures.scale import WORDS, Scale, check_scale, part
from sojourn.pictures.svg import Canvas, digest, num, polygon
from sojourn.pictures.text import width_of
from sojourn.pictures.theme import Theme

NARROWEST_STAGE = 116.0
"""A stage needs this many pixels to stand beside the others; else they stand below each other."""
HALF = 92.0
GAP = 1.5
LEAST = 1.5
TRICKLE = 40.0


@dataclass(frozen=True)
class Stream:
    """The bands along an axis: `length` is one stage's, `half` half the full width."""

    facts: Facts
    scale: str
    start: float
    length: float
    half: float

    def center(self, index: int) -> float:
        """The middle of a stage, along the axis."""
        return self.start + (index + 0.5) * self.length

    def ends(self, index: int) -> tuple[float, float]:
        """Where a band begins and ends."""
        begin = self.start + index * self.length
        return begin + GAP, begin + self.length - GAP

    def half_of(self, number: int) -> float:
        """Half the width at which a number is drawn."""
        if number <= 0:
            return 0.0
        return max(LEAST, self.half * part(number, self.facts.stages[0].reached, self.scale))

    @property
    def curve(self) -> Curve:
        """Half the width all along."""
        halves = (self.half_of(stage.reached) for stage in self.facts.stages)
        return Curve(tuple((self.center(i), max(h, 0.01)) for i, h in enumerate(halves)))


def line(
    stages: Table,
    *,
    model: ModelInfo,
    theme: Theme = "light",
    width: int = 960,
    title: str | None = None,
    moves: Table | None = None,
    scale: Scale = "sqrt",
) -> str:
    """Draw a `stages` table as a stream, as SVG text `width` pixels wide.

    Its width follows the journeys that reached a stage, by `scale`. It runs from left to right
    where there is room for that, else down. A `moves` table adds the usual shortcuts.
    Raises PictureError for a table of several blocks, of another kind, or of another model.
    """
    check_scale(scale)
    facts = read_facts(stages, model, title, moves)
    canvas = Canvas(width, theme, digest("line", facts, theme, width, scale))
    top = header(canvas, facts.title, facts.about, facts.simulated)
    room = (canvas.width - 2 * canvas.margin) / len(facts.stages)
    draw = _wide if room >= NARROWEST_STAGE else _tall
    y = draw(canvas, facts, top, scale)
    if not facts.empty:
        y = legend(canvas, y, words.stage_keys(facts), facts.stages[0].color)
    size = f"Width: {WORDS[scale]} of journeys, from {facts.stages[0].reached:,} at first."
    sentences = ["" if facts.empty else f"{size} {words.PENDING}", words.source_line(facts)]
    height = footer(canvas, y, sentences)
    return canvas.render(height, facts.title, words.describe(facts, "Line"))


def _wide(canvas: Canvas, facts: Facts, top: float, scale: str) -> float:
    room = canvas.width - 2 * canvas.margin
    stream = Stream(facts, scale, canvas.margin, room / len(facts.stages), HALF)
    middle = top + 16 + HALF
    for i, stage in enumerate(facts.stages):
        if stage.lapsed and stage.reached:
            _drip(canvas, stream, i, middle)
    _bands(canvas, stream, level(middle))
    for i, stage in enumerate(facts.stages):
        if not stage.reached:
            nobody(canvas, stream.center(i), middle, across=True)
    blocks = [plan_block(stage, stream.length - 16) for stage in facts.stages]
    y = middle + HALF + 50
    for i, block in enumerate(blocks):
        draw_block(canvas, block, stream.start + i * stream.length, y, "start")
    y += max(block.height for block in blocks) + 40
    if facts.empty:
        return notice(canvas, canvas.margin, y, min(room, 380.0), words.EMPTY) + 34
    return _back(canvas, stream, y) + 30


def _bands(canvas: Canvas, stream: Stream, sides: Sides) -> None:
    for i, stage in enumerate(stream.facts.stages):
        if stage.reached:
            solid = stream.half_of(stage.seen) / stream.half_of(stage.reached)
            draw_band(canvas, stage, stream.curve, stream.ends(i), solid, sides)


def _drip(canvas: Canvas, stream: Stream, index: int, middle: float) -> None:
    """Those who lapsed run out below, thick as they are many."""
    stage, first = stream.facts.stages[index], stream.facts.stages[0].reached
    thick = 0.34 * stream.half * part(stage.lapsed, first, stream.scale)
    x = stream.center(index)
    edge = stream.curve.at(x)
    start, end = middle + edge, middle + stream.half + 26
    fill = canvas.fade(stage.color, (x, start), (x, end), 0.6)
    d = taper(start - min(8.0, edge), start, end, max(thick / 2, 1.0), Upright(x, 1))
    canvas.path(d, fill=fill)


def _back(canvas: Canvas, stream: Stream, y: float) -> float:
    """Those who begin again flow back from the end to the beginning."""
    flows = " · ".join(f"{number} {what}" for number, what in words.again(stream.facts))
    if not flows:
        return y - 34
    left = stream.start + 6
    right = stream.start + len(stream.facts.stages) * stream.length - 6
    middle = canvas.width / 2
    half = width_of(flows, look.TEXT, 700) / 2 + 12
    canvas.text(middle, y + 4, flows, weight=700, anchor="middle")
    muted = canvas.colors.muted
    ends = f"M{num(right)} {num(y - 14)}Q{num(right)} {num(y)} {num(right - 14)} {num(y)}"
    d = f"{ends}H{num(middle + half)}M{num(middle - half)} {num(y)}H{num(left + 14)}"
    d += f"Q{num(left)} {num(y)} {num(left)} {num(y - 10)}"
    canvas.path(d, stroke=muted, thickness=2.5, dashes="0.1 7")
    canvas.path(polygon([(left - 6, y - 9), (left + 6, y - 9), (left, y - 19)]), fill=muted)
    return y + 8


def _tall(canvas: Canvas, facts: Facts, top: float, scale: str) -> float:
    half = canvas.width * 0.14
    x = canvas.margin + 2 * half + 40
    rows = plan_rows(facts, x, canvas.width - canvas.margin - x)
    stream = Stream(facts, scale, top + 8, rows.heights[0], half)
    middle = canvas.margin + half
    for i, stage in enumerate(facts.stages):
        if not stage.reached:
            nobody(canvas, middle, stream.center(i))
        elif stage.lapsed:
            y, edge = stream.center(i), stream.curve.at(stream.center(i))
            thick = 0.6 * half * part(stage.lapsed, facts.stages[0].reached, scale)
            fill = canvas.fade(stage.color, (middle + edge, y), (x - 8, y), 0.6)
            inside = middle + edge - min(8.0, edge)
            d = taper(inside, middle + edge, x - 8, max(thick / 2, 1.0), Level(y, 1))
            canvas.path(d, fill=fill)
    _bands(canvas, stream, upright(middle))
    y = draw_rows(canvas, facts, rows, stream.start) + 24
    if facts.empty:
        room = canvas.width - 2 * canvas.margin
        return notice(canvas, canvas.margin, y, room, words.EMPTY) + 34
    return y + 8
