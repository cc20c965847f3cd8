"""Parameters above zero that make what was seen most likely, and how uncertain they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from sojourn.core.bucket import Reals
from sojourn.core.intervals import Z

Slope: TypeAlias = Callable[[Reals], tuple[float, Reals]]
"""From parameters to the log-likelihood and its gradient."""

FURTHEST = 12.0
"""How far a logarithm of a parameter is looked for."""

STEP = 1e-4
FLAT = 1e-3
"""Where the likelihood curves less, a parameter may be off by a factor of e to the thirtieth."""

HARMLESS = 1e-3
"""A number that changes by less than this part, where parameters grow e-fold, is settled."""


@dataclass(frozen=True)
class Fitted:
    """The best parameters, their log-likelihood, and the covariance of their logarithms.

    The covariance is that along the directions that the data settle; `loose` are the others, a
    row each: along them the likelihood is flat, so the parameters may be anywhere.
    """

    parameters: Reals
    log_likelihood: float
    covariance: NDArray[np.float64]
    loose: NDArray[np.float64]

    @property
    def settled(self) -> bool:
        """Whether the data settle every parameter."""
        return not len(self.loose)


def fitted(slope: Slope, starts: Sequence[Sequence[float]]) -> Fitted:
    """The best of the maxima that are found from these starts."""

    def downhill(logs: Reals) -> tuple[float, Reals]:
        parameters = np.exp(logs)
        height, gradient = slope(parameters)
        return -height, -gradient * parameters

    found = [
        minimize(
            downhill,
            np.log(np.asarray(start, float)),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-FURTHEST, FURTHEST)] * len(start),
            options={"maxiter": 2_000, "ftol": 1e-14, "gtol": 1e-8},
        )
        for start in starts
    ]
    best = min(found, key=lambda one: float(one.fun))
    at = np.asarray(best.x)
    return Fitted(np.exp(at), -float(best.fun), *_curved(downhill, at))


def _curved(
    downhill: Callable[[Reals], tuple[float, Reals]], at: Reals
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The inverse of the curvature in the directions in which it curves, and the flat ones."""
    moves = np.eye(len(at)) * STEP
    curve = np.array([(downhill(at + m)[1] - downhill(at - m)[1]) / (2 * STEP) for m in moves])
    curve = (curve + curve.T) / 2
    if not np.isfinite(curve).all():
        return np.zeros_like(curve), np.eye(len(at))
    bent, ways = np.linalg.eigh(curve)
    firm = bent > FLAT
    return (ways[:, firm] / bent[firm]) @ ways[:, firm].T, ways[:, ~firm].T


def spread(fit: Fitted, of: Callable[[Reals], Reals]) -> Reals:
    """The standard error of each number that parameters give (delta method).

    `of` gives logarithms. NaN where the number changes along a direction that is not settled.
    """
    logs = np.log(fit.parameters)
    moves = np.eye(len(logs)) * STEP
    slopes = np.stack([(of(np.exp(logs + m)) - of(np.exp(logs - m))) / (2 * STEP) for m in moves])
    variance = np.einsum("i...,ij,j...->...", slopes, fit.covariance, slopes)
    astray = np.abs(np.einsum("ki,i...->k...", fit.loose, slopes)).max(axis=0, initial=0.0)
    return np.where(astray < HARMLESS, np.sqrt(np.maximum(variance, 0.0)), np.nan)


def around(estimate: Reals, log_error: Reals) -> tuple[Reals, Reals]:
    """The 95% interval of numbers above zero whose logarithms have this standard error."""
    factor = np.exp(Z * log_error)
    return estimate / factor, estimate * factor
