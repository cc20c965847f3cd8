"""How a bucket's file and the rows that are newer than it become one bucket.

Both are in order, so each newer row is put where it belongs by binary search; and an order may
turn out to be the second report of one, or the first, when other reports of it come or go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sojourn.core.bucket import Bools, Codes, Ints
from sojourn.core.history import ORDER_ROW, SECOND_REPORT
from sojourn.store.encode import integers
from sojourn.store.marks import again

KEYS = ("person", "ts", "seq", "order", "order_id")
"""The columns that a merge needs of both sides."""


class _Keys(NamedTuple):
    person: Ints
    ts: Ints
    seq: Ints

    @classmethod
    def of(cls, rows: pa.Table) -> _Keys:
        return cls(*(integers(rows[name]) for name in cls._fields))


@dataclass(frozen=True)
class Merge:
    """The rows of a file and the newer ones after them, counted through: `take` says which of
    them stand in the merged bucket, in its order, `order` what mark each has there."""

    take: Codes
    order: NDArray[np.int8]


def merge_of(file: pa.Table, newer: pa.Table, gone: Ints) -> Merge:
    """Merge two tables in order that have the columns KEYS; `gone` are rows of the file that are
    somebody else's now, by their numbers in the log."""
    old, new = _Keys.of(file), _Keys.of(newer)
    kept = ~np.isin(old.seq, gone)
    places = _places(old, new)
    count, more = len(old.seq), len(new.seq)
    take = np.insert(np.arange(count), places, np.arange(count, count + more))
    take = take[np.insert(kept, places, np.ones(more, bool))]
    marks = np.concatenate([integers(t["order"]) for t in (file, newer)]).astype(np.int8)
    person = np.concatenate([old.person, new.person])
    chunks = [c for t in (file, newer) for c in t["order_id"].cast(pa.string()).chunks]
    ids = pa.chunked_array(chunks, pa.string())
    changed = np.concatenate([~kept, np.ones(more, bool)])
    return Merge(take.astype(np.int32), _marked(take, marks, person, ids, changed))


def in_order(rows: pa.Table) -> pa.Table:
    """Rows that have the columns KEYS in the trail's order, each order with the mark it has."""
    keys = _Keys.of(rows)
    take = np.lexsort((keys.seq, keys.ts, keys.person))
    rows = rows.take(pa.array(take))
    marks = np.asarray(rows["order"].to_numpy())
    everyone = np.ones(len(rows), bool)
    order = _marked(np.arange(len(rows)), marks, keys.person[take], rows["order_id"], everyone)
    return rows.set_column(rows.column_names.index("order"), "order", pa.array(order))


def joined(file: pa.ChunkedArray, newer: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of the file, then of the newer rows, as the file has it coded."""
    if pa.types.is_dictionary(file.type):
        newer = newer.dictionary_encode()
    return pa.chunked_array([*file.chunks, *newer.cast(file.type).chunks], file.type)


def _marked(
    take: Ints, marks: NDArray[np.int8], person: Ints, ids: pa.ChunkedArray, changed: Bools
) -> NDArray[np.int8]:
    """The marks of the merged rows; only people of whom an order came or went are asked again."""
    named = marks > 0
    named[named] = np.asarray(ids.filter(pa.array(named)).is_valid())
    theirs = np.unique(person[named & changed])
    order = marks[take]
    if not len(theirs):
        return order
    rows = np.flatnonzero(named[take])
    rows = rows[np.isin(person[take[rows]], theirs)]
    second = again(person[take[rows]], ids.take(pa.array(take[rows])))
    order[rows] = np.where(second, SECOND_REPORT, ORDER_ROW)
    return order


def _places(old: _Keys, new: _Keys) -> Ints:
    """Before which row of the old each of the new belongs."""
    low = np.searchsorted(old.person, new.person, side="left")
    high = np.searchsorted(old.person, new.person, side="right")
    while (open_ := low < high).any():
        middle = (low + high) // 2
        at = np.minimum(middle, len(old.seq) - 1)
        ts, seq = old.ts[at], old.seq[at]
        before = (ts < new.ts) | ((ts == new.ts) & (seq < new.seq))
        low = np.where(open_ & before, middle + 1, low)
        high = np.where(open_ & ~before, middle, high)
    return low
