"""More than elsewhere: an excess of losses, tested against comparable others, and since when.

Losses are compared stratum by stratum (the same stage): N. Mantel and W. Haenszel, J. Natl. Cancer
Inst. 22 (1959); the interval of a difference of shares is R. Newcombe's hybrid of Wilson
intervals, Statist. Med. 17 (1998). A change is found by the likelihood ratio of every window of
days against the days outside (M. Kulldorff, Commun. Statist. 26, 1997), and its p-value pays for
all the windows that were tried.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.core.intervals import above, drawn_at_least, wilson

SHORTEST = 3
"""Days that a window must hold at least."""
GROWTH = 1.5
STEPS = 4
"""Windows that overlap by more than three quarters count as one when a p-value pays for them."""
FEW = 5
SAME = 1.92
"""Log likelihood within which another window explains as much: half of 3.84, for 95%."""


@dataclass(frozen=True)
class Excess:
    """How many more were lost than among the others: of `cases`, `lost`, against `expected`.

    `low` and `high` are the 95% interval of `lost - expected`, `p` is one-sided.
    """

    cases: int
    lost: int
    expected: float
    low: float
    high: float
    p: float

    @property
    def more(self) -> float:
        """How many more than expected."""
        return self.lost - self.expected

    @property
    def rate(self) -> float:
        """The share of the cases that was lost."""
        return self.lost / self.cases if self.cases else 0.0

    @property
    def usual(self) -> float:
        """The share that would have been lost as among the others."""
        return self.expected / self.cases if self.cases else 0.0


def compare(stratum: Ints, lost: Bools, others: Ints, others_lost: Bools) -> Excess | None:
    """The excess of losses over others of the same stratum; None where nobody is comparable.

    Cases of a stratum that none of the others is in are left out. With one stratum `p` is
    Fisher's exact test, with several it is that of Mantel and Haenszel.

    >>> same = np.zeros(10, int)
    >>> found = compare(same, np.arange(10) < 8, same, np.arange(10) < 2)
    >>> found.cases, found.lost, round(found.expected, 6), round(found.p, 4)
    (10, 8, 2.0, 0.0115)
    """
    size = 1 + max(int(stratum.max(initial=-1)), int(others.max(initial=-1)))
    counts = [
        np.bincount(each, minlength=size).astype(np.float64)
        for each in (stratum, stratum[lost], others, others[others_lost])
    ]
    both = (counts[0] > 0) & (counts[2] > 0)
    if not both.any():
        return None
    n, k, m, j = (part[both] for part in counts)
    cases, gone = float(n.sum()), float(k.sum())
    expected = float((n * j / m).sum())
    weight = n / cases
    among = 1 / float((weight * weight / m).sum())
    low, high = _difference(gone, cases, expected / cases, among)
    return Excess(int(cases), int(gone), expected, low * cases, high * cases, _p(n, k, m, j))


def _difference(lost: float, cases: float, usual: float, among: float) -> tuple[float, float]:
    """Newcombe's interval of a difference of shares, the second known from `among` cases."""
    share = lost / cases
    one, other = wilson(lost, cases), wilson(usual * among, among)
    down = math.hypot(share - one[0], other[1] - usual)
    up = math.hypot(one[1] - share, usual - other[0])
    return share - usual - down, share - usual + up


def _p(n: Reals, k: Reals, m: Reals, j: Reals) -> float:
    whole, gone = n + m, k + j
    if len(n) == 1:
        return drawn_at_least(k[0], whole[0], gone[0], n[0])
    mean = n * gone / whole
    spread = n * m * gone * (whole - gone) / (whole * whole * np.maximum(whole - 1, 1))
    if not spread.sum():
        return 1.0
    return above((float((k - mean).sum()) - 0.5) / math.sqrt(float(spread.sum())))


@dataclass(frozen=True)
class Window:
    """Days `[start, end)` in which a share was higher than outside.

    Before `start` lie days without any case, so it is the middle of those on which it may have
    begun; with 95% confidence it did between `earliest` and `latest`. Windows that are `open` go
    on to the end. `p` pays for all windows tried.
    """

    start: int
    end: int
    earliest: int
    latest: int
    open: bool
    gain: float
    p: float


