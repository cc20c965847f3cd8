"""The hourglass: the signature picture. Stages win customers down to its waist, then keep them."""

from __future__ import annotations

from collections.abc import Sequence

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures import words
from sojourn.pictures.columns import (
    headings,
    lapsed_width,
    rows_of,
    share_out,
    stage_numbers,
    stage_text,
)
from sojourn.pictures.facts import Facts, ModelInfo, read_facts
from sojourn.pictures.frame import footer, header, legend, notice
from sojourn.pictures.glass import (
    PLATE,
    Box,
    Glass,
    blow,
    draw_glass,
    draw_sand,
    draw_trickle,
    draw_wall,
)
from sojourn.pictures.rows import draw_rows, plan_rows
from sojourn.pictures.scale import WORDS, Scale, check_scale
from sojourn.pictures.svg import Canvas, cubic, digest, polygon, polyline
from sojourn.pictures.text import count, width_of
from sojourn.pictures.theme import Theme
from sojourn.pictures.words import PENDING, source_line, stage_keys

WIDE = 860
"""From this width on the numbers stand in columns beside the glass."""
CAPS = 30.0
TINY = 11.0


def hourglass(
    stages: Table,
    *,
    model: ModelInfo,
    theme: Theme = "light",
    width: int = 960,
    title: str | None = None,
    moves: Table | None = None,
    scale: Scale = "sqrt",
) -> str:
    """Draw a `stages` table as an hourglass, as SVG text `width` pixels wide.

    A band's width follows the journeys that reached its stage, by `scale`; below the purchase the
    scale starts afresh with everybody who bought. A `moves` table adds the usual shortcuts.
    Raises PictureError for a table of several blocks, of another kind, or of another model.
    """
    check_scale(scale)
    facts = read_facts(stages, model, title, moves)
    canvas = Canvas(width, theme, digest("hourglass", facts, theme, width, scale))
    top = header(canvas, facts.title, facts.about, facts.simulated)
    draw = _wide if canvas.width >= WIDE else _tall
    y = draw(canvas, facts, top, scale)
    height = _small_print(canvas, facts, y, scale)
    return canvas.render(height, facts.title, words.describe(facts, "Hourglass"))


def _wide(canvas: Canvas, facts: Facts, top: float, scale: str) -> float:
    columns, row = share_out(canvas, facts), rows_of(facts)
    half = min((columns.right - columns.left) / 2 - 12, 215.0)
    glass = blow(facts, Box((columns.left + columns.right) / 2, top + CAPS, half, row), scale)
    headings(canvas, columns, top + 12, empty=facts.empty)
    _draw(canvas, glass, [columns.lapsed - lapsed_width(s) - 10 for s in facts.stages])
    for i, stage in enumerate(facts.stages):
        y = glass.center(i) + 4
        stage_text(canvas, stage, columns, y, row)
        if stage.reached:
            stage_numbers(canvas, stage, columns, y)
    _afresh(canvas, glass, columns.lapsed)
    if facts.empty:
        x = columns.right + 20
        notice(canvas, x, glass.center(0) - 34, columns.went - x, words.EMPTY)
    return _back(canvas, facts, glass) + 34


def _afresh(canvas: Canvas, glass: Glass, edge: float) -> None:
    """Say where the scale starts again, when there is room beside the glass."""
    facts, text = glass.facts, "scale starts again"
    below = glass.center(facts.neck) + glass.box.row / 2
    x = glass.box.middle + glass.wall.at(below) + 10
    if facts.neck == len(facts.stages) - 1 or not facts.stages[facts.neck].reached:
        return
    if x + width_of(text, TINY) <= edge:
        canvas.text(x, below + 4, text, size=TINY, fill=canvas.colors.muted)


def _tall(canvas: Canvas, facts: Facts, top: float, scale: str) -> float:
    left = canvas.margin + 18
    half = canvas.width * 0.16
    x = left + 2 * half + 34
    rows = plan_rows(facts, x, canvas.width - canvas.margin - x)
    glass = blow(facts, Box(left + half, top + 8, half, rows.heights[0]), scale)
    _draw(canvas, glass, [x - 8] * len(facts.stages))
    draw_rows(canvas, facts, rows, glass.box.top)
    if facts.empty:
        room = canvas.width - 2 * canvas.margin
        return notice(canvas, canvas.margin, glass.bottom + 30, room, words.EMPTY) + 34
    return _back(canvas, facts, glass) + 34


def _draw(canvas: Canvas, glass: Glass, ends: Sequence[float]) -> None:
    draw_glass(canvas, glass)
    for i, end in enumerate(ends):
        draw_trickle(canvas, glass, i, end)
    draw_sand(canvas, glass)
    draw_wall(canvas, glass)


def _back(canvas: Canvas, facts: Facts, glass: Glass) -> float:
    """Those who begin again, or whom others bring, flow from the bottom back to the top."""
    flows = [f"{number} {what}" for number, what in words.again(facts)]
    y = glass.bottom + PLATE
    if not flows:
        return y
    edge = glass.box.middle - glass.box.half + 8
    text = " · ".join(flows)
    if width_of(text, look.TEXT, 700) <= canvas.width - canvas.margin - edge:
        flows = [text]
    first = y + 30
    for i, line in enumerate(flows):
        canvas.text(edge, first + 19 * i, line, weight=700)
    _loop(canvas, glass, edge - 10, first - 4)
    return first + 19 * (len(flows) - 1) + 6


def _loop(canvas: Canvas, glass: Glass, x: float, y: float) -> None:
    """The dotted way back, along the left of the glass."""
    top, bottom = glass.center(0), glass.bottom - glass.box.row / 4
    steps = [bottom + (top - bottom) * i / 60 for i in range(61)]
    side = [(glass.box.middle - glass.wall.at(s) - 15, s) for s in steps]
    reach = glass.box.middle - glass.box.half - 20
    lead = cubic((x, y), (reach, y), (side[0][0] - 6, y - 20), side[0])
    dots = lead + polyline(side).replace("M", "L", 1)
    canvas.path(dots, stroke=canvas.colors.muted, thickness=2.5, dashes="0.1 7")
    ax, ay = side[-1]
    canvas.path(polygon([(ax - 6, ay), (ax + 6, ay), (ax, ay - 10)]), fill=canvas.colors.muted)


def _small_print(canvas: Canvas, facts: Facts, y: float, scale: str) -> float:
    if facts.empty:
        return footer(canvas, y, [source_line(facts)])
    y = legend(canvas, y, stage_keys(facts), facts.stages[0].color)
    neck = facts.stages[facts.neck]
    afresh = (
        f"Below {neck.name} the scale starts again: full width is the"
        f" {count(neck.reached, 'journey')} with a purchase."
    )
    sentences = [
        f"Width: {WORDS[scale]} of journeys, from {facts.stages[0].reached:,} at the top.",
        afresh if facts.neck < len(facts.stages) - 1 and neck.reached else "",
        PENDING,
        source_line(facts),
    ]
    return footer(canvas, y, sentences)
