"""A block of a file's rows as rows of the log, and those that cannot be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sojourn.core.bucket import Bools
from sojourn.core.touchpoint import BOT, BUSINESS, PERSON, TIME
from sojourn.core.vocabulary import actor_of
from sojourn.store.importers import coded, derive
from sojourn.store.importers.coded import REPEATED
from sojourn.store.importers.currencies import currencies_in
from sojourn.store.importers.headers import TOTAL, plain_reason, totals_in
from sojourn.store.importers.ids import in_one_form, kind_of, list_in_one_form
from sojourn.store.importers.mapping import ALIASES
from sojourn.store.importers.money import read_money
from sojourn.store.importers.options import Mapped
from sojourn.store.importers.plan import DAY, Plan
from sojourn.store.importers.rowsql import GIVEN, MADE, NESTED, TEXT, row_sql
from sojourn.store.importers.source import Block, Broken
from sojourn.store.importers.staging import STAGED
from sojourn.store.importers.texts import alias_lists, as_text, feeling, strict_objects
from sojourn.store.importers.times import is_text, read_times
from sojourn.store.importers.told import Told
from sojourn.store.importers.why import NO_TIME
from sojourn.store.rejected import ADDED, ID_COLUMN, RAW_COLUMN, REASON_COLUMN

CALLED = {"page": "Page Viewed", "screen": "Screen Viewed"}
"""What a Segment call without an event's name is about."""

IS_BOT, IS_NOBODY, IS_GIVEN = 1, 2, 4
"""Bits that a row carries: made by a machine, of nobody, with an id of its own."""

TEXTS = ("order_id", "referred_by", "text")
WRITTEN = pa.schema([f for f in STAGED if f.name not in ("seq", "source_id")])
"""The columns that differ from row to row; the others are added when the rows are written."""


LEFT = "left:"
"""Before the name of a column whose texts turned out to be no ids: they go to the properties."""


@dataclass(frozen=True)
class Converted:
    """Rows of the log in the order of the file; `ids` are 64-bit hashes of their event ids."""

    table: pa.Table
    ids: NDArray[np.uint64]
    bits: NDArray[np.uint8]
    people: NDArray[np.uint64]
    came_in: list[str]
    broken: list[Broken]
    records: int
    skipped: int = 0
    twice: int = 0
    rounded: int = 0
    unread: int = 0
    told: Told | None = None


def convert(block: Block, plan: Plan, con: duckdb.DuckDBPyConnection) -> Converted:
    """Turn a block into rows of the log; rows with something unreadable go to `broken`."""
    work = Work(block, plan)
    columns = work.columns()
    good, broken = work.judged()
    if not good.all():
        keep = pa.array(good)
        columns = {name: column.filter(keep) for name, column in columns.items()}
        block = Block(block.table.filter(keep), block.rows[good], block.records)
    made = _by_sql(columns, block.table, plan, con)
    table = _assembled(columns, made, block.table, plan)
    return Converted(
        table,
        np.asarray(made.column("id_hash").combine_chunks()),
        _bits(table, columns, plan),
        distinct(np.asarray(made.column("person_hash").drop_null())),
        _came_in(block.table),
        broken,
        block.records,
        work.skipped,
        work.twice,
        work.rounded,
        work.unread,
    )


