"""What comes: a row a figure, with the expected course of the weeks and its 80% band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about, one_block
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, digest, polygon
from sojourn.pictures.text import clean, count, width_of
from sojourn.pictures.theme import ACCENTS, Theme, stage_colors

NEEDED = ("week", "figure", "stage", "expected", "low", "high", "as_last")
ROW, GAP = 62.0, 12.0
EMPTY = ("Nothing can be forecast yet.", "There are no people on this journey.")


@dataclass(frozen=True)
class Course:
    """One figure's weeks."""

    name: str
    color: str
    expected: list[float]
    low: list[float]
    high: list[float]
    other: list[float]


def forecast(
    table: Table, *, names: Mapping[str, str] | None = None, theme: Theme = "light",
    width: int = 960,
) -> str:  # fmt: skip
    """A `forecast` (or back-test) table as SVG text; `names` are those of the stages.

    Every row has its own scale from 0. The dashed line is what came in a back-test, or what
    would come without the changes. Raises PictureError for another kind of table.
    """
    rows, block = one_block(table, NEEDED)
    canvas = Canvas(width, theme, digest("forecast", rows, dict(table.notes), width, theme))
    other = next((c.name for c in table.columns if c.name in ("actual", "without")), None)
    courses = _courses(rows, names or {}, other)
    weeks = max((row["week"] for row in rows), default=0)
    title = f"The next {count(weeks, 'week')}" if other != "actual" else "What had been forecast"
    beneath = about(table.notes, block, None)
    y = header(canvas, title, beneath, bool(table.notes.get("simulated"))) + 10
    if not courses:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    for course in courses:
        y = _draw(canvas, course, y)
    y = footer(canvas, y + 10, _small_print(table, other))
    return canvas.render(y, title, " ".join(_sentence(c, weeks) for c in courses) or EMPTY[0])


def _courses(
    rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], other: str | None
) -> list[Course]:
    found: dict[tuple[str, str | None], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["figure"], row["stage"]), []).append(row)
    stages = [stage for _, stage in found if stage is not None]
    colors = dict(zip(stages, stage_colors(len(stages)), strict=True))
    return [
        Course(
            f"In {names.get(stage, stage)}" if stage else figure[:1].upper() + figure[1:],
            colors.get(stage or "", ACCENTS[0]),
            _values(mine, "expected"),
            _values(mine, "low"),
            _values(mine, "high"),
            _values(mine, other) if other else [],
        )
        for (figure, stage), mine in found.items()
    ]


def _values(rows: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [float(row[name]) for row in rows]


def _draw(canvas: Canvas, course: Course, top: float) -> float:
    small = canvas.width < 560
    left = canvas.margin + (104 if small else 190)
    right = canvas.width - canvas.margin - (86 if small else 150)
    base, muted = top + ROW - 8, canvas.colors.muted
    most = max([*course.high, *course.other, 1e-9])
    step = (right - left) / max(len(course.expected) - 1, 1)

    def at(week: int, value: float) -> tuple[float, float]:
        return left + week * step, base - (ROW - 20) * value / most

    weeks = range(len(course.expected))
    upper = [at(week, course.high[week]) for week in weeks]
    lower = [at(week, course.low[week]) for week in reversed(weeks)]
    canvas.path(f"M{left:.1f} {base:.1f}H{right:.1f}", stroke=canvas.colors.line, thickness=1)
    canvas.path(polygon([*upper, *lower]), fill=course.color, opacity=0.22)
    canvas.path(
        _line([at(w, course.expected[w]) for w in weeks]), stroke=course.color, thickness=2.5
    )
    if course.other:
        path = _line([at(w, course.other[w]) for w in weeks])
        canvas.path(path, stroke=canvas.colors.ink, thickness=1.5, dashes="4 4")
    canvas.text(
        canvas.margin, base - 12, clean(course.name), weight=700, within=left - canvas.margin - 12
    )
    end = canvas.width - canvas.margin
    canvas.text(
        end, base - 18, _short(course.expected[-1]), size=look.NAME, weight=700, anchor="end"
    )
    between = f"{_short(course.low[-1])}\u2013{_short(course.high[-1])}"
    size = look.SMALL if width_of(between, look.SMALL) < 140 else 10.0
    canvas.text(end, base - 2, between, size=size, fill=muted, anchor="end")
    return top + ROW + GAP


def _line(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}"


def _small_print(table: Table, other: str | None) -> list[str]:
    found = [
        "Right: the last week, expected and the 80% interval. Every row has its own scale from 0."
    ]
    if other == "actual":
        found.append("Dashed: what came.")
    if other == "without":
        found.append("Dashed: without the change.")
    tested = table.notes.get("back_test")
    return [*found, f"Tried on the past: {clean(str(tested))}." if tested else ""]


def _sentence(course: Course, weeks: int) -> str:
    last = (course.expected[-1], course.low[-1], course.high[-1])
    expected, low, high = map(_short, last)
    return f"{course.name} in week {weeks}: {expected}, between {low} and {high}."
