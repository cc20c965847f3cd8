"""Time under watch and moves after a touchpoint, by stratum: one bucket's part of `moments`.

Nothing is done once a pair of touchpoints: who had one is known by the first, time after it comes
from running sums, and each is left out of the activity of the seven days after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, run_starts
from sojourn.core.durations import DAY, MINUTE
from sojourn.core.frame import TouchpointFrame, columns_of
from sojourn.core.history import SECOND_REPORT
from sojourn.core.stride import NEVER
from sojourn.measure.moments_pace import PACES, Pace
from sojourn.measure.moments_spans import (
    ACTIVITIES,
    CELLS,
    TIMES,
    WINDOW,
    Pieces,
    Spans,
    activity_class,
    cut,
    spans_of,
)
from sojourn.measure.moments_spans import DAYS as CUTS
from sojourn.measure.select import Basis, Selected, columns_needed, select
from sojourn.measure.view import View

LAG = 30 * MINUTE
"""A touchpoint can have helped from so long after it: before, it may be part of the move itself."""
STRATA = PACES * CELLS


@dataclass(frozen=True)
class Sums:
    """Time (whole microseconds) and moves by key, each key once, ascending."""

    key: Ints
    time: Ints
    moves: Ints


@dataclass(frozen=True)
class People:
    """Distinct people by key, how many of them moved on, and a count of touchpoints."""

    key: Ints
    people: Ints
    moved: Ints
    touchpoints: Ints


@dataclass(frozen=True)
class Tally:
    """One bucket's sums.

    Keys of `everybody` are `(block * stages + stage) * STRATA + stratum`; of `after` (time after
    the touchpoint) and `without` (what that takes from everybody's) the value stands between them:
    `((block * stages + stage) * values + value) * STRATA + stratum`. `people` and `touched` have
    the same keys without a stratum. `proving` holds `stage * values + value` of what itself took
    anybody out of a stage.
    """

    labels: Sequence[str]
    everybody: Sums
    after: Sums
    without: Sums
    people: People
    touched: People
    proving: Ints
    basis: Basis


@dataclass(frozen=True)
class MomentsKernel:
    """Adds up one bucket's time and moves with and without each touchpoint, by stratum."""

    view: View
    of: str
    values: int
    pace: Pace
    silence: int | None

    @property
    def columns(self) -> frozenset[str]:
        """What the walk, the filters and the tested column need."""
        return columns_needed(self.view, {self.of, *columns_of([self.view.only])})

    def __call__(self, bucket: Bucket) -> Tally:
        selected = select(self.view, bucket)
        spans = spans_of(selected, self.silence)
        pieces, pace = cut(spans), self.pace.of(spans)
        stages = len(self.view.model.stages)
        group = spans.block * stages + spans.stage
        pairs = pairs_of(selected, spans, self.of, self.values)
        key = group[pairs.span] * self.values + pairs.value
        ever = _ever(group, spans.place, spans.moved)
        after, without = _compared(spans, pieces, pairs, key * PACES + pace[pairs.span])
        return Tally(
            labels=selected.sojourn_blocks.labels,
            everybody=_everybody(spans, pieces, group * PACES + pace),
            after=after,
            without=without,
            people=_people(group, spans.place, ever, np.zeros(len(spans), np.int64)),
            touched=_people(key, spans.place[pairs.span], ever[pairs.span], pairs.touchpoints),
            proving=proving(selected, self.of, self.values),
            basis=selected.basis(),
        )


def proving(selected: Selected, of: str, values: int) -> Ints:
    """Which values were the very touchpoints by which somebody moved on, or began again."""
    sojourns, cycles = selected.walked.sojourns, selected.walked.cycles
    column = selected.bucket.columns[of]
    assert isinstance(column, Coded)  # noqa: S101 - only coded columns can be asked about
    on = np.flatnonzero(sojourns.next_stage >= 0)
    over = sojourns.next_stage < 0
    over &= cycles.restarted_at[sojourns.cycle] != NEVER
    again = np.flatnonzero(over)
    row = np.concatenate([sojourns.row[on + 1], cycles.end[sojourns.cycle[again]]])
    stage = np.concatenate([sojourns.stage[on], sojourns.stage[again]])
    code = column.codes[row].astype(np.int64)
    return np.unique((stage * values + code)[code >= 0])


@dataclass(frozen=True)
class Pairs:
    """A stay and a value that was touched in it: from when it counts, and its own touchpoints.

    `touch_pair` and `touch_day` tell, of each touchpoint that was the person's own, its pair and
    the first day that has it in its window.
    """

    span: Ints
    value: Ints
    since: Ints
    touchpoints: Ints
    touch_pair: Ints
    touch_day: Ints


def pairs_of(selected: Selected, spans: Spans, of: str, values: int) -> Pairs:
    """Who had which value while in the stage, early enough for any time after it.

    The touchpoint that entered the stage is how they came, and one that leaves it is the move.
    """
    bucket, view = selected.bucket, selected.view
    column = bucket.columns[of]
    assert isinstance(column, Coded)  # noqa: S101 - only coded columns can be asked about
    row, span = spans.rows
    tested = (row != spans.row[span]) & (column.codes[row] >= 0)
    tested &= bucket.order[row] != SECOND_REPORT
    if view.only is not None:
        tested &= view.only.mask(TouchpointFrame(bucket))[row]
    row, span = row[tested], span[tested]
    key = span * values + column.codes[row]
    order = np.argsort(key, kind="stable")
    row, span, key = row[order], span[order], key[order]
    first = run_starts(key)
    since = bucket.ts[row[first]] + LAG
    in_time = since < spans.end[span[first]]
    size = np.diff(np.append(first, len(row)))
    pair = np.repeat(np.cumsum(in_time) - 1, size)
    kept = np.repeat(in_time, size) & bucket.own[row]
    heard = (bucket.ts[row[kept]] - spans.entered[span[kept]]) // DAY + 1
    first, size = first[in_time], size[in_time]
    return Pairs(span[first], key[first] % values, since[in_time], size, pair[kept], heard)


def _everybody(spans: Spans, pieces: Pieces, group: Ints) -> Sums:
    """All time and moves, whatever was touched."""
    cell = pieces.time * ACTIVITIES + pieces.activity
    last = pieces.first[1:] - 1
    key = group[pieces.span] * CELLS + cell
    moves = np.zeros(len(key), np.int64)
    moves[last[spans.moved]] = 1
    return summed(key, pieces.stop - pieces.start, moves)


def _compared(spans: Spans, pieces: Pieces, pairs: Pairs, group: Ints) -> tuple[Sums, Sums]:
    """Time and moves after the touchpoint, and what of everybody's is not without it."""
    time_after = _time_after(spans, pieces, pairs, group)
    last = pieces.first[pairs.span + 1] - 1
    moved = np.flatnonzero(spans.moved[pairs.span])
    at = last[moved]
    move = group[moved] * CELLS + pieces.time[at] * ACTIVITIES + pieces.activity[at]
    none = np.zeros(len(moved), np.int64)
    raw = [*time_after, (move, none, np.ones(len(moved), np.int64))]
    shifted_after, shifted_without = _left_out(spans, pieces, pairs, group)
    return _joined([*raw, *shifted_after]), _joined([*raw, *shifted_without])


Part = tuple[Ints, Ints, Ints]


def _time_after(spans: Spans, pieces: Pieces, pairs: Pairs, group: Ints) -> list[Part]:
    """Time from when the touchpoint counts to the end, by stratum, from running sums."""
    span = pairs.span
    begun = pieces.holding(span, (pairs.since - spans.entered[span]) // DAY)
    rest = pieces.stop[begun] - pairs.since
    cell = pieces.time[begun] * ACTIVITIES + pieces.activity[begun]
    found: list[Part] = [(group * CELLS + cell, rest, np.zeros(len(rest), np.int64))]
    length = pieces.stop - pieces.start
    edges = [pieces.since(span, day) for day in (0, *CUTS)] + [pieces.first[span + 1]]
    for activity in range(ACTIVITIES):
        total = np.append(0, np.cumsum(np.where(pieces.activity == activity, length, 0)))
        for time in range(TIMES):
            start, stop = np.maximum(edges[time], begun + 1), edges[time + 1]
            some = np.flatnonzero(stop > start)
            inside = total[stop[some]] - total[start[some]]
            key = group[some] * CELLS + time * ACTIVITIES + activity
            found.append((key, inside, np.zeros(len(some), np.int64)))
    return found


def _left_out(
    spans: Spans, pieces: Pieces, pairs: Pairs, group: Ints
) -> tuple[list[Part], list[Part]]:
    """Days on which activity is another without the tested touchpoints: from one cell to another.

    For time after the touchpoint, and for time before it counts (which is taken off what is
    taken from everybody's).
    """
    width = pieces.width
    key = np.repeat(pairs.touch_pair * width + pairs.touch_day, WINDOW)
    key += np.tile(np.arange(WINDOW), len(pairs.touch_pair))
    inside = np.repeat(pairs.touch_day, WINDOW) + np.tile(
        np.arange(WINDOW), len(pairs.touch_day)
    ) < np.repeat(spans.days[pairs.span[pairs.touch_pair]], WINDOW)
    key, own = np.unique(key[inside], return_counts=True)
    pair, day = np.divmod(key, width)
    span = pairs.span[pair]
    piece = pieces.holding(span, day)
    touches = pieces.touches[piece]
    new = activity_class(touches, touches - own)
    changed = np.flatnonzero(new != pieces.activity[piece])
    pair, day, span, piece, new = (x[changed] for x in (pair, day, span, piece, new))
    start = spans.entered[span] + day * DAY
    stop = np.minimum(start + DAY, spans.end[span])
    since = pairs.since[pair]
    after = np.maximum(stop - np.maximum(start, since), 0)
    before = np.maximum(np.minimum(stop, since) - start, 0)
    moved = (spans.moved[span] & (day == spans.days[span] - 1)).astype(np.int64)
    base = group[pair] * CELLS + pieces.time[piece] * ACTIVITIES
    old, new = base + pieces.activity[piece], base + new
    none = np.zeros(len(moved), np.int64)
    return (
        [(old, -after, -moved), (new, after, moved)],
        [(old, before, none), (new, -before, none)],
    )


def _joined(parts: Sequence[Part]) -> Sums:
    key, time, moves = (np.concatenate(column) for column in zip(*parts, strict=True))
    return summed(key, time, moves)


def summed(key: Ints, time: Ints, moves: Ints) -> Sums:
    """Each key once, with what belongs to it added up: exactly, for a microsecond may tell.

    >>> found = summed(np.array([4, 2, 4]), np.array([1, 2, 3]), np.array([0, 1, 1]))
    >>> found.key.tolist(), found.time.tolist(), found.moves.tolist()
    ([2, 4], [2, 4], [1, 1])
    """
    order = np.argsort(key, kind="stable")
    first = run_starts(key[order])
    if not len(first):
        return Sums(key, time, moves)
    return Sums(
        key[order][first],
        np.add.reduceat(time[order], first),
        np.add.reduceat(moves[order], first),
    )


def _ever(group: Ints, place: Ints, moved: Bools) -> Bools:
    """Whether the person of each stay moved on in any stay of the same stage and block."""
    _, whose = np.unique(group * (place.max(initial=0) + 1) + place, return_inverse=True)
    found: Bools = (np.bincount(whose, moved) > 0)[whose]
    return found


def _people(key: Ints, place: Ints, moved: Bools, touchpoints: Ints) -> People:
    """Distinct people of each key, and those of them who ever moved on."""
    order = np.lexsort((place, key))
    key, place, moved, touchpoints = key[order], place[order], moved[order], touchpoints[order]
    fresh = np.ones(len(key), bool)
    fresh[1:] = (key[1:] != key[:-1]) | (place[1:] != place[:-1])
    one = np.flatnonzero(fresh)
    if not len(one):
        return People(key, key, key, key)
    ever = np.maximum.reduceat(moved.astype(np.int64), one)
    many = np.add.reduceat(touchpoints, one)
    first = run_starts(key[one])
    return People(
        key[one][first],
        np.diff(np.append(first, len(one))),
        np.add.reduceat(ever, first),
        np.add.reduceat(many, first),
    )
