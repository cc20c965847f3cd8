"""Roles as a heat map: a row a channel or content item, a column a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures.facts import ModelInfo, about, one_block, stage_name
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, digest, polygon
from sojourn.pictures.text import clean, count, fit, percent, width_of
from sojourn.pictures.theme import Theme, stage_colors

NEEDED = ("stage", "item", "people", "moved", "part", "last", "meant_for", "works_in")
NONE = "(none)"
MOST_ITEMS = 24
CELL, GAP, LABEL, NARROW = 30.0, 3.0, 190.0, 46.0
FAINTEST, DARKEST = 0.05, 0.56
"""Opacities of no part and of the largest; the ink can be read on both."""
SCALE = 11.0
EMPTY = ("Nobody met anything.", "No touchpoint in any stage has a value in this column.")


@dataclass(frozen=True)
class Grid:
    """The cells by item and stage, and where they stand."""

    items: list[str]
    stages: list[tuple[str, str, str]]
    """Each stage's id, name and colour."""
    cells: dict[tuple[str, str], dict[str, Any]]
    left: float
    wide: float
    top: float

    @property
    def highest(self) -> float:
        """The largest part: the darkest cell."""
        return max((cell["part"] or 0.0 for cell in self.cells.values()), default=0.0)


def roles(
    table: Table, *, model: ModelInfo | None = None, theme: Theme = "light", width: int = 960
) -> str:
    """A `roles` table of one block as SVG text.

    A cell says in what share of the stage's moves the item was met; a dashed rim is the stage
    that it is meant for, a dot the one in which it works. Beyond 24 items those with the largest
    parts are drawn. Raises PictureError for another kind of table, or one of several blocks.
    """
    rows, block = one_block(table, NEEDED)
    canvas = Canvas(width, theme, digest("roles", rows, dict(table.notes), width, theme))
    stages = _stages(rows, model)
    items = _items(rows, [stage for stage, _, _ in stages])
    of = clean(table.notes.get("of", "item"))
    title = f"Which {of} serves which stage"
    people = int(table.notes.get("people") or 0)
    beneath = ["share of the moves out of each stage", *about(table.notes, block, people)]
    y = header(canvas, title, beneath, bool(table.notes.get("simulated"))) + 14
    grid = _grid(canvas, rows, items[:MOST_ITEMS], stages, y + 26)
    if any(item != NONE for item in items):
        y = _legend(canvas, grid, _draw(canvas, grid) + 20)
    else:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    y = footer(canvas, y + 6, _small_print(items, grid, rows))
    said = [f"Roles of {count(len(items), 'item')}.", *_sentences(grid)]
    return canvas.render(y, title, " ".join(said))


def _stages(rows: Sequence[dict[str, Any]], model: ModelInfo | None) -> list[tuple[str, str, str]]:
    found = list(dict.fromkeys(row["stage"] for row in rows))
    names = {s.id: stage_name(s) for s in model.stages} if model else {}
    ids = [*names, *(stage for stage in found if stage not in names)]
    colors = stage_colors(len(ids))
    return [(i, names.get(i, clean(i)), color) for i, color in zip(ids, colors, strict=True)]


def _items(rows: Sequence[dict[str, Any]], stages: Sequence[str]) -> list[str]:
    """The items with the largest parts, in order of the stage where each works; (none) last."""
    best: dict[str, tuple[float, int]] = {}
    for row in rows:
        mine = (row["part"] or 0.0, -stages.index(row["stage"]))
        best[row["item"]] = max(best.get(row["item"], mine), mine)
    for row in rows:
        if row["works_in"] in stages:
            best[row["item"]] = (best[row["item"]][0], -stages.index(row["works_in"]))
    large = sorted((i for i in best if i != NONE), key=lambda i: (-best[i][0], i))
    shown = large[: MOST_ITEMS - 1]
    shown.sort(key=lambda i: (-best[i][1], -best[i][0], i))
    return [*shown, *([NONE] if NONE in best else []), *large[MOST_ITEMS - 1 :]]


def _grid(
    canvas: Canvas,
    rows: Sequence[dict[str, Any]],
    items: list[str],
    stages: list[tuple[str, str, str]],
    top: float,
) -> Grid:
    cells = {(row["item"], row["stage"]): row for row in rows if row["item"] in set(items)}
    label = LABEL if canvas.width >= 560 else 104.0
    room = canvas.width - 2 * canvas.margin - label
    wide = min(110.0, room / max(len(stages), 1))
    return Grid(items, stages, cells, canvas.margin + label, wide, top)


