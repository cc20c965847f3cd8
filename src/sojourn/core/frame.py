"""What a condition on touchpoints can see of a bucket: its columns and each person's history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Ints
from sojourn.core.condition import Condition, Ref, Times
from sojourn.core.history import HISTORY, SECOND_REPORT
from sojourn.core.model import Model


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
    seen = np.zeros(len(frame), np.int64)
    for number, stage in enumerate(model.stages):
        seen[stage.evidence.mask(frame)] |= np.int64(1 << number)
    seen[frame.bucket.order == SECOND_REPORT] = 0
    restart = None if model.restart is None else model.restart.mask(frame)
    return seen, restart
