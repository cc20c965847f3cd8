"""Rows that tell who somebody is, not what they did: customer tables, `identify`, `alias`, `group`.

Each is a claim between the ids in it, and traits of the person, at the row's time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.blocked import is_blocked
from sojourn.core.bucket import Bools
from sojourn.core.contacts import EMAIL, PHONE, names_no_phone
from sojourn.core.touchpoint import ALIASES as ALIAS_LIST
from sojourn.store.importers.convert import LEFT, WRITTEN, Converted, Work, convert, distinct
from sojourn.store.importers.derive import somebody
from sojourn.store.importers.ids import kind_of
from sojourn.store.importers.jsonlines import REST
from sojourn.store.importers.mapping import ALIASES
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.rowsql import GIVEN
from sojourn.store.importers.source import Block
from sojourn.store.importers.texts import as_text
from sojourn.store.importers.told import CLAIM_ROWS, TRAIT_ROWS, Told
from sojourn.store.rejected import ADDED
from sojourn.store.traits import NUMBER, TEXT

PEOPLE_CALLS = ("identify", "alias", "group")
"""The kinds of Segment's messages that tell who somebody is."""

NOBODY = "nothing says who this is"
ACCOUNT = "account"
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_USERS = re.compile(r"(?i)(?:context[._])?traits[._](.+)")
"""What the names of a person's traits begin with in exports."""

Pair = tuple[str, str]
Fact = tuple[str, str, str]
"""A trait's name, value and type."""


def converted(block: Block, plan: Plan, con: duckdb.DuckDBPyConnection) -> Converted:
    """A block's touchpoints as rows of the log, and what its people rows say."""
    if plan.people:
        return _told(block, plan, con)
    rows = _people_calls(block, plan)
    if rows is None:
        return convert(block, plan, con)
    calls = replace(plan, people="calls")
    told = _told(_of(block, rows), calls, con)
    others = convert(_of(block, ~rows, rest=True), plan, con)
    return replace(
        others,
        told=told.told,
        broken=sorted([*others.broken, *told.broken], key=lambda one: one.row),
        people=distinct(np.concatenate([others.people, told.people])),
        came_in=[*others.came_in, *told.came_in],
        skipped=others.skipped + told.skipped,
        twice=others.twice + told.twice,
        unread=others.unread + told.unread,
    )


def _people_calls(block: Block, plan: Plan) -> Bools | None:
    """Which rows are calls that tell who somebody is; None where there are none."""
    mapped = plan.mapping.get("call")
    if mapped is None or mapped.column is None:
        return None
    calls: Any = pc.utf8_lower(as_text(block.table.column(mapped.column).combine_chunks()))
    found = np.asarray(pc.is_in(calls, pa.array(PEOPLE_CALLS)))
    return found if found.any() else None


def _of(block: Block, rows: Bools, *, rest: bool = False) -> Block:
    """Some rows of a block; the broken ones go with the rest."""
    keep = pa.array(rows)
    lines = None if block.lines is None else block.lines.filter(keep)
    broken = block.broken if rest else []
    records = block.records if rest else int(rows.sum())
    return Block(block.table.filter(keep), block.rows[rows], records, broken, lines)


def _told(block: Block, plan: Plan, con: duckdb.DuckDBPyConnection) -> Converted:
    work = _PeopleWork(block, plan)
    columns = work.columns()
    facts = _Facts(block, plan, columns)
    aliases, traits = facts.read()
    owners = [_owner(found, plan.blocked) for found in aliases]
    work.nobody(np.array([owner is None for owner in owners], bool))
    good, broken = work.judged()
    rows = np.flatnonzero(good).tolist()
    ts: Any = columns.get("ts", pa.nulls(len(aliases), CLAIM_ROWS.field("ts").type))
    claims = pa.table(
        [
            pa.array(block.rows[good]),
            pa.repeat("claim", len(rows)),
            ts.filter(pa.array(good)),
            pa.array([[_struct(a) for a in aliases[i]] for i in rows], ALIAS_LIST),
        ],
        schema=CLAIM_ROWS,
    )
    told = Told(claims, _trait_rows(block, ts, owners, traits, rows))
    came_in = facts.came_in(rows)
    return Converted(
        WRITTEN.empty_table(),
        np.zeros(0, np.uint64),
        np.zeros(0, np.uint8),
        _hashes(columns, plan, good, con),
        came_in,
        broken,
        block.records,
        work.skipped,
        work.twice,
        unread=work.unread,
        told=told,
    )


