"""Who is who: people as a pure function of the set of claims.

A claim says that some aliases are one person, at a moment. Each user id is a person. Another
alias claimed together with user ids is *owned*: it belongs to the user of the latest claim, and
before the first claim to the first user. The other claims join aliases into groups, earliest
first, unless a group would hold two owned aliases or too many of a kind. Nothing depends on
the order in which claims arrived.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

from sojourn.core.blocked import is_blocked
from sojourn.core.claims import (
    DEVICE,
    MAX_PER_KIND,
    USER,
    Alias,
    Apart,
    Claim,
    Link,
    Owners,
    Split,
    connected,
    group_aliases,
    ownership,
    sightings,
    usable_claims,
)
from sojourn.core.joined import Joined

__all__ = [
    "DEVICE",
    "MAX_PER_KIND",
    "USER",
    "Alias",
    "Change",
    "Claim",
    "Link",
    "People",
    "Span",
    "Split",
    "changed_spans",
    "connected",
    "is_blocked",
    "person_of_touchpoint",
    "resolve",
    "shown",
]

Steps: TypeAlias = tuple[tuple[int | None, Alias], ...]
"""Whose an alias is: `(from, person)` in order of time, the first from None, neighbours differ."""


class Span(NamedTuple):
    """From `start` up to, not including, `end` (None: unbounded) the alias is this person's."""

    alias: Alias
    start: int | None
    end: int | None
    person: Alias


class Change(NamedTuple):
    """A stretch of time for which an alias changed hands."""

    alias: Alias
    start: int | None
    end: int | None
    before: Alias
    after: Alias


def shown(person: tuple[str, str]) -> str:
    """What users see of a person: the id without its kind.

    >>> shown(Alias("user", "42"))
    '42'
    """
    return person[1]


@dataclass(frozen=True)
class People:
    """Whose each alias is, at every moment. Made by `resolve`; two are equal when they agree.

    `steps` has the aliases, other than user ids, that are not simply a person of their own;
    `merged` the user ids that a human merged, with the person they became; `links` the accepted
    claims; `blocked` the workspace's own values that name nobody; `renamed` the aliases that are
    written in another form than their one form.
    """

    steps: Mapping[Alias, Steps] = field(default_factory=dict)
    merged: Mapping[str, Alias] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    blocked: frozenset[str] = frozenset()
    renamed: Mapping[Alias, Alias] = field(default_factory=dict)

    def one_form(self, alias: tuple[str, str]) -> Alias:
        """An alias in its one form."""
        found = Alias(*alias)
        return self.renamed.get(found, found) if self.renamed else found

    def person_of(self, alias: tuple[str, str], ts: int) -> Alias:
        """The person behind an alias at a moment; one in no claim is a person of its own."""
        kind, text = alias = self.one_form(alias)
        if kind == USER:
            return self.merged.get(text) or alias
        steps = self.steps.get(Alias(kind, text))
        if steps is None:
            return Alias(kind, text)
        return steps[bisect_right(steps, ts, lo=1, key=_start) - 1][1]

    def spans(self, alias: tuple[str, str]) -> tuple[Span, ...]:
        """Whose the alias is, over all time, in order."""
        alias = self.one_form(alias)
        steps = self._steps_of(alias)
        ends = [*(start for start, _ in steps[1:]), None]
        return tuple(Span(alias, s, end, p) for (s, p), end in zip(steps, ends, strict=True))

    def all_spans(self) -> Iterator[Span]:
        """The spans of every alias that is not simply a person of its own, sorted by alias."""
        users = (Alias(USER, text) for text, person in self.merged.items() if person.id != text)
        for alias in sorted([*self.steps, *users]):
            yield from self.spans(alias)

    def why(self, a: tuple[str, str], b: tuple[str, str]) -> tuple[Link, ...]:
        """A shortest chain of accepted claims that makes two aliases one person, or ()."""
        first, last = Alias(*a), Alias(*b)
        for person in sorted(self._persons(first) & self._persons(last)):
            chain = self._chain(first, last, person)
            if chain:
                return chain
        return ()

    def _steps_of(self, alias: Alias) -> Steps:
        return self.steps.get(alias) or ((None, self.person_of(alias, 0)),)

    def _persons(self, alias: Alias) -> set[Alias]:
        return {person for _, person in self._steps_of(alias)}

    @cached_property
    def _neighbours(self) -> Mapping[Alias, list[tuple[Alias, Link]]]:
        found = defaultdict(list)
        for link in self.links:
            found[link.a].append((link.b, link))
            found[link.b].append((link.a, link))
        return found

    def _chain(self, first: Alias, last: Alias, person: Alias) -> tuple[Link, ...]:
        """Breadth first, only through aliases that were this person's at some time."""
        reached: dict[Alias, Link | None] = {first: None}
        waiting = deque([first])
        while waiting and last not in reached:
            for alias, link in self._neighbours.get(waiting.popleft(), ()):
                if alias not in reached and person in self._persons(alias):
                    reached[alias] = link
                    waiting.append(alias)
        chain: deque[Link] = deque()
        here, step = last, reached.get(last)
        while step:
            chain.appendleft(step)
            here = step.a if here == step.b else step.b
            step = reached[here]
        return tuple(chain)