def _draw(canvas: Canvas, grid: Grid) -> float:
    muted, left = canvas.colors.muted, canvas.margin
    for column, (_, name, color) in enumerate(grid.stages):
        middle = grid.left + column * grid.wide + (grid.wide - GAP) / 2
        words = (
            fit(name, grid.wide - 4, look.SMALL, 700) if grid.wide >= NARROW else f"{column + 1}"
        )
        canvas.text(middle, grid.top - 15, words, size=look.SMALL, weight=700, anchor="middle")
        canvas.rect(middle - (grid.wide - GAP) / 2, grid.top - 8, grid.wide - GAP, 3, fill=color)
    for row, item in enumerate(grid.items):
        y = grid.top + row * CELL
        words = fit(clean(item), grid.left - left - 10, look.TEXT)
        fill = muted if item == NONE else canvas.colors.ink
        canvas.text(left, y + 19, words, size=look.TEXT, fill=fill)
        for column, (stage, _, color) in enumerate(grid.stages):
            x = grid.left + column * grid.wide
            _cell(canvas, grid, (x, y), grid.cells.get((item, stage)), color)
            _marks(canvas, grid, (x, y), item, stage)
    return grid.top + len(grid.items) * CELL


def _cell(
    canvas: Canvas, grid: Grid, at: tuple[float, float], cell: dict[str, Any] | None, color: str
) -> None:
    (x, y), wide = at, grid.wide - GAP
    part = cell["part"] if cell else None
    share = (part or 0.0) / grid.highest if grid.highest else 0.0
    opacity = FAINTEST + (DARKEST - FAINTEST) * share
    canvas.rect(x, y, wide, CELL - GAP, fill=color, radius=3, opacity=opacity)
    if part is None:
        return
    text = percent(part)
    if width_of(text, SCALE) <= wide - 4:
        canvas.text(x + wide / 2, y + 19, text, size=SCALE, anchor="middle")


def _marks(canvas: Canvas, grid: Grid, at: tuple[float, float], item: str, stage: str) -> None:
    """A dashed rim where the item is meant to work, a dot where it does."""
    (x, y), said = at, next((c for (mine, _), c in grid.cells.items() if mine == item), None)
    if said and said["meant_for"] == stage:
        _rim(canvas, x, y, grid.wide - GAP, CELL - GAP)
    if said and said["works_in"] == stage:
        canvas.circle(x + 5, y + 5, 2.5, fill=canvas.colors.ink)


def _rim(canvas: Canvas, x: float, y: float, wide: float, high: float) -> None:
    left, top, right, end = x + 1, y + 1, x + wide - 1, y + high - 1
    shape = polygon([(left, top), (right, top), (right, end), (left, end)])
    canvas.path(shape, stroke=canvas.colors.ink, thickness=1.5, dashes="4 3")


def _legend(canvas: Canvas, grid: Grid, y: float) -> float:
    """What the shades and marks mean."""
    x, muted = canvas.margin, canvas.colors.muted
    color = grid.stages[0][2]
    for part in range(5):
        opacity = FAINTEST + (DARKEST - FAINTEST) * part / 4
        canvas.rect(x + part * 24, y - 10, 22, 12, fill=color, radius=2, opacity=opacity)
    words = f"0% to {percent(grid.highest)} of the stage's moves"
    words = fit(words, canvas.width - canvas.margin - x - 128, look.SMALL)
    canvas.text(x + 128, y, words, size=look.SMALL, fill=muted)
    x += 128 + width_of(words, look.SMALL) + 22
    cells = grid.cells.values()
    marks = {
        "works here: closes most of the moves": any(cell["works_in"] for cell in cells),
        "meant for this stage": any(cell["meant_for"] for cell in cells),
    }
    for words in (word for word, used in marks.items() if used):
        wide = 30 + width_of(words, look.SMALL)
        if x + wide > canvas.width - canvas.margin:
            x, y = canvas.margin, y + 22
            words = fit(words, canvas.width - 2 * canvas.margin - 30, look.SMALL)
        if words.startswith("meant"):
            _rim(canvas, x, y - 11, 22, 14)
        else:
            canvas.circle(x + 11, y - 4, 2.5, fill=canvas.colors.ink)
        canvas.text(x + 30, y, words, size=look.SMALL, fill=muted)
        x += wide + 22
    return y + 22


def _small_print(items: list[str], grid: Grid, rows: Sequence[dict[str, Any]]) -> list[str]:
    found = ["Met in the stay before a move; association, not cause."]
    if len(items) > len(grid.items):
        found.append(f"The {len(grid.items)} with the largest parts of {len(items):,} are shown.")
    if grid.wide < NARROW:
        names = ", ".join(f"{i} {name}" for i, (_, name, _) in enumerate(grid.stages, 1))
        found.append(f"Stages: {names}.")
    still = [name for stage, name, _ in grid.stages if not _moves(rows, stage)]
    if still and rows:
        found.append(f"No moves out of {', '.join(still)}.")
    return found


def _moves(rows: Sequence[dict[str, Any]], stage: str) -> int:
    return sum(row["moved"] for row in rows if row["stage"] == stage)


def _sentences(grid: Grid) -> list[str]:
    found = []
    for item in grid.items:
        parts = ", ".join(
            f"{name} {percent(cell['part'])}"
            for stage, name, _ in grid.stages
            if (cell := grid.cells.get((item, stage))) and cell["part"] is not None
        )
        found.append(f"{clean(item)}: {parts or 'no part in any move'}.")
    return found
