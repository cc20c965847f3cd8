"""What a Markov chain of touches would lose without one of its nodes, in closed form.

States are the last `order` touches; each path goes from the start through its states to a
conversion or to nothing. The removal effect of a node is the share of the chain's conversions
that passes through it: whoever would come to a removed node converts no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lu_factor, lu_solve

from sojourn.core.bucket import Ints, Reals, run_starts
from sojourn.core.credit import Touched

CONVERTED, NOTHING, FIRST_NODE = 0, 1, 2
"""What a step leads to: a conversion, nothing, or a node (its number plus two)."""

MOST_STATES = 300_000
MOST_ELIMINATED = 4_000
"""Up to so many states a chain that rounds cannot solve is solved by elimination."""

ROUNDS, MOST_TURNS = 12, 400
EXACT, ROUGH, TINY = 1e-14, 1e-3, 1e-300
FEW_KEYS = 1 << 16
"""Up to so many possible steps they are counted in one array, not sorted."""

MOST_CELLS = 1 << 22
"""How many numbers a column of states for each removed node may take at once."""


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
    keys = (nodes + FIRST_NODE) ** (order + 1)
    if keys <= FEW_KEYS:
        often: Reals = np.bincount(key, count, minlength=keys).astype(np.float64)
        once = np.flatnonzero(often > 0)
        return Steps(once, often[once], nodes, order)
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

    With `x` the chance of converting from a state, it is `1 - x_start` of the chain in which the
    node's states lead nowhere, to `x_start` of the whole one. Raises Unsolved when rounding keeps
    the answer from being exact to nine digits.
    """
    effects = np.zeros(found.nodes)
    if not (found.key % found.base == CONVERTED).any():
        return effects
    chain = _chain(found)
    met = np.unique(chain.node[chain.node >= 0])
    try:
        kept = _by_rounds(chain, met)
    except Unsolved:
        if len(chain.wins) > MOST_ELIMINATED:
            raise
        kept = _by_elimination(chain, met)
    effects[met] = 1.0 - kept
    return np.clip(effects, 0.0, 1.0)


class Unsolved(ArithmeticError):
    """The chain has no answer in this machine's numbers."""


@dataclass(frozen=True)
class _Chain:
    """The chances of one step: between states, and to a conversion; the node of each state.

    The start is the first state; its node is negative.
    """

    moves: sparse.csr_array
    wins: NDArray[np.float64]
    node: Ints


def _chain(found: Steps) -> _Chain:
    at = states(found)
    source = np.searchsorted(at, found.key // found.base)
    target = found.key % found.base
    total = np.bincount(source, weights=found.count, minlength=len(at))
    chance = found.count / total[source]
    won = target == CONVERTED
    wins = np.bincount(source[won], weights=chance[won], minlength=len(at))
    inner = target >= FIRST_NODE
    goes = np.searchsorted(at, found.key[inner] % found.base**found.order)
    size = (len(at), len(at))
    moves = sparse.csr_array((chance[inner], (source[inner], goes)), shape=size)
    return _Chain(moves, wins.astype(np.float64), at % found.base - FIRST_NODE)


def _by_rounds(chain: _Chain, removed: Ints) -> Reals:
    """The share of the conversions that is left without each of these nodes.

    Every number is a sum of chances, so that small ones are as exact as large ones; removals are
    solved side by side, a few at a time.
    """
    stay = 1.0 - chain.moves.diagonal()
    scaled = sparse.csr_array(sparse.diags_array(1.0 / stay) @ chain.moves)
    scaled.setdiag(0.0)
    wins = chain.wins / stay
    start = np.zeros_like(wins)
    start[0] = 1.0
    nobody = np.array([-len(chain.node) - FIRST_NODE - 1])
    visits = _solved(scaled.T.tocsr(), start, chain.node, nobody, np.ones_like(wins), ROUGH)[:, 0]
    whole = _solved(scaled, wins, chain.node, nobody, visits, 0.0)[0, 0]
    width = max(1, MOST_CELLS // len(wins))
    parts = np.split(removed, np.arange(width, len(removed), width))
    left = [_solved(scaled, wins, chain.node, part, visits, EXACT * whole)[0] for part in parts]
    return np.concatenate(left) / whole


def _solved(
    moves: sparse.csr_array, wins: Reals, node: Ints, removed: Ints, weights: Reals, within: float
) -> NDArray[np.float64]:
    """`x = wins + moves x`, a column a removed node, whose states have 0.

    A round adds the conversions that come one step later. They dwindle by a factor that soon is
    the same each round, so after some rounds the rest of that series is added at once, and kept
    wherever the equations then hold better. It ends when what is missing, weighed by how often
    each state is visited (so: missing at the start), is `within` so much, or a part of the whole.
    """
    here, gone = np.nonzero(node[:, None] == removed)
    missing = np.repeat(wins[:, None], len(removed), axis=1)
    missing[here, gone] = 0.0
    found = np.zeros_like(missing)
    for _ in range(MOST_TURNS):
        come = missing
        found += come
        for _ in range(ROUNDS):
            last, come = come, moves @ come
            come[here, gone] = 0.0
            found += come
        rest = moves @ come
        before, after = weights @ np.abs(last), weights @ np.abs(come)
        factor = np.minimum(after / np.maximum(before, TINY), 1.0 - 1e-12)
        ahead = found + come * (factor / (1.0 - factor))
        wrong = moves @ ahead + wins[:, None] - ahead
        rest[here, gone] = wrong[here, gone] = 0.0
        better = weights @ np.abs(wrong) < weights @ np.abs(rest)
        found = np.where(better, ahead, found)
        missing = np.where(better, wrong, rest)
        if (weights @ np.abs(missing)).max() <= (within or EXACT * found[0].max()):
            return found
    raise Unsolved


def _by_elimination(chain: _Chain, removed: Ints) -> Reals:
    """The same for chains that hardly ever end; the factors of the whole serve every removal.

    Of the ways from the start, those that first enter the node in one of its states are taken
    off. With `N` the expected visits and `F` the chance of first entering each of its states,
    `F = N_start N^-1` among them.
    """
    size = len(chain.wins)
    factors = lu_factor(np.eye(size) - chain.moves.toarray())
    wins = lu_solve(factors, chain.wins)
    start = np.zeros(size)
    start[0] = 1.0
    visits = lu_solve(factors, start, trans=1)
    left = np.ones(len(removed))
    for place, node in enumerate(removed.tolist()):
        rows = np.flatnonzero(chain.node == node)
        unit = np.zeros((size, len(rows)))
        unit[rows, np.arange(len(rows))] = 1.0
        among = lu_solve(factors, unit)[rows]
        left[place] -= np.linalg.solve(among.T, visits[rows]) @ wins[rows] / wins[0]
    return left
