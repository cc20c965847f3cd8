"""What a Markov chain of touches would lose without one of its nodes, in closed form.

States are the last `order` touches; each path goes from the start through its states to a
conversion or to nothing. The removal effect of a node is the share of the chain's conversions
that passes through it: whoever would come to a removed node converts no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse.linalg import splu

from sojourn.core.bucket import Ints, Reals, run_starts
from sojourn.core.credit import Touched

CONVERTED, NOTHING, FIRST_NODE = 0, 1, 2
"""What a step leads to: a conversion, nothing, or a node (its number plus two)."""

MOST_STATES = 20_000
DENSE = 1_500


@dataclass(frozen=True)
class Steps:
    """Distinct steps: the touches they come from, where they lead, and how often.

    `key` is a number in base `nodes + 2` with `order + 1` digits, the last one where the step
    leads; a digit 0 before it means that there was no touch yet.
    """

    key: Ints
    count: Reals
    nodes: int
    order: int

    @property
    def base(self) -> int:
        """The base of the keys."""
        return self.nodes + FIRST_NODE


def fits(nodes: int, order: int) -> bool:
    """Whether the steps of so many nodes can be written as 64-bit numbers."""
    return (nodes + FIRST_NODE) ** (order + 1) < 1 << 63


def steps(paths: Touched, won: Reals, lost: Reals, nodes: int, order: int) -> Steps:
    """The steps of these paths; `won` and `lost` say how often each path ended which way."""
    base = nodes + FIRST_NODE
    went = (won + lost)[paths.path]
    place = np.arange(len(paths.node)) - paths.starts[paths.path]
    state = np.zeros(len(paths.node), np.int64)
    for back in range(order, 0, -1):
        state = state * base + _earlier(paths, place, back)
    inner = state * base + paths.node + FIRST_NODE
    final = np.zeros(len(paths), np.int64)
    for back in range(order - 1, -1, -1):
        final = final * base + _earlier(paths, place, back)[paths.last]
    key = np.concatenate([inner, final * base + CONVERTED, final * base + NOTHING])
    return gathered(key, np.concatenate([went, won, lost]), nodes, order)


def _earlier(paths: Touched, place: Ints, back: int) -> Ints:
    """The digit of the touch so many places earlier in the path, 0 where there is none."""
    digit = np.zeros(len(paths.node), np.int64)
    digit[back:] = paths.node[: len(paths.node) - back] + FIRST_NODE
    digit[place < back] = 0
    return digit


def gathered(key: Ints, count: Reals, nodes: int, order: int) -> Steps:
    """Each step once, those that never happened left out."""
    place = np.argsort(key, kind="stable")
    key, count = key[place], count[place]
    begins = run_starts(key)
    sums = np.add.reduceat(count, begins) if len(begins) else count
    kept = sums > 0
    return Steps(key[begins][kept], sums[kept], nodes, order)


def together(parts: Sequence[Steps], nodes: int, order: int) -> Steps:
    """The steps of all parts."""
    keys = [np.zeros(0, np.int64), *(part.key for part in parts)]
    counts = [np.zeros(0), *(part.count for part in parts)]
    return gathered(np.concatenate(keys), np.concatenate(counts), nodes, order)


def states(found: Steps) -> Ints:
    """The distinct states that are left at some step, ascending: the start is the first."""
    return run_values(found.key // found.base)


def run_values(ascending: Ints) -> Ints:
    """The distinct values of numbers that ascend."""
    return ascending[run_starts(ascending)]


def removal_effects(found: Steps) -> Reals:
    """Of each node, the share of the conversions that passes through it; 0 if none converts.

    With `F` the chance of first entering a node's states, `N` the expected visits and `x` the
    chance of converting, it is `F x / x_start`, and `F = N_start N^-1` among those states.
    """
    effects = np.zeros(found.nodes)
    if not (found.key % found.base == CONVERTED).any():
        return effects
    at = states(found)
    chain = _Chain(found, at)
    wins = chain.solve(chain.wins)
    start = np.zeros(len(at))
    start[0] = 1.0
    visits = chain.solve(start, transposed=True)
    node = at % found.base - FIRST_NODE
    order = np.argsort(node, kind="stable")
    for rows in np.split(order, run_starts(node[order])[1:]):
        if node[rows[0]] < 0:
            continue
        unit = np.zeros((len(at), len(rows)))
        unit[rows, np.arange(len(rows))] = 1.0
        among = chain.solve(unit)[rows]
        entered = np.linalg.solve(among.T, visits[rows])
        effects[node[rows[0]]] = entered @ wins[rows] / wins[0]
    return np.clip(effects, 0.0, 1.0)


class _Chain:
    """The chances of one step, factored for solving `(I - Q) x = b`."""

    def __init__(self, found: Steps, at: Ints) -> None:
        source = np.searchsorted(at, found.key // found.base)
        target = found.key % found.base
        total = np.bincount(source, weights=found.count, minlength=len(at))
        chance = found.count / total[source]
        won = target == CONVERTED
        wins = np.bincount(source[won], weights=chance[won], minlength=len(at))
        self.wins = wins.astype(np.float64)
        inner = target >= FIRST_NODE
        state = found.key[inner] % found.base**found.order
        goes = np.searchsorted(at, state)
        matrix = sparse.csc_array(
            (-chance[inner], (source[inner], goes)), shape=(len(at), len(at))
        ) + sparse.eye_array(len(at), format="csc")
        self.dense = len(at) <= DENSE
        self.factors: Any = lu_factor(matrix.toarray()) if self.dense else splu(matrix.tocsc())

    def solve(self, right: Reals, transposed: bool = False) -> NDArray[np.float64]:
        """The solution, for the matrix or its transpose."""
        if self.dense:
            return np.asarray(lu_solve(self.factors, right, trans=int(transposed)))
        return np.asarray(self.factors.solve(right, "T" if transposed else "N"))
