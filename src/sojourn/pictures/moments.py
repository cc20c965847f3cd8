"""Moments of truth as a forest: a ratio and its interval a row, grouped by stage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures.facts import ModelInfo, about, one_block, stage_name
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, digest, polygon, polyline
from sojourn.pictures.text import clean, count, width_of
from sojourn.pictures.theme import Theme, stage_colors

NEEDED = (
    *("stage", "touchpoint", "people", "moves_after", "rate_ratio", "low", "high"),
    *("found", "gained"),
)
MOST_ROWS = 8
"""So many touchpoints of a stage are drawn: the findings and the strongest of the rest."""
ROW, HEAD, SCALE = 27.0, 40.0, 10.5
NARROW = 800.0
WIDEST = 16.0
"""Ratios beyond this (or its inverse) leave the plot by an arrow."""
INSIDE = 14.0
"""A mark stays so far inside the plot: beside the arrow of an interval that leaves it."""
TICKS = (1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0)
EMPTY = (
    "No touchpoint can be compared yet.",
    "It takes at least 10 moves after a touchpoint, and 10 without it.",
)


@dataclass(frozen=True)
class Plot:
    """Where ratios stand: the plot's left edge, its width, and the ratio at its right edge."""

    left: float
    wide: float
    most: float

    def x(self, ratio: float) -> float:
        """Where a ratio is drawn, on a logarithmic scale with 1 in the middle."""
        part = math.log(min(max(ratio, 1 / self.most), self.most)) / math.log(self.most)
        return self.left + self.wide * (1 + part) / 2


Group = tuple[str, str, list[dict[str, Any]]]
"""A stage's name, its colour, and the rows that are drawn of it."""


def moments(
    table: Table, *, model: ModelInfo | None = None, theme: Theme = "light", width: int = 960
) -> str:
    """A `moments` table of one block as SVG text: a row a touchpoint, grouped by stage.

    Stages stand in the model's order, with its names and colours; without a model as the table has
    them. A full mark is a finding, a hollow one is not. Raises PictureError for another kind of
    table, or one of several blocks.
    """
    rows, block = one_block(table, NEEDED)
    canvas = Canvas(width, theme, digest("moments", rows, dict(table.notes), width, theme))
    title = "After which touchpoints people move on sooner"
    beneath = about(table.notes, block, table.notes.get("people"))
    y = header(canvas, title, beneath, bool(table.notes.get("simulated"))) + 12
    groups = _groups(rows, model)
    if groups:
        y = _legend(canvas, y + 4)
        y = _forest(canvas, groups, y + 8)
    else:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    y = footer(canvas, y + 8, _small_print(rows, groups))
    said = " ".join([f"{title}.", *(_sentence(row) for _, _, shown in groups for row in shown)])
    return canvas.render(y, title, said)


def _groups(rows: list[dict[str, Any]], model: ModelInfo | None) -> list[Group]:
    """Each stage with the rows that are drawn, the highest ratio first."""
    given = [] if model is None else list(model.stages)
    stages: dict[str, list[dict[str, Any]]] = {stage.id: [] for stage in given}
    names = {stage.id: stage_name(stage) for stage in given}
    for row in rows:
        stages.setdefault(row["stage"], []).append(row)
    found = []
    for (stage, mine), color in zip(stages.items(), stage_colors(len(stages)), strict=True):
        strongest = sorted(mine, key=lambda r: (not r["found"], -abs(math.log(r["rate_ratio"]))))
        shown = sorted(strongest[:MOST_ROWS], key=lambda r: -r["rate_ratio"])
        if shown:
            found.append((names.get(stage, clean(stage)), color, shown))
    return found


def _plot(canvas: Canvas, groups: list[Group]) -> Plot:
    ends = [row[end] for _, _, rows in groups for row in rows for end in ("low", "high")]
    furthest = max(abs(math.log(end)) for end in ends)
    most = min(max(math.exp(furthest) * 1.05, 2.0), WIDEST)
    room = canvas.width - 2 * canvas.margin
    if canvas.width < NARROW:
        return Plot(canvas.margin + 4, room - 8, most)
    return Plot(canvas.margin + room * 0.3, room * 0.4, most)


