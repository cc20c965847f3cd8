"""Rows of the feed as they leave it: plain values for JSON, and a Table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sojourn.core.table import Column, Table, iso

COLUMNS = (
    Column("position", "integer"),
    Column("at", "time"),
    Column("noticed_at", "time"),
    Column("told", "text"),
    Column("kind", "text"),
    Column("person", "text"),
    Column("model", "text"),
    Column("version", "text"),
    Column("cycle", "integer"),
    Column("stage", "text"),
    Column("from", "text"),
    Column("to", "text"),
    Column("backfill", "boolean"),
    Column("replaces", "integer"),
)
TIMES = ("at", "noticed_at")


def moment(micros: int) -> datetime:
    """An instant in microseconds as a time."""
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its times as texts.

    >>> plain_row({"kind": "moved", "at": 0, "noticed_at": 1_500_000})["noticed_at"]
    '1970-01-01T00:00:01.500000Z'
    """
    return {**row, **{name: iso(moment(row[name])) for name in TIMES}}


def as_table(rows: Sequence[Mapping[str, Any]], after: int) -> Table:
    """Rows as a Table; its note says from where to go on."""
    columns = {column.name: [row[column.name] for row in rows] for column in COLUMNS}
    columns |= {name: [moment(value) for value in columns[name]] for name in TIMES}
    return Table.of("feed", COLUMNS, columns, {"next": after})
