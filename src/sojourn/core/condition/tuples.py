"""The distinct combinations of several columns' values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Coded, Ints

from .frame import FrameColumn, Times
from .nodes import Value
from .times import NULL_TIME

DENSE = 1 << 16
"""So many possible combinations are looked up in a table, more are sorted."""


def distinct_tuples(columns: Sequence[FrameColumn]) -> tuple[list[tuple[Value, ...]], Ints]:
    """Each combination of values that occurs, and for each row which one it has.

    >>> names = Coded(np.array([0, -1, 0], np.int32), ["a"])
    >>> found, place = distinct_tuples([names, np.array([True, True, True])])
    >>> [found[p] for p in place]
    [('a', True), (None, True), ('a', True)]
    """
    place = np.zeros(len(codes_of(columns[0])[0]), np.int64)
    size = 1
    for column in columns:
        codes, count = codes_of(column)
        if size * count > max(DENSE, 4 * len(codes)):
            place, size = compact(place)[1], len(place)
        place, size = place * count + codes, size * count
    first, place = compact(place, size)
    return list(zip(*(values_of(column, first) for column in columns), strict=True)), place


def compact(keys: Ints, size: int | None = None) -> tuple[Ints, Ints]:
    """A row of each distinct key, and for each row which of them it has."""
    if size is None or size > max(DENSE, 4 * len(keys)):
        _, first, place = np.unique(keys, return_index=True, return_inverse=True)
        return first, place
    row = np.full(size, -1, np.int64)
    row[keys] = np.arange(len(keys))
    occurs = np.flatnonzero(row >= 0)
    number = np.zeros(size, np.int64)
    number[occurs] = np.arange(len(occurs))
    return row[occurs], number[keys]


def codes_of(column: FrameColumn) -> tuple[Ints, int]:
    """A number from 0 for each value, the same for the same value, and how many there are."""
    if isinstance(column, Coded):
        return column.codes.astype(np.int64) + 1, len(column.values) + 1
    values: NDArray[Any] = column.micros if isinstance(column, Times) else column
    found, place = np.unique(values, return_inverse=True)
    return place, max(len(found), 1)


def values_of(column: FrameColumn, rows: Ints) -> list[Value]:
    """The values in some rows as the scalar evaluator takes them."""
    if isinstance(column, Coded):
        return [*column.take(rows).decode()]
    if isinstance(column, Times):
        return [None if t == NULL_TIME else t for t in column.micros[rows].tolist()]
    return [None if v != v else v for v in column[rows].tolist()]
