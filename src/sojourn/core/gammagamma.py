"""Gamma-Gamma: what people spend a purchase, each around a mean of their own.

Seen of a person are `x` repeat purchases and their mean value `m`. Purchases of a person vary
with shape `p`; people's means with shape `q` and scale `gamma`. Fader and Hardie, 2013. The model
takes how much people spend as independent of how often.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, psi

from sojourn.core.bucket import Reals
from sojourn.core.likelihood import Fitted, fitted

STARTS = ((1.0, 1.0, 1.0), (5.0, 4.0, 0.5), (0.5, 2.0, 2.0))


def log_likelihood(x: Reals, m: Reals, parameters: Reals) -> tuple[float, Reals]:
    """How likely these means of `x` purchases are, and the gradient by `p, q, gamma`."""
    p, q, gamma = parameters
    shape, below = p * x, np.log(x * m + gamma)
    height = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)
    height += (shape - 1) * np.log(m) + shape * np.log(x) - (shape + q) * below
    slopes = (
        x * (psi(shape + q) - psi(shape) + np.log(m) + np.log(x) - below),
        psi(shape + q) - psi(q) + np.log(gamma) - below,
        q / gamma - (shape + q) / (x * m + gamma),
    )
    return float(height.sum()), np.array([float(slope.sum()) for slope in slopes])


def fit(x: Reals, m: Reals) -> Fitted:
    """The parameters `p, q, gamma` that make these means most likely; all above 0."""
    scale = float(m.mean())
    found = fitted(lambda parameters: log_likelihood(x, m / scale, parameters), STARTS)
    parameters = found.parameters * np.array([1.0, 1.0, scale])
    return Fitted(parameters, log_likelihood(x, m, parameters)[0], found.covariance, found.loose)


def average(x: Reals, m: Reals, parameters: Reals) -> Reals:
    """What a purchase of a person with this history is expected to be worth.

    With no repeat purchase it is everybody's mean. NaN where that mean is not finite.
    """
    p, q, gamma = parameters
    below = p * x + q - 1
    spent = np.where(x > 0, x * np.nan_to_num(m), 0.0)
    return np.where(below > 0, (gamma + spent) * p / np.where(below > 0, below, 1.0), np.nan)
