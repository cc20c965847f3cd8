"""Columns of any type as the texts that the log holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.store.importers.times import is_text

EMPTY = pa.scalar("")


def as_text(column: Any) -> pa.Array[Any]:
    """Texts without the space around them, empty ones as null; numbers as people write them.

    Whole numbers that a missing value had turned into floats become whole again.

    >>> as_text(pa.array([12345.0, None, 0.5])).to_pylist()
    ['12345', None, '0.5']
    """
    kind = column.type
    if is_text(kind):
        texts: Any = pc.utf8_trim_whitespace(column)
        empty = pc.equal(texts, EMPTY)
        return pc.if_else(empty, None, texts) if pc.any(empty).as_py() else texts
    if pa.types.is_floating(kind):
        return _from_reals(column.cast(pa.float64()))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _iso(column)
    if pa.types.is_decimal(kind):
        plain: pa.Array[Any] = column.cast(pa.string())
        return plain
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.string())
    found: pa.Array[Any] = column.cast(pa.string())
    return found


def _from_reals(column: Any) -> pa.Array[Any]:
    reals = np.asarray(column.fill_null(0.0))
    valid = np.asarray(column.is_valid()) & ~np.isnan(reals)
    whole = valid & (np.abs(reals) < 2**63) & (np.floor(reals) == reals)
    numbers = pa.array(np.where(whole, reals, 0).astype(np.int64)).cast(pa.string())
    texts = pc.if_else(pa.array(whole), numbers, column.cast(pa.string()))
    return pc.if_else(pa.array(valid), texts, None)


def _iso(column: Any) -> pa.Array[Any]:
    if pa.types.is_date(column.type):
        return pc.strftime(column.cast(pa.timestamp("s")), "%Y-%m-%d")
    zoned = column.type.tz is not None
    plain = column.cast(pa.timestamp("us", "UTC" if zoned else None), safe=False)
    return pc.strftime(plain, "%Y-%m-%dT%H:%M:%SZ" if zoned else "%Y-%m-%dT%H:%M:%S")
