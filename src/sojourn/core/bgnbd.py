"""BG/NBD: how often people buy, and whether they have gone for good.

While active, a person buys at a rate of their own (gamma distributed: `r`, `alpha`); after each
purchase they may stop for ever, with a chance of their own (beta distributed: `a`, `b`). What is
seen of a person is `x` repeat purchases, the time `tx` from the first purchase to the last, and
the time `T` from the first purchase to the end. Fader, Hardie and Lee, Marketing Science 2005.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import betaincinv, gammaln, hyp2f1, psi

from sojourn.core.bucket import Ints, Reals
from sojourn.core.likelihood import Fitted, fitted

EVEN = 20.0
"""From this `a` or `r` on, people are so much alike that the series loses its digits."""

POINTS, WEIGHTS = np.polynomial.legendre.leggauss(64)

STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 0.2, 0.5, 2.0), (0.5, 1.0, 0.1, 1.0))


@dataclass(frozen=True)
class Histories:
    """What is seen of people, each distinct history once, with how many people have it."""

    x: Reals
    tx: Reals
    T: Reals
    people: Reals

    @cached_property
    def scale(self) -> float:
        """A typical time, so that parameters come out near 1."""
        return float(np.average(self.T, weights=self.people)) or 1.0


def distinct(x: Reals, tx: Reals, span: Reals) -> tuple[Histories, Ints]:
    """Equal histories together; with them the place of each person's."""
    order = np.lexsort((span, tx, x))
    rows = np.stack([x[order], tx[order], span[order]])
    fresh = np.ones(len(order), bool)
    fresh[1:] = (rows[:, 1:] != rows[:, :-1]).any(axis=0)
    place = np.empty(len(order), np.int64)
    place[order] = np.cumsum(fresh) - 1
    people = np.bincount(place, minlength=int(fresh.sum())).astype(np.float64)
    x, tx, span = rows[:, fresh]
    return Histories(x, tx, span, people), place


def log_likelihood(seen: Histories, parameters: Reals) -> tuple[float, Reals]:
    """How likely the histories are, and the gradient by `r, alpha, a, b`."""
    r, alpha, a, b = parameters
    x, bought = seen.x, seen.x > 0
    start = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    start += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    alive = -(r + x) * np.log(alpha + seen.T)
    below = np.where(bought, b + x - 1, 1.0)
    gone = np.log(a) - np.log(below) - (r + x) * np.log(alpha + seen.tx)
    both = np.where(bought, np.logaddexp(alive, gone), alive)
    p = np.exp(np.where(bought, gone - both, 0.0)) * bought
    slopes = (
        psi(r + x) - psi(r) + np.log(alpha) - _mixed(p, np.log(alpha + seen.T), seen, alpha),
        r / alpha - (r + x) * ((1 - p) / (alpha + seen.T) + p / (alpha + seen.tx)),
        psi(a + b) - psi(a + b + x) + p / a,
        psi(a + b) + psi(b + x) - psi(b) - psi(a + b + x) - p / below,
    )
    height = float(seen.people @ (start + both))
    return height, np.array([float(seen.people @ slope) for slope in slopes])


def _mixed(p: Reals, alive: Reals, seen: Histories, alpha: float) -> Reals:
    return (1 - p) * alive + p * np.log(alpha + seen.tx)


def fit(seen: Histories) -> Fitted:
    """The parameters `r, alpha, a, b` that make these histories most likely."""
    scale = seen.scale
    scaled = Histories(seen.x, seen.tx / scale, seen.T / scale, seen.people)
    found = fitted(lambda parameters: log_likelihood(scaled, parameters), STARTS)
    parameters = found.parameters * np.array([1.0, scale, 1.0, 1.0])
    return Fitted(parameters, log_likelihood(seen, parameters)[0], found.covariance, found.loose)


def p_alive(seen: Histories, parameters: Reals) -> Reals:
    """The chance that a person with this history will ever buy again; 1 after one purchase."""
    return 1 / (1 + _gone(seen, parameters))


def _gone(seen: Histories, parameters: Reals) -> Reals:
    """The odds of having gone."""
    r, alpha, a, b = parameters
    below = np.where(seen.x > 0, b + seen.x - 1, 1.0)
    logs = np.log(a / below) + (r + seen.x) * np.log((alpha + seen.T) / (alpha + seen.tx))
    return np.where(seen.x > 0, np.exp(np.minimum(logs, 700.0)), 0.0)


def expected(seen: Histories, parameters: Reals, horizon: float) -> Reals:
    """How many purchases are expected of each history in the time after `T`.

    The hypergeometric function is Euler-transformed, which keeps it tame for many purchases;
    where people hardly differ (`a` or `r` is large), or it overflows, the integral is summed.
    """
    r, alpha, a, b = parameters
    if max(a, r) > EVEN:
        return np.asarray(_summed(seen, parameters, horizon) * p_alive(seen, parameters))
    a = a if abs(a - 1) > 1e-6 else 1 + 1e-6
    z = horizon / (alpha + seen.T + horizon)
    series = hyp2f1(a + b - 1 - r, a - 1, a + b + seen.x - 1, z)
    whole = (a + b + seen.x - 1) / (a - 1) * (1 - (1 - z) ** (a - 1) * series)
    if not np.isfinite(whole).all():
        whole = np.where(np.isfinite(whole), whole, _summed(seen, parameters, horizon))
    return np.asarray(whole * p_alive(seen, parameters))


def _summed(seen: Histories, parameters: Reals, horizon: float) -> Reals:
    """The purchases expected of those still active: the mean over their chances of stopping.

    Of a person with rate `l` and chance `p`, `(1 - exp(-l p t)) / p` are expected.
    """
    r, alpha, a, b = parameters
    ahead = horizon / (alpha + seen.T)
    found = np.zeros(len(seen.x))
    for point, weight in zip((POINTS + 1) / 2, WEIGHTS / 2, strict=True):
        p = np.maximum(betaincinv(a, b + seen.x, point), 1e-12)
        found += weight * -np.expm1(-(r + seen.x) * np.log1p(p * ahead)) / p
    return found
