"""From rows of the log to rows of the trail: people resolved, texts coded.

Parquet keeps each column's distinct texts beside small integers, so a row group is coded by
looking up its few distinct texts and remapping the integers, never row by row.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bucket import NO_CODE, Bools, Codes, Ints
from sojourn.core.identity import DEVICE, USER, Alias, People, Span, is_blocked
from sojourn.core.touchpoint import BOT, CODED, PERSON, TEXTS
from sojourn.store.dictionaries import PERSON as PERSON_COLUMN
from sojourn.store.dictionaries import Dictionary

IDS = ("user_id", "device_id")
LOG_COLUMNS = ("seq", "ts", *IDS, "aliases", "actor", "value", "sentiment", *CODED, *TEXTS)
NUMBERS = ("value", "sentiment")
Unit = Literal["person", "account"]


def trail_schema(coded: Sequence[str]) -> pa.Schema:
    """The trail's columns: as the log's, people and coded columns as integers."""
    fields = [
        ("person", pa.int32()),
        ("ts", pa.timestamp("us", tz="UTC")),
        ("seq", pa.int64()),
        ("own", pa.bool_()),
        ("order", pa.int8()),
        ("value", pa.int64()),
        ("sentiment", pa.float64()),
    ]
    texts = [(n, pa.int32() if n in coded else pa.string()) for n in (*IDS, *CODED, *TEXTS)]
    return pa.schema([*fields, *texts])


@dataclass
class Encoder:
    """Turns chunks of the log into chunks of the trail; safe to share between threads."""

    people: People
    dictionaries: dict[str, Dictionary]
    coded: Sequence[str]
    unit: Unit = "person"
    nobody: int = 0
    bots: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def encode(self, chunk: pa.Table) -> pa.Table:
        """The chunk's rows that belong to people and are no bot's, in the trail's columns."""
        ts = integers(chunk["ts"])
        with self._lock:
            person = self._persons(chunk, ts)
        bot = _equals(chunk["device"], BOT)
        keep = (person >= 0) & ~bot
        with self._lock:
            self.bots += int(bot.sum())
            self.nobody += int(((person < 0) & ~bot).sum())
        if not keep.all():
            chunk, person = chunk.filter(pa.array(keep)), person[keep]
        columns: dict[str, pa.Array | pa.ChunkedArray] = {
            "person": pa.array(person, pa.int32()),
            "ts": chunk["ts"],
            "seq": chunk["seq"],
            "own": pa.array(_equals(chunk["actor"], PERSON)),
            "order": pa.array(np.zeros(len(person), np.int8)),
            "value": _money(chunk["value"]),
            "sentiment": chunk["sentiment"],
        }
        for name in (*IDS, *CODED, *TEXTS):
            columns[name] = self._column(name, chunk[name])
        schema = trail_schema(self.coded)
        return pa.table(
            [columns[name].cast(schema.field(name).type) for name in schema.names], schema
        )

    def _column(self, name: str, column: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        if name not in self.coded:
            return column
        codes, texts = distinct(column)
        with self._lock:
            fresh = self.dictionaries[name].encode(texts)
        return _masked(_gather(fresh, codes))

    def _persons(self, chunk: pa.Table, ts: Ints) -> Codes:
        if self.unit == "account":
            codes, texts = distinct(chunk["account"])
            known = [None if is_blocked(t, self.people.blocked) else f"account:{t}" for t in texts]
            return _gather(self.dictionaries[PERSON_COLUMN].encode(known), codes)
        person = np.full(len(ts), NO_CODE, np.int32)
        for kind, column in ((USER, "user_id"), (DEVICE, "device_id")):
            if chunk[column].null_count < len(ts) and (person < 0).any():
                codes, texts = distinct(chunk[column])
                self._fill(person, ts, codes, [(kind, text) for text in texts])
        if chunk["aliases"].null_count < len(ts) and (person < 0).any():
            codes, aliases = first_aliases(chunk["aliases"], self.people.blocked)
            self._fill(person, ts, codes, aliases)
        return person

    def _fill(
        self, person: Codes, ts: Ints, codes: Codes, aliases: Sequence[tuple[str, str]]
    ) -> None:
        """Give the rows that have nobody yet the person behind their alias at their time."""
        dictionary = self.dictionaries[PERSON_COLUMN]
        people, shared = self.people, dict[int, tuple[Span, ...]]()
        constant: list[str | None] = []
        for number, (kind, text) in enumerate(aliases):
            alias = people.one_form((kind, text))
            if is_blocked(text, people.blocked):
                constant.append(None)
            elif alias not in people.steps and text not in people.merged:
                constant.append(_key(alias))
            elif len(spans := people.spans(alias)) == 1:
                constant.append(_key(spans[0].person))
            else:
                constant.append(None)
                shared[number] = spans
        found = _gather(dictionary.encode(constant), codes)
        for number, spans in shared.items():
            rows = np.flatnonzero(codes == number)
            bounds = np.array([s.start for s in spans[1:]], np.int64)
            keys = dictionary.encode([_key(s.person) for s in spans])
            found[rows] = keys[np.searchsorted(bounds, ts[rows], side="right")]
        empty = person < 0
        person[empty] = found[empty]


def _key(person: Alias) -> str:
    return f"{person.kind}:{person.id}"


def distinct(column: pa.ChunkedArray) -> tuple[Codes, list[str]]:
    """A text column as the code of each row's text (-1 for none) and the distinct texts."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.unify_dictionaries().chunks)
    codes = array.indices.fill_null(NO_CODE).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes, array.dictionary.to_pylist()


def first_aliases(
    column: pa.ChunkedArray, blocked: frozenset[str]
) -> tuple[Codes, list[tuple[str, str]]]:
    """For each row the code of its first usable alias by `(kind, id)`; users come first."""
    lists = column.combine_chunks()
    flat = lists.flatten()
    joined = pc.binary_join_element_wise(
        flat.field("kind"), flat.field("id"), ":"
    ).dictionary_encode()
    texts = [t.split(":", 1) for t in joined.dictionary.to_pylist()]
    aliases = [(kind, text) for kind, text in texts]
    usable = [i for i, (_, text) in enumerate(aliases) if not is_blocked(text, blocked)]
    ranked = sorted(usable, key=lambda i: (aliases[i][0] != USER, aliases[i]))
    rank = np.full(len(aliases) + 1, len(aliases), np.int64)
    rank[ranked] = np.arange(len(ranked))
    flat_rank = rank[joined.indices.fill_null(len(aliases)).to_numpy(zero_copy_only=False)]
    best = np.full(len(lists), len(aliases), np.int64)
    np.minimum.at(best, pc.list_parent_indices(lists).to_numpy(), flat_rank)
    back = np.append(np.array(ranked, np.int32), np.full(len(aliases) + 1 - len(ranked), NO_CODE))
    return back[best].astype(np.int32), aliases


def _gather(codes_of_distinct: Codes, codes: Codes) -> Codes:
    return np.append(codes_of_distinct, np.int32(NO_CODE))[codes]


def _masked(codes: Codes) -> pa.Array:
    return pa.array(codes, pa.int32(), mask=codes < 0)


def _equals(column: pa.ChunkedArray, text: str) -> Bools:
    codes, texts = distinct(column)
    return _gather(np.array([t == text for t in texts], np.int32), codes) == 1


def integers(column: pa.ChunkedArray) -> Ints:
    """A column of whole numbers or times as 64-bit integers."""
    return np.asarray(column.cast(pa.int64()).to_numpy())


def _money(column: pa.ChunkedArray) -> pa.Array:
    """Decimals as whole ten-thousandths: 18 digits fit into the low half of each integer."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    halves = np.frombuffer(array.buffers()[1], np.int64)
    low = halves[2 * array.offset : 2 * (array.offset + len(array)) : 2]
    return pa.array(low, pa.int64(), mask=array.is_null().to_numpy(zero_copy_only=False))