def higher_since(day: Ints, bad: Bools, days: int) -> Window | None:
    """The window of days with the clearest excess of bad cases over the days outside.

    `day` counts from 0 and `days` is their number. None where no window has more than outside.

    >>> day = np.arange(100)
    >>> found = higher_since(day, (day >= 60) & (day < 80), 100)
    >>> (found.start, found.end, found.open, found.p < 1e-9)
    (60, 80, False, True)
    """
    counts = _Counts(day, bad, days)
    if not counts.cases or counts.bad in (0, counts.cases):
        return None
    best, tried, length = (0.0, 0, days), 0.0, SHORTEST
    while length < days:
        starts = np.arange(days - length + 1)
        gain = counts.gain(starts, starts + length)
        place = int(gain.argmax())
        best = max(best, (float(gain[place]), place, place + length))
        tried += max(1.0, STEPS * days / length)
        length = max(length + 1, int(length * GROWTH))
    starts = np.arange(1, days)
    gain = counts.gain(starts, np.full(len(starts), days))
    if len(gain):
        best = max(best, (float(gain.max()), int(gain.argmax()) + 1, days))
    return None if best[0] <= 0 else counts.refined(best, max(tried, 1.0))


class _Counts:
    """Running totals of cases and bad ones by day."""

    def __init__(self, day: Ints, bad: Bools, days: int) -> None:
        self.days = days
        per_day = np.bincount(day, minlength=days)
        self.on = np.flatnonzero(per_day)
        self.n = np.concatenate([[0], np.cumsum(per_day)])
        self.k = np.concatenate([[0], np.cumsum(np.bincount(day[bad], minlength=days))])
        self.cases, self.bad = int(self.n[-1]), int(self.k[-1])

    def gain(self, start: Ints, end: Ints) -> Reals:
        """How far each window's own share raises the log likelihood; 0 where it is not higher."""
        n, k = self.n[end] - self.n[start], self.k[end] - self.k[start]
        m, j = self.cases - n, self.bad - k
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = _log_likelihood(k, n) + _log_likelihood(j, m)
            gain -= _log_likelihood(np.array(self.bad), np.array(self.cases))
            higher = k * m > j * n
        return np.where(higher & (k >= FEW) & (m >= FEW), gain, 0.0)

    def refined(self, best: tuple[float, int, int], tried: float) -> Window:
        """The best window with its ends moved day by day, as long as that explains more."""
        gain, start, end = best
        for _ in range(8):
            starts = np.arange(end)
            by_start = self.gain(starts, np.full(len(starts), end))
            start = int(by_start.argmax())
            ends = np.arange(start + 1, self.days + 1)
            by_end = self.gain(np.full(len(ends), start), ends)
            end = int(ends[by_end.argmax()])
            if by_end.max() <= gain:
                break
            gain = float(by_end.max())
        to_end = float(self.gain(np.array([start]), np.array([self.days]))[0])
        open_ = to_end > gain - SAME
        if open_:
            end, gain = self.days, to_end
        first = int(self.on[np.searchsorted(self.on, start)])
        n, k = self.n[end] - self.n[first], self.k[end] - self.k[first]
        p = drawn_at_least(k, self.cases, self.bad, n)
        starts = np.arange(end)
        as_good = np.flatnonzero(self.gain(starts, np.full(len(starts), end)) >= gain - SAME)
        earliest, latest = int(as_good.min()), int(as_good.max())
        middle = (self._after_the_case_before(first) + first + 1) // 2
        earliest = min(self._after_the_case_before(earliest), middle)
        return Window(middle, end, earliest, max(latest, middle), open_, gain, min(1.0, p * tried))

    def _after_the_case_before(self, day: int) -> int:
        """The day after the last one with cases before `day`; `day` itself where there is none."""
        place = int(np.searchsorted(self.on, day)) - 1
        return int(self.on[place]) + 1 if place >= 0 else day


def _log_likelihood(part: Ints, whole: Ints) -> Reals:
    rest = whole - part
    share = np.where(whole > 0, part / np.maximum(whole, 1), 0.0)
    found: Reals = np.where(part > 0, part * np.log(share), 0.0)
    found += np.where(rest > 0, rest * np.log(1 - share), 0.0)
    return found
