"""Many tests at once: how small a p-value must be when one asks many questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sojourn.core.bucket import Bools, Reals


def holm(p: Sequence[float]) -> Reals:
    """Holm's corrected p-values: the chance of any false alarm stays under what is asked.

    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, float)
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    found = np.empty(len(values))
    found[order] = np.minimum(steps, 1.0)
    return found


def false_discovery(p: Sequence[float]) -> Reals:
    """Benjamini and Hochberg's corrected p-values: the expected share of false findings.

    >>> false_discovery([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    values = np.asarray(p, float)
    order = np.argsort(values, kind="stable")[::-1]
    ranks = np.arange(len(values), 0, -1)
    steps = np.minimum.accumulate(values[order] * len(values) / ranks)
    found = np.empty(len(values))
    found[order] = np.minimum(steps, 1.0)
    return found


def found_among(p: Sequence[float], level: float = 0.05) -> Bools:
    """Which of many p-values are findings, at most a share `level` of them false (on average).

    >>> found_among([0.01, 0.04, 0.5]).tolist()
    [True, False, False]
    """
    return false_discovery(p) <= level
