"""The whole curve of leaving by one of two ways, with its interval, and the test between curves.

Shares are those of `core.incidence` (Aalen-Johansen), at every moment that anybody left. Their
variance is the delta-method one for competing outcomes (Marubini and Valsecchi, "Analysing
Survival Data", 1995, chapter 10); their 95% interval is made on the log(-log) scale, so it stays
within 0 and 1. Curves are compared by the log-rank test of one way of leaving, where who leaves in
another way counts as watched until then (Prentice et al., "The analysis of failure times in the
presence of competing risks", Biometrics 34, 1978).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from sojourn.core.bucket import Ints, Reals, run_starts
from sojourn.core.durations import DAY
from sojourn.core.incidence import LAPSED, MOVED
from sojourn.core.intervals import Z

"""Of a 95% interval."""
ALL = 1e-12
"""What sums of reals may lack of everybody."""
CHUNK = 1 << 16


@dataclass(frozen=True)
class Stays:
    """How long stays were watched (microseconds), how they ended, and how many are alike."""

    duration: Ints
    cause: Ints
    count: Ints

    def __len__(self) -> int:
        return int(self.count.sum())


@dataclass(frozen=True)
class Path:
    """One way of leaving: its cumulative share at each moment, with variance."""

    share: Reals
    variance: Reals


@dataclass(frozen=True)
class Curve:
    """Both ways of leaving at each distinct moment (ascending), with who was left just before."""

    times: Ints
    at_risk: Ints
    moved: Path
    lapsed: Path

    def at(self, days: float, path: Path) -> tuple[float, float | None, float | None]:
        """The share within so many days with its interval; (0, None, None) before anybody left."""
        place = int(np.searchsorted(self.times, round(days * DAY), side="right")) - 1
        if place < 0:
            return 0.0, None, None
        here = slice(place, place + 1)
        (low,), (high,) = interval(path.share[here], path.variance[here])
        share = float(path.share[place])
        return (share, None, None) if np.isnan(low) else (share, float(low), float(high))


def grouped(duration: Ints, cause: Ints, count: Ints | None = None) -> Stays:
    """Equal stays together, in order of duration and cause; `count` says how many each one is.

    >>> grouped(np.array([5, 3, 5]), np.array([1, 0, 1])).count.tolist()
    [1, 2]
    """
    order = np.lexsort((cause, duration))
    duration, cause = duration[order], cause[order].astype(np.int64)
    fresh = np.ones(len(duration), bool)
    fresh[1:] = (duration[1:] != duration[:-1]) | (cause[1:] != cause[:-1])
    first = np.flatnonzero(fresh)
    many = np.ones(len(order), np.int64) if count is None else count[order]
    size = np.add.reduceat(many, first) if len(first) else many
    return Stays(duration[first], cause[first], size)


def curve(stays: Stays) -> Curve:
    """The Aalen-Johansen curves of moving and of lapsing; `stays` in order of duration.

    >>> found = curve(grouped(np.array([1, 2, 3, 4]), np.array([MOVED, 0, LAPSED, MOVED])))
    >>> found.moved.share.round(3).tolist(), found.lapsed.share.round(3).tolist()
    ([0.25, 0.25, 0.25, 0.625], [0.0, 0.0, 0.375, 0.375])
    """
    first = run_starts(stays.duration)
    if not len(first):
        none = np.zeros(0)
        return Curve(first, first, Path(none, none), Path(none, none))

    def gone(*causes: int) -> Ints:
        counted = np.where(np.isin(stays.cause, causes), stays.count, 0)
        return np.add.reduceat(counted, first)

    total = np.cumsum(stays.count)
    at_risk = total[-1] - (total[first] - stays.count[first])
    moved, lapsed = gone(MOVED), gone(LAPSED)
    staying = np.cumprod(1 - (moved + lapsed) / at_risk)
    before = np.append(1.0, staying[:-1])
    return Curve(
        stays.duration[first],
        at_risk,
        _path(moved, moved + lapsed, at_risk, before),
        _path(lapsed, moved + lapsed, at_risk, before),
    )


def _path(these: Ints, all_: Ints, at_risk: Ints, before: Reals) -> Path:
    """The share that has left this way, and its delta-method variance."""
    share = np.cumsum(before * these / at_risk)
    left = at_risk - all_
    hazard = np.divide(all_, at_risk * left.astype(float), out=np.zeros(len(share)), where=left > 0)
    variance = share**2 * np.cumsum(hazard)
    variance -= 2 * share * np.cumsum(share * hazard)
    variance += np.cumsum(share**2 * hazard)
    part = before / at_risk
    variance += np.cumsum(part**2 * these * (at_risk - these) / at_risk)
    mixed = part * these / at_risk
    variance += 2 * np.cumsum(share * mixed) - 2 * share * np.cumsum(mixed)
    return Path(share, np.maximum(variance, 0.0))


def interval(share: Reals, variance: Reals) -> tuple[Reals, Reals]:
    """The 95% interval of cumulative shares; unknown (NaN) where one is 0, or all have left.

    A share that sums of reals leave a hair under 1 is all of them.

    >>> [end.round(3).tolist() for end in interval(np.array([0.5, 1.0]), np.array([0.01, 0.0]))]
    [[0.295, nan], [0.675, nan]]
    """
    inside = np.where((share > 0) & (share < 1 - ALL) & (variance > 0), share, np.nan)
    spread = np.exp(Z * np.sqrt(variance) / (inside * np.log(inside)))
    return inside ** (1 / spread), inside**spread


@dataclass(frozen=True)
class LogRank:
    """A log-rank test: chi-square with `df` degrees of freedom, and its p-value."""

    statistic: float
    df: int
    p: float


def log_rank(groups: Sequence[Stays], of: int = MOVED) -> LogRank | None:
    """Whether groups leave by `of` at different paces; None when they cannot be told apart.

    Groups nobody was in, or watched only before anybody left, take no part.

    >>> moved = np.full(3, MOVED)
    >>> fast, slow = grouped(np.array([1, 2, 3]), moved), grouped(np.array([4, 5, 6]), moved)
    >>> round(log_rank([fast, slow]).statistic, 3)
    5.052
    """
    used = [g for g in groups if len(g)]
    leaving = [np.where(g.cause == of, g.count, 0) for g in used]
    times = np.unique(np.concatenate([np.zeros(0, np.int64), *_moments(used, leaving)]))
    size = len(used)
    gap, spread = np.zeros(size), np.zeros((size, size))
    for start in range(0, len(times), CHUNK):
        moments = times[start : start + CHUNK]
        at_risk = np.stack([_from(g.duration, g.count, moments) for g in used], axis=1)
        gone = np.stack(
            [
                _from(g.duration, each, moments) - _from(g.duration, each, moments + 1)
                for g, each in zip(used, leaving, strict=True)
            ],
            axis=1,
        )
        here, events = at_risk.sum(axis=1), gone.sum(axis=1)
        part = at_risk / here[:, None]
        gap += (gone - events[:, None] * part).sum(axis=0)
        weight = events * (here - events) / np.maximum(here - 1, 1)
        spread += np.diag((weight[:, None] * part).sum(axis=0)) - (weight[:, None] * part).T @ part
    df = int(np.linalg.matrix_rank(spread, tol=1e-9)) if size else 0
    if not df:
        return None
    statistic = float(gap @ np.linalg.pinv(spread, rcond=1e-12, hermitian=True) @ gap)
    return LogRank(statistic, df, float(chdtrc(df, statistic)))


def _moments(groups: Sequence[Stays], leaving: Sequence[Ints]) -> list[Ints]:
    return [g.duration[each > 0] for g, each in zip(groups, leaving, strict=True)]


def _from(duration: Ints, count: Ints, moments: Ints) -> Ints:
    """How many are watched at least until each moment."""
    total = np.append(0, np.cumsum(count))
    return total[-1] - total[np.searchsorted(duration, moments)]
