"""Seeded chance: every draw is made from uniform numbers alone.

The raw uniform stream of PCG64 is the same on every machine and in every version of NumPy, which
the library's own exponential, Poisson or normal draws don't promise.
"""

from __future__ import annotations

import numpy as np

from sojourn.core.bucket import Bools, Ints, Reals


class Chance:
    """A stream of chance named by whole numbers: the same key gives the same draws."""

    def __init__(self, *key: int) -> None:
        self._random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))

    def uniform(self, count: int) -> Reals:
        """Numbers from 0 up to, not including, 1."""
        return self._random.random(count)

    def odds(self, share: float | Reals, count: int) -> Bools:
        """True with this probability."""
        return self.uniform(count) < share

    def happens(self, rate: Reals) -> Bools:
        """Whether something with a hazard of `rate` a day happens within one day."""
        return self.uniform(len(rate)) < -np.expm1(-rate)

    def either(self, on: Reals, off: Reals) -> tuple[Bools, Bools]:
        """Which of two competing things with these hazards a day happens first, within one day."""
        both = on + off
        draw = self.uniform(len(on))
        chance = -np.expm1(-both)
        happened = draw < chance
        with np.errstate(divide="ignore", invalid="ignore"):
            first = draw / chance < on / both
        return happened & first, happened & ~first

    def wait(self, mean: float, count: int) -> Reals:
        """Exponential waiting times."""
        return -mean * np.log1p(-self.uniform(count))

    def whole_days(self, mean: float, most: int, count: int) -> Ints:
        """Exponential waits cut to whole days, at most `most`."""
        return np.minimum(self.wait(mean, count), most).astype(np.int64)

    def noise(self, count: int) -> Reals:
        """Numbers around 0 with a standard deviation of 1, never beyond 3."""
        return 2 * (self.uniform(count) + self.uniform(count) + self.uniform(count)) - 3

    def several(self, mean: float, count: int) -> Ints:
        """Small Poisson counts, read from their cumulative distribution."""
        terms = np.cumprod(np.append(np.exp(-mean), mean / np.arange(1, 20)))
        return np.searchsorted(np.cumsum(terms), self.uniform(count)).astype(np.int64)

    def pick(self, weights: Reals, count: int) -> Ints:
        """Positions in `weights`, each as likely as its weight says."""
        edges = np.cumsum(weights) / np.sum(weights)
        edges[-1] = 1.0
        return np.searchsorted(edges, self.uniform(count), side="right").astype(np.int64)

    def pick_by(self, weights: Reals, group: Ints) -> Ints:
        """The same where `weights` has one row a group and each draw belongs to a group."""
        draw = self.uniform(len(group))
        picked = np.empty(len(group), np.int64)
        for number, row in enumerate(weights):
            edges = np.cumsum(row) / np.sum(row)
            edges[-1] = 1.0
            mine = group == number
            picked[mine] = np.searchsorted(edges, draw[mine], side="right")
        return picked