def _forest(canvas: Canvas, groups: list[Group], y: float) -> float:
    plot, narrow = _plot(canvas, groups), canvas.width < NARROW
    row_height = ROW + 20 if narrow else ROW
    for stage, color, rows in groups:
        canvas.text(canvas.margin, y + 18, stage, size=look.NAME, weight=700, within=plot.wide)
        top = y + HEAD
        bottom = top + len(rows) * row_height
        _axis(canvas, plot, top - 8, bottom)
        for number, row in enumerate(rows):
            _row(canvas, plot, row, color, top + number * row_height, narrow)
        y = bottom + 26
    return y


def _axis(canvas: Canvas, plot: Plot, top: float, bottom: float) -> None:
    for tick in TICKS:
        if not 1 / plot.most <= tick <= plot.most:
            continue
        x = plot.x(tick)
        stroke = canvas.colors.muted if tick == 1 else canvas.colors.line
        canvas.path(polyline([(x, top), (x, bottom)]), stroke=stroke, thickness=1)
        text = f"{tick:g}\u00d7" if tick >= 1 else f"1/{1 / tick:g}\u00d7"
        canvas.text(x, bottom + 13, text, size=SCALE, fill=canvas.colors.muted, anchor="middle")


def _row(
    canvas: Canvas, plot: Plot, row: dict[str, Any], color: str, top: float, narrow: bool
) -> None:
    middle = top + (ROW + 14 if narrow else ROW / 2)
    weight = 700 if row["found"] else 400
    name = clean(row["touchpoint"])
    told = _words(row)
    right = canvas.width - canvas.margin
    if narrow:
        wide = width_of(told, look.SMALL) + 12
        room = right - canvas.margin - wide
        canvas.text(canvas.margin, top + 14, name, size=look.SMALL, weight=weight, within=room)
        canvas.text(right, top + 14, told, size=look.SMALL, fill=canvas.colors.muted, anchor="end")
    else:
        room = plot.left - canvas.margin - 14
        canvas.text(canvas.margin, middle + 4, name, weight=weight, within=room)
        space = right - plot.left - plot.wide - 14
        canvas.text(plot.left + plot.wide + 14, middle + 4, told, size=look.SMALL, within=space)
    _interval(canvas, plot, row, color, middle)


def _interval(canvas: Canvas, plot: Plot, row: dict[str, Any], color: str, y: float) -> None:
    low, high = plot.x(row["low"]), plot.x(row["high"])
    canvas.path(polyline([(low, y), (high, y)]), stroke=color, thickness=2)
    if row["low"] < 1 / plot.most:
        canvas.path(polygon([(low - 1, y), (low + 6, y - 4), (low + 6, y + 4)]), fill=color)
    if row["high"] > plot.most:
        canvas.path(polygon([(high + 1, y), (high - 6, y - 4), (high - 6, y + 4)]), fill=color)
    fill = color if row["found"] else canvas.colors.paper
    mark = min(max(plot.x(row["rate_ratio"]), plot.left + INSIDE), plot.left + plot.wide - INSIDE)
    canvas.circle(mark, y, 5, fill=fill, stroke=color)


def _words(row: dict[str, Any]) -> str:
    ratio = f"{row['rate_ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
    if not row["found"]:
        return ratio
    gained = round(row["gained"])
    return f"{ratio}, {gained:+,} people"


def _legend(canvas: Canvas, y: float) -> float:
    muted, x = canvas.colors.muted, canvas.margin
    for full, words in ((True, "stands after correction"), (False, "may be chance")):
        wide = 18 + width_of(words, look.SMALL)
        if x + wide > canvas.width - canvas.margin:
            x, y = canvas.margin, y + 18
        fill = muted if full else canvas.colors.paper
        canvas.circle(x + 6, y - 4, 5, fill=fill, stroke=muted)
        canvas.text(x + 18, y, words, size=look.SMALL, fill=muted)
        x += wide + 24
    return y + 14


def _small_print(rows: list[dict[str, Any]], groups: list[Group]) -> list[str]:
    if not rows:
        return []
    found = [
        "Rate of moving on after the touchpoint over the rate without it, among people alike in "
        "time spent in the stage, activity and pace; 95% intervals, on a logarithmic scale.",
        "People: how many more would move on if everybody had it, if it is causal.",
    ]
    drawn = sum(len(shown) for _, _, shown in groups)
    if drawn < len(rows):
        found.append(f"The strongest {drawn} of {count(len(rows), 'touchpoint')} are drawn.")
    return found


def _sentence(row: dict[str, Any]) -> str:
    how = "" if row["found"] else ", may be chance"
    return f"{clean(row['stage'])}, {clean(row['touchpoint'])}: {_words(row)}{how}."
