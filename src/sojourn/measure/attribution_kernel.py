"""The paths of one bucket: the touches before each conversion, and of who never converted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Codes, Ints, Reals, run_starts
from sojourn.core.condition import Condition
from sojourn.core.credit import Touched
from sojourn.core.frame import TouchpointFrame, columns_of
from sojourn.core.history import ORDER_ROW, SECOND_REPORT
from sojourn.core.touches import touches
from sojourn.measure.attribution_tally import UNITS, Ask, Tally, Weighed, tally
from sojourn.measure.attribution_worth import Worth, worth_of
from sojourn.measure.retention_calendar import Every, label, number_at, periods
from sojourn.measure.select import NONE, Basis, Selected, column_for, columns_needed, select
from sojourn.measure.view import View

DIRECT = "Direct"


@dataclass(frozen=True)
class Question:
    """What is credited with what: a column, a lookback (microseconds), a condition, a worth.

    With `every` the conversions are divided by the calendar period that they fell into.
    """

    credit: str
    lookback: int
    convert: Condition | None
    worth: Worth
    ask: Ask
    every: Every | None = None


@dataclass(frozen=True)
class Counted:
    """How many conversions, how many of them without a touch, a value or a known refund."""

    conversions: int = 0
    untouched: int = 0
    unvalued: int = 0
    refunds: int = 0
    strays: int = 0
    never: int = 0
    pending: int = 0


@dataclass(frozen=True)
class AttributionKernel:
    """One bucket's paths, tallied by block."""

    view: View
    question: Question
    nodes: tuple[int, ...]

    @property
    def columns(self) -> frozenset[str]:
        """What touches, conversions, filters and credits read."""
        extra = {"name", "channel", "campaign", "currency", self.question.credit}
        extra |= columns_of([self.question.convert]) | self.question.worth.columns
        return columns_needed(self.view, extra)

    def __call__(self, bucket: Bucket) -> tuple[dict[str, Tally], Counted, Basis]:
        selected = select(replace(self.view, start=None, end=None), bucket)
        weighed, ends, counted = _paths(self, selected)
        return _by_block(self, selected, weighed, ends), counted, selected.basis()


def _paths(kernel: AttributionKernel, selected: Selected) -> tuple[Weighed, Ints, Counted]:
    """The paths of the chosen conversions and of those who never converted since.

    With them the row at which each path ended: its conversion, or its last touch.
    """
    bucket, question = selected.bucket, kernel.question
    converting = _conversions(bucket, question.convert)
    touched = touches(bucket) & ~converting
    if selected.view.only is not None:
        touched &= selected.view.only.mask(TouchpointFrame(bucket))
    ends, rows = np.flatnonzero(converting), np.flatnonzero(touched)
    following = np.searchsorted(ends, rows)
    same = np.append(bucket.person[ends], -1)[following] == bucket.person[rows]
    chosen = _chosen(kernel.view, selected, ends)
    before, path = _before(bucket, rows[same], following[same], ends, question.lookback, chosen)
    after, lasts, pending = _after(kernel.view, selected, rows[~same], question.lookback)
    kept = ends[chosen]
    worth, refunds, strays = worth_of(question.worth, selected, ends)
    none = question.ask.nodes - 1
    nodes = np.array([*kernel.nodes, none], np.int32)[_codes(bucket, question.credit)]
    parts = _joined(bucket, nodes, none, (before, path, kept), (after, lasts))
    nothing: Reals = np.zeros(len(lasts))
    won = np.append(np.ones(len(kept)), nothing)
    fresh: Reals = np.append(_firsts(bucket, ends)[chosen], nothing)
    units = np.rint(np.nan_to_num(worth[chosen]) * UNITS).astype(np.int64)
    money = np.append(_codes(bucket, "currency")[kept], np.full(len(lasts), -1)).astype(np.int64)
    money[money < 0] = question.ask.moneys - 1
    return (
        Weighed(parts, won, np.append(units, 0 * lasts), money, 1 - won, fresh),
        np.append(kept, lasts),
        Counted(
            conversions=len(kept),
            untouched=len(kept) - int(np.count_nonzero(np.bincount(path, minlength=len(kept)))),
            unvalued=int(np.isnan(worth[chosen]).sum()),
            refunds=int(refunds[chosen].sum()),
            strays=strays,
            never=len(lasts),
            pending=pending,
        ),
    )


def _firsts(bucket: Bucket, ends: Ints) -> Bools:
    """Which conversions are the first of their person."""
    first = np.zeros(len(ends), bool)
    first[run_starts(bucket.person[ends])] = True
    return first


def _conversions(bucket: Bucket, convert: Condition | None) -> Bools:
    if convert is None:
        return bucket.order == ORDER_ROW
    return convert.mask(TouchpointFrame(bucket)) & (bucket.order != SECOND_REPORT)


