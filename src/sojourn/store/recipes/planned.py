"""Every block of one source planned: its times and amounts decided, its rows converted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bucket import Bools, Ints
from sojourn.store.importers.convert import WRITTEN, Converted, convert, distinct
from sojourn.store.importers.jsonlines import JsonLines
from sojourn.store.importers.money import POINT
from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.peoplerows import converted
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.planning import Clues, Planner
from sojourn.store.importers.source import Block, Broken, Source, numbered
from sojourn.store.importers.told import Told
from sojourn.store.importers.zones import EPOCH
from sojourn.store.recipes.format import Entry, Recipe
from sojourn.store.recipes.leftout import Sieve
from sojourn.store.recipes.persons import placed, told_of, traits_in, traits_plan
from sojourn.store.recipes.prepared import Woven, rows_taken, weights_of, woven_rows, woven_settled
from sojourn.store.recipes.shaping import OWN, Made, Shaper
from sojourn.store.recipes.sides import Side, side_rows
from sojourn.store.rejected import ADDED, ID_COLUMN, RAW_COLUMN, REASON_COLUMN

MADE, REJECTED = "touchpoints", "rejected"
"""What a row can become, beside the kinds of blocks and the reasons to leave it out."""


class BlockPlanner(Planner):
    """How the rows of one block are read, by the evidence of the columns that it uses."""

    def __init__(
        self, shaper: Shaper, source: Source, options: ImportOptions, now: datetime
    ) -> None:
        self.shaper = shaper
        self.source = source
        self.left_out: list[str] = []
        self.options = options
        self.now = (now.astimezone(UTC).replace(tzinfo=None) - EPOCH) // timedelta(microseconds=1)
        told = {"day": "ts", "amount": "value"}
        self.mapping = tuple(
            replace(mapped, field=told.get(name, name)) for name, mapped in shaper.mapping.items()
        )
        self.clues = Clues(self.mapping)
        self.whole = "ts" not in self.clues.mapped
        self.sample = pa.table({})

    def look(self, block: Block, before: int, con: duckdb.DuckDBPyConnection) -> None:
        """Take the evidence of some more rows."""
        made = self.shaper.apply(block, con, every=True)
        if not self.sample.num_rows:
            self.sample = made.table
        if made.table.num_rows:
            self.clues.add(made.table, block.rows[made.at] + before)

    def again(self) -> None:
        """Forget what was seen, to look at all of it."""
        self.clues = Clues(self.mapping)

    def plan(self) -> Plan:
        """The plan; raises Undecided when the whole file must be looked at first."""
        found = super().plan()
        own = any(m.column == OWN for m in self.mapping)
        return replace(found, made=found.made or own, first_ids=True)

    @property
    def _own_mark(self) -> str | None:
        """A point where JSON is read and nothing in all of it speaks for a comma."""
        seen = self.clues.value
        told = {*seen.proved, *seen.unclear} == {POINT}
        return POINT if told and self.whole and isinstance(self.source, JsonLines) else None


@dataclass(frozen=True)
class Result:
    """What the blocks of a source made of some rows: touchpoints, and rows of other tables."""

    converted: Converted
    sides: Sequence[Side]
    tally: Mapping[str, int]


@dataclass
class Planned:
    """All blocks of a source, ready to convert its rows."""

    recipe: Recipe
    source: str
    sieve: Sieve
    shapers: list[Shaper]
    plans: list[Plan]

    def convert(self, block: Block, con: duckdb.DuckDBPyConnection) -> Result:
        """What the rows of a block of the file become."""
        left = self.sieve.apply(block, con)
        kept = np.flatnonzero(left < 0)
        inner = block if len(kept) == block.table.num_rows else rows_taken(block, kept)
        parts: list[tuple[Entry, Ints, Any, list[Broken]]] = []
        for shaper, plan in zip(self.shapers, self.plans, strict=True):
            made = shaper.apply(inner, con)
            parts.append((shaper.entry, *_one(shaper, plan, made, con)))
        return self._merged(block, kept, left, parts, con)

    def _merged(
        self,
        block: Block,
        kept: Ints,
        left: Ints,
        parts: list[tuple[Entry, Ints, Any, list[Broken]]],
        con: duckdb.DuckDBPyConnection,
    ) -> Result:
        """The results of all blocks together; a row of which anything is wrong makes nothing."""
        size = block.table.num_rows
        blamed: dict[int, Broken] = {}
        for _, _, _, broken in parts:
            for one in broken:
                blamed.setdefault(int(kept[one.row]), one)
        bad = np.zeros(size, bool)
        bad[list(blamed)] = True
        became = np.full(size, -1)
        made: list[tuple[Ints, Converted]] = []
        sides: list[Side] = []
        told: list[Told] = []
        for number, (_, at, found, _) in reversed(list(enumerate(parts))):
            rows = kept[at]
            good = ~bad[rows]
            became[rows[good]] = number
            if isinstance(found, Converted):
                made.insert(0, (rows[good], _kept(found, good)))
            elif isinstance(found, Told):
                told.insert(0, found)
            elif found is not None:
                sides.insert(0, found.filter(good))
        if isinstance(block, Woven):
            whole = woven_rows(block, blamed, con)
        else:
            whole = [_whole(block, row, one) for row, one in sorted(blamed.items())]
        tally = self._tally(block, left, became, bad, [entry for entry, *_ in parts])
        settled = _settled(block, bad)
        found = _joined(made, block, whole, settled)
        return Result(replace(found, told=told_of(told, kept, bad, block)), sides, tally)

    def _tally(
        self, block: Block, left: Ints, became: Ints, bad: Bools, entries: Sequence[Entry]
    ) -> dict[str, int]:
        found: Counter[str] = Counter()
        weights = weights_of(block)
        found[REJECTED] = int(weights[bad].sum()) + len(block.broken)
        for number, entry in enumerate(entries):
            found[entry.kind] += int(weights[became == number].sum())
        for number, reason in enumerate(self.sieve.reasons):
            found[reason] += int(weights[left == number].sum())
        found[self.nothing] += int(weights[(became < 0) & ~bad & (left < 0)].sum())
        return {key: count for key, count in found.items() if count}

    @property
    def nothing(self) -> str:
        """Why a row that no block takes makes nothing."""
        whens = [shaper.entry.when for shaper in self.shapers]
        if len(whens) == 1 and whens[0] is not None:
            return f"not ({' '.join(whens[0].text.split())})"
        return "no block's condition holds"


def _one(
    shaper: Shaper, plan: Plan, made: Made, con: duckdb.DuckDBPyConnection
) -> tuple[Ints, Any, list[Broken]]:
    """The good rows' places, what was made of them, and the broken ones by their place."""
    if not len(made.at):
        return made.at, None, []
    if shaper.entry.kind == "people":
        people = converted(numbered(traits_in(made.table)), traits_plan(plan), con)
        wrong_rows = np.array([one.row - 1 for one in people.broken], np.int64)
        broken = [one._replace(row=int(made.at[one.row - 1])) for one in people.broken]
        return np.delete(made.at, wrong_rows), placed(people.told, made.at), broken
    if shaper.entry.kind != "touchpoints":
        side, wrong = side_rows(shaper, plan, made)
        broken = [one._replace(row=int(made.at[one.row])) for one in wrong]
        return made.at, side, broken
    found = convert(numbered(made.table), plan, con)
    wrong_rows = np.array([one.row - 1 for one in found.broken], np.int64)
    broken = [one._replace(row=int(made.at[one.row - 1])) for one in found.broken]
    return np.delete(made.at, wrong_rows), found, broken


