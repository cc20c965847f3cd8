"""A bucket: some people, all of their touchpoints, in order, as arrays.

Every kernel takes one bucket and returns one small partial result. Rows are sorted by
`(person, ts, seq)`, so a person is a run of rows and every question about "before" and
"next" is a cumulative NumPy call. Nothing here reads a file or knows a clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int32]
Reals: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)

NO_CODE = -1
"""The code of a missing value."""


@dataclass(frozen=True)
class Coded:
    """A text column: for each row the code of its value in `values`, -1 where it has none."""

    codes: Codes
    values: Sequence[str]

    def take(self, rows: Bools | Ints | slice) -> Coded:
        """The same column for some of its rows."""
        return Coded(self.codes[rows], self.values)

    def decode(self) -> list[str | None]:
        """The texts themselves, row by row.

        >>> Coded(np.array([1, -1], np.int32), ["a", "b"]).decode()
        ['b', None]
        """
        values = self.values
        return [values[code] if code >= 0 else None for code in self.codes.tolist()]


Column: TypeAlias = Coded | Reals
"""A text column, or a number column in which NaN is a missing value."""


@dataclass(frozen=True)
class Bucket:
    """Some people's touchpoints in order.

    `person` is the integer key of the person of each row (ascending), `ts` microseconds
    since 1970 in UTC, `own` whether the act was the person's, `order` whether the row is
    an order (1), a second report of one (2) or neither (0). `columns` holds the log's
    other columns that the question asked for.
    """

    person: Ints
    ts: Ints
    own: Bools
    order: NDArray[np.int8]
    columns: Mapping[str, Column]
    number: int = 0

    def __len__(self) -> int:
        return len(self.person)

    @cached_property
    def starts(self) -> Ints:
        """The first row of each person."""
        return run_starts(self.person)

    @cached_property
    def start_of(self) -> Ints:
        """For each row, the first row of its person."""
        return np.repeat(self.starts, np.diff(np.append(self.starts, len(self))))

    def take(self, rows: Bools) -> Bucket:
        """The same people with only some of their touchpoints."""
        return self if rows.all() else self.at(np.flatnonzero(rows))

    def at(self, at: NDArray[np.intp]) -> Bucket:
        """The rows at these places, in their order."""
        columns = {
            name: column.take(at) if isinstance(column, Coded) else column[at]
            for name, column in self.columns.items()
        }
        return Bucket(
            self.person[at], self.ts[at], self.own[at], self.order[at], columns, self.number
        )

    def until(self, as_of: int) -> Bucket:
        """The touchpoints up to and including the instant `as_of` (microseconds)."""
        return self.take(self.ts <= as_of)


def run_starts(keys: NDArray[np.generic]) -> Ints:
    """Where each run of equal neighbours begins.

    >>> run_starts(np.array([7, 7, 9])).tolist()
    [0, 2]
    """
    if not len(keys):
        return np.zeros(0, np.int64)
    change = np.empty(len(keys), bool)
    change[0] = True
    np.not_equal(keys[1:], keys[:-1], out=change[1:])
    return np.flatnonzero(change).astype(np.int64)


def gather(table: NDArray[Scalar], codes: NDArray[np.integer]) -> NDArray[Scalar]:
    """The table's value for each code; its last one for a missing value, whose code is -1.

    NumPy looks up by machine-wide numbers thrice as fast as by narrower ones.

    >>> gather(np.array([7, 8, 0]), np.array([1, -1, 0], np.int32)).tolist()
    [8, 0, 7]
    """
    return table[codes.astype(np.intp, copy=False)]


def stable_order(keys: NDArray[np.integer]) -> NDArray[np.intp]:
    """The order that sorts small whole numbers and keeps rows of equal ones as they stand.

    NumPy sorts 16-bit numbers by radix, ten times faster than wider ones.

    >>> stable_order(np.array([2, 1, 2])).tolist()
    [1, 0, 2]
    """
    if len(keys) and int(keys.min()) >= 0 and int(keys.max()) < 1 << 16:
        keys = keys.astype(np.uint16)
    return np.argsort(keys, kind="stable")


class Texts(Sequence[str]):
    """Many distinct texts that are turned into Python's only where somebody looks."""

    def __init__(self, array: pa.StringArray) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [str(text) for text in self.array[place].to_pylist()]
        return str(self.array[place].as_py())
