"""How people leave stages day by day of their stay: the rates of a semi-Markov journey.

Days are blocks of 24 hours counted back from the moment asked about, so the last one is whole.
A rate of an age is what happened at that age of a stay, by how many stays reached it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Ints

AGES = 200
"""Stays older than this many days share one rate: what is rare is pooled."""

PRIOR = 20.0
YOUNG = 28

Grid = NDArray[np.float64]


@dataclass(frozen=True)
class Stays:
    """Sojourns by whole days before the moment asked about (-1 is the last one).

    `left` is 0 for who is still there. `to` is the stage moved or begun again in, or `GONE`.
    """

    stage: Ints
    entered: Ints
    left: Ints
    to: Ints


@dataclass(frozen=True)
class Rates:
    """Per stage and age (the last age holds all older ones): how many stays were at risk in a
    day, how many left to each destination (the stages, then gone), and how many orders came."""

    at_risk: Grid
    leaving: NDArray[np.float64]
    orders: Grid

    @property
    def stages(self) -> int:
        """How many stages there are; as a destination, this number means gone."""
        return int(self.at_risk.shape[0])

    def hazards(self) -> NDArray[np.float64]:
        """The chance of leaving to each destination in a day, by stage and age."""
        return self.leaving / np.maximum(self.at_risk, 1)[:, :, None]

    def ordering(self) -> Grid:
        """Orders a day and person, by stage and age."""
        return self.orders / np.maximum(self.at_risk, 1)


def recent_factors(whole: Rates, recent: Rates) -> NDArray[np.float64]:
    """By how much people have lately left faster than the rates of all ages say, by destination.

    Factors are drawn towards 1 by `PRIOR` events: few events change little.
    """
    expected = (recent.at_risk[:, :, None] * whole.hazards()).sum(axis=1)
    found: NDArray[np.float64] = (recent.leaving.sum(axis=1) + PRIOR) / (expected + PRIOR)
    return found


def recent_ordering(whole: Rates, recent: Rates) -> Grid:
    """Orders a day and person: by age in the first weeks of a stay, lately for all who are older.

    Who came first is often who buys most, so what the oldest stays say is not what those will
    do who grow as old: beyond `YOUNG` days everybody has the rate of late, and before it the ages
    differ as they always did, at the level of late.
    """
    found = whole.ordering()
    hoped = (recent.at_risk * found)[:, :YOUNG].sum(axis=1)
    came = recent.orders[:, :YOUNG].sum(axis=1)
    found[:, :YOUNG] *= ((came + PRIOR) / (hoped + PRIOR))[:, None]
    orders, days = recent.orders[:, YOUNG:].sum(axis=1), recent.at_risk[:, YOUNG:].sum(axis=1)
    older = whole.orders[:, YOUNG:].sum(axis=1) / np.maximum(
        whole.at_risk[:, YOUNG:].sum(axis=1), 1
    )
    prior = np.where(older > 0, PRIOR / np.where(older > 0, older, 1), 0)
    late = (orders + older * prior) / np.maximum(days + prior, 1)
    found[:, YOUNG:] = late[:, None]
    return found


def rates(stays: Stays, orders: tuple[Ints, Ints], stages: int, window: int) -> Rates:
    """The rates of the last `window` days; `orders` are the stage and age of each order in them.

    >>> one = Stays(*(np.array(x) for x in ([0], [-3], [-1], [1])))
    >>> found = rates(one, (np.array([0]), np.array([2])), 2, 30)
    >>> found.at_risk[0, :4].tolist(), found.leaving[0, 2].tolist(), float(found.orders[0, 2])
    ([1.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.0], 1.0)
    """
    first = np.maximum(-window - stays.entered, 0)
    last = np.minimum(stays.left, -1) - stays.entered
    seen = last >= first
    at_risk = _running(stays.stage[seen], first[seen], last[seen], stages)
    left = seen & (stays.left < 0)
    leaving = np.zeros((stages, AGES + 1, stages + 1))
    age = np.minimum(last[left], AGES)
    np.add.at(leaving, (stays.stage[left], age, stays.to[left]), 1)
    ordered = np.zeros((stages, AGES + 1))
    np.add.at(ordered, (orders[0], np.minimum(orders[1], AGES)), 1)
    return Rates(at_risk, leaving, ordered)


def _running(stage: Ints, first: Ints, last: Ints, stages: int) -> Grid:
    """How many stays are at each age, of those that are at the ages from `first` to `last`."""
    marks = np.zeros((stages, AGES + 2))
    np.add.at(marks, (stage, np.minimum(first, AGES + 1)), 1)
    np.add.at(marks, (stage, np.minimum(last + 1, AGES + 1)), -1)
    counts: Grid = np.cumsum(marks, axis=1)[:, : AGES + 1]
    older = np.maximum(last - np.maximum(first, AGES) + 1, 0)
    counts[:, AGES] = np.bincount(stage, weights=older, minlength=stages)
    return counts


def add(one: Rates, other: Rates) -> Rates:
    """The rates of both buckets' people together."""
    return Rates(
        one.at_risk + other.at_risk, one.leaving + other.leaving, one.orders + other.orders
    )


def here(stays: Stays, day: int, stages: int) -> tuple[NDArray[np.int64], Ints]:
    """Who is in which stage at the beginning of a day: counts by stage and age on that day."""
    inside = (stays.entered < day) & ((stays.left >= day) | (stays.left == 0))
    counts = np.zeros((stages, AGES + 1), np.int64)
    age = np.minimum(day - stays.entered[inside], AGES)
    np.add.at(counts, (stays.stage[inside], age), 1)
    return counts, counts.sum(axis=1)