def _kept(found: Converted, good: Bools) -> Converted:
    if good.all():
        return found
    table = found.table.filter(pa.array(good))
    return replace(found, table=table, ids=found.ids[good], bits=found.bits[good])


def _joined(
    parts: list[tuple[Ints, Converted]], block: Block, broken: list[Broken], settled: list[str]
) -> Converted:
    """The touchpoints of all blocks in the order of the file's rows."""
    whole = sorted([*block.broken, *broken], key=lambda one: one.row)
    if not parts:
        empty = convert_nothing()
        return replace(empty, came_in=settled, broken=whole, records=block.records)
    order = np.argsort(np.concatenate([rows for rows, _ in parts]), kind="stable")
    found = [each for _, each in parts]
    table = pa.concat_tables([each.table for each in found]).unify_dictionaries()
    return Converted(
        table.take(pa.array(order)) if len(found) > 1 else table,
        np.concatenate([each.ids for each in found])[order],
        np.concatenate([each.bits for each in found])[order],
        distinct(np.concatenate([each.people for each in found])),
        settled,
        whole,
        block.records,
        sum(each.skipped for each in found),
        sum(each.twice for each in found),
        sum(each.rounded for each in found),
    )


def convert_nothing() -> Converted:
    """No rows at all."""
    return Converted(
        WRITTEN.empty_table(), np.zeros(0, np.uint64), np.zeros(0, np.uint8),
        np.zeros(0, np.uint64), [], [], 0,
    )  # fmt: skip


def _settled(block: Block, bad: Bools) -> list[str]:
    """The ids of rows that had been rejected before and are no longer."""
    if isinstance(block, Woven):
        return woven_settled(block, bad)
    good = pa.array(~bad)
    if ID_COLUMN in block.table.schema.names:
        ids: list[str] = block.table.column(ID_COLUMN).filter(good).drop_null().to_pylist()
        return ids
    if block.lines is None:
        return []
    lines = block.lines.filter(good)
    again = lines.filter(pc.match_substring(lines, f'"{ID_COLUMN}"'))
    known = (json.loads(line).get(ID_COLUMN) for line in again.to_pylist())
    return [each for each in known if isinstance(each, str)]


def _whole(block: Block, row: int, one: Broken) -> Broken:
    """The file's own row with what was wrong with it."""
    if block.lines is not None:
        fields: dict[str, Any] = json.loads(str(block.lines[row]))
    else:
        fields = block.table.slice(row, 1).to_pylist()[0]
    known, raw = fields.get(ID_COLUMN), fields.get(RAW_COLUMN)
    kept = {name: value for name, value in fields.items() if name not in ADDED}
    place = int(block.rows[row])
    if raw and not any(kept.values()):
        told = fields.get(REASON_COLUMN) or one.reason
        return Broken(place, str(told), str(raw), None, None, None, known)
    return Broken(place, one.reason, None, kept, one.column, one.found, known)
