"""Which touchpoints each of several conditions accepts, with the names looked at only once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, stable_order
from sojourn.core.condition import Condition, Ref
from sojourn.core.frame import TouchpointFrame

NAME = Ref("name")


@dataclass(frozen=True)
class NameFrame:
    """One row a name of the dictionary, and a last one for a touchpoint without a name."""

    names: Coded

    def __len__(self) -> int:
        return len(self.names.values) + 1

    def column(self, _: Ref) -> Coded:
        """Every name once."""
        codes = np.append(np.arange(len(self.names.values), dtype=np.int32), np.int32(-1))
        return Coded(codes, self.names.values)


def matches(
    bucket: Bucket, conditions: Iterable[Condition], closed: Bools | None = None
) -> dict[Condition, Ints]:
    """The rows at which each condition holds, ascending, without those that are `closed`."""
    asked = list(dict.fromkeys(conditions))
    by_name = [condition for condition in asked if condition.refs == {NAME}]
    found = _by_name(bucket, by_name, closed) if by_name else {}
    frame = TouchpointFrame(bucket)
    for condition in asked:
        if condition not in found:
            mask = condition.mask(frame)
            found[condition] = np.flatnonzero(mask if closed is None else mask & ~closed)
    return found


def _by_name(
    bucket: Bucket, conditions: list[Condition], closed: Bools | None
) -> dict[Condition, Ints]:
    """Rows are sorted by name once; a condition takes the runs of the names it accepts."""
    names = bucket.columns["name"]
    assert isinstance(names, Coded)  # noqa: S101 - the engine loads texts coded, always
    tables = [condition.mask(NameFrame(names)) for condition in conditions]
    good = np.logical_or.reduce(tables)[names.codes]
    row = np.flatnonzero(good if closed is None else good & ~closed)
    size = len(names.values) + 1
    codes = names.codes[row] % np.int32(size)
    row = row[stable_order(codes)]
    ends = np.cumsum(np.bincount(codes, minlength=size))
    starts = np.append(0, ends)
    found = {}
    for condition, table in zip(conditions, tables, strict=True):
        runs = [row[starts[code] : ends[code]] for code in np.flatnonzero(table).tolist()]
        runs = [run for run in runs if len(run)]
        found[condition] = runs[0] if len(runs) == 1 else np.sort(np.concatenate([row[:0], *runs]))
    return found
