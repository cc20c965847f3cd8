"""What humans said about people: merges, splits, rejected claims, and what was taken back.

Nothing is ever overwritten: an undo is one more act, and can itself be undone. So people are a
function of the acts that stand, and taking an act back gives exactly what was before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sojourn.core.claims import USER, Alias, Claim, Split

MERGE, SPLIT, REJECT, UNDO = "merge", "split", "reject", "undo"
ACTS = (MERGE, SPLIT, REJECT, UNDO)
"""The kinds of acts, as the claims table has them."""


class Act(NamedTuple):
    """One thing that a human said: `at` and `ts` in microseconds.

    A merge joins its `aliases`; a split keeps `aliases` and `apart` from one another; a
    rejection takes back the claims with the id `target`, an undo the act with that id.
    """

    id: str
    kind: str
    ts: int
    at: int
    aliases: tuple[Alias, ...] = ()
    apart: tuple[Alias, ...] = ()
    target: str = ""
    by: str = ""


@dataclass(frozen=True)
class Word:
    """What stands of all acts, as `resolve` takes it."""

    merges: tuple[tuple[str, str], ...] = ()
    claims: tuple[Claim, ...] = ()
    splits: tuple[Split, ...] = ()
    rejected: frozenset[str] = frozenset()


def standing(acts: Iterable[Act]) -> list[Act]:
    """The acts that were not taken back, oldest first; undos themselves are left out.

    >>> merge = Act("m1", MERGE, 1, 1)
    >>> undo = Act("u1", UNDO, 2, 2, target="m1")
    >>> again = Act("u2", UNDO, 3, 3, target="u1")
    >>> [len(standing(acts)) for acts in ([merge], [merge, undo], [merge, undo, again])]
    [1, 0, 1]
    """
    every = sorted(acts, key=_in_order)
    gone = taken_back(every)
    return [act for act in every if act.kind != UNDO and act.id not in gone]


def taken_back(acts: Iterable[Act]) -> set[str]:
    """The ids of the acts that an undo took back which itself stands."""
    gone: set[str] = set()
    for act in sorted(acts, key=_in_order, reverse=True):
        if act.kind == UNDO and act.id not in gone:
            gone.add(act.target)
    return gone


def _in_order(act: Act) -> tuple[int, bool, str]:
    return act.at, act.kind == UNDO, act.id


def word_of(acts: Iterable[Act]) -> Word:
    """What the acts that stand say of people."""
    merges, claims, splits, rejected = [], [], [], set()
    for act in standing(acts):
        if act.kind == REJECT:
            rejected.add(act.target)
        elif act.kind == SPLIT:
            splits.append(Split.of(act.aliases, act.apart))
        elif all(alias.kind == USER for alias in act.aliases):
            users = [alias.id for alias in act.aliases]
            merges += list(zip(users, users[1:], strict=False))
        else:
            claims.append(Claim(act.ts, act.aliases, id=act.id))
    return Word(tuple(merges), tuple(claims), tuple(splits), frozenset(rejected))
