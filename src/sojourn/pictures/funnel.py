"""The funnel: a bar a step for those who got there, beneath it those who still may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sojourn.core.table import Table
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about, one_block
from sojourn.pictures.frame import PALE, Key, footer, header, legend, notice
from sojourn.pictures.svg import Canvas, digest
from sojourn.pictures.text import clean, count, duration, fit, percent, width_of
from sojourn.pictures.theme import Theme, stage_colors

NEEDED = (
    "step",
    "name",
    "people",
    "pending",
    "lost",
    "conversion_from_previous",
    "median_seconds",
    "conversion_estimate",
)
BAR, LEADING, GAP = 16.0, 16.0, 4.0
EMPTY = ("Nobody began.", "No touchpoint of the people asked about fills the first step.")
DAY_SECONDS = 86_400


def funnel(table: Table, *, theme: Theme = "light", width: int = 960) -> str:
    """A `funnel` table of one block as SVG text.

    Every bar is drawn on the same scale, from nobody to all who began; its pale part are people
    who have not got that far yet but still may. Raises PictureError for another kind of table,
    or one of several blocks.
    """
    rows, block = one_block(table, NEEDED)
    canvas = Canvas(width, theme, digest("funnel", rows, dict(table.notes), width, theme))
    steps = count(len(rows), "step")
    title = f"From {clean(rows[0]['name'])} to {clean(rows[-1]['name'])}" if rows else "Funnel"
    people = rows[0]["people"] if rows else 0
    beneath = [steps, *_rules(table), *about(table.notes, block, people)]
    y = header(canvas, title, beneath, bool(table.notes.get("simulated"))) + 12
    if people:
        y = _bars(canvas, rows, y)
        y = legend(canvas, y + 18, _keys(rows), stage_colors(len(rows))[0])
    else:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    y = footer(canvas, y + 4, _small_print(rows))
    said = " ".join([f"Funnel of {steps}.", *(_sentence(row) for row in rows)])
    return canvas.render(y, title, said)


def _rules(table: Table) -> list[str]:
    notes = table.notes
    found = [f"within {notes['within']} of step 1"] if notes.get("within") else []
    order = notes.get("order")
    return [*found, *([f"order: {order}"] if order not in (None, "ordered") else [])]


def _keys(rows: list[dict[str, Any]]) -> list[Key]:
    keys = [Key("solid", "got there")]
    return [*keys, Key("pale", "not yet, but still may")] if _waiting(rows)[-1] else keys


def _waiting(rows: list[dict[str, Any]]) -> list[int]:
    """How many are pending before each step: they may still get there."""
    found, before = [], 0
    for row in rows:
        found.append(before)
        before += row["pending"]
    return found


def _bars(canvas: Canvas, rows: list[dict[str, Any]], y: float) -> float:
    left, room = canvas.margin, canvas.width - 2 * canvas.margin
    colors, most = stage_colors(len(rows)), rows[0]["people"]
    for row, waiting, color in zip(rows, _waiting(rows), colors, strict=True):
        _head(canvas, row, y + 16)
        solid = room * row["people"] / most
        canvas.rect(left, y + 24, room, BAR, fill=canvas.colors.line, radius=3, opacity=0.5)
        if waiting:
            pale = min(room, solid + room * waiting / most)
            canvas.rect(left, y + 24, pale, BAR, fill=color, radius=3, opacity=PALE)
        if solid:
            canvas.rect(left, y + 24, max(1.5, solid), BAR, fill=color, radius=3)
        lines = joined(_words(row), room, look.SMALL)
        y = canvas.lines(left, y + BAR + 41, lines, leading=LEADING) + GAP
    return y


def _head(canvas: Canvas, row: dict[str, Any], y: float) -> None:
    """The step's name at the left, its people at the right."""
    left, room = canvas.margin, canvas.width - 2 * canvas.margin
    unit = "person" if row["people"] == 1 else "people"
    number = f"{row['people']:,}"
    after = width_of(unit, look.SMALL) + 5
    wide = after + width_of(number, look.NAME, 700) + 16
    name = clean(f"{row['step']}. {row['name']}")
    canvas.text(left, y, name, size=look.NAME, weight=700, within=room - wide)
    canvas.text(left + room, y, unit, size=look.SMALL, anchor="end", fill=canvas.colors.muted)
    canvas.text(left + room - after, y, number, size=look.NAME, weight=700, anchor="end")


def joined(parts: Sequence[str], width: float, size: float) -> list[str]:
    """Parts beside each other as long as they fit, then on the next line.

    >>> joined(["a word", "another word"], 80, 12)
    ['a word', 'another word']
    """
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(fit(part, width, size))
    return lines


def _words(row: dict[str, Any]) -> list[str]:
    found = []
    if row["conversion_from_previous"] is not None:
        found.append(f"{percent(row['conversion_from_previous'])} of the step before")
    if row["median_seconds"] is not None:
        found.append(f"half came within {duration(row['median_seconds'] / DAY_SECONDS)} of it")
    if row["step"] > 1 and row["conversion_estimate"] is not None:
        found.append(f"{percent(row['conversion_estimate'])} of all in the end (estimate)")
    if row["pending"]:
        found.append(f"{row['pending']:,} pending here")
    if row["lost"]:
        found.append(f"{row['lost']:,} lost here")
    return found


def _sentence(row: dict[str, Any]) -> str:
    people = count(row["people"], "person", "people")
    return ", ".join([f"{clean(row['name'])}: {people}", *_words(row)]) + "."


def _small_print(rows: list[dict[str, Any]]) -> list[str]:
    found = ["People count once, by their best attempt.", "Times are of those who got there."]
    if any(row["pending"] for row in rows):
        found.append("Pending: the time from step 1 is not over; the estimate allows for it.")
    return found
