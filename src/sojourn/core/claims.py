"""What claims say: who owned an alias when, and which aliases belong together."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import Literal, NamedTuple, TypeAlias

from sojourn.core.blocked import Blocked
from sojourn.core.joined import Joined

USER = "user"
"""The kind of the aliases that are people by themselves."""

DEVICE = "device"
"""The kind of a touchpoint's `device_id`."""

MAX_PER_KIND: Mapping[str, int] = {DEVICE: 100, "email": 5, "phone": 5, "card": 5, "*": 20}
"""How many aliases of a kind one group may hold; `*` stands for every other kind.

A reader who clears cookies has many devices; a device with a dozen addresses is a shop's counter.
"""


class Alias(NamedTuple):
    """An identifier seen on a touchpoint, with its kind."""

    kind: str
    id: str


class Claim(NamedTuple):
    """These aliases are one person, at this time (microseconds); a `reset` says nobody's.

    `id` names the claim so that a human can reject it.
    """

    ts: int
    aliases: Collection[tuple[str, str]]
    kind: Literal["claim", "reset"] = "claim"
    id: str = ""


class Link(NamedTuple):
    """What makes two aliases one person: a claim, or (without time and claim) a human's merge."""

    a: Alias
    b: Alias
    ts: int | None
    claim: str


class Split(NamedTuple):
    """A human's word that the aliases of one side are not the person of the other side."""

    one: frozenset[Alias]
    other: frozenset[Alias]

    @classmethod
    def of(cls, one: Iterable[tuple[str, str]], other: Iterable[tuple[str, str]]) -> Split:
        """The split of these aliases from those."""
        return cls(frozenset(Alias(*a) for a in one), frozenset(Alias(*a) for a in other))


Marks: TypeAlias = frozenset[tuple[int, int]]
"""On which side of which splits something stands: `(split, side)`."""

NO_MARKS: Marks = frozenset()


class Apart:
    """Which aliases may never be one person, by the splits that humans made."""

    def __init__(self, splits: Iterable[Split]) -> None:
        found: dict[Alias, set[tuple[int, int]]] = defaultdict(set)
        for number, split in enumerate(splits):
            for side, aliases in enumerate(split):
                for alias in aliases:
                    found[alias].add((number, side))
        self._marks = {alias: frozenset(marks) for alias, marks in found.items()}

    def marks(self, alias: Alias) -> Marks:
        """Where an alias stands."""
        return self._marks.get(alias, NO_MARKS)

    def parts(self, a: Alias, b: Alias) -> bool:
        """Whether a split keeps two aliases apart."""
        return bool(self._marks) and opposed(self.marks(a), self.marks(b))


TOGETHER = Apart(())
"""Nobody is split from anybody."""


def opposed(one: Marks, other: Marks) -> bool:
    """Whether two things stand on the two sides of the same split.

    >>> opposed(frozenset({(0, 0)}), frozenset({(0, 1)}))
    True
    """
    return any((number, 1 - side) in other for number, side in one)


class Usable(NamedTuple):
    """A claim that stands, its user ids and its other aliases, sorted, without blocked values."""

    claim: Claim
    users: list[Alias]
    others: list[Alias]


Owners: TypeAlias = tuple[tuple[int | None, Alias | None], ...]
"""Which user id owned an alias: `(from, user)` in order of time; no user after a reset."""

_Earliest: TypeAlias = dict[tuple[Alias, Alias], tuple[int, str]]


def usable_claims(
    claims: Iterable[Claim], rejected: frozenset[str], blocked: frozenset[str]
) -> list[Usable]:
    """The claims that say anything once rejected claims and blocked values are taken out."""
    rule = Blocked.of(blocked)
    usable = []
    for claim in claims:
        if claim.id and claim.id in rejected:
            continue
        named = sorted({Alias(*alias) for alias in claim.aliases})
        named = [alias for alias in named if not rule.blocks(alias.id)]
        others = [alias for alias in named if alias.kind != USER]
        if others:
            usable.append(Usable(claim, [alias for alias in named if alias.kind == USER], others))
    return usable


def ownership(
    usable: Iterable[Usable], apart: Apart = TOGETHER
) -> tuple[dict[Alias, Owners], list[Link]]:
    """For each alias claimed together with user ids, whose it was from when on; and the proof."""
    told: dict[Alias, list[tuple[int, Alias]]] = defaultdict(list)
    resets: dict[Alias, set[int]] = defaultdict(set)
    earliest: _Earliest = {}
    for claim, users, others in usable:
        for alias in others:
            if claim.kind == "reset":
                resets[alias].add(claim.ts)
                continue
            for user in users:
                if apart.parts(alias, user):
                    continue
                told[alias].append((claim.ts, user))
                _keep_earliest(earliest, (alias, user), claim)
    owners = {alias: _owners(sorted(users), resets.get(alias, ())) for alias, users in told.items()}
    return owners, [Link(*pair, *of) for pair, of in earliest.items()]


