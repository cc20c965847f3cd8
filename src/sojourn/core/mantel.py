"""The rate ratio within strata: Mantel and Haenszel's estimate, Greenland and Robins' interval.

N. Mantel and W. Haenszel, "Statistical aspects of the analysis of data from retrospective studies
of disease", J. Natl. Cancer Inst. 22 (1959); for person-time K. Rothman and J. Boice (1979); the
variance by S. Greenland and J. Robins, "Estimation of a common effect parameter from sparse
follow-up data", Biometrics 41 (1985). It holds for many strata with little in each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from sojourn.core.bucket import Ints, Reals
from sojourn.core.intervals import Z


@dataclass(frozen=True)
class RateRatio:
    """A common rate ratio, its 95% interval, its two-sided p-value, and how many strata say so."""

    ratio: float
    low: float
    high: float
    p: float
    strata: int


def rate_ratio(
    time: Reals, moves: Ints, time_without: Reals, moves_without: Ints
) -> RateRatio | None:
    """The rate with over the rate without, pooled over strata (one element each).

    Times in any one unit. A stratum in which only one of the two was watched says nothing. None
    when there is no comparison: no stratum with both, or no move on a side.

    8 moves in 100 days against 4 in 100, and 12 in 50 against 6 in 50: twice the rate in both.

    >>> found = rate_ratio(np.array([100., 50.]), np.array([8, 12]),
    ...                    np.array([100., 50.]), np.array([4, 6]))
    >>> round(found.ratio, 6), round(found.low, 3), round(found.high, 3)
    (2.0, 0.936, 4.273)
    """
    both = (time > 0) & (time_without > 0)
    one, none = time[both], time_without[both]
    d1, d0, whole = moves[both], moves_without[both], one + none
    up, down = float((d1 * none / whole).sum()), float((d0 * one / whole).sum())
    if up <= 0 or down <= 0:
        return None
    spread = float(((d1 + d0) * one * none / whole**2).sum())
    error = np.sqrt(spread / (up * down))
    log = np.log(up / down)
    return RateRatio(
        ratio=up / down,
        low=float(np.exp(log - Z * error)),
        high=float(np.exp(log + Z * error)),
        p=float(2 * ndtr(-abs(log) / error)),
        strata=int(both.sum()),
    )
