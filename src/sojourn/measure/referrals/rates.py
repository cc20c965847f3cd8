"""Figures of two groups of people with their intervals, and the difference; K of advocates."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sojourn.core.bucket import Ints, Reals
from sojourn.core.intervals import chi_square, student, wilson

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Figure:
    """A share of people, or a sum over people divided by another; `n` people, with 95% bounds."""

    n: int
    value: float | None
    low: float | None
    high: float | None
    error: float | None = None
    """The standard error; a share has none, its interval is Wilson's."""


def share(part: int, whole: int) -> Figure:
    """The share of people for whom something holds, with Wilson's interval.

    >>> found = share(15, 148)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0624, 0.1605)
    """
    if not whole:
        return Figure(0, None, None, None)
    return Figure(whole, part / whole, *wilson(part, whole))


def ratio(y: Reals, x: Reals) -> Figure:
    """`sum(y) / sum(x)` with people as the unit: who counts twice does not make it surer.

    Linearised, with Student's t; the bounds are missing with fewer than 2 people.

    >>> import numpy as np
    >>> found = ratio(np.array([1.0, 2.0, 3.0]), np.ones(3))
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (2.0, -0.484, 4.484)
    """
    n, whole = len(x), float(x.sum())
    if not n or whole <= 0:
        return Figure(0, None, None, None)
    value = float(y.sum()) / whole
    if n < 2:
        return Figure(n, value, None, None)
    off = y - value * x
    error = math.sqrt(float((off * off).sum()) * n / (n - 1)) / whole
    far = student(0.5 + CONFIDENCE / 2, n - 1) * error
    return Figure(n, value, value - far, value + far, error)


def difference(one: Figure, other: Figure) -> tuple[float | None, float | None, float | None]:
    """How much more the first is, with bounds: Newcombe's for shares, Welch's for the others.

    >>> [round(each, 4) for each in difference(share(56, 70), share(48, 80))]
    [0.2, 0.0524, 0.3339]
    """
    if one.value is None or other.value is None:
        return None, None, None
    more = one.value - other.value
    bounds = (one.low, one.high, other.low, other.high)
    if any(bound is None for bound in bounds):
        return more, None, None
    if one.error is None or other.error is None:
        low, high, low_2, high_2 = (float(bound) for bound in bounds if bound is not None)
        down = math.hypot(one.value - low, high_2 - other.value)
        return more, more - down, more + math.hypot(high - one.value, other.value - low_2)
    a, b = one.error**2, other.error**2
    if not a + b:
        return more, more, more
    freedom = (a + b) ** 2 / (a * a / (one.n - 1) + b * b / (other.n - 1))
    far = student(0.5 + CONFIDENCE / 2, freedom) * math.sqrt(a + b)
    return more, more - far, more + far


def k_interval(brought: Ints) -> tuple[float | None, float | None, float | None]:
    """The mean number of people an advocate brought, with its 95% interval.

    Exact for a Poisson number (Garwood, 1936), and as much wider as advocates differ more than
    that: the total counts as `total / dispersion` people.

    >>> import numpy as np
    >>> [round(bound, 3) for bound in k_interval(np.array([1, 1, 1, 1]))]
    [1.0, 0.272, 2.56]
    """
    n = len(brought)
    if not n:
        return None, None, None
    k = float(brought.mean())
    spread = float(brought.var(ddof=1)) if n > 1 else 0.0
    wider = max(1.0, spread / k) if k else 1.0
    seen = k * n / wider
    tail = (1 - CONFIDENCE) / 2
    low = chi_square(tail, 2 * seen) / 2 if seen else 0.0
    high = chi_square(1 - tail, 2 * seen + 2) / 2
    return k, low * wider / n, high * wider / n