def _owners(told: list[tuple[int, Alias]], resets: Iterable[int]) -> Owners:
    """The step function of sorted `(time, user)`: the last at a time wins, a user over a reset."""
    latest: dict[int, Alias | None] = dict.fromkeys(resets)
    latest.update(told)
    return ((None, told[0][1]), *sorted(latest.items()))


def group_aliases(
    usable: Iterable[Usable],
    owned: Mapping[Alias, Owners],
    limits: Mapping[str, int],
    apart: Apart = TOGETHER,
) -> tuple[list[list[Alias]], list[Link]]:
    """The groups of the aliases other than user ids, and the claims that made them."""
    groups = _Groups(owned, limits, apart)
    earliest: _Earliest = {}
    for claim, users, others in usable:
        for alias in others:
            groups.sets.add(alias)
        if claim.kind == "reset" or users:
            continue
        for pair in combinations(others, 2):
            _keep_earliest(earliest, pair, claim)
    in_order = sorted((ts, pair, name) for pair, (ts, name) in earliest.items())
    links = [Link(*pair, ts, name) for ts, pair, name in in_order if groups.accept(*pair)]
    return groups.sets.groups(), links


def _keep_earliest(earliest: _Earliest, pair: tuple[Alias, Alias], claim: Claim) -> None:
    known = earliest.get(pair)
    if known is None or (claim.ts, claim.id) < known:
        earliest[pair] = (claim.ts, claim.id)


class _Groups:
    """Groups of aliases that refuse to hold two owned ones or too many of a kind."""

    def __init__(
        self, owned: Mapping[Alias, Owners], limits: Mapping[str, int], apart: Apart
    ) -> None:
        self.sets: Joined[Alias] = Joined()
        self._owned = owned
        self._limits = limits
        self._apart = apart
        self._marks: dict[Alias, Marks] = {}
        self._counts: dict[Alias, dict[str, int]] = {}
        self._holder: set[Alias] = set()

    def accept(self, a: Alias, b: Alias) -> bool:
        """Join the groups of two aliases; False where they are one already or may not be."""
        one, two = self.sets.root(a), self.sets.root(b)
        holders = self._holds_owned(one) + self._holds_owned(two)
        if one == two or holders > 1:
            return False
        sides = self._sides(one), self._sides(two)
        if opposed(*sides):
            return False
        fewer, counts = sorted((self._count(one), self._count(two)), key=len)
        grown = {kind: n + counts.get(kind, 0) for kind, n in fewer.items()}
        # Of the kinds that don't grow only a lone alias's can be too many: where the limit is 0.
        if any(n > self._limit(kind) for kind, n in ((a.kind, 1), (b.kind, 1), *grown.items())):
            return False
        root = self.sets.join(one, two)
        counts.update(grown)
        self._counts[root] = counts
        self._marks[root] = sides[0] | sides[1]
        if holders:
            self._holder.add(root)
        return True

    def _sides(self, root: Alias) -> Marks:
        """Where a group stands: where its aliases and those who own them do."""
        known = self._marks.get(root)
        if known is None:
            owners = [user for _, user in self._owned.get(root, ()) if user is not None]
            known = NO_MARKS.union(*(self._apart.marks(alias) for alias in (root, *owners)))
        return known

    def _limit(self, kind: str) -> float:
        return self._limits.get(kind, self._limits.get("*", math.inf))

    def _holds_owned(self, root: Alias) -> bool:
        return root in self._holder or (root not in self._counts and root in self._owned)

    def _count(self, root: Alias) -> dict[str, int]:
        return self._counts.get(root) or {root.kind: 1}


def sightings(usable: Iterable[Usable], first_seen: Mapping[Alias, int]) -> dict[Alias, int]:
    """When each claimed alias was first seen, on a touchpoint or in a claim (microseconds)."""
    seen: dict[Alias, int] = {}
    for claim, _, others in usable:
        for alias in others:
            known = seen.get(alias)
            if known is None:
                seen[alias] = min(claim.ts, first_seen.get(alias, claim.ts))
            elif claim.ts < known:
                seen[alias] = claim.ts
    return seen


def connected(claims: Iterable[Claim], aliases: Iterable[tuple[str, str]]) -> frozenset[Alias]:
    """Every alias, other than user ids, whose person can depend on the claims of these.

    The claims that name one of them are all that is needed to tell their people. For a user id
    among `aliases` it starts from all that was claimed together with that user.
    """
    wanted = {Alias(*alias) for alias in aliases}
    starts = {alias for alias in wanted if alias.kind != USER}
    sets: Joined[Alias] = Joined()
    for claim in claims:
        others = [Alias(*alias) for alias in claim.aliases if alias[0] != USER]
        if len(others) < len(claim.aliases) and not wanted.isdisjoint(claim.aliases):
            starts.update(others)
        for alias in others:
            sets.join(others[0], alias)
    roots = {sets.root(alias) for alias in starts if alias in sets}
    return frozenset(starts.union(alias for alias in sets if sets.root(alias) in roots))