def resolve(
    claims: Iterable[Claim],
    *,
    merges: Iterable[tuple[str, str]] = (),
    rejected: Collection[str] = (),
    splits: Iterable[Split] = (),
    max_per_kind: Mapping[str, int] = MAX_PER_KIND,
    first_seen: Mapping[Alias, int] | None = None,
    blocked: Collection[str] = (),
) -> People:
    """People from the set of all claims, whatever their order. Near-linear in their number.

    `merges` are pairs of user ids that a human joined, `rejected` the ids of claims that a human
    took back, `splits` what a human said to be different people, `first_seen` the event time
    (microseconds) of each alias's first touchpoint, and `blocked` values that name nobody beside
    the built-in ones.

    >>> tablet = ("device", "tablet")
    >>> ann, bob = ("user", "ann"), ("user", "bob")
    >>> people = resolve([Claim(10, [ann, tablet]), Claim(20, [bob, tablet])])
    >>> [shown(people.person_of(tablet, ts)) for ts in (5, 10, 19, 20)]
    ['ann', 'ann', 'ann', 'bob']
    """
    usable = usable_claims(claims, frozenset(rejected), frozenset(blocked))
    apart = Apart(splits)
    merged, merge_links = _merge_users(merges, first_seen or {}, apart)
    owners, owner_links = ownership(usable, apart)
    groups, pair_links = group_aliases(usable, owners, max_per_kind, apart)
    seen = sightings(usable, first_seen or {})
    steps: dict[Alias, Steps] = {}
    for group in groups:
        anonymous = min(group, key=lambda alias: (seen[alias], alias))
        owner = next((owners[alias] for alias in group if alias in owners), ((None, None),))
        shared = _steps(owner, anonymous, merged)
        steps.update((alias, shared) for alias in group if shared != ((None, alias),))
    links = sorted([*owner_links, *pair_links, *merge_links])
    return People(steps, merged, tuple(links), frozenset(blocked))


def _merge_users(
    merges: Iterable[tuple[str, str]], first_seen: Mapping[Alias, int], apart: Apart
) -> tuple[dict[str, Alias], list[Link]]:
    """The user ids in merges, each with the person they became: the id first seen, then by text.

    Only what touchpoints show decides, not the claims, so that a claim changes only its own group.
    """
    said = {(min(pair), max(pair)) for pair in merges if pair[0] != pair[1]}
    pairs = sorted((a, b) for a, b in said if not apart.parts(Alias(USER, a), Alias(USER, b)))
    sets: Joined[Alias] = Joined()
    for a, b in pairs:
        sets.join(Alias(USER, a), Alias(USER, b))
    merged: dict[str, Alias] = {}
    for group in sets.groups():
        first = min(group, key=lambda u: (u not in first_seen, first_seen.get(u, 0), u))
        merged.update((alias.id, first) for alias in group)
    return merged, [Link(Alias(USER, a), Alias(USER, b), None, "") for a, b in pairs]


def _steps(owners: Owners, anonymous: Alias, merged: Mapping[str, Alias]) -> Steps:
    """A group's owners as persons; while it has none, it is its own anonymous person."""
    steps: list[tuple[int | None, Alias]] = []
    for start, user in owners:
        person = anonymous if user is None else merged.get(user.id, user)
        if not steps or steps[-1][1] != person:
            steps.append((start, person))
    return tuple(steps)


def person_of_touchpoint(
    people: People,
    user_id: str | None,
    device_id: str | None,
    aliases: Iterable[tuple[str, str]] | None,
    ts: int,
) -> Alias | None:
    """Whose a touchpoint is: its own user id's, else the owner's of its alias at its time.

    The device comes first among the aliases, then the others by (kind, id). None: nobody's,
    because no alias is usable.

    >>> person_of_touchpoint(People(), "null", "d1", [], 0)
    Alias(kind='device', id='d1')
    """
    others = sorted(Alias(*alias) for alias in aliases or ())
    users = [alias for alias in others if alias.kind == USER]
    for alias in [Alias(USER, user_id or ""), *users, Alias(DEVICE, device_id or ""), *others]:
        if not is_blocked(alias.id, people.blocked):
            return people.person_of(alias, ts)
    return None


def changed_spans(
    before: People, after: People, aliases: Iterable[tuple[str, str]]
) -> list[Change]:
    """For these aliases, the stretches of time whose person is another one now, in order."""
    changes: list[Change] = []
    for alias in sorted({Alias(*alias) for alias in aliases}):
        old, new = before.spans(alias), after.spans(alias)
        cuts = sorted({span.start for span in (*old, *new) if span.start is not None})
        for start, end in zip([None, *cuts], [*cuts, None], strict=True):
            was, now = _person_at(old, start), _person_at(new, start)
            if was == now:
                continue
            if changes and changes[-1][::2] == (alias, start, now) and changes[-1].before == was:
                changes[-1] = changes[-1]._replace(end=end)
            else:
                changes.append(Change(alias, start, end, was, now))
    return changes


def _person_at(spans: tuple[Span, ...], ts: int | None) -> Alias:
    if ts is None:
        return spans[0].person
    return spans[bisect_right(spans, ts, lo=1, key=lambda span: span.start or 0) - 1].person


def _start(step: tuple[int | None, Alias]) -> int:
    return step[0] or 0
