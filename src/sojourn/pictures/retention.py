"""Retention as a heat map: a row a cohort, a column a period since, darker where more are back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about, one_block
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, digest, polygon
from sojourn.pictures.text import clean, count, fit, percent, short, width_of
from sojourn.pictures.theme import ACCENTS, Theme

NEEDED = ("cohort", "people", "period", "returned", "share", "complete")
MOST_COHORTS, MOST_PERIODS = 60, 60
CELL, GAP, LABEL = 26.0, 2.0, 148.0
FAINTEST, DARKEST = 0.06, 0.72
"""Opacities of nobody and of the highest share; the ink can be read on both."""
SCALE = 10.5
EMPTY = ("Nobody has come yet.", "No touchpoint of the people asked about begins a cohort.")
YOUNG = ("Nobody could have come back yet.", "There is no period after the first cohort's.")


@dataclass(frozen=True)
class Grid:
    """The cells by cohort and period, and where they stand."""

    cohorts: list[str]
    people: dict[str, int]
    cells: dict[tuple[str, int], dict[str, Any]]
    periods: int
    left: float
    wide: float
    top: float

    @property
    def highest(self) -> float:
        """The highest share: the darkest cell."""
        return max((cell["share"] for cell in self.cells.values()), default=0.0)

    def place(self, row: int, period: int) -> tuple[float, float]:
        """The corner of a cell."""
        return self.left + (period - 1) * self.wide, self.top + row * CELL


def retention(table: Table, *, theme: Theme = "light", width: int = 960) -> str:
    """A `retention` table of one block as SVG text.

    Period 0 is everybody and is not drawn. A cell of a period that was not over has a dashed rim.
    Beyond 60 cohorts the latest are drawn, beyond 60 periods the first. Raises PictureError for
    another kind of table, or one of several blocks.
    """
    rows, block = one_block(table, NEEDED)
    canvas = Canvas(width, theme, digest("retention", rows, dict(table.notes), width, theme))
    every = str(table.notes.get("every", "period"))
    people = sum(row["people"] for row in rows if not row["period"])
    beneath = [*_rules(table), *about(table.notes, block, people)]
    title = "Who comes back"
    y = header(canvas, title, beneath, bool(table.notes.get("simulated"))) + 14
    grid = _grid(canvas, rows, y + 36)
    if grid.cells:
        y = _draw(canvas, grid, every)
        y = _scale(canvas, grid, y + 22)
    else:
        room = canvas.width - 2 * canvas.margin
        y = notice(canvas, canvas.margin, y, room, YOUNG if rows else EMPTY) + 24
    y = footer(canvas, y + 6, _small_print(rows, grid, every))
    said = [f"Retention of {count(len(grid.cohorts), 'cohort')}.", *map(_sentence, _shown(grid))]
    return canvas.render(y, title, " ".join(said))


def _rules(table: Table) -> list[str]:
    notes = table.notes
    names = (("first", "first"), ("back", "back by"))
    return [f"{words}: {clean(notes[key])}" for key, words in names if notes.get(key)]


def _grid(canvas: Canvas, rows: list[dict[str, Any]], top: float) -> Grid:
    people = {row["cohort"]: row["people"] for row in rows}
    cohorts = list(people)[-MOST_COHORTS:]
    kept = set(cohorts)
    shown = [row for row in rows if row["cohort"] in kept and 0 < row["period"] <= MOST_PERIODS]
    periods = max((row["period"] for row in shown), default=0)
    cells = {(row["cohort"], row["period"]): row for row in shown}
    label = LABEL if canvas.width >= 560 else 104.0
    room = canvas.width - 2 * canvas.margin - label
    wide = min(64.0, room / max(periods, 1))
    return Grid(cohorts, people, cells, periods, canvas.margin + label, wide, top)


def _draw(canvas: Canvas, grid: Grid, every: str) -> float:
    muted, left = canvas.colors.muted, canvas.margin
    words = fit(f"{every}s since the first", canvas.width - left - grid.left, look.SMALL)
    canvas.text(grid.left, grid.top - 26, words, size=look.SMALL, fill=muted)
    step = 1 + int(24 // grid.wide)
    for period in range(1, grid.periods + 1, step):
        x = grid.place(0, period)[0] + grid.wide / 2
        canvas.text(x, grid.top - 9, str(period), size=SCALE, fill=muted, anchor="middle")
    for row, cohort in enumerate(grid.cohorts):
        y = grid.top + row * CELL + 17
        canvas.text(left, y, cohort, size=look.SMALL, weight=700)
        number = short(grid.people[cohort]) if grid.left < 150 else f"{grid.people[cohort]:,}"
        canvas.text(grid.left - 10, y, number, size=look.SMALL, fill=muted, anchor="end")
        for period in range(1, grid.periods + 1):
            if (cohort, period) in grid.cells:
                _cell(canvas, grid, row, grid.cells[cohort, period])
    return grid.top + len(grid.cohorts) * CELL


def _cell(canvas: Canvas, grid: Grid, row: int, cell: dict[str, Any]) -> None:
    x, y = grid.place(row, cell["period"])
    gap = min(GAP, grid.wide / 6)
    wide, high = grid.wide - gap, CELL - GAP
    opacity = _opacity(cell["share"], grid.highest)
    canvas.rect(x, y, wide, high, fill=ACCENTS[0], radius=2, opacity=opacity)
    if not cell["complete"]:
        _rim(canvas, x, y, wide, high)
    text = percent(cell["share"])
    if width_of(text, SCALE) <= wide - 4:
        canvas.text(x + wide / 2, y + 16, text, size=SCALE, anchor="middle")


def _rim(canvas: Canvas, x: float, y: float, wide: float, high: float) -> None:
    """A dashed outline just inside a rectangle."""
    left, top, right, end = x + 0.5, y + 0.5, x + wide - 0.5, y + high - 0.5
    shape = polygon([(left, top), (right, top), (right, end), (left, end)])
    canvas.path(shape, stroke=canvas.colors.muted, thickness=1, dashes="2 2")


def _opacity(share: float, highest: float) -> float:
    return FAINTEST + (DARKEST - FAINTEST) * (share / highest if highest else 0.0)


def _scale(canvas: Canvas, grid: Grid, y: float) -> float:
    """What the shades mean: from nobody to the highest share."""
    x = canvas.margin
    for part in range(5):
        opacity = _opacity(part / 4, 1.0)
        canvas.rect(x + part * 24, y - 10, 22, 12, fill=ACCENTS[0], radius=2, opacity=opacity)
    words = f"0% to {percent(grid.highest)} back" if grid.highest else "nobody back"
    canvas.text(x + 128, y, words, size=look.SMALL, fill=canvas.colors.muted)
    if all(cell["complete"] for cell in grid.cells.values()):
        return y + 22
    after = x + 128 + width_of(words, look.SMALL) + 22
    if after + 170 > canvas.width - canvas.margin:
        after, y = x, y + 22
    _rim(canvas, after, y - 10, 22, 12)
    canvas.text(after + 30, y, "not over yet", size=look.SMALL, fill=canvas.colors.muted)
    return y + 22


def _small_print(rows: list[dict[str, Any]], grid: Grid, every: str) -> list[str]:
    cohorts = len({row["cohort"] for row in rows})
    longest = max((row["period"] for row in rows if row["cohort"] in grid.cohorts), default=0)
    found = ["Left: each cohort with its people." if grid.cells else ""]
    if cohorts > len(grid.cohorts):
        found.append(f"The latest {len(grid.cohorts)} of {cohorts:,} cohorts are shown.")
    if longest > grid.periods:
        found.append(f"The first {grid.periods} of {longest:,} {every}s are shown.")
    return found


def _shown(grid: Grid) -> list[tuple[str, int, list[dict[str, Any]]]]:
    return [
        (cohort, grid.people[cohort], [c for (mine, _), c in grid.cells.items() if mine == cohort])
        for cohort in grid.cohorts
    ]


def _sentence(cohort: tuple[str, int, list[dict[str, Any]]]) -> str:
    name, people, cells = cohort
    shares = ", ".join(
        percent(cell["share"]) + ("" if cell["complete"] else " so far") for cell in cells
    )
    return f"{name}: {count(people, 'person', 'people')}{'; back ' + shares if shares else ''}."
