"""Who brought whom: one advocate a person, no circles, and how far chains reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bools, Ints, run_starts
from sojourn.store.named import NOBODY


@dataclass(frozen=True)
class Chains:
    """Each person whom somebody brought, ascending, with the advocate (UNKNOWN: not in the log).

    `own` and `nobody` are the people left out because they only named themselves, or nobody;
    `circles` those whose referral, the last of a circle, would have closed it.
    """

    person: Ints
    advocate: Ints
    ts: Ints
    kept: Bools
    own: Ints
    nobody: Ints
    circles: Ints

    def place(self, person: Ints) -> Ints:
        """Where each of these people stands among the brought, -1 where not."""
        return places(self.person, person)


def places(known: Ints, wanted: Ints) -> Ints:
    """Where each wanted key stands among ascending known ones, -1 where it does not.

    >>> places(np.array([2, 5]), np.array([5, 3])).tolist()
    [1, -1]
    """
    if not len(known):
        return np.full(len(wanted), -1)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place, -1)


def chains_of(person: Ints, advocate: Ints, ts: Ints, seq: Ints, kept: Bools) -> Chains:
    """The referrals that count: of each person the first by `(ts, seq)` that names another.

    Where they go round in a circle, the last of them is left out. `advocate` holds keys, UNKNOWN
    or NOBODY; linear but for one sort.

    >>> two = np.array([1, 2])
    >>> found = chains_of(two, two[::-1], np.array([10, 20]), two, two > 0)
    >>> found.person.tolist(), found.advocate.tolist(), found.circles.tolist()
    ([1], [2], [2])
    """
    order = np.lexsort((seq, ts, person))
    person, advocate, ts, seq = (a[order] for a in (person, advocate, ts, seq))
    kept = kept[order]
    valid = np.flatnonzero((advocate != NOBODY) & (advocate != person))
    first = valid[run_starts(person[valid])]
    without = np.setdiff1d(person[kept], person[valid])
    own = np.intersect1d(without, person[(advocate == person) & kept])
    closing = _closing(person[first], advocate[first], np.lexsort((seq[first], ts[first])))
    counted = np.delete(first, closing)
    circles = person[first[closing]][kept[first[closing]]]
    nobody = np.setdiff1d(without, own)
    columns = (person[counted], advocate[counted], ts[counted], kept[counted])
    return Chains(*columns, own, nobody, circles)


def _closing(person: Ints, advocate: Ints, order: Ints) -> Ints:
    """The places of the referrals that would close a circle: the last in order of each."""
    following: list[int] = places(person, advocate).tolist()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    mark, found = [0] * len(following), []
    for start in range(len(following)):
        here = start
        while here >= 0 and not mark[here]:
            mark[here] = start + 1
            here = following[here]
        if here >= 0 and mark[here] == start + 1:
            ring = [here]
            while following[ring[-1]] != here:
                ring.append(following[ring[-1]])
            found.append(max(ring, key=rank.__getitem__))
    return np.array(sorted(found), np.int64)


def reach(chains: Chains, advocates: Ints) -> Ints:
    """How many links the longest chain below each advocate has: 1 brought, 2 and they brought.

    `advocates` ascend and hold everybody who brought somebody.
    """
    known = chains.advocate >= 0
    parent = places(advocates, chains.advocate[known])
    child = places(advocates, chains.person[known])
    longest = [1] * len(advocates)
    waiting = np.bincount(parent[child >= 0], minlength=len(advocates)).tolist()
    above = np.full(len(advocates), -1)
    above[child[child >= 0]] = parent[child >= 0]
    up: list[int] = above.tolist()
    ready = [place for place, left in enumerate(waiting) if not left]
    while ready:
        here = ready.pop()
        top = up[here]
        if top >= 0:
            longest[top] = max(longest[top], longest[here] + 1)
            waiting[top] -= 1
            if not waiting[top]:
                ready.append(top)
    return np.array(longest, np.int64)
