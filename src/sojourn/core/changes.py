"""What changes on a journey, as keys: a stay begins, stalls, and ends by a move, restart or lapse.

The key of a change is the person, cycle, stage and kind; it is there from one instant on and, as
long as history stays as it is, for ever. That is how it differs from an outcome: whoever stalled
and moved on afterwards has stalled, and has moved. `changes` says it plainly for one person's
sojourns, `changes_in` for a walked bucket; a property test makes the two agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sojourn.core.bucket import Bucket, Ints
from sojourn.core.stride import NEVER, Walked
from sojourn.core.walk import Sojourn

KINDS = ("entered", "stalled", "moved", "restarted", "lapsed")
ENTERED, STALLED, MOVED, RESTARTED, LAPSED = range(len(KINDS))
NOWHERE = -1


class Change(NamedTuple):
    """One change of a person's journey, at a moment in microseconds.

    `other` is the stage that an entered one was reached from, or that a move leads to (-1: none).
    """

    cycle: int
    stage: int
    kind: int
    at: int
    other: int


@dataclass(frozen=True)
class Changes:
    """Changes of some people, one element each; `row` is the row of the bucket that made it.

    A stall and a lapse are made by nobody: theirs is the row that entered the stage.
    """

    person: Ints
    cycle: Ints
    stage: Ints
    kind: Ints
    at: Ints
    other: Ints
    row: Ints

    def __len__(self) -> int:
        return len(self.person)


def changes(
    stays: Sequence[Sojourn], as_of: int, lapse: int | None, patience: Sequence[int | None]
) -> Iterator[Change]:
    """What has changed by the instant `as_of` on one person's journey.

    >>> stay = Sojourn(1, 0, entered_at=0, entered_by="a", skipped=0, moved_at=9, next_stage=2)
    >>> [(KINDS[c.kind], c.at) for c in changes([stay], 10, None, [5, None, None])]
    [('entered', 0), ('stalled', 5), ('moved', 9)]
    """
    for stay in stays:
        came = stay.stage - stay.skipped - 1
        yield Change(stay.cycle, stay.stage, ENTERED, stay.entered_at, came)
        end, kind, other = _end(stay, as_of, lapse)
        until = as_of if end is None else end
        wait = patience[stay.stage]
        if wait is not None and until - stay.entered_at > wait:
            yield Change(stay.cycle, stay.stage, STALLED, stay.entered_at + wait, NOWHERE)
        if end is not None:
            yield Change(stay.cycle, stay.stage, kind, end, other)


def _end(stay: Sojourn, as_of: int, lapse: int | None) -> tuple[int | None, int, int]:
    if stay.moved_at is not None and stay.next_stage is not None:
        return stay.moved_at, MOVED, stay.next_stage
    if stay.restarted_at is not None:
        return stay.restarted_at, RESTARTED, NOWHERE
    if lapse is not None and as_of > stay.last_sign + lapse:
        return stay.last_sign + lapse, LAPSED, NOWHERE
    return None, MOVED, NOWHERE


@dataclass(frozen=True)
class Stays:
    """Each sojourn of a walked bucket: how it ended by now, and when it ends if nobody comes."""

    row: Ints
    entered: Ints
    end: Ints
    kind: Ints
    ended_by: Ints
    stalls: Ints
    lapses: Ints


def stays_of(
    bucket: Bucket, walked: Walked, as_of: int, lapse: int | None, patience: Sequence[int | None]
) -> Stays:
    """When each stay was entered, ended (NEVER: not yet), would stall, and would lapse."""
    cycles, found = walked.cycles, walked.sojourns
    last = found.next_stage < 0
    restarted = np.where(last, cycles.restarted_at[found.cycle], NEVER)
    silent = cycles.last_sign[found.cycle] + lapse if lapse is not None else NEVER
    lapses = np.where(last & (restarted == NEVER), silent, NEVER)
    gone = lapses < as_of
    end = np.where(last, np.where(gone, lapses, restarted), found.moved_at)
    kind = np.where(last, np.where(gone, LAPSED, RESTARTED), MOVED)
    entered = bucket.ts[found.row]
    waits = np.array([NEVER if p is None else p for p in patience], np.int64)[found.stage]
    never = waits == NEVER
    stalls = np.where(never, NEVER, entered + np.where(never, 0, waits))
    following = np.append(found.row[1:], 0)[: len(found)]
    opened = np.append(cycles.row, 0)[np.minimum(found.cycle + 1, len(cycles))]
    by = np.where(kind == MOVED, following, np.where(kind == RESTARTED, opened, found.row))
    return Stays(found.row, entered, end, kind, by, stalls, lapses)


def changes_in(bucket: Bucket, walked: Walked, stays: Stays, as_of: int) -> Changes:
    """What has changed by `as_of` on everybody's journey."""
    found = walked.sojourns
    ended = np.flatnonzero(stays.end != NEVER)
    until = np.minimum(stays.end, as_of)
    stalled = np.flatnonzero(stays.stalls < until)
    every = np.arange(len(found))
    at = np.concatenate([every, stalled, ended])
    kinds = [np.full(len(every), ENTERED), np.full(len(stalled), STALLED), stays.kind[ended]]
    moved = np.where(stays.kind == MOVED, found.next_stage, NOWHERE)
    came = found.stage - found.skipped - 1
    return Changes(
        person=bucket.person[found.row[at]],
        cycle=walked.cycles.number[found.cycle[at]],
        stage=found.stage[at],
        kind=np.concatenate(kinds),
        at=np.concatenate([stays.entered, stays.stalls[stalled], stays.end[ended]]),
        other=np.concatenate([came, np.full(len(stalled), NOWHERE), moved[ended]]),
        row=np.concatenate([stays.row, stays.row[stalled], stays.ended_by[ended]]),
    )


def next_instants(bucket: Bucket, stays: Stays, as_of: int) -> tuple[Ints, Ints]:
    """Of each stay not ended yet, its person and the instant after which it stalls or lapses.

    NEVER where waiting changes nothing more.
    """
    here = np.flatnonzero(stays.end == NEVER)
    stalls = np.where(stays.stalls[here] >= as_of, stays.stalls[here], NEVER)
    return bucket.person[stays.row[here]], np.minimum(stalls, stays.lapses[here])
