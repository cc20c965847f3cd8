"""What a condition on touchpoints can see of a bucket: its columns and each person's history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, gather
from sojourn.core.condition import Condition, Ref, Times
from sojourn.core.history import HISTORY, SECOND_REPORT
from sojourn.core.model import Model

NAME = Ref("name")
MOST_NAMES = 4096
"""Where there are more names, a condition is not asked about each of them beforehand."""

NARROW = 15
"""So many conditions fit as bits into 16-bit numbers."""

FEW = 4
"""Where less than a row in so many is open, a condition is asked about the open ones only."""


@dataclass
class TouchpointFrame:
    """A bucket as the condition language reads it; history is computed once, when asked for."""

    bucket: Bucket
    _kept: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.bucket)

    def column(self, ref: Ref) -> Any:
        """The column, or the person's history, behind a name."""
        if ref.name == "ts":
            return Times(self.bucket.ts)
        if ref.name in HISTORY:
            if ref.name not in self._kept:
                self._kept[ref.name] = HISTORY[ref.name](self.bucket)
            return self._kept[ref.name]
        return self.bucket.columns[ref.name]

    def some(self, ref: Ref, rows: Ints) -> Any:
        """The person's history in some rows, without asking for all of it; None for a column."""
        if ref.name not in HISTORY or ref.name in self._kept:
            return None
        return HISTORY[ref.name](self.bucket, rows)


def columns_of(conditions: Iterable[Condition | None]) -> set[str]:
    """The columns that a bucket needs for these conditions to be evaluated on it."""
    columns: set[str] = set()
    for condition in conditions:
        if condition is not None:
            columns |= condition.columns - {"ts"}
            if "nth" in condition.history:
                columns.add("name")
    return columns


def evidence(model: Model, frame: TouchpointFrame) -> tuple[Ints, Bools | None]:
    """Which stages each touchpoint gives evidence for, as bits, and which ask for a restart.

    A second report of an order proves no stage.
    """
    conditions = model.conditions
    kind = np.int16 if len(conditions) <= NARROW else np.int64
    seen = _asked(conditions, frame, np.dtype(kind))
    restart = None
    if model.restart is not None:
        restart = (seen >> len(model.stages)) & 1 == 1
        seen &= kind((1 << len(model.stages)) - 1)
    seen[frame.bucket.order == SECOND_REPORT] = 0
    return seen, restart


def _asked(
    conditions: Sequence[Condition], frame: TouchpointFrame, kind: np.dtype[Any]
) -> NDArray[Any]:
    """Which conditions hold at each row, as bits: what names alone settle is looked up at once."""
    names = frame.bucket.columns.get("name")
    if not isinstance(names, Coded) or len(names.values) > MOST_NAMES:
        found = np.zeros(len(frame), kind)
        for number, condition in enumerate(conditions):
            found |= condition.mask(frame) * kind.type(1 << number)
        return found
    told = [condition.settled(NAME, names.values) for condition in conditions]
    sure = np.zeros(len(names.values) + 1, kind)
    for number, each in enumerate(told):
        sure |= each.sure * kind.type(1 << number)
    found = gather(sure, names.codes)
    for number, (condition, each) in enumerate(zip(conditions, told, strict=True)):
        if not each.open.any():
            continue
        bit = kind.type(1 << number)
        rows = np.flatnonzero(gather(each.open, names.codes))
        if FEW * len(rows) < len(frame):
            found[rows[condition.mask(frame, rows)]] |= bit
        else:
            found |= condition.mask(frame) * bit
    return found