class _PeopleWork(Work):
    """Reads the columns of people rows."""

    def nobody(self, rows: Bools) -> None:
        """Remember which rows say nothing of whom they are."""
        self._blame(rows, "user_id", NOBODY)


def _trait_rows(
    block: Block,
    ts: Any,
    owners: Sequence[Pair | None],
    traits: Sequence[Sequence[Fact]],
    rows: Sequence[int],
) -> pa.Table:
    found = [(i, owner, fact) for i in rows if (owner := owners[i]) for fact in traits[i]]
    places = pa.array([i for i, _, _ in found], pa.int64())
    columns: list[Any] = [pa.array(block.rows[np.asarray(places)] if found else [], pa.int64())]
    columns += [pa.array([owner[part] for _, owner, _ in found], pa.string()) for part in (0, 1)]
    columns.append(ts.take(places))
    columns += [pa.array([fact[part] for _, _, fact in found], pa.string()) for part in range(3)]
    return pa.table(columns, schema=TRAIT_ROWS)


def _hashes(
    columns: Mapping[str, Any], plan: Plan, good: Bools, con: duckdb.DuckDBPyConnection
) -> Any:
    """The distinct ids of the column that tells people apart, as hashes."""
    person = plan.person
    fields = [mapped.field for mapped in plan.aliases]
    name = None if person is None else person.field
    if name in fields:
        name = f"a{fields.index(name)}"
    if name is None or name not in columns:
        return np.zeros(0, np.uint64)
    ids = somebody(columns[name], plan.blocked).filter(pa.array(good))
    con.register("block", pa.table({"id": ids}))
    try:
        found = con.sql("select hash(id) as h from block where id is not null").to_arrow_table()
    finally:
        con.unregister("block")
    return distinct(np.asarray(found["h"]))


def _owner(aliases: Sequence[Pair], blocked: frozenset[str]) -> Pair | None:
    """Whose the traits are: the user, else the device, else the first alias by kind and id."""
    usable = [alias for alias in aliases if not is_blocked(alias[1], blocked)]
    rank = {"user": 0, "device": 1}
    return min(usable, key=lambda alias: (rank.get(alias[0], 2), alias), default=None)


def _struct(alias: Pair) -> dict[str, str]:
    return {"kind": alias[0], "id": alias[1]}


