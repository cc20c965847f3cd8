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


@dataclass(frozen=True)
class Fitted:
    """The best parameters, their log-likelihood, and the covariance of their logarithms.

    Without a covariance the data do not settle the parameters.
    """

    parameters: Reals
    log_likelihood: float
    covariance: NDArray[np.float64] | None


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
    return Fitted(np.exp(at), -float(best.fun), _covariance(downhill, at))


def _covariance(
    downhill: Callable[[Reals], tuple[float, Reals]], at: Reals
) -> NDArray[np.float64] | None:
    """The inverse of the curvature, where it curves in every direction."""
    if (np.abs(at) > FURTHEST - 0.1).any():
        return None
    moves = np.eye(len(at)) * STEP
    curve = np.array([(downhill(at + m)[1] - downhill(at - m)[1]) / (2 * STEP) for m in moves])
    curve = (curve + curve.T) / 2
    if not np.isfinite(curve).all() or np.linalg.eigvalsh(curve).min() <= 1e-9:
        return None
    return np.asarray(np.linalg.inv(curve))


def spread(fit: Fitted, of: Callable[[Reals], Reals]) -> Reals:
    """The standard error of each number that parameters give (delta method); NaN if unsettled."""
    logs = np.log(fit.parameters)
    if fit.covariance is None:
        return np.full(np.shape(of(fit.parameters)), np.nan)
    moves = np.eye(len(logs)) * STEP
    slopes = np.stack([(of(np.exp(logs + m)) - of(np.exp(logs - m))) / (2 * STEP) for m in moves])
    variance = np.einsum("i...,ij,j...->...", slopes, fit.covariance, slopes)
    return np.sqrt(np.maximum(variance, 0.0))


def around(estimate: Reals, log_error: Reals) -> tuple[Reals, Reals]:
    """The 95% interval of numbers above zero whose logarithms have this standard error."""
    factor = np.exp(Z * log_error)
    return estimate / factor, estimate * factor