def distinct(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The distinct values in order; NumPy's own `unique` hashes, and takes ten times as long."""
    ordered = np.sort(values)
    first: Bools = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    found: NDArray[np.uint64] = ordered[first]
    return found


class Work:
    """Reads the columns of one block and remembers which rows are wrong, and why."""

    def __init__(self, block: Block, plan: Plan) -> None:
        self.block = block
        self.plan = plan
        self.size = block.table.num_rows
        self.wrong: list[tuple[Bools, str, str]] = []
        self.skipped = self.twice = self.rounded = self.unread = 0

    def columns(self) -> dict[str, Any]:
        """The log's columns that the file gives, as far as they can be read."""
        found: dict[str, Any] = {"ts": self._time("ts")} if "ts" in self.plan.mapping else {}
        for name, mapped in self.plan.mapping.items():
            if name in (*REPEATED, "user_agent"):
                found[name] = self._coded(mapped)
            elif name in TEXTS:
                found[name] = as_text(self._given(mapped))
        for name in self.plan.whole:
            found[name] = (
                coded.mapped(found[name], _whole) if name in REPEATED else _whole(found[name])
            )
        for i, mapped in enumerate(self.plan.aliases):
            ids = in_one_form(
                kind_of(mapped.field), as_text(self._given(mapped)), self.plan.contacts
            )
            found[f"a{i}"] = ids.texts
            self.unread += ids.unread
            if ids.left is not None:
                found[f"{LEFT}{mapped.column}"] = ids.left
        if ALIASES in self.plan.mapping:
            lists = alias_lists(self._given(self.plan.mapping[ALIASES]))
            found[GIVEN] = list_in_one_form(lists, self.plan.contacts)
        if not self.plan.people:
            self._name(found)
            self._totals(found)
        if "received_at" in self.plan.mapping:
            found["received_at"] = self._time("received_at")
        if "value" in self.plan.mapping:
            self._money(found)
        if "sentiment" in self.plan.mapping:
            found["sentiment"] = self._sentiment()
        if "event_id" in self.plan.mapping:
            found["event_id"] = self._event_id()
        if "properties" in self.plan.mapping:
            given = self._given(self.plan.mapping["properties"])
            found["properties"] = given if self.plan.made else strict_objects(given)
        if "actor" in found:
            self._actor(found)
        return found

    def _given(self, mapped: Mapped) -> Any:
        if mapped.column is None:
            return pa.repeat(pa.scalar(mapped.constant or "", pa.string()), self.size)
        column: Any = self.block.table.column(mapped.column).combine_chunks()
        return column.cast(pa.string()) if column.type == coded.CODED else column

    def _coded(self, mapped: Mapped) -> Any:
        """Texts that come again and again, each put in order once."""
        if mapped.column is None:
            column = coded.constant(mapped.constant or "", self.size)
        else:
            column = self.block.table.column(mapped.column).combine_chunks()
            if not (is_text(column.type) or pa.types.is_dictionary(column.type)):
                column = as_text(column)
        return coded.mapped(column, as_text)

    def _blame(self, wrong: Bools, field: str, reason: str) -> None:
        if wrong.any():
            self.wrong.append((wrong, field, reason))

    def _time(self, field: str) -> pa.Array[Any]:
        column = self._given(self.plan.mapping[field])
        reading = self.plan.times if field == "ts" else self.plan.received
        times = read_times(column, reading)
        self.skipped += times.skipped
        self.twice += times.twice
        missing = np.zeros(self.size, bool) if times.good.all() else _missing(column)
        if field == "ts":
            if self.plan.people != "table":
                self._blame(missing, field, "the time is missing")
            late = times.good & (times.us > self.plan.now + DAY)
            self._blame(late, field, "the time is more than a day in the future")
        self._blame(~times.good & ~missing, field, NO_TIME)
        return pa.array(times.us, mask=~times.good).cast(TIME)

    def _name(self, found: dict[str, Any]) -> None:
        if "call" in self.plan.mapping:
            calls = coded.looked_up(self._coded(self.plan.mapping["call"]), CALLED.get)
            found["name"] = coded.first(found["name"], calls) if "name" in found else calls
        reason = "nothing says what happened"
        self._blame(np.asarray(found["name"].is_null()), "name", reason)

    def _totals(self, found: dict[str, Any]) -> None:
        """Blame rows of totals, which only a missing name would betray otherwise."""
        name, person = self.plan.mapping.get("name"), self.plan.person
        if name is None or name.constant is None or person is None:
            return
        ids = found[_fed_name(person.field, self.plan)]
        self._blame(totals_in(ids), person.field, TOTAL)

    def _money(self, found: dict[str, Any]) -> None:
        column = self._given(self.plan.mapping["value"])
        amounts = read_money(column, self.plan.money)
        self._blame(~amounts.good, "value", "this is no amount of money")
        self.rounded += amounts.rounded
        found["value"] = amounts.values
        named = currencies_in(column)
        if named is not None:
            found["currency"] = coded.first(*(found[c] for c in ("currency",) if c in found), named)

    def _sentiment(self) -> pa.Array[Any]:
        texts: Any = as_text(self._given(self.plan.mapping["sentiment"]))
        known = coded.looked_up(texts, feeling)
        self._blame(
            np.asarray(pc.is_valid(texts)) & ~np.asarray(pc.is_valid(known)),
            "sentiment",
            "a sentiment is a number from -1 to 1",
        )
        return known.cast(pa.string()).cast(pa.float64())

    def _event_id(self) -> pa.Array[Any]:
        column = self._given(self.plan.mapping["event_id"])
        if pa.types.is_string(column.type):
            return pc.if_else(pc.equal(column, pa.scalar("")), None, column)
        return as_text(column)

    def _actor(self, found: dict[str, Any]) -> None:
        words = coded.mapped(found["actor"], pc.utf8_lower)
        right = (
            np.asarray(words.is_null()) | coded.says(words, PERSON) | coded.says(words, BUSINESS)
        )
        self._blame(~right, "actor", f"an actor is {PERSON} or {BUSINESS}")
        found["actor"] = words

    def judged(self) -> tuple[Bools, list[Broken]]:
        """Which rows are good, and the others with the first thing wrong with each."""
        good = np.ones(self.size, bool)
        blame = np.zeros(self.size, np.int64)
        for number, (wrong, _, _) in reversed(list(enumerate(self.wrong))):
            blame[wrong] = number
            good[wrong] = False
        rows = np.flatnonzero(~good)
        taken = self.block.table.take(pa.array(rows)).to_pylist() if len(rows) else []
        broken = [
            self._broken(row, fields, *self.wrong[int(blame[row])][1:])
            for row, fields in zip(rows.tolist(), taken, strict=True)
        ]
        return good, sorted([*self.block.broken, *broken], key=lambda one: one.row)

    def _broken(self, row: int, fields: dict[str, Any], field: str, reason: str) -> Broken:
        mapped = self.plan.mapping.get(field)
        column = mapped.column if mapped else None
        found = self.block.table.column(column)[row].as_py() if column else None
        shown = None if found is None else str(found)[:200]
        if self.block.lines is not None:
            fields = json.loads(str(self.block.lines[row]))
        known, raw = fields.get(ID_COLUMN), fields.get(RAW_COLUMN)
        kept = {name: value for name, value in fields.items() if name not in ADDED}
        reason = plain_reason(kept, field, reason, shown, self.plan)
        place = int(self.block.rows[row])
        if raw and not any(kept.values()):
            told = fields.get(REASON_COLUMN) or reason
            return Broken(place, str(told), str(raw), None, None, None, known)
        return Broken(place, reason, None, kept, column or field, shown, known)


def _whole(texts: Any) -> Any:
    return pc.replace_substring_regex(texts, r"^([0-9]+)\.0$", r"\1")


def _came_in(table: pa.Table) -> list[str]:
    """The ids of rows that had been rejected before and are good now."""
    if ID_COLUMN not in table.schema.names:
        return []
    found: list[Any] = table.column(ID_COLUMN).drop_null().to_pylist()
    return found


def _missing(column: Any) -> Bools:
    if pa.types.is_string(column.type):
        return ~np.asarray(pc.is_valid(as_text(column)))
    return np.asarray(pc.is_null(column, nan_is_null=True))


def _by_sql(
    columns: dict[str, Any], table: pa.Table, plan: Plan, con: duckdb.DuckDBPyConnection
) -> pa.Table:
    """event_id, its hash, the person's hash, aliases and properties of each row."""
    kinds = [kind_of(mapped.field) for mapped in plan.aliases]
    extras = [(name, _plain(table.column(name))) for name in plan.extras]
    extras += [(n.removeprefix(LEFT), c) for n, c in columns.items() if n.startswith(LEFT)]
    columns = {name: column for name, column in columns.items() if not name.startswith(LEFT)}
    fed = {**columns, "ts": columns["ts"].cast(pa.int64())}
    fed.pop("received_at", None)
    fed |= {f"x{i}": column for i, (_, column) in enumerate(extras)}
    types = [(name, column.type) for name, column in extras]
    persons = [columns[_fed_name(mapped.field, plan)] for mapped in plan.persons]
    told = {f"p{i}": derive.somebody(ids, plan.blocked) for i, ids in enumerate(persons)}
    nested = "properties" in columns and not is_text(columns["properties"].type)
    own = MADE if plan.made else NESTED if nested else TEXT
    query = row_sql(list(columns), kinds, types, plan.source, list(told), own=own)
    con.register("block", pa.table(fed | told))
    try:
        made = con.sql(query).to_arrow_table()
    finally:
        con.unregister("block")
    if nested or any(pa.types.is_nested(kind) for _, kind in types):
        at = made.schema.get_field_index("properties")
        strict = strict_objects(made.column("properties").combine_chunks())
        made = made.set_column(at, "properties", strict)
    return made


def _plain(column: Any) -> Any:
    """An extra column as JSON can hold it: texts without empty ones, times as ISO 8601."""
    kind = column.type
    array = column.combine_chunks()
    keep = (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_nested(kind)
        or pa.types.is_decimal(kind)
    )
    return array if keep else as_text(array)


def _fed_name(field: str, plan: Plan) -> str:
    fields = [mapped.field for mapped in plan.aliases]
    return f"a{fields.index(field)}" if field in fields else field


def _assembled(columns: dict[str, Any], made: pa.Table, table: pa.Table, plan: Plan) -> pa.Table:
    """All columns of the log that differ from row to row, what is missing derived."""
    rows = table.num_rows
    out = {name: columns.get(name) for name in WRITTEN.names}
    out |= {name: made.column(name) for name in ("event_id", "aliases", "properties")}
    if "received_at" not in columns:
        out["received_at"] = pa.repeat(pa.scalar(plan.now, TIME), rows)
    out |= derive.tags(columns, columns.get("page"), rows)
    out["device"] = derive.devices(columns.get("device"), columns.get("user_agent"), rows)
    if "currency" in columns:
        out["currency"] = coded.mapped(columns["currency"], pc.utf8_upper)
    actors = coded.looked_up(out["name"], lambda name: actor_of(name, plan.actors))
    out["actor"] = coded.first(columns["actor"], actors) if "actor" in columns else actors
    out["channel"] = _channels(columns.get("channel"), out, table, plan)
    return pa.table([_shaped(out[f.name], f.type, rows) for f in WRITTEN], schema=WRITTEN)


def _shaped(column: Any, kind: pa.DataType, rows: int) -> Any:
    if kind == coded.CODED:
        return coded.none(rows) if column is None else coded.coded(_joined(column))
    return pa.nulls(rows, kind) if column is None else column.cast(kind)


def _joined(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _channels(given: Any | None, out: dict[str, Any], table: pa.Table, plan: Plan) -> Any:
    """The channel of each row: the given one, else the one that can be told."""
    given = coded.none(table.num_rows) if given is None else given
    if not given.null_count:
        return given
    clicks = {n: _plain(table.column(n)) for n in plan.extras if n.lower() in derive.click_ids()}
    told = {name: out[name] for name in derive.TELLING if out[name] is not None}
    empty = given.is_null()
    if given.null_count < len(given):
        told = {name: column.filter(empty) for name, column in told.items()}
        clicks = {name: column.filter(empty) for name, column in clicks.items()}
    found = derive.channels(told, clicks, given.null_count)
    places = np.where(np.asarray(empty), np.cumsum(np.asarray(empty)) - 1, 0)
    spread = coded.only(found.take(pa.array(places)), np.asarray(empty))
    return coded.first(given, spread)


def _bits(table: pa.Table, columns: dict[str, Any], plan: Plan) -> NDArray[np.uint8]:
    bits = np.zeros(table.num_rows, np.uint8)
    bits[coded.says(table.column("device").combine_chunks(), BOT)] |= IS_BOT
    ids = [columns[name] for name in ("user_id", "device_id") if name in columns]
    ids += [columns[f"a{i}"] for i in range(len(plan.aliases))]
    nobody = np.ones(table.num_rows, bool)
    if GIVEN in columns:
        listed = columns[GIVEN]
        blocked = derive.names_nobody(listed.flatten().field("id"), plan.blocked)
        nobody[np.asarray(pc.list_parent_indices(listed))[~blocked]] = False
    for column in ids:
        if not nobody.any():
            break
        nobody &= derive.names_nobody(column, plan.blocked)
    bits[nobody] |= IS_NOBODY
    if "event_id" in columns:
        bits[np.asarray(columns["event_id"].is_valid())] |= IS_GIVEN
    return bits