class _Facts:
    """The ids and traits of the people rows of a block."""

    def __init__(self, block: Block, plan: Plan, columns: Mapping[str, Any]) -> None:
        self.block = block
        self.plan = plan
        self.columns = columns
        self.size = block.table.num_rows

    def read(self) -> tuple[list[list[Pair]], list[list[Fact]]]:
        """The aliases of each row, sorted, and its traits, by name."""
        aliases: list[set[Pair]] = [set() for _ in range(self.size)]
        for name, kind in self._id_columns():
            for row, text in enumerate(self.columns[name].to_pylist()):
                if text is not None:
                    aliases[row].add((kind, text))
        if ALIASES in self.plan.mapping:
            for row, listed in enumerate(self.columns[GIVEN].to_pylist()):
                aliases[row] |= {(a["kind"], a["id"]) for a in listed or ()}
        traits = self._from_calls(aliases) if self.plan.people == "calls" else self._from_table()
        return [sorted(found) for found in aliases], [sorted(set(facts)) for facts in traits]

    def _id_columns(self) -> list[tuple[str, str]]:
        own = [(n, kind_of(n)) for n in ("user_id", "device_id") if n in self.columns]
        return own + [(f"a{i}", kind_of(m.field)) for i, m in enumerate(self.plan.aliases)]

    def _from_table(self) -> list[list[Fact]]:
        traits: list[list[Fact]] = [[] for _ in range(self.size)]
        names = [(n, self.block.table.column(n)) for n in self.plan.extras]
        for name, column in [*names, *self._left()]:
            kind = column.type
            typed = pa.types.is_integer(kind) or pa.types.is_floating(kind)
            typed = typed or pa.types.is_decimal(kind)
            nested = pa.types.is_nested(kind)
            values: Any = column.combine_chunks() if hasattr(column, "chunks") else column
            texts = values.to_pylist() if nested else as_text(values).to_pylist()
            for row, value in enumerate(texts):
                if nested:
                    traits[row] += _flat(value, _trait_name(name))
                elif value is not None:
                    told = NUMBER if typed else _type_of(value)
                    traits[row].append((_trait_name(name), value, told))
        if self.plan.made and REST in self.block.table.schema.names:
            for row, text in enumerate(self.block.table.column(REST).to_pylist()):
                traits[row] += _flat(json.loads(text)) if text else []
        return traits

    def _left(self) -> list[tuple[str, Any]]:
        """The texts that were no ids after all, under the names of their columns."""
        left = [(n, c) for n, c in self.columns.items() if n.startswith(LEFT)]
        return [(name.removeprefix(LEFT), column) for name, column in left]

    def _from_calls(self, aliases: list[set[Pair]]) -> list[list[Fact]]:
        call = self.plan.mapping["call"].column or ""
        calls = as_text(self.block.table.column(call).combine_chunks()).to_pylist()
        rows: list[dict[str, Any]]
        if self.block.lines is not None:
            rows = [json.loads(str(line)) for line in self.block.lines.to_pylist()]
        else:
            rows = self.block.table.to_pylist()
        traits = []
        for row, fields in enumerate(rows):
            found = dict(_leaves(fields))
            traits.append(self._of_call(str(calls[row]).lower(), found, aliases[row]))
        return traits

    def _of_call(self, call: str, fields: dict[str, Any], aliases: set[Pair]) -> list[Fact]:
        folded = {re.sub(r"[\W_]", "", name).lower(): value for name, value in fields.items()}
        own: dict[str, Any] = {}
        group: dict[str, Any] = {}
        for name in sorted(fields, key=lambda name: not name.lower().startswith("context")):
            match = _USERS.fullmatch(name)
            if match and fields[name] not in (None, ""):
                context = name.lower().startswith("context")
                (group if call == "group" and not context else own)[match[1]] = fields[name]
        if call == "alias" and folded.get("previousid") not in (None, ""):
            aliases.add(("device", str(folded["previousid"]).strip()))
        if call == "group" and folded.get("groupid") not in (None, ""):
            own[ACCOUNT] = str(folded["groupid"]).strip()
            own |= {f"{ACCOUNT}.{name}": value for name, value in group.items()}
        for kind in (EMAIL, PHONE):
            text = str(own.get(kind) or "").strip()
            if text and not (kind == PHONE and names_no_phone(text)):
                aliases.add((kind, self.plan.contacts.normal(kind, text)))
                del own[kind]
        return [fact for name, value in own.items() for fact in _flat(value, name)]

    def came_in(self, rows: Sequence[int]) -> list[str]:
        """The ids of good rows that had been rejected before."""
        name = ADDED[0]
        if name not in self.block.table.schema.names:
            return []
        known = self.block.table.column(name).to_pylist()
        return [known[row] for row in rows if known[row]]


def _trait_name(column: str) -> str:
    match = _USERS.fullmatch(column)
    return match[1] if match else column


def _leaves(value: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """The fields of an object, those of its objects with dotted names."""
    found: list[tuple[str, Any]] = []
    for key, inner in value.items():
        if isinstance(inner, dict):
            found += _leaves(inner, f"{above}{key}.")
        else:
            found.append((above + key, inner))
    return found


def _flat(value: Any, name: str = "") -> list[Fact]:
    """A JSON value as traits: objects by dotted names, lists as JSON, nulls as nothing."""
    if isinstance(value, dict):
        prefix = f"{name}." if name else ""
        return [fact for key, inner in value.items() for fact in _flat(inner, prefix + key)]
    if value is None or value == "" or not name:
        return []
    if isinstance(value, bool):
        return [(name, "true" if value else "false", TEXT)]
    if isinstance(value, (int, float)):
        [text] = as_text(pa.array([float(value)])).to_pylist() if value % 1 else [str(int(value))]
        return [(name, text, NUMBER)] if text is not None else []
    if isinstance(value, str):
        return [(name, value.strip(), _type_of(value.strip()))] if value.strip() else []
    return [(name, json.dumps(value, ensure_ascii=False, default=str), TEXT)]


def _type_of(text: str) -> str:
    """Whether a text is a number: leading zeros make it an id, which is text."""
    return NUMBER if _NUMBER.fullmatch(text) else TEXT
