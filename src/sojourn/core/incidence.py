"""How many have left by when, and in which way, while some have not left yet.

The Aalen-Johansen estimate for competing outcomes: those who are still in the stage count as
long as they were watched, and who lapses can no longer move. O. Aalen and S. Johansen, "An
empirical transition matrix for non-homogeneous Markov chains", Scand. J. Statist. 5 (1978).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Ints, Reals, run_starts
from sojourn.core.durations import DAY

STILL_HERE, MOVED, LAPSED = 0, 1, 2
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Incidence:
    """The share that has left in the way asked for, at each moment that anybody left.

    `times` are microseconds, ascending; `share` is the cumulative incidence at them.
    """

    times: Ints
    share: Reals

    def at(self, moment: int) -> float:
        """The share at a moment; 0 before anybody left."""
        place = int(np.searchsorted(self.times, moment, side="right"))
        return float(self.share[place - 1]) if place else 0.0

    def time_to(self, share: float) -> int | None:
        """The first moment at which the share is reached, None if it never is."""
        place = int(np.searchsorted(self.share, share - _ROUNDING))
        return int(self.times[place]) if place < len(self.times) else None


def incidence(duration: Ints, cause: NDArray[np.integer], of: int = MOVED) -> Incidence:
    """Cumulative incidence of leaving by the cause `of`, all others but STILL_HERE competing.

    `duration` is in microseconds, one a stay; a stay that has not ended has cause STILL_HERE.

    >>> estimate = incidence(np.array([1, 2, 3, 4]), np.array([MOVED, STILL_HERE, LAPSED, MOVED]))
    >>> estimate.share.round(3).tolist()
    [0.25, 0.25, 0.25, 0.625]
    """
    packed = np.sort(duration << 2 | cause)
    times, causes = packed >> 2, packed & 3
    first = run_starts(times)
    if not len(first):
        return Incidence(np.zeros(0, np.int64), np.zeros(0))
    at_risk = len(times) - first
    gone = np.add.reduceat(causes != STILL_HERE, first, dtype=np.int64)
    these = np.add.reduceat(causes == of, first, dtype=np.int64)
    staying = np.cumprod(1 - gone / at_risk)
    before = np.append(1.0, staying[:-1])
    return Incidence(times[first], np.cumsum(before * these / at_risk))


def moved_within(
    duration: Ints, cause: NDArray[np.integer], days: int = 90
) -> tuple[float | None, float | None]:
    """The share that moves on within some days, and when half of those have, in days.

    The share is None when nobody entered, the days are None when nobody moves.
    """
    if not len(duration):
        return None, None
    estimate = incidence(duration, cause)
    share = estimate.at(days * DAY)
    half = estimate.time_to(share / 2) if share > 0 else None
    return share, None if half is None else half / DAY
