"""The rows that a condition is asked about all at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from sojourn.core.bucket import Bools, Coded, Ints, Reals

from .nodes import Ref


@dataclass(frozen=True)
class Times:
    """A column of times: microseconds since 1970 in UTC, `NULL_TIME` where unknown."""

    micros: Ints


FrameColumn: TypeAlias = Coded | Reals | Times | Bools
"""Text is `Coded`, a number float64 (NaN where unknown), a time `Times`, true or false bool."""


class Frame(Protocol):
    """Rows with columns: a bucket's touchpoints, or its people at a moment.

    Every column has one value a row. `properties` is asked for whole, as the `Coded` JSON
    texts, whatever keys the condition reads; a trait by its key, as `Ref("traits", ("age",))`;
    `did` with its arguments, as `Ref("did", (), ("Order Completed", 30))`.
    """

    def __len__(self) -> int: ...

    def column(self, ref: Ref) -> FrameColumn:
        """The column of this name."""
        ...

    def some(self, ref: Ref, rows: Ints) -> FrameColumn | None:
        """The column in some rows, ascending, where that is cheaper than all of it; else None."""
        ...
