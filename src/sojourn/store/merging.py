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

from sojourn.core.bucket import Codes, Ints
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
        older = np.full(len(rows), -1, np.int64)
        seq = integers(rows["seq"]) if "seq" in rows.column_names else older
        return cls(integers(rows["person"]), integers(rows["ts"]), seq)


@dataclass(frozen=True)
class Merge:
    """The rows of a file and the newer ones after them, counted through: `take` says which of
    them stand in the merged bucket, in its order, `order` what mark each has there."""

    take: Codes
    order: NDArray[np.int8]


def merge_of(file: pa.Table, newer: pa.Table, gone: Ints) -> Merge:
    """Merge two tables in order that have the columns KEYS; `gone` are rows of the file that are
    somebody else's now, by their numbers in the log.

    Without `seq` the file's rows are all older than the newer ones; without `order_id` no order
    is among these.
    """
    old, new = _Keys.of(file), _Keys.of(newer)
    kept = ~np.isin(old.seq, gone) if len(gone) else np.ones(len(old.seq), bool)
    places = _places(old, new)
    count, more = len(old.person), len(new.person)
    take = np.insert(np.arange(count), places, np.arange(count, count + more))
    if len(gone):
        take = take[np.insert(kept, places, np.ones(more, bool))]
    marks = np.concatenate([integers(t["order"]) for t in (file, newer)]).astype(np.int8)
    person = np.concatenate([old.person, new.person])
    changed = np.concatenate([~kept, np.ones(more, bool)])
    theirs = np.unique(person[(marks > 0) & changed])
    order = marks[take]
    if len(theirs) and "order_id" in file.column_names:
        rows = np.flatnonzero(order > 0)
        rows = rows[np.isin(person[take[rows]], theirs)]
        order[rows] = _settled(person[take[rows]], _ids(file, newer, take[rows]))
    return Merge(take.astype(np.int32), order)


def _ids(file: pa.Table, newer: pa.Table, rows: Ints) -> pa.ChunkedArray:
    """The ids of the orders in some rows of both."""
    count = len(file)
    old, new = rows[rows < count], rows[rows >= count] - count
    found = [
        *file["order_id"].take(pa.array(old)).cast(pa.string()).chunks,
        *newer["order_id"].take(pa.array(new)).cast(pa.string()).chunks,
    ]
    back = np.argsort(np.argsort(rows >= count, kind="stable"), kind="stable")
    return pa.chunked_array(found, pa.string()).take(pa.array(back))


def _settled(person: Ints, ids: pa.ChunkedArray) -> NDArray[np.int8]:
    """The marks of orders in their order: what is not the first report with its id is a second."""
    return np.where(again(person, ids), SECOND_REPORT, ORDER_ROW).astype(np.int8)


def in_order(rows: pa.Table) -> pa.Table:
    """Rows that have the columns KEYS in the trail's order, each order with the mark it has."""
    keys = _Keys.of(rows)
    take = np.lexsort((keys.seq, keys.ts, keys.person))
    rows = rows.take(pa.array(take))
    order = np.array(rows["order"].to_numpy())
    found = np.flatnonzero(order > 0)
    order[found] = _settled(keys.person[take[found]], rows["order_id"].take(pa.array(found)))
    return rows.set_column(rows.column_names.index("order"), "order", pa.array(order))


def joined(file: pa.ChunkedArray, newer: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of the file, then of the newer rows, as the file has it coded."""
    if pa.types.is_dictionary(file.type):
        newer = newer.dictionary_encode()
    return pa.chunked_array([*file.chunks, *newer.cast(file.type).chunks], file.type)


def _places(old: _Keys, new: _Keys) -> Ints:
    """Before which row of the old each of the new belongs."""
    low = np.searchsorted(old.person, new.person, side="left")
    high = np.searchsorted(old.person, new.person, side="right")
    while (open_ := low < high).any():
        middle = (low + high) // 2
        at = np.minimum(middle, len(old.person) - 1)
        ts, seq = old.ts[at], old.seq[at]
        before = (ts < new.ts) | ((ts == new.ts) & (seq < new.seq))
        low = np.where(open_ & before, middle + 1, low)
        high = np.where(open_ & ~before, middle, high)
    return low
