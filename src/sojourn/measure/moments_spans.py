"""Stays as time under watch: when it begins and ends, cut into days that are alike.

Days are counted from entering the stage. A day's activity is the person's own touchpoints in the
seven days before it began, so the very visit in which somebody moves on says nothing about itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Ints
from sojourn.core.durations import DAY
from sojourn.measure.select import MOVED, RESTARTED, Selected

DAYS = (1, 3, 7, 14, 30, 60)
"""Days in the stage at which the time already spent in it passes into the next class."""
TIMES = len(DAYS) + 1
WINDOW = 7
"""So many days before a day tell how active somebody is."""
TOUCHES = (1, 4, 10)
"""Touchpoints in the window at which activity passes into the next class."""
SILENT = 0
ACTIVITIES = len(TOUCHES) + 2
"""No sign of life at all; nothing but what is tested; 1 to 3 others; 4 to 9; 10 or more."""
CELLS = TIMES * ACTIVITIES


@dataclass(frozen=True)
class Spans:
    """Stays under watch, one element a stay (and block), with the rows they hold.

    `row` to `end_row` are the stay's rows, `place` is the person among the bucket's people, `end`
    when watching ends (microseconds); `moved` whether the person moved on or began again then.
    """

    bucket: Bucket
    entered: Ints
    end: Ints
    moved: Bools
    stage: Ints
    block: Ints
    place: Ints
    row: Ints
    end_row: Ints

    def __len__(self) -> int:
        return len(self.entered)

    @cached_property
    def days(self) -> Ints:
        """How many days each is watched, the last one begun counted whole."""
        return -((self.entered - self.end) // DAY)

    @cached_property
    def rows(self) -> tuple[Ints, Ints]:
        """Every row of every stay, and whose it is: `(row, span)`, in order of span."""
        size = self.end_row - self.row
        span = np.repeat(np.arange(len(self)), size)
        within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        return self.row[span] + within, span


def spans_of(selected: Selected, silence: int | None) -> Spans:
    """The stays of the chosen cycles in which any time was watched.

    Who has not moved on is watched until `silence` after their last sign of life (None: the
    stage's patience), and never beyond when they lapsed or `as_of`.
    """
    blocks, sojourns, cycles = (
        selected.sojourn_blocks,
        selected.walked.sojourns,
        selected.walked.cycles,
    )
    bucket, index = selected.bucket, blocks.index
    same = np.append(sojourns.cycle[1:] == sojourns.cycle[:-1], False)[: len(sojourns)]
    following = np.append(sojourns.row[1:], 0)[: len(sojourns)]
    end_row = np.where(same, following, cycles.end[sojourns.cycle])[index]
    row, stage = sojourns.row[index], sojourns.stage[index]
    left, outcome = (part[index] for part in selected.ended)
    moved = (outcome == MOVED) | (outcome == RESTARTED)
    sign = np.maximum.accumulate(np.where(bucket.own, np.arange(len(bucket)), -1))
    last = bucket.ts[np.maximum(sign[end_row - 1], row)] if len(row) else row
    cap = caps(selected, silence)[stage]
    watched = np.minimum(np.minimum(left, selected.view.as_of), last + cap)
    end = np.where(moved, left, watched)
    entered = bucket.ts[row]
    some = np.flatnonzero(end > entered)
    place = np.searchsorted(bucket.starts, row, side="right") - 1
    return Spans(
        bucket=bucket,
        entered=entered[some],
        end=end[some],
        moved=moved[some],
        stage=stage[some],
        block=blocks.block[some],
        place=place[some],
        row=row[some],
        end_row=end_row[some],
    )


def caps(selected: Selected, silence: int | None) -> Ints:
    """For each stage, how long somebody silent is still watched; a century where it has no end."""
    whole = 36_500 * DAY
    found = [silence if silence is not None else s.patience for s in selected.view.model.stages]
    return np.array([whole if cap is None else cap for cap in found], np.int64)


def time_class(day: Ints) -> Ints:
    """The class of time already spent in the stage when a day of it begins.

    >>> time_class(np.array([0, 1, 2, 3, 59, 60])).tolist()
    [0, 1, 1, 2, 5, 6]
    """
    return np.searchsorted(np.array(DAYS), day, side="right").astype(np.int64)


def activity_class(touches: Ints, others: Ints) -> Ints:
    """The class of activity: `touches` in the window, of which `others` are not the tested one.

    >>> activity_class(np.array([0, 2, 2, 12]), np.array([0, 0, 2, 10])).tolist()
    [0, 1, 2, 4]
    """
    level = 1 + np.searchsorted(np.array(TOUCHES), others, side="right")
    return np.where(touches == 0, SILENT, level).astype(np.int64)


class Signs:
    """Counts a person's own touchpoints before a moment, for any number of moments at once."""

    def __init__(self, bucket: Bucket) -> None:
        own = np.flatnonzero(bucket.own)
        self._moments, rank = np.unique(bucket.ts[own], return_inverse=True)
        self._width = len(self._moments) + 1
        place = np.searchsorted(bucket.starts, own, side="right") - 1
        self._keys = place * self._width + rank

    def before(self, place: Ints, moment: Ints) -> Ints:
        """How many there are before each moment, up to a constant of the person."""
        rank = np.searchsorted(self._moments, moment)
        return np.searchsorted(self._keys, place * self._width + rank).astype(np.int64)


@dataclass(frozen=True)
class Pieces:
    """Spans cut into runs of days with the same strata, in order of span and day.

    `day` is the first day of each piece, `touches` the person's own touchpoints in the window
    before it; `first` is the first piece of each span and one past the last of all.
    """

    span: Ints
    day: Ints
    start: Ints
    stop: Ints
    touches: Ints
    first: Ints
    width: int

    @cached_property
    def time(self) -> Ints:
        """The class of time in the stage."""
        return time_class(self.day)

    @cached_property
    def activity(self) -> Ints:
        """The class of activity, before anything is left out."""
        return activity_class(self.touches, self.touches)

    @cached_property
    def _keys(self) -> Ints:
        return self.span * self.width + self.day

    def holding(self, span: Ints, day: Ints) -> Ints:
        """The piece that holds a day of a span."""
        return np.searchsorted(self._keys, span * self.width + day, side="right") - 1

    def since(self, span: Ints, day: int) -> Ints:
        """The first piece of each span that begins on the day or later (or one past its last)."""
        found = np.searchsorted(self._keys, span * self.width + min(day, self.width - 1))
        return np.minimum(found, self.first[span + 1])


def cut(spans: Spans) -> Pieces:
    """Cut every span where time in the stage or activity may pass into another class."""
    row, span = spans.rows
    own = spans.bucket.own[row]
    row, span = row[own], span[own]
    heard = (spans.bucket.ts[row] - spans.entered[span]) // DAY + 1
    width = int(spans.days.max(initial=0)) + 1
    # what came before the stay, up to its very moment, leaves the window by then
    fixed = np.array(sorted({*range(WINDOW + 2), *DAYS}))
    everybody = np.arange(len(spans))
    owner = np.concatenate([np.repeat(everybody, len(fixed)), span, span])
    day = np.concatenate([np.tile(fixed, len(spans)), heard, heard + WINDOW])
    inside = day < spans.days[owner]
    keys = np.unique(owner[inside] * width + day[inside])
    owner, day = np.divmod(keys, width)
    start = spans.entered[owner] + day * DAY
    stop = np.append(start[1:], 0)[: len(start)]
    first = np.searchsorted(owner, np.arange(len(spans) + 1))
    last = first[1:] - 1
    stop[last] = spans.end
    signs, place = Signs(spans.bucket), spans.place[owner]
    touches = signs.before(place, start) - signs.before(place, start - WINDOW * DAY)
    return Pieces(owner, day, start, stop, touches, first, width)
