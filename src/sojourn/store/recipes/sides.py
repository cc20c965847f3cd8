"""Rows that are no touchpoints: traits of people, costs, and what a search engine showed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bucket import Bools
from sojourn.core.touchpoint import MONEY, TIME
from sojourn.store.importers.derive import names_nobody
from sojourn.store.importers.mapping import ALIAS, KINDS
from sojourn.store.importers.money import read_money
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.source import Broken
from sojourn.store.importers.texts import as_text
from sojourn.store.importers.times import read_times
from sojourn.store.recipes.format import Kind
from sojourn.store.recipes.shaping import OWN, Made, Shaper
from sojourn.store.recipes.words import COUNTS

KIND_OF = {field: kind for kind, field in KINDS.items()}


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

    def time(self, field: str, otherwise: int | None) -> Any:
        """A field as instants; `otherwise` stands for what is missing."""
        if field not in self.shaper.mapping:
            return pa.repeat(pa.scalar(otherwise, pa.int64()), self.size).cast(TIME)
        column = self.given(field)
        times = read_times(column, self.plan.times)
        missing = np.asarray(as_text(column).is_null())
        self.blame(~times.good & ~missing, field, "this is no time between the years 1 and 9999")
        if otherwise is None:
            self.blame(missing, field, f"the {field} is missing")
        us = np.where(missing, otherwise or 0, times.us)
        return pa.array(us, mask=~times.good & ~(missing & (otherwise is not None))).cast(TIME)

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


def _people(reader: _Reader) -> pa.Table:
    """Who, since when, and every trait as a text: `kind:id` columns, then `trait:name` ones."""
    columns: dict[str, Any] = {"ts": reader.time("ts", reader.plan.now)}
    nobody = np.ones(reader.size, bool)
    for field in reader.shaper.mapping:
        if field in KIND_OF or field.startswith(ALIAS):
            ids: Any = reader.text(field)
            kind = KIND_OF.get(field, field.removeprefix(ALIAS))
            columns[f"id:{kind}"] = pc.utf8_lower(ids) if kind == "email" else ids
            nobody &= names_nobody(ids, reader.plan.blocked)
    reader.blame(nobody, "ts", "nobody is named: every id is empty or blocked")
    used = {m.column for m in reader.shaper.mapping.values()}
    for name in [*reader.shaper.entry.properties, *reader.shaper.taken]:
        if name in reader.table.schema.names and name not in used:
            columns[f"trait:{name}"] = as_text(reader.table.column(name).combine_chunks())
    return pa.table(columns | _own_traits(reader))


def _own_traits(reader: _Reader) -> dict[str, Any]:
    """The traits that came as JSON; what an object in one holds has a name with a dot."""
    if OWN not in reader.table.schema.names:
        return {}
    rows = [json.loads(text or "{}") for text in reader.table.column(OWN).to_pylist()]
    flat = [dict(_scalars(row, "")) for row in rows]
    names = dict.fromkeys(name for row in flat for name in row)
    return {f"trait:{name}": pa.array([row.get(name) for row in flat]) for name in names}


def _scalars(value: Mapping[str, Any], above: str) -> Iterator[tuple[str, str | None]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _scalars(inner, f"{above}{key}.")
        elif inner is not None:
            yield f"{above}{key}", inner if isinstance(inner, str) else json.dumps(inner)


def _costs(reader: _Reader) -> pa.Table:
    columns = {"day": reader.time("day", None).cast(pa.date32(), safe=False)}
    columns |= {name: reader.text(name) for name in ("channel", "campaign")}
    columns["amount"] = reader.money("amount")
    columns["currency"] = pc.utf8_upper(reader.text("currency"))
    return pa.table(columns)


def _visibility(reader: _Reader) -> pa.Table:
    columns = {"day": reader.time("day", None).cast(pa.date32(), safe=False)}
    columns |= {name: reader.text(name) for name in ("query", "page", "country", "device")}
    columns |= {name: reader.number(name) for name in COUNTS}
    return pa.table(columns)


MAKERS: dict[Kind, Callable[[_Reader], pa.Table]] = {
    "people": _people,
    "costs": _costs,
    "visibility": _visibility,
}
