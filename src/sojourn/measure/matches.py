"""Which touchpoints each of several conditions accepts, with the names looked at only once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, gather, stable_order
from sojourn.core.condition import Condition, Ref
from sojourn.core.frame import TouchpointFrame

NAME = Ref("name")
PLAIN_NAME = re.compile(r"name = '((?:[^'\\]|'')*)'")
"""A condition that only asks for one name, as most do."""
FEW = 8
"""So many conditions are asked one by one; for more, sorting the rows by name is faster."""


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

    def some(self, _: Ref, rows: Ints) -> None:
        """Nothing is cheaper for some names than for all."""


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
    names = bucket.columns["name"]
    assert isinstance(names, Coded)  # noqa: S101 - the engine loads texts coded, always
    accepted = _accepted(names, conditions)
    look = _one_by_one if len(conditions) <= FEW else _sorted_once
    return dict(zip(conditions, look(names, accepted, closed), strict=True))


def _one_by_one(names: Coded, accepted: list[list[int]], closed: Bools | None) -> list[Ints]:
    found = []
    for codes in accepted:
        if len(codes) == 1:
            mask = names.codes == codes[0]
        else:
            table = np.zeros(len(names.values) + 1, bool)
            table[codes] = True
            mask = gather(table, names.codes)
        found.append(np.flatnonzero(mask if closed is None else mask & ~closed))
    return found


def _sorted_once(names: Coded, accepted: list[list[int]], closed: Bools | None) -> list[Ints]:
    """Rows are sorted by name once; a condition takes the runs of the names it accepts."""
    size = len(names.values)
    good = np.zeros(size + 1, bool)
    for codes in accepted:
        good[codes] = True
    usable = gather(good, names.codes)
    row = np.flatnonzero(usable if closed is None else usable & ~closed)
    number = names.codes[row] + np.int32(1)
    row = row[stable_order(number)]
    # one more than the code, so that a missing name, -1, comes first
    ends = np.cumsum(np.bincount(number, minlength=size + 1))
    found = []
    for codes in accepted:
        runs = [row[ends[code] if code >= 0 else 0 : ends[code + 1]] for code in codes]
        runs = [run for run in runs if len(run)]
        found.append(runs[0] if len(runs) == 1 else np.sort(np.concatenate([row[:0], *runs])))
    return found


def _accepted(names: Coded, conditions: list[Condition]) -> list[list[int]]:
    """The codes of the names that each condition accepts, -1 for a missing name."""
    place = {name: code for code, name in enumerate(names.values)}
    found = []
    for condition in conditions:
        plain = PLAIN_NAME.fullmatch(condition.text)
        if plain is not None:
            code = place.get(plain[1].replace("''", "'"))
            found.append([] if code is None else [code])
        else:
            frame = NameFrame(names)
            rows = np.flatnonzero(condition.mask(frame))
            found.append([code if code < len(names.values) else -1 for code in rows.tolist()])
    return found
