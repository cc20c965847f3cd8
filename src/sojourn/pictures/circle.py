"""The circle: the stages as a ring that narrows as people leave, restarts as a loop inside it."""

from __future__ import annotations

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures import words
from sojourn.pictures.blocks import draw_block, plan_block
from sojourn.pictures.facts import Facts, ModelInfo, read_facts
from sojourn.pictures.frame import footer, header, legend, notice
from sojourn.pictures.ring import TRICKLE, Ring, draw_loop, draw_ring
from sojourn.pictures.rows import draw_rows, plan_rows
from sojourn.pictures.scale import WORDS, Scale, check_scale
from sojourn.pictures.svg import Canvas, Point, cubic, digest
from sojourn.pictures.theme import Theme

WIDE = 800
"""From this width on the stages' texts stand around the ring."""
BLOCK = 190.0
APART = 30.0


def circle(
    stages: Table,
    *,
    model: ModelInfo,
    theme: Theme = "light",
    width: int = 960,
    title: str | None = None,
    moves: Table | None = None,
    scale: Scale = "sqrt",
) -> str:
    """Draw a `stages` table as a ring, as SVG text `width` pixels wide.

    The ring's thickness follows the journeys that reached a stage, by `scale`; those who begin
    again flow back inside it. A `moves` table adds the usual shortcuts.
    Raises PictureError for a table of several blocks, of another kind, or of another model.
    """
    check_scale(scale)
    facts = read_facts(stages, model, title, moves)
    canvas = Canvas(width, theme, digest("circle", facts, theme, width, scale))
    top = header(canvas, facts.title, facts.about, facts.simulated)
    draw = _wide if canvas.width >= WIDE else _tall
    y = draw(canvas, facts, top, scale)
    if not facts.empty:
        y = legend(canvas, y, words.stage_keys(facts), facts.stages[0].color)
    thickness = f"Thickness: {WORDS[scale]} of journeys, from {facts.stages[0].reached:,} at first."
    sentences = ["" if facts.empty else f"{thickness} {words.PENDING}", words.source_line(facts)]
    height = footer(canvas, y, sentences)
    return canvas.render(height, facts.title, words.describe(facts, "Circle"))


def _wide(canvas: Canvas, facts: Facts, top: float, scale: str) -> float:
    width = min(BLOCK, (canvas.width - 2 * canvas.margin) * 0.24)
    blocks = [plan_block(stage, width) for stage in facts.stages]
    width = max(block.width for block in blocks)
    right = (len(blocks) + 1) // 2
    reach = canvas.width / 2 - canvas.margin - width - 26
    radius = min(reach - TRICKLE, 250.0) / 1.23
    columns = (list(range(right)), list(range(len(blocks) - 1, right - 1, -1)))
    needed = max(sum(blocks[i].height + APART for i in side) for side in columns)
    height = max(needed, 2 * (radius * 1.23 + TRICKLE) + 16)
    ring = Ring((canvas.width / 2, top + height / 2), radius, facts, scale)
    draw_ring(canvas, ring)
    draw_loop(canvas, ring)
    _center(canvas, ring)
    edges = (canvas.width - canvas.margin - width, canvas.margin + width)
    for side, x, anchor in zip(columns, edges, ("start", "end"), strict=True):
        free = height - sum(blocks[i].height + APART for i in side)
        y = top + free / (2 * len(side)) if side else top
        for i in side:
            _leader(canvas, ring, i, (x - 12 if anchor == "start" else x + 12, y + 10))
            draw_block(canvas, blocks[i], x, y + 16, "start" if anchor == "start" else "end")
            y += blocks[i].height + APART + free / len(side)
    if facts.empty:
        room = min(canvas.width - 2 * canvas.margin, 380.0)
        return notice(canvas, canvas.margin, top + height + 20, room, words.EMPTY) + 34
    return top + height + 30


def _leader(canvas: Canvas, ring: Ring, index: int, end: Point) -> None:
    degrees = ring.facing(index, end)
    edge = ring.middle + ring.curve.at(degrees)
    start = ring.point(degrees, edge + 5)
    aside = 34 if end[0] > ring.center[0] else -34
    d = cubic(start, ring.point(degrees, ring.outside + 22), (end[0] - aside, end[1]), end)
    canvas.path(d, stroke=canvas.colors.line, thickness=1.5)


def _center(canvas: Canvas, ring: Ring) -> None:
    x, y = ring.center
    people = ring.facts.people
    texts = words.again(ring.facts) or [(f"{people:,}", "person" if people == 1 else "people")]
    y -= 22 * (len(texts) - 1)
    for number, what in texts:
        canvas.text(x, y, number, size=look.NUMBER, weight=700, anchor="middle")
        canvas.lines(x, y + 17, [what], anchor="middle")
        y += 48


def _tall(canvas: Canvas, facts: Facts, top: float, scale: str) -> float:
    room = canvas.width - 2 * canvas.margin
    reach = min(room, 440.0) / 2
    ring = Ring((canvas.width / 2, top + 8 + reach), (reach - TRICKLE) / 1.23, facts, scale)
    draw_ring(canvas, ring)
    draw_loop(canvas, ring)
    _center(canvas, ring)
    for i in range(len(facts.stages)):
        edge = ring.middle + ring.half(facts.stages[i].reached)
        x, y = ring.point(ring.label_at(i), edge + 14)
        canvas.text(x, y + 5, str(i + 1), size=look.TEXT, weight=700, anchor="middle")
    y = top + 8 + 2 * reach + 16
    rows = plan_rows(facts, canvas.margin, room, numbered=True, even=False)
    y = draw_rows(canvas, facts, rows, y) + 24
    return notice(canvas, canvas.margin, y, room, words.EMPTY) + 34 if facts.empty else y
