"""Rows of the trail in their order, and which of them are orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Bools, Bucket, Coded, Column, Ints
from sojourn.core.condition import Condition
from sojourn.core.frame import TouchpointFrame
from sojourn.core.history import ORDER_ROW, SECOND_REPORT
from sojourn.core.touchpoint import BUSINESS, PERSON
from sojourn.store.encode import NUMBERS, distinct, integers


def sort_rows(rows: pa.Table) -> pa.Table:
    """Rows in the only order there is: by person, time, and the log's own number."""
    keys = (integers(rows["seq"]), integers(rows["ts"]), rows["person"].to_numpy())
    return rows.take(pa.array(np.lexsort(keys))).combine_chunks()


def mark_orders(
    rows: pa.Table, order: Condition, coded: Collection[str], values: Mapping[str, Sequence[str]]
) -> pa.Table:
    """Say of each row whether it is an order (1), a second report of one (2), or neither (0)."""
    person = rows["person"].to_numpy()
    bucket = Bucket(
        person=person.astype(np.int64),
        ts=integers(rows["ts"]),
        own=np.asarray(rows["own"].to_numpy()),
        order=np.zeros(len(rows), np.int8),
        columns={c: _column(rows, c, coded, values) for c in order.columns if c != "ts"},
    )
    found = np.flatnonzero(order.mask(TouchpointFrame(bucket)))
    marks = np.zeros(len(rows), np.int8)
    marks[found] = ORDER_ROW
    marks[found[again(person[found], rows["order_id"].take(pa.array(found)))]] = SECOND_REPORT
    return rows.set_column(rows.schema.get_field_index("order"), "order", pa.array(marks))


def again(person: Ints, order_id: pa.ChunkedArray) -> Bools:
    """Which of these orders, in their order, the same person has already with the same id."""
    codes, _ = distinct(order_id)
    named = np.flatnonzero(codes >= 0)
    keys = person[named].astype(np.int64) << 32 | codes[named]
    _, first = np.unique(keys, return_index=True)
    found = np.zeros(len(codes), bool)
    found[named] = True
    found[named[first]] = False
    return found


def _column(
    rows: pa.Table, name: str, coded: Collection[str], values: Mapping[str, Sequence[str]]
) -> Column:
    if name == "actor":
        return Coded((~rows["own"].to_numpy()).astype(np.int32), [PERSON, BUSINESS])
    if name in NUMBERS:
        reals = np.asarray(rows[name].cast(pa.float64()).to_numpy())
        return reals / 10_000 if name == "value" else reals
    if name in coded:
        return Coded(rows[name].fill_null(-1).to_numpy().astype(np.int32), values[name])
    return Coded(*distinct(rows[name]))
