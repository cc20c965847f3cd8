"""Counts made of parts: a bar a row, divided into what it is made of.

Personas with those who are in no other, what people tell others, the paths they take most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about, one_block
from sojourn.pictures.frame import footer, header, notice
from sojourn.pictures.svg import Canvas, digest
from sojourn.pictures.text import clean, count, percent, width_of, wrap
from sojourn.pictures.theme import ACCENTS, Theme

MOST = 30
BAR, LABEL = 16.0, 280.0
GOOD, NEUTRAL, BAD, UNSAID = ACCENTS[2], ACCENTS[4], ACCENTS[6], "#9A948A"
EMPTY = ("There is nothing to show yet.", "Nothing in the log answers this question.")


@dataclass(frozen=True)
class Bar:
    """One row: its name, its parts (how many, in which colour), and what is said beneath."""

    name: str
    parts: tuple[tuple[float, str], ...]
    words: str

    @property
    def total(self) -> float:
        """All parts together."""
        return sum(size for size, _ in self.parts)


@dataclass(frozen=True)
class Shown:
    """What a picture shows: its title, its bars, and what each colour means."""

    title: str
    bars: Sequence[Bar]
    keys: Sequence[tuple[str, str]]
    small: Sequence[str] = ()


def parts(table: Table, *, theme: Theme = "light", width: int = 960) -> str:
    """A `personas`, a `word_of_mouth` or a `paths` table as SVG text.

    Raises PictureError for another kind of table, or one of several blocks.
    """
    if table.kind not in KINDS:
        raise PictureError(
            f"This picture needs one of {', '.join(KINDS)}; this is a {table.kind} table."
        )
    first, make = KINDS[table.kind]
    head = replace(table, data=table.data.slice(0, MOST)) if table.kind == "paths" else table
    rows, block = one_block(head, first)
    made = make(rows[:MOST])
    canvas = Canvas(width, theme, digest(table.kind, rows, dict(table.notes), width, theme))
    beneath = about(table.notes, block, None)
    y = header(canvas, made.title, beneath, bool(table.notes.get("simulated"))) + 12
    bars = made.bars
    if bars:
        y = _keys(canvas, _draw(canvas, bars, y) + 10, made.keys)
    else:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    more = [f"The first {MOST} of {len(table):,}."] if len(table) > MOST else []
    y = footer(canvas, y + 4, [*made.small, *more])
    said = [f"{bar.name}: {bar.words}." for bar in bars]
    return canvas.render(y, made.title, " ".join([f"{made.title}.", *said]))


def _draw(canvas: Canvas, bars: Sequence[Bar], y: float) -> float:
    small = canvas.width < 560
    longest = max(width_of(bar.name, look.TEXT, 700) for bar in bars) + 20
    left = canvas.margin + (0.0 if small else min(longest, LABEL))
    room = canvas.width - canvas.margin - left
    most = max(bar.total for bar in bars) or 1.0
    for bar in bars:
        wide = room if small else left - canvas.margin - 12
        canvas.text(canvas.margin, y + 13, bar.name, weight=700, within=wide)
        y += 20 if small else 0
        x = left
        for size, color in bar.parts:
            canvas.rect(x, y, room * size / most, BAR, fill=color, radius=2)
            x += room * size / most
        said = wrap(bar.words, room, look.SMALL, 400, 2)
        y = canvas.lines(left, y + BAR + 14, said, leading=15) + 4
    return y


def _keys(canvas: Canvas, y: float, keys: Sequence[tuple[str, str]]) -> float:
    x = canvas.margin
    for words, color in keys:
        wide = 30 + width_of(words, look.SMALL)
        if x > canvas.margin and x + wide > canvas.width - canvas.margin:
            x, y = canvas.margin, y + 20
        canvas.rect(x, y - 10, 22, 12, fill=color, radius=2)
        canvas.text(x + 30, y, words, size=look.SMALL, fill=canvas.colors.muted)
        x += wide + 22
    return y + 22 if keys else y


def _personas(rows: Sequence[Mapping[str, Any]]) -> Shown:
    bars = [
        Bar(
            clean(row["persona"]),
            ((row["only_here"], ACCENTS[0]), (row["people"] - row["only_here"], ACCENTS[1])),
            " · ".join(
                [
                    count(row["people"], "person", "people"),
                    f"{percent(row['share'] or 0.0)} of all",
                    *([clean(row["condition"])] if row["condition"] else []),
                ]
            ),
        )
        for row in rows
    ]
    shared = any(row["people"] > row["only_here"] for row in rows)
    more = [("in another one, too", ACCENTS[1])] if shared else []
    keys = [("in no other persona", ACCENTS[0]), *more]
    small = ["Personas may overlap." if shared else "Nobody is in two of them."]
    return Shown("Personas", bars, keys, small)


def _word_of_mouth(rows: Sequence[Mapping[str, Any]]) -> Shown:
    kinds = (("good", GOOD), ("neutral", NEUTRAL), ("bad", BAD), ("unscored", UNSAID))
    bars = [
        Bar(
            clean(row["name"]),
            tuple((row[kind], color) for kind, color in kinds),
            ", ".join(f"{row[kind]:,} {kind}" for kind, _ in kinds if row[kind])
            + f" · {count(row['people'], 'person', 'people')}",
        )
        for row in rows
    ]
    small = ["What carries neither stars, nor an answer, nor a sentiment is unscored, not good."]
    return Shown("What people tell others", bars, [*kinds], small)


def _paths(rows: Sequence[Mapping[str, Any]]) -> Shown:
    bars = [
        Bar(
            f"{row['count']:,} times",
            ((row["count"], ACCENTS[0]),),
            f"{percent(row['share'])} · {clean(row['path'])}",
        )
        for row in rows
    ]
    return Shown("The paths that people take most", bars, [], ["Repeats are kept."])


KINDS: Mapping[str, tuple[Sequence[str], Callable[[Sequence[Mapping[str, Any]]], Shown]]] = {
    "personas": (("persona", "people", "only_here"), _personas),
    "word_of_mouth": (("name", "people", "good", "bad"), _word_of_mouth),
    "paths": (("path", "count", "share"), _paths),
}
