"""95% intervals and the chances behind them: Wilson's for a share, quantiles, exact tests.

They are written with `scipy.special`: importing `scipy.stats` takes longer than most questions.

E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am.
Statist. Assoc. 22 (1927).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import gammaincinv, gammaln, logsumexp, ndtr, stdtrit

Z = 1.959963984540054
"""Standard errors on each side of a 95% interval."""


def wilson(part: float, whole: float) -> tuple[float, float]:
    """Wilson's 95% interval of a share.

    >>> [round(end, 4) for end in wilson(15, 148)]
    [0.0624, 0.1605]
    """
    if whole <= 0:
        return 0.0, 1.0
    share = part / whole
    spread = Z * math.sqrt(share * (1 - share) / whole + Z * Z / (4 * whole * whole))
    middle, scale = share + Z * Z / (2 * whole), 1 + Z * Z / whole
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def above(deviations: float) -> float:
    """The chance that a normal number lies further up than so many standard deviations.

    >>> round(above(1.96), 4)
    0.025
    """
    return float(ndtr(-deviations))


def student(share: float, freedom: float) -> float:
    """The value below which a share of Student's t lies.

    >>> round(student(0.975, 10), 4)
    2.2281
    """
    return float(stdtrit(freedom, share))


def chi_square(share: float, freedom: float) -> float:
    """The value below which a share of a chi-square number lies.

    >>> round(chi_square(0.95, 4), 4)
    9.4877
    """
    return float(2 * gammaincinv(freedom / 2, share))


def drawn_at_least(hits: float, whole: float, marked: float, drawn: float) -> float:
    """The chance of at least so many hits when some of a whole are drawn, of which some are marked.

    The hypergeometric tail of Fisher's exact test.

    >>> round(drawn_at_least(2, 10, 3, 4), 4)
    0.3333
    """
    least, most = max(hits, drawn + marked - whole, 0), min(marked, drawn)
    if least > most:
        return 0.0
    if hits <= drawn + marked - whole or hits <= 0:
        return 1.0

    def ways(of: float, taken: Any) -> Any:
        return gammaln(of + 1) - gammaln(taken + 1) - gammaln(of - taken + 1)

    k = np.arange(least, most + 1)
    logs = ways(marked, k) + ways(whole - marked, drawn - k)
    return float(min(1.0, np.exp(logsumexp(logs) - ways(whole, drawn))))
