"""The line: the stages as a stream from left to right that narrows as people leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures import words
from sojourn.pictures.bands import Level, Sides, Upright, draw_band, level, nobody, taper, upright
from sojourn.pictures.blocks import draw_block, plan_block
from sojourn.pictures.columns import (
    headings,
    lapsed_width,
    rows_of,
    share_out,
    stage_numbers,
    stage_text,
)
from sojourn.pictures.curve import Curve
from sojourn.pictures.facts import Facts, ModelInfo, StageFacts, read_facts
from sojourn.pictures.frame import footer, header, legend, notice
from sojourn.pictures.rows import draw_rows, plan_rows
from sojourn.pictures.scale import WORDS, Scale, check_scale, part
from sojourn.pictures.svg import Canvas, digest, num, polygon
from sojourn.pictures.text import width_of
from sojourn.pictures.theme import Theme

NARROWEST_STAGE = 116.0
"""A stage needs this many pixels to stand beside the others; else they stand below each other."""
WIDE = 860
"""From this width on stages below each other have their numbers in columns."""
HALF = 92.0
GAP = 1.5
LEAST = 1.5


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

    def lapsed_half(self, stage: StageFacts) -> float:
        """Half the thickness of the trickle of those who lapsed from a stage."""
        first = self.facts.stages[0].reached
        return max(1.0, 0.17 * self.half * part(stage.lapsed, first, self.scale))

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
    tall = _columns if canvas.width >= WIDE else _tall
    draw = _wide if room >= NARROWEST_STAGE else tall
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
            nobody(canvas, stream.center(i), middle, across=stream.length - 12)
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
    stage, x = stream.facts.stages[index], stream.center(index)
    edge = stream.curve.at(x)
    start, end = middle + edge, middle + stream.half + 26
    fill = canvas.fade(stage.color, (x, start), (x, end), 0.6)
    half = stream.lapsed_half(stage)
    d = taper(start - min(8.0, edge), start, end, half, Upright(x, 1))
    canvas.path(d, fill=fill)


def _back(canvas: Canvas, stream: Stream, y: float) -> float:
    """Those who begin again flow back from the end to the beginning."""
    flows = [f"{number} {what}" for number, what in words.again(stream.facts)]
    if not flows:
        return y - 34
    left, middle = stream.start + 6, canvas.width / 2
    right = canvas.width - left
    joined = " · ".join(flows)
    lines = [joined] if width_of(joined, look.TEXT, 700) < right - left - 80 else flows
    half = max(width_of(text, look.TEXT, 700) for text in lines) / 2 + 12
    for i, text in enumerate(lines):
        canvas.text(middle, y + 4 + 18 * i, text, weight=700, anchor="middle")
    d = f"M{num(right)} {num(y - 14)}Q{num(right)} {num(y)} {num(right - 14)} {num(y)}"
    d += f"H{num(middle + half)}M{num(middle - half)} {num(y)}H{num(left + 14)}"
    d += f"Q{num(left)} {num(y)} {num(left)} {num(y - 10)}"
    muted = canvas.colors.muted
    canvas.path(d, stroke=muted, thickness=2.5, dashes="0.1 7")
    canvas.path(polygon([(left - 6, y - 9), (left + 6, y - 9), (left, y - 19)]), fill=muted)
    return y + 8 + 18 * (len(lines) - 1)


def _columns(canvas: Canvas, facts: Facts, top: float, scale: str) -> float:
    columns, row = share_out(canvas, facts), rows_of(facts)
    headings(canvas, columns, top + 12, empty=facts.empty)
    half = min((columns.right - columns.left) / 2 - 12, 150.0)
    stream = Stream(facts, scale, top + 28, row, half)
    middle = (columns.left + columns.right) / 2
    ends = [columns.lapsed - lapsed_width(stage) - 10 for stage in facts.stages]
    _downwards(canvas, stream, middle, ends)
    for i, stage in enumerate(facts.stages):
        stage_text(canvas, stage, columns, stream.center(i) + 4, row)
        if stage.reached:
            stage_numbers(canvas, stage, columns, stream.center(i) + 4)
    y = stream.start + row * len(facts.stages) + 32
    if facts.empty:
        return notice(canvas, canvas.margin, y, 380.0, words.EMPTY) + 34
    return y


def _tall(canvas: Canvas, facts: Facts, top: float, scale: str) -> float:
    half = canvas.width * 0.14
    x = canvas.margin + 2 * half + 40
    rows = plan_rows(facts, x, canvas.width - canvas.margin - x)
    stream = Stream(facts, scale, top + 8, rows.heights[0], half)
    _downwards(canvas, stream, canvas.margin + half, [x - 8] * len(facts.stages))
    y = draw_rows(canvas, facts, rows, stream.start) + 24
    if facts.empty:
        room = canvas.width - 2 * canvas.margin
        return notice(canvas, canvas.margin, y, room, words.EMPTY) + 34
    return y + 8


def _downwards(canvas: Canvas, stream: Stream, middle: float, ends: Sequence[float]) -> None:
    for i, stage in enumerate(stream.facts.stages):
        y = stream.center(i)
        edge = middle + stream.curve.at(y)
        if not stage.reached:
            nobody(canvas, middle, y, down=18)
        elif stage.lapsed:
            thick = stream.lapsed_half(stage)
            fill = canvas.fade(stage.color, (edge, y), (ends[i], y), 0.6)
            inside = max(middle, edge - 8)
            canvas.path(taper(inside, edge, ends[i], thick, Level(y, 1)), fill=fill)
    _bands(canvas, stream, upright(middle))
