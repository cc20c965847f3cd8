"""How things go: a row a figure, its course over the periods, and what happened when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, digest, polyline
from sojourn.pictures.text import clean, count, wrap
from sojourn.pictures.theme import ACCENTS, Theme

NEEDED = ("period", "complete", "annotations")
BEFORE = "_before"
ROW, GAP, BADGE = 66.0, 10.0, 9.0
WORDS = {
    "people": "People active",
    "touchpoints": "Touchpoints",
    "new_customers": "New customers",
    "orders": "Orders",
    "arrived": "Came in",
    "moved_on": "Moved on",
    "went_quiet": "Went quiet",
}
EMPTY = ("Nothing has happened in this time.", "Choose another time, or wait for touchpoints.")


@dataclass(frozen=True)
class Course:
    """One figure: its name, its values by period, and those of the time before, where asked."""

    name: str
    color: str
    values: list[float]
    before: list[float]


def series(
    table: Table, *, names: Mapping[str, str] | None = None, theme: Theme = "light",
    width: int = 960,
) -> str:  # fmt: skip
    """A `series` table as SVG text; `names` are those of the stages.

    Every row has its own scale from 0; a period that is not whole is dotted. The dashed line is
    the time it is compared with. Raises PictureError for another kind of table.
    """
    known = {column.name for column in table.columns}
    if not set(NEEDED) <= known:
        raise PictureError(f"A {table.kind} table has no course over periods.")
    rows = table.rows
    canvas = Canvas(width, theme, digest("series", rows, dict(table.notes), width, theme))
    courses = _courses(table)
    of, every = table.notes.get("of", "business"), table.notes.get("every", "week")
    whole = "The business" if of == "business" else (names or {}).get(of, of)
    title = f"{whole}, {every} by {every}"
    y = header(canvas, title, about(table.notes, "", None), bool(table.notes.get("simulated")))
    y += 14
    if not any(any(course.values) for course in courses):
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
        return canvas.render(footer(canvas, y + 6, []), title, EMPTY[0])
    noted = [(i, row["annotations"]) for i, row in enumerate(rows) if row["annotations"]]
    top = y
    for course in courses:
        y = _draw(canvas, course, y, [row["complete"] for row in rows])
    y = _axis(canvas, [row["period"] for row in rows], y)
    _mark(canvas, noted, len(rows), top, y - 26)
    y = _told(canvas, noted, [row["period"] for row in rows], y)
    y = footer(canvas, y + 10, _small_print(table))
    said = " ".join(_sentence(course, rows) for course in courses)
    return canvas.render(y, title, said)


def _courses(table: Table) -> list[Course]:
    shown = [
        column for column in table.columns
        if column.name not in NEEDED and not column.name.endswith(BEFORE)
    ]  # fmt: skip
    known = {column.name for column in table.columns}
    found = []
    for i, column in enumerate(shown):
        other = f"{column.name}{BEFORE}"
        before = [float(v) for v in table.column(other)] if other in known else []
        values = [float(v) for v in table.column(column.name)]
        found.append(Course(_named(column.name), ACCENTS[i % len(ACCENTS)], values, before))
    return found


def _named(name: str) -> str:
    if name.startswith("revenue"):
        return f"Revenue {name.removeprefix('revenue').removeprefix('_')}".strip()
    return WORDS.get(name, name)


def _edges(canvas: Canvas) -> tuple[float, float]:
    small = canvas.width < 560
    return (
        canvas.margin + (92 if small else 150),
        canvas.width - canvas.margin - (58 if small else 96),
    )


def _x(canvas: Canvas, place: int, size: int) -> float:
    left, right = _edges(canvas)
    return left + (right - left) * (place / max(size - 1, 1))


def _draw(canvas: Canvas, course: Course, top: float, complete: Sequence[bool]) -> float:
    base, (left, right) = top + ROW - 8, _edges(canvas)
    most = max([*course.values, *course.before, 1e-9])

    def at(values: Sequence[float], place: int) -> tuple[float, float]:
        return _x(canvas, place, len(values)), base - (ROW - 20) * values[place] / most

    canvas.path(f"M{left:.1f} {base:.1f}H{right:.1f}", stroke=canvas.colors.line, thickness=1)
    if course.before:
        points = [at(course.before, i) for i in range(len(course.before))]
        canvas.path(polyline(points), stroke=canvas.colors.muted, thickness=1.4, dashes="4 4")
    for part, is_whole in _runs(complete):
        points = [at(course.values, i) for i in part]
        if len(points) > 1:
            dashes = None if is_whole else "1 4"
            canvas.path(polyline(points), stroke=course.color, thickness=2.5, dashes=dashes)
    x, y = at(course.values, len(course.values) - 1)
    canvas.circle(x, y, 3.4, fill=course.color)
    size, room = look.SMALL if canvas.width < 560 else look.TEXT, left - canvas.margin - 10
    for i, line in enumerate(wrap(clean(course.name), room, size, 700, 2)):
        canvas.text(canvas.margin, base - 14 + 16 * i, line, size=size, weight=700)
    end, last = canvas.width - canvas.margin, course.values[-1]
    canvas.text(end, base - 14, _short(last), size=look.NAME, weight=700, anchor="end")
    if course.before:
        was = f"was {_short(course.before[-1])}"
        canvas.text(end, base + 2, was, size=look.SMALL, fill=canvas.colors.muted, anchor="end")
    return top + ROW + GAP


def _runs(complete: Sequence[bool]) -> list[tuple[list[int], bool]]:
    """The line in pieces: those between whole periods, and those that reach one that is not."""
    pieces: list[tuple[list[int], bool]] = []
    for i in range(1, len(complete)):
        whole = complete[i] and complete[i - 1]
        if pieces and pieces[-1][1] == whole:
            pieces[-1][0].append(i)
        else:
            pieces.append(([i - 1, i], whole))
    return pieces


def _axis(canvas: Canvas, periods: Sequence[str], y: float) -> float:
    last = len(periods) - 1
    places = sorted({0, last // 2, last}) if canvas.width >= 560 and last > 3 else [0, last]
    for place in dict.fromkeys(places):
        anchor = "start" if place == 0 else "end" if place == last else "middle"
        canvas.text(
            _x(canvas, place, len(periods)), y + 8, periods[place],
            size=look.SMALL, fill=canvas.colors.muted, anchor=anchor,  # type: ignore[arg-type]
        )  # fmt: skip
    return y + 30


def _mark(
    canvas: Canvas, noted: Sequence[tuple[int, str]], size: int, top: float, base: float
) -> None:
    """A line through all rows where something happened, with its number on top."""
    for number, (place, _) in enumerate(noted, 1):
        x = _x(canvas, place, size)
        canvas.path(f"M{x:.1f} {top + 6:.1f}V{base - 6:.1f}", stroke=canvas.colors.muted,
                    thickness=1, dashes="2 3")  # fmt: skip
        _badge(canvas, x, top, number)


def _badge(canvas: Canvas, x: float, y: float, number: int) -> None:
    canvas.circle(x, y, BADGE, fill=canvas.colors.card, stroke=canvas.colors.muted)
    canvas.text(x, y + 4, str(number), size=look.SMALL, weight=700, anchor="middle")


def _told(
    canvas: Canvas, noted: Sequence[tuple[int, str]], periods: Sequence[str], y: float
) -> float:
    """What the numbers on top stand for."""
    room = canvas.width - 2 * canvas.margin - 30
    for number, (place, text) in enumerate(noted, 1):
        _badge(canvas, canvas.margin + BADGE, y + 6, number)
        for line in wrap(f"{periods[place]}: {clean(text)}", room, look.TEXT, 400, 3):
            canvas.text(canvas.margin + 30, y + 11, line)
            y += 19
        y += 7
    return y


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.1f}"


def _small_print(table: Table) -> list[str]:
    found = ["Right: the last one. Every row has its own scale from 0."]
    if not all(table.column("complete")):
        found.append("Dotted: not whole, because it goes on, or the log begins in it.")
    if table.notes.get("beside"):
        year = table.notes["beside"] == "year"
        found.append("Dashed: " + ("a year before." if year else "the time before."))
    return found


def _sentence(course: Course, rows: Sequence[Mapping[str, Any]]) -> str:
    first, last = _short(course.values[0]), _short(course.values[-1])
    return (
        f"{course.name}: {first} in {rows[0]['period']}, {last} in {rows[-1]['period']}, "
        f"over {count(len(rows), 'period')}."
    )
