"""The walk of a whole bucket at once: what `core/walk.py` defines, as cumulative NumPy calls.

Rows are sorted by `(person, ts, seq)`. Whether a touchpoint opens a cycle looks sequential and
is not: a lapse depends only on the last sign of life before it, and a restart candidate opens a
cycle if and only if a level at or past the neck lies between the candidate before it (or the
start of its run between lapses) and itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Ints, gather
from sojourn.core.walk import Rules

NEVER = np.iinfo(np.int64).max
"""Stands for a moment that has not come."""

FEW = 12
"""The furthest of so few stages is looked up in a table of all sets of them."""


@dataclass(frozen=True)
class Cycles:
    """One element a cycle, in order of person and number.

    `row` is the cycle's first row and `end` one past its last; `furthest` is its furthest
    stage (-1 without evidence), `seen` the stages seen in it as bits; `restarted_at` is the
    moment the next cycle opened by a restart (NEVER otherwise); `last_sign` its last sign of life;
    `touches` counts the touchpoints in it, `outside` those after it that are in no cycle.
    """

    row: Ints
    end: Ints
    number: Ints
    furthest: Ints
    seen: Ints
    last_sign: Ints
    restarted_at: Ints
    touches: Ints
    outside: Ints

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True)
class Sojourns:
    """One element a sojourn, in order of cycle and stage; `cycle` indexes `Cycles`.

    `row` is the row that entered it; `moved_at` and `next_stage` are NEVER and -1 on the last
    of its cycle.
    """

    cycle: Ints
    row: Ints
    stage: Ints
    skipped: Ints
    touches: Ints
    moved_at: Ints
    next_stage: Ints

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True)
class Walked:
    """A bucket's journeys: its cycles, its sojourns, and the cycle of each row (-1: in none)."""

    cycles: Cycles
    sojourns: Sojourns
    cycle_of: Ints
    stage_of: Ints


def stride(bucket: Bucket, seen: Ints, restart: Bools | None, rules: Rules, stages: int) -> Walked:
    """Walk everybody in the bucket; `seen` has bit k set where stage k is seen at that row."""
    alive, late = signs(bucket, rules.lapse)
    if not alive.all():
        seen = np.where(alive, seen, seen.dtype.type(0))
    level = levels(seen, stages)
    again = _restarts(bucket, level, restart, late, rules.neck)
    opens = late | again
    opens[bucket.starts] = True
    first = np.flatnonzero(opens)
    cycle = np.repeat(np.arange(len(first)), np.diff(first, append=len(bucket)))
    furthest = _running_maximum(level, cycle, stages)
    cycles = _cycles(bucket, opens, again, seen, furthest, alive)
    sojourns = _sojourns(bucket, cycles, cycle, alive, level, furthest)
    if not alive.all():
        cycle = np.where(alive, cycle, -1)
    return Walked(cycles, sojourns, cycle, furthest)


def signs(bucket: Bucket, lapse: int | None) -> tuple[Bools, Bools]:
    """Which rows belong to a cycle, and which open one because the person had lapsed."""
    size = len(bucket)
    if lapse is None or not size:
        return np.ones(size, bool), np.zeros(size, bool)
    sign = bucket.own.copy()
    sign[bucket.starts] = True
    signs = np.flatnonzero(sign)
    before = np.empty(size, np.int64)
    before[1:] = np.repeat(bucket.ts[signs], np.diff(signs, append=size))[:-1]
    before[bucket.starts] = bucket.ts[bucket.starts]
    gone = bucket.ts - before > lapse
    return bucket.own | ~gone, gone & bucket.own


def levels(seen: Ints, stages: int) -> Ints:
    """The furthest stage seen at each row, -1 where none is."""
    if stages <= FEW:
        return gather(_furthest(stages), seen)
    level = np.full(len(seen), -1, np.int64)
    for stage in range(stages):
        level[(seen >> stage) & 1 == 1] = stage
    return level


@lru_cache(maxsize=FEW)
def _furthest(stages: int) -> Ints:
    """The furthest stage of each set of stages, written as bits."""
    return np.array([bits.bit_length() - 1 for bits in range(1 << stages)], np.int64)


def _restarts(bucket: Bucket, level: Ints, restart: Bools | None, late: Bools, neck: int) -> Bools:
    size = len(bucket)
    if restart is None or not size:
        return np.zeros(size, bool)
    bound = late.copy()
    bound[bucket.starts] = True
    candidate = restart & bucket.own & ~bound
    rows = np.flatnonzero(candidate)
    if not len(rows):
        return candidate
    past = np.flatnonzero(level >= neck)
    marks = np.flatnonzero(candidate | bound)
    since = marks[np.searchsorted(marks, rows) - 1]
    candidate[rows] = np.searchsorted(past, rows) > np.searchsorted(past, since)
    return candidate


def _running_maximum(level: Ints, cycle: Ints, stages: int) -> Ints:
    """The furthest level so far within each cycle, by one maximum over rising offsets."""
    floor = cycle * (stages + 1)
    lifted = level + floor
    np.maximum.accumulate(lifted, out=lifted)
    lifted -= floor
    return lifted


def _cycles(
    bucket: Bucket, opens: Bools, again: Bools, seen: Ints, furthest: Ints, alive: Bools
) -> Cycles:
    row = np.flatnonzero(opens).astype(np.int64)
    end = np.append(row[1:], len(bucket)).astype(np.int64)
    if not len(row):
        return Cycles(row, end, *[row] * 7)
    first_of_person = np.searchsorted(row, bucket.start_of[row])
    sign_at = np.where(bucket.own, bucket.ts, np.iinfo(np.int64).min)
    sign_at[bucket.starts] = bucket.ts[bucket.starts]
    restarted_at = np.full(len(row), NEVER)
    restarted = np.flatnonzero(again[row])
    restarted_at[restarted - 1] = bucket.ts[row[restarted]]
    gone = np.flatnonzero(~alive)
    outside = np.searchsorted(gone, end) - np.searchsorted(gone, row)
    return Cycles(
        row=row,
        end=end,
        number=np.arange(len(row)) - first_of_person + 1,
        furthest=furthest[end - 1],
        seen=np.bitwise_or.reduceat(seen, row),
        last_sign=np.maximum.reduceat(sign_at, row),
        restarted_at=restarted_at,
        touches=end - row - outside,
        outside=outside,
    )


def _sojourns(
    bucket: Bucket, cycles: Cycles, cycle: Ints, alive: Bools, level: Ints, furthest: Ints
) -> Sojourns:
    before = np.empty_like(furthest)
    before[:1] = -1
    before[1:] = furthest[:-1]
    before[cycles.row] = -1
    row = np.flatnonzero(level > before).astype(np.int64)
    mine, stage = cycle[row], level[row]
    next_row = np.append(row[1:], len(bucket)).astype(np.int64)
    moves = np.append(mine[1:] == mine[:-1], False)[: len(row)]
    until = np.where(moves, next_row, cycles.end[mine])
    touches = until - row
    if not alive.all():
        gone = np.flatnonzero(~alive)
        touches -= np.searchsorted(gone, until) - np.searchsorted(gone, row)
    last = len(bucket) - 1
    following = np.minimum(next_row, max(last, 0))
    return Sojourns(
        cycle=mine,
        row=row,
        stage=stage,
        skipped=stage - before[row] - 1,
        touches=touches,
        moved_at=np.where(moves, bucket.ts[following], NEVER) if len(row) else row,
        next_stage=np.where(moves, level[following], -1) if len(row) else row,
    )
