"""Rows that are of no person: costs, and what a search engine showed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bucket import Bools
from sojourn.core.touchpoint import MONEY, TIME
from sojourn.store.importers.money import read_money
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.source import Broken
from sojourn.store.importers.texts import as_text
from sojourn.store.importers.times import read_times
from sojourn.store.recipes.format import Kind
from sojourn.store.recipes.shaping import Made, Shaper
from sojourn.store.recipes.words import COUNTS


@dataclass(frozen=True)
class Side:
    """Rows for another table than the log."""

    kind: Kind
    table: pa.Table

    def filter(self, good: Bools) -> Side:
        """Only the good rows."""
        return Side(self.kind, self.table.filter(pa.array(good)))


class _Reader:
    """Reads the columns of one block and remembers what is wrong with which row."""

    def __init__(self, shaper: Shaper, plan: Plan, made: Made) -> None:
        self.shaper, self.plan, self.table = shaper, plan, made.table
        self.size = len(made.at)
        self.broken: dict[int, Broken] = {}

    def given(self, field: str) -> Any:
        """The column that fills a field, or null."""
        mapped = self.shaper.mapping.get(field)
        if mapped is None:
            return pa.nulls(self.size, pa.string())
        if mapped.column is None:
            return pa.repeat(pa.scalar(mapped.constant or "", pa.string()), self.size)
        return self.table.column(mapped.column).combine_chunks()

    def text(self, field: str) -> Any:
        """A field as text."""
        return as_text(self.given(field))

    def blame(self, wrong: Bools, field: str, reason: str) -> None:
        """Note the rows of which a field is wrong."""
        mapped = self.shaper.mapping.get(field)
        column = mapped.column if mapped and mapped.column else field
        for row in np.flatnonzero(wrong).tolist():
            found = self.given(field)[row].as_py()
            shown = None if found is None else str(found)[:200]
            self.broken.setdefault(row, Broken(row, reason, None, None, column.strip(), shown))

    def day(self, field: str) -> Any:
        """A field as a day; every row needs one."""
        column = self.given(field)
        times = read_times(column, self.plan.times)
        missing = np.asarray(as_text(column).is_null())
        self.blame(~times.good & ~missing, field, "this is no time between the years 1 and 9999")
        self.blame(missing, field, f"the {field} is missing")
        return pa.array(times.us, mask=~times.good).cast(TIME).cast(pa.date32(), safe=False)

    def money(self, field: str) -> Any:
        """A field as an amount of money; every row needs one."""
        column = self.given(field)
        amounts = read_money(column, self.plan.money)
        self.blame(~amounts.good, field, "this is no amount of money")
        self.blame(np.asarray(as_text(column).is_null()), field, f"the {field} is missing")
        return amounts.values.cast(MONEY)

    def number(self, field: str) -> Any:
        """A field as a number, commas between thousands and a percent sign allowed."""
        texts: Any = self.text(field)
        bare = pc.replace_substring_regex(texts, r"[,\s%]", "")
        fits = pc.match_substring_regex(bare, r"^[+-]?\d+(\.\d*)?$").fill_null(True)
        self.blame(~np.asarray(fits), field, "this is no number")
        found = pc.if_else(fits, bare, None).cast(pa.float64())
        percent = pc.match_substring(texts, "%").fill_null(False)
        return pc.if_else(percent, pc.divide(found, 100.0), found)


def side_rows(shaper: Shaper, plan: Plan, made: Made) -> tuple[Side, list[Broken]]:
    """The rows of one block that is not of touchpoints, and those that cannot be read."""
    reader = _Reader(shaper, plan, made)
    kind = shaper.entry.kind
    table = MAKERS[kind](reader)
    return Side(kind, table), [reader.broken[row] for row in sorted(reader.broken)]


def _costs(reader: _Reader) -> pa.Table:
    columns = {"day": reader.day("day")}
    columns |= {name: reader.text(name) for name in ("channel", "campaign")}
    columns["amount"] = reader.money("amount")
    columns["currency"] = pc.utf8_upper(reader.text("currency"))
    return pa.table(columns)


def _visibility(reader: _Reader) -> pa.Table:
    columns = {"day": reader.day("day")}
    columns |= {name: reader.text(name) for name in ("query", "page", "country", "device")}
    columns |= {name: reader.number(name) for name in COUNTS}
    return pa.table(columns)


MAKERS: dict[Kind, Callable[[_Reader], pa.Table]] = {
    "costs": _costs,
    "visibility": _visibility,
}