def _chosen(view: View, selected: Selected, rows: Ints) -> Bools:
    """Which of these rows are of chosen people or cycles and in the period."""
    ts, chosen = selected.bucket.ts[rows], selected.row_kept[rows]
    if view.start is not None:
        chosen = chosen & (ts >= view.start)
    if view.end is not None:
        chosen = chosen & (ts < view.end)
    return chosen


def _before(
    bucket: Bucket, rows: Ints, following: Ints, ends: Ints, lookback: int, chosen: Bools
) -> tuple[Ints, Ints]:
    """The touches inside the lookback of a chosen conversion, and its place among the chosen."""
    inside = bucket.ts[ends[following]] - bucket.ts[rows] <= lookback
    inside &= chosen[following]
    place = np.cumsum(chosen) - 1
    return rows[inside], place[following[inside]]


def _after(view: View, selected: Selected, rows: Ints, lookback: int) -> tuple[Ints, Ints, int]:
    """The touches of paths that never converted, the last of each, and how many are pending."""
    bucket = selected.bucket
    person = bucket.person[rows]
    is_last = np.append(person[1:] != person[:-1], True)[: len(rows)]
    lasts = rows[is_last]
    of = np.cumsum(is_last) - is_last
    age = view.as_of - bucket.ts[lasts]
    mine = _chosen(view, selected, lasts)
    settled = mine & (age >= lookback)
    inside = settled[of] & (bucket.ts[lasts[of]] - bucket.ts[rows] <= lookback)
    return rows[inside], lasts[settled], int((mine & ~settled).sum())


def _joined(
    bucket: Bucket,
    nodes: Codes,
    none: int,
    converted: tuple[Ints, Ints, Ints],
    never: tuple[Ints, Ints],
) -> Touched:
    """Both kinds of paths one after another; an empty one becomes `(none)`."""
    (before, path, kept), (after, lasts) = converted, never
    count = np.bincount(path, minlength=len(kept))
    length = np.maximum(count, 1)
    starts = np.cumsum(length) - length
    within = np.arange(len(before)) - (np.cumsum(count) - count)[path]
    out = starts[path] + within
    size = int(length.sum())
    node, age, direct = (
        np.full(size, none, np.int32),
        np.zeros(size, np.int64),
        np.zeros(size, bool),
    )
    is_direct = _direct(bucket)
    node[out], direct[out] = nodes[before], is_direct[before]
    age[out] = bucket.ts[kept[path]] - bucket.ts[before]
    end = np.searchsorted(lasts, after)
    first = np.flatnonzero(np.append(True, end[1:] != end[:-1])[: len(end)])
    return Touched(
        np.append(node, nodes[after]),
        np.append(starts, first + size),
        np.append(direct, is_direct[after]),
        np.append(age, bucket.ts[lasts[end]] - bucket.ts[after]),
    )


def _direct(bucket: Bucket) -> Bools:
    column = bucket.columns["channel"]
    assert isinstance(column, Coded)  # noqa: S101 - channels are always texts
    return np.array([*(v == DIRECT for v in column.values), False], bool)[column.codes]


def _codes(bucket: Bucket, column: str) -> Codes:
    values = bucket.columns[column]
    assert isinstance(values, Coded)  # noqa: S101 - checked where the question is asked
    return values.codes


def _by_block(
    kernel: AttributionKernel, selected: Selected, weighed: Weighed, ends: Ints
) -> dict[str, Tally]:
    by, ask = kernel.view.by, kernel.question.ask
    if kernel.question.every is not None:
        return _by_period(kernel, selected.bucket.ts[ends], weighed, kernel.question.every)
    if by is None:
        return {"": tally(ask, weighed)}
    coded = column_for(selected, by)
    block = coded.codes[ends]
    return {
        NONE if code < 0 else coded.values[code]: tally(ask, _part(weighed, block == code))
        for code in (np.flatnonzero(np.bincount(block + 1)) - 1).tolist()
    }


def _by_period(
    kernel: AttributionKernel, at: Ints, weighed: Weighed, every: Every
) -> dict[str, Tally]:
    """The paths by the period in which each ended."""
    if not len(at):
        return {}
    zone = kernel.view.zone
    first, last = (number_at(int(edge), zone, every) for edge in (at.min(), at.max()))
    number = periods(first, last, zone, every).of(at)
    return {
        label(period, every): tally(kernel.question.ask, _part(weighed, number == period))
        for period in np.unique(number).tolist()
    }


def _part(weighed: Weighed, kept: Bools) -> Weighed:
    """Only some of the paths."""
    paths = weighed.paths
    touch = kept[paths.path]
    length = paths.length[kept]
    assert paths.age is not None  # noqa: S101 - paths of a log have times
    return Weighed(
        Touched(
            paths.node[touch], np.cumsum(length) - length, paths.direct[touch], paths.age[touch]
        ),
        weighed.won[kept],
        weighed.value[kept],
        weighed.money[kept],
        weighed.lost[kept],
        None if weighed.fresh is None else weighed.fresh[kept],
    )
