"""Lifetime: a bar a tenth of the customers, or what a model expected beside what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.pictures import theme as look
from sojourn.pictures.facts import about
from sojourn.pictures.frame import PALE, Key, footer, header, legend, notice
from sojourn.pictures.svg import Canvas, digest
from sojourn.pictures.text import clean, count, fit, percent, width_of
from sojourn.pictures.theme import ACCENTS, Theme

TENTHS = 10
ROW, BAR, LABEL = 34.0, 18.0, 150.0
EMPTY = ("Nobody has bought yet.", "Lifetime needs people who bought, and some who bought again.")


@dataclass(frozen=True)
class Bar:
    """One row: what it is called, what is expected, what happened if known, and what is said."""

    name: str
    expected: float
    happened: float | None
    words: tuple[str, ...]


def lifetime(table: Table, *, theme: Theme = "light", width: int = 960) -> str:
    """A `lifetime` table as SVG text, of people or of a hold-out.

    People are drawn in tenths, the most valuable first: by the value expected of them, or their
    orders where no value is known. Raises PictureError for another kind of table.
    """
    names = [column.name for column in table.columns]
    if "expected_orders" not in names or "frequency" not in names:
        raise PictureError(
            f"This picture needs a lifetime table; a {table.kind} table has {', '.join(names)}."
        )
    held = "p_alive" not in names
    rows = table.rows
    bars, title = _held_out(rows) if held else _tenths(rows)
    canvas = Canvas(width, theme, digest("lifetime", names, rows, dict(table.notes), width, theme))
    y = header(canvas, title, _beneath(table, held), bool(table.notes.get("simulated"))) + 12
    if bars:
        y = _draw(canvas, bars, y)
        y = legend(canvas, y + 16, _keys(held), ACCENTS[0])
    else:
        y = notice(canvas, canvas.margin, y, canvas.width - 2 * canvas.margin, EMPTY) + 24
    y = footer(canvas, y + 4, _small_print(table, held))
    said = [f"{clean(bar.name)}: {', '.join(bar.words)}." for bar in bars]
    return canvas.render(y, title, " ".join([f"{title}.", *said]))


def _beneath(table: Table, held: bool) -> list[str]:
    notes = table.notes
    span = notes.get("holdout") if held else notes.get("horizon")
    unit = "" if isinstance(span, str) else " units of time"
    words = "the last" if held else "over the next"
    found = [f"{words} {clean(span)}{unit}"] if span is not None else []
    buyers = notes.get("buyers")
    return [*found, *([count(int(buyers), "buyer")] if buyers else []), *about(notes, "", None)]


def _tenths(rows: Sequence[dict[str, Any]]) -> tuple[list[Bar], str]:
    """The people in ten parts as equal as can be, the most valuable first."""
    money = any(row.get("expected_value") is not None for row in rows)
    what = "expected_value" if money else "expected_orders"
    people = sorted(rows, key=lambda row: -(row.get(what) or 0.0))
    total = sum(row.get(what) or 0.0 for row in people)
    parts = min(TENTHS, len(people))
    bars = []
    for place in range(parts):
        mine = people[place * len(people) // parts : (place + 1) * len(people) // parts]
        worth = sum(row.get(what) or 0.0 for row in mine)
        alive = sum(row["p_alive"] for row in mine) / len(mine)
        unit = "" if money else " orders"
        words = [
            f"{_number(worth)}{unit}",
            f"{percent(worth / total)} of all" if total > 0 else "",
            f"{_number(worth / len(mine))} each",
            f"{percent(alive)} still active",
        ]
        name = count(len(mine), "person", "people")
        bars.append(Bar(name, worth, None, tuple(word for word in words if word)))
    best = percent(bars[0].expected / total) if bars and total > 0 and parts == TENTHS else ""
    kind = "value" if money else "orders"
    title = f"The most valuable tenth: {best} of the {kind} to come"
    return bars, title if best else f"The {kind} to come"


def _held_out(rows: Sequence[dict[str, Any]]) -> tuple[list[Bar], str]:
    bars = [
        Bar(
            f"{clean(row['frequency'])} before",
            row["expected_orders"] / row["people"],
            row["orders"] / row["people"],
            (
                count(row["people"], "person", "people"),
                f"{_number(row['expected_orders'])} purchases expected, {row['orders']:,} came",
            ),
        )
        for row in rows
    ]
    return bars, "What was expected, and what came"


def _number(value: float) -> str:
    return f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"


def _draw(canvas: Canvas, bars: Sequence[Bar], y: float) -> float:
    left = canvas.margin + (LABEL if canvas.width >= 560 else 92.0)
    room = canvas.width - canvas.margin - left
    most = max(max(bar.expected, bar.happened or 0.0) for bar in bars) or 1.0
    for bar in bars:
        name = fit(clean(bar.name), left - canvas.margin - 12, look.TEXT, 700)
        canvas.text(canvas.margin, y + 14, name, size=look.TEXT, weight=700)
        half = BAR if bar.happened is None else BAR / 2
        pairs = [(bar.expected, 1.0)] if bar.happened is None else []
        if bar.happened is not None:
            pairs = [(bar.expected, PALE), (bar.happened, 1.0)]
        for place, (value, opacity) in enumerate(pairs):
            wide = max(0.0, room * value / most)
            top = y + place * half
            canvas.rect(left, top, wide, half, fill=ACCENTS[0], radius=2, opacity=opacity)
        words = " · ".join(bar.words)
        if width_of(words, look.SMALL) > room:
            words = " · ".join(bar.words[:2])
        words = fit(words, room, look.SMALL)
        canvas.text(left, y + BAR + 14, words, size=look.SMALL, fill=canvas.colors.muted)
        y += ROW + 8
    return y


def _keys(held: bool) -> list[Key]:
    if held:
        return [Key("pale", "expected a person"), Key("solid", "came")]
    return [Key("solid", "expected of each tenth, the most valuable first")]


def _small_print(table: Table, held: bool) -> list[str]:
    notes, found = table.notes, []
    if held:
        hoped, came = notes.get("expected_orders"), notes.get("actual_orders")
        if hoped is not None and came is not None:
            found.append(f"Together {_number(hoped)} purchases expected, {int(came):,} came.")
        return [*found, "Groups are by repeat purchases before the hold-out."]
    low, high = notes.get("expected_orders_low"), notes.get("expected_orders_high")
    if low is not None and high is not None:
        hoped = _number(notes["expected_orders"])
        found.append(f"Orders expected of all: {hoped} ({_number(low)} to {_number(high)}, 95%).")
    return [*found, "Expectations of BG/NBD and Gamma-Gamma; what one person does varies far more."]
