"""Estimates with their intervals: a row each, a dot on a line that is as long as it is unsure.

Survey scores by period, what a customer of each block is worth, referred people beside the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about
from sojourn.pictures.frame import PALE, Key, footer, header, legend, notice
from sojourn.pictures.svg import Canvas, digest
from sojourn.pictures.text import clean, count, finite, percent, width_of, wrap
from sojourn.pictures.theme import ACCENTS, Theme

MOST = 40
STEP, TRACK, LABEL = 14.0, 8.0, 280.0
OTHER = ACCENTS[5]
INTERVAL = "95% interval"
NAMES = {"nps": "Net Promoter Score", "csat": "Satisfaction", "ces": "Effort"}
EMPTY = ("There is nothing to show yet.", "Nothing in the log answers this question.")


@dataclass(frozen=True)
class Mark:
    """An estimate and its interval, where it has one, and the colour it is drawn in."""

    value: float
    low: float | None
    high: float | None
    color: str = ACCENTS[0]


@dataclass(frozen=True)
class Line:
    """One row: its name, its marks, and what is said beneath."""

    name: str
    marks: tuple[Mark, ...]
    words: str


@dataclass(frozen=True)
class Shown:
    """What a picture shows: its title, its rows, whether each has a scale of its own, keys."""

    title: str
    lines: Sequence[Line]
    apart: bool
    keys: Sequence[tuple[str, str]]
    small: Sequence[str]


def ranges(table: Table, *, theme: Theme = "light", width: int = 960) -> str:
    """A `survey`, `channels`, `lifetime` by blocks or `referrals_compared` table as SVG text.

    Raises PictureError for another kind of table.
    """
    if table.kind not in KINDS:
        raise PictureError(
            f"This picture needs one of {', '.join(KINDS)}; this is a {table.kind} table."
        )
    made = KINDS[table.kind](table)
    key = digest(table.kind, table.rows, dict(table.notes), width, theme)
    canvas = Canvas(width, theme, key)
    beneath = about(table.notes, "", None)
    y = header(canvas, made.title, beneath, bool(table.notes.get("simulated"))) + 12
    lines = [line for line in made.lines if line.marks][:MOST]
    if lines:
        y = _draw(canvas, lines, made.apart, y)
        y += 12 if made.keys else 0
        for words, color in made.keys:
            y = legend(canvas, y, [Key("pale", words)], color)
    else:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    left = len(made.lines) - len(lines)
    more = [f"{count(left, 'row')} without an estimate or beyond the first {MOST} not drawn."]
    y = footer(canvas, y + 4, [*made.small, *(more if left else [])])
    said = [f"{line.name}: {line.words}." for line in lines]
    return canvas.render(y, made.title, " ".join([f"{made.title}.", *said]))


def _draw(canvas: Canvas, lines: Sequence[Line], apart: bool, y: float) -> float:
    small = canvas.width < 560
    longest = max(width_of(line.name, look.TEXT, 700) for line in lines) + 20
    left = canvas.margin + (0.0 if small else min(longest, LABEL))
    room = canvas.width - canvas.margin - left
    every = [mark for line in lines for mark in line.marks]
    for line in lines:
        low, high = _scale(line.marks if apart else every)
        wide = room if small else left - canvas.margin - 12
        canvas.text(canvas.margin, y + 14, line.name, weight=700, within=wide)
        y += 20 if small else 0
        for mark in line.marks:
            _mark(canvas, mark, left, y + 9, room, low, high)
            y += STEP
        said = wrap(line.words, room, look.SMALL, 400, 2)
        y = canvas.lines(left, y + 17, said, leading=15) + 8
    return y


def _scale(marks: Sequence[Mark]) -> tuple[float, float]:
    """The ends of a line: 0 is always on it."""
    ends = [v for m in marks for v in (m.value, m.low, m.high) if v is not None]
    low, high = min(0.0, *ends), max(0.0, *ends)
    return (low, high) if high > low else (low, low + 1)


def _mark(
    canvas: Canvas, mark: Mark, left: float, y: float, room: float, low: float, high: float
) -> None:
    def at(value: float) -> float:
        return left + room * (value - low) / (high - low)

    line = canvas.colors.line
    canvas.path(f"M{left:.2f} {y:.2f}h{room:.2f}", stroke=line, thickness=1)
    if low < 0 < high:
        canvas.path(f"M{at(0):.2f} {y - 7:.2f}v14", stroke=canvas.colors.muted, thickness=1)
    if mark.low is not None and mark.high is not None:
        begin, end = at(mark.low), at(mark.high)
        canvas.rect(
            begin, y - TRACK / 2, max(end - begin, 1.5), TRACK, fill=mark.color, radius=4,
            opacity=PALE,
        )  # fmt: skip
    canvas.circle(at(mark.value), y, 5, fill=mark.color, stroke=canvas.colors.paper)


def _number(value: float) -> str:
    if value == 0:
        return "0"
    return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.0f}"


def _between(value: float, low: Any, high: Any, told: Callable[[float], str] = _number) -> str:
    ends = finite(low), finite(high)
    said = "" if None in ends else f" ({told(float(low))} to {told(float(high))})"
    return told(value) + said


def _blocks(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return clean(" · ".join(str(row[name]) for name in names if row.get(name) not in (None, "all")))


def _survey(table: Table) -> Shown:
    kind = str(table.notes.get("survey", ""))
    names = [column.name for column in table.columns]
    heads = names[: names.index("answers")]
    told = percent if kind == "csat" else _number
    lines = [
        Line(
            _blocks(row, heads) or "everybody",
            (Mark(row["score"], row["low"], row["high"]),),
            f"{_between(row['score'], row['low'], row['high'], told)} · "
            f"{count(row['people'], 'person', 'people')}",
        )
        for row in table.rows
    ]
    keys = [(INTERVAL, ACCENTS[0])]
    return Shown(NAMES.get(kind, kind.upper()), lines, False, keys, _defined(table, kind))


def _defined(table: Table, kind: str) -> list[str]:
    return [r for r in table.notes.get("remarks", []) if str(r).startswith(f"{kind.upper()}:")]


def _lifetime(table: Table) -> Shown:
    by, rows = table.columns[0].name, table.rows
    money = any(finite(row["expected_value"]) is not None for row in rows)
    what = "expected_value" if money else "expected_orders"
    lines = []
    for row in rows:
        value, low, high = (finite(row[f"{what}{end}"]) for end in ("", "_low", "_high"))
        marks = () if value is None else (Mark(value, low, high),)
        each = "" if value is None else f"{_between(value, low, high)} each · "
        words = f"{each}{count(row['people'], 'customer')}"
        lines.append(Line(clean(row[by]), marks, words))
    span = clean(table.notes.get("horizon", ""))
    unit = "Money" if money else "Orders"
    title = f"{unit} expected of a customer, by {clean(by)}"
    sure = any(mark.low is not None for line in lines for mark in line.marks)
    keys = [(INTERVAL, ACCENTS[0])] if sure else []
    return Shown(title, lines, False, keys, [f"Over the next {span}." if span else ""])


def _channels(table: Table) -> Shown:
    lines = []
    for row in table.rows:
        share, low, high = (finite(row[f"stay_{end}"]) for end in ("share", "low", "high"))
        marks = () if share is None else (Mark(share, low, high),)
        told = f"{row['stayed']:,} of {count(row['ripe'], 'customer')} ordered again"
        if row.get("per_customer_low") is not None:
            cheap, dear = (f"{row[f'per_customer_{end}']:,.0f}" for end in ("low", "high"))
            span = cheap if cheap == dear else f"{cheap} to {dear}"
            told += f" · a new one costs {span} {row['currency'] or ''}".rstrip()
        if share is not None:
            told = f"{_between(share, low, high, percent)} · {told}"
        lines.append(Line(clean(row["channel"]), marks, told))
    small = ["Of customers whose first order is 90 days old; fewer than 30 are not drawn."]
    return Shown("Who stays, by the channel that brought them", lines, False,
                 [(INTERVAL, ACCENTS[0])], small)  # fmt: skip


def _compared(table: Table) -> Shown:
    names = [column.name for column in table.columns]
    heads = names[: names.index("unit")]
    lines = []
    for row in table.rows:
        marks, said = [], []
        for side, color in (("referred", ACCENTS[0]), ("rest", OTHER)):
            value = finite(row[side])
            if value is not None:
                low, high = finite(row[f"{side}_low"]), finite(row[f"{side}_high"])
                marks.append(Mark(value, low, high, color))
                told = percent if row["unit"] == "share" else _number
                said.append(f"{side} {_between(value, low, high, told)}, n {row[f'{side}_n']:,}")
        lines.append(Line(_blocks(row, heads), tuple(marks), " · ".join(said)))
    small = [
        "Every row has its own scale, with 0 on it.",
        "Association, not cause.",
    ]
    keys = [(f"referred people, {INTERVAL}", ACCENTS[0]), (f"the rest, {INTERVAL}", OTHER)]
    return Shown("Referred people beside the rest", lines, True, keys, small)


KINDS: Mapping[str, Callable[[Table], Shown]] = {
    "channels": _channels,
    "survey": _survey,
    "lifetime": _lifetime,
    "referrals_compared": _compared,
}
