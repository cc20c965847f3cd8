"""A Table as a page shows it: plain headings, numbers with their units, right-aligned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _

from sojourn.core.table import Column, Table
from sojourn.pictures.text import duration
from sojourn.server.studio.words import KNOWN, SHOWN, label

MOST = 50
"""How many rows a page shows; the files beside it have all."""

DAY = 86_400
STAGES = ("stage", "meant_for", "works_in", "next_stage", "from", "to")
"""Columns that hold ids of stages."""

NUMBERS = ("integer", "number", "money")
NOTHING = "\N{EN DASH}"


@dataclass(frozen=True)
class Heading:
    """A column's heading and whether numbers stand under it."""

    id: str
    text: object
    number: bool


@dataclass(frozen=True)
class Cell:
    """One cell's text, whether it is a number, and where it leads."""

    text: str
    number: bool
    href: str = ""


@dataclass(frozen=True)
class Grid:
    """What a page's table shows, and how many rows it leaves out."""

    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int


def grid(
    table: Table,
    zone: str,
    *,
    links: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
    most: int = MOST,
) -> Grid:
    """The first rows of a table; `links` are the addresses that the first cells lead to.

    `names` are those of the stages, which tables have by their ids.
    """
    columns = shown_columns(table)
    headings = tuple(Heading(c.name, label(table.kind, c.name), c.type in NUMBERS) for c in columns)
    rows = []
    for i, row in enumerate(table.data.slice(0, most).to_pylist()):
        row = {n: _named(n, value, names or {}) for n, value in row.items()}
        cells = [Cell(shown(row[c.name], c, zone, row), c.type in NUMBERS) for c in columns]
        if i < len(links) and links[i]:
            cells[0] = Cell(cells[0].text, cells[0].number, links[i])
        rows.append(tuple(cells))
    return Grid(headings, tuple(rows), max(0, len(table) - most))


def shown_columns(table: Table) -> list[Column]:
    """The columns that a page has room for; the files beside it have all."""
    wanted, left = SHOWN.get(table.kind), KNOWN.get(table.kind, ())
    money = any(column.type == "money" for column in table.columns)
    return [
        c
        for c in table.columns
        if (wanted is None or c.name in wanted or c.name not in left)
        and not (money and c.name == "currency")
    ]


def _named(column: str, value: Any, names: Mapping[str, str]) -> Any:
    return names.get(value, value) if column in STAGES and isinstance(value, str) else value


def shown(value: Any, column: Column, zone: str, row: dict[str, Any] | None = None) -> str:
    """A value as a reader wants it: `12 %`, `9 days`, `1,204`, `3 May 2026, 14:05`."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return formats.date_format(value.astimezone(ZoneInfo(zone)), "j M Y, H:i")
    if column.type == "money":
        amount = _number(value, 2)
        return f"{amount} {(row or {}).get('currency') or ''}".strip()
    if column.unit == "share":
        return _("%(share)s%%") % {"share": _number(100 * value, 1 if abs(value) < 0.1 else 0)}
    if column.unit in ("days", "seconds"):
        return duration(value if column.unit == "days" else value / DAY)
    if column.type in ("integer", "number"):
        return _number(value, 0 if column.type == "integer" else 2)
    return str(value)


def _number(value: float, places: int) -> str:
    return formats.number_format(round(value, places), places, use_l10n=True, force_grouping=True)
