"""Dividing a path's conversion among its touches: one weight a touch, together 1 a path.

Paths lie one after another in one array of nodes; `starts` says where each begins, and every
path has at least one touch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sojourn.core.bucket import Bools, Codes, Ints, Reals

ENDS, MIDDLE = 0.4, 0.2
"""What `position` gives the first and the last touch each, and those between together."""


@dataclass(frozen=True)
class Touched:
    """Paths: the node of each touch, whether it was direct, and its age at the conversion.

    `age` is in microseconds, or None where times are not known.
    """

    node: Codes
    starts: Ints
    direct: Bools
    age: Ints | None = None

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def length(self) -> Ints:
        """How many touches each path has."""
        return np.diff(self.starts, append=len(self.node))

    @cached_property
    def path(self) -> Ints:
        """The path of each touch."""
        return np.repeat(np.arange(len(self.starts)), self.length)

    @cached_property
    def last(self) -> Ints:
        """The place of each path's last touch."""
        return self.starts + self.length - 1

    def at(self, places: Ints) -> Reals:
        """All of the weight at one place of each path."""
        weights = np.zeros(len(self.node))
        weights[places] = 1.0
        return weights

    def shares(self, weights: Reals) -> Reals:
        """The weights, divided by their sum within each path."""
        if not len(self):
            return weights
        return weights / np.add.reduceat(weights, self.starts)[self.path]


def first(paths: Touched) -> Reals:
    """Everything to the first touch."""
    return paths.at(paths.starts)


def last(paths: Touched) -> Reals:
    """Everything to the last touch."""
    return paths.at(paths.last)


def last_non_direct(paths: Touched) -> Reals:
    """Everything to the last touch that was not direct, or to the last where all were."""
    if not len(paths):
        return last(paths)
    place = np.where(paths.direct, -1, np.arange(len(paths.node)))
    best = np.maximum.reduceat(place, paths.starts)
    return paths.at(np.where(best < 0, paths.last, best))


def linear(paths: Touched) -> Reals:
    """Each touch the same."""
    return (1.0 / paths.length)[paths.path]


def position(paths: Touched) -> Reals:
    """40% to the first touch, 40% to the last, the rest to those between; halves where none is."""
    length = paths.length
    between = MIDDLE / np.maximum(length - 2, 1)
    weights = between[paths.path]
    ends = np.where(length > 2, ENDS, 1 / np.minimum(length, 2))
    weights[paths.starts] = ends
    weights[paths.last] = ends
    return weights


def time_decay(paths: Touched, half_life: int) -> Reals:
    """Each touch half as much for every half-life (microseconds) that it is older."""
    assert paths.age is not None  # noqa: S101 - asked only of paths whose times are known
    newest = paths.age[paths.last][paths.path]
    return paths.shares(np.exp2((newest - paths.age) / half_life))


def shapley(paths: Touched) -> Reals:
    """The Shapley value, exactly, for any number of nodes.

    A coalition is worth the conversions of the paths inside it, so the game is a sum of games in
    which one path needs all of its nodes: each such game is shared equally by them.
    """
    order = np.lexsort((paths.node, paths.path))
    node, path = paths.node[order], paths.path[order]
    fresh = np.ones(len(node), bool)
    fresh[1:] = (node[1:] != node[:-1]) | (path[1:] != path[:-1])
    weights = np.zeros(len(node))
    weights[order] = fresh
    return paths.shares(weights)


RULES: Mapping[str, Callable[[Touched], Reals]] = {
    "first": first,
    "last": last,
    "last-non-direct": last_non_direct,
    "linear": linear,
    "position": position,
    "shapley": shapley,
}


def largest_remainder(shares: Reals, total: int) -> list[int]:
    """Whole numbers near `shares` that add up to `total`: the largest remainders round up.

    Of equal remainders the earlier comes first.

    >>> largest_remainder(np.array([1 / 3, 1 / 3, 1 / 3]) * 100, 100)
    [34, 33, 33]
    >>> sum(largest_remainder(np.array([-0.5, -0.5]), -1))
    -1
    """
    floor = np.floor(shares)
    whole = [int(number) for number in floor.tolist()]
    if not whole:
        return whole
    order = np.argsort(floor - shares, kind="stable").tolist()
    each, rest = divmod(total - sum(whole), len(whole))
    for place, number in enumerate(order):
        whole[number] += each + (place < rest)
    return whole
