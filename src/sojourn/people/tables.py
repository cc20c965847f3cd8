"""Claims as answers: all of them, or the chain of those that make two aliases one person."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sojourn.core.acts import MERGE, SPLIT, Act, standing, taken_back, word_of
from sojourn.core.claims import USER, Alias, Link
from sojourn.core.table import Column, Table
from sojourn.measure.notes import moment
from sojourn.people.finding import name
from sojourn.store.claimbook import ClaimBook, Said

WHY = (
    Column("one", "text"),
    Column("other", "text"),
    Column("since", "time"),
    Column("claim", "text"),
    Column("times", "integer", "times"),
    Column("told_by", "text"),
)
CLAIMS = (
    Column("claim", "text"),
    Column("kind", "text"),
    Column("aliases", "text"),
    Column("first", "time"),
    Column("last", "time"),
    Column("times", "integer", "times"),
    Column("told_by", "text"),
    Column("stands", "boolean"),
)


def why_table(book: ClaimBook, a: Alias, b: Alias) -> Table:
    """Link by link from one alias to the other: since when, by which claim, and who made it.

    Empty where the two are not one person at any time.
    """
    people = book.people([a, b], word_of(book.acts))
    chain = people.why(a, b)
    said = {claim.id: claim for claim in book.claims({c for link in chain for c in link[:2]})}
    acts = standing(book.acts)
    rows = []
    here = a
    for link in chain:
        there = link.b if link.a == here else link.a
        act = _act_of(link, acts)
        claim = said.get(link.claim)
        since = act.at if act and link.ts is None else link.ts
        rows.append(
            (name(here), name(there), moment_of(since), act.id if act else link.claim,
             claim.times if claim else 1, by_whom(act) if act else claim.origin if claim else "")
        )  # fmt: skip
        here = there
    data = {column.name: [row[i] for row in rows] for i, column in enumerate(WHY)}
    notes: dict[str, Any] = {"from": name(a), "to": name(b)}
    if a == b:
        notes["remarks"] = [f"{name(a)} is one and the same alias."]
    elif not chain:
        notes["remarks"] = [f"{name(a)} and {name(b)} are not one person at any time."]
    return Table.of("why", WHY, data, notes)


def _act_of(link: Link, acts: Iterable[Act]) -> Act | None:
    """The human's word behind a link, where there is one: a merge of user ids has no claim."""
    for act in acts:
        if act.kind == MERGE and (
            act.id == link.claim or (not link.claim and {link.a, link.b} <= {*act.aliases})
        ):
            return act
    return None


def claims_table(book: ClaimBook, mine: Collection[Alias] | None) -> Table:
    """The claims that hold any of these aliases (all of them), and what humans said of people."""
    said = book.claims(mine)
    ids = {claim.id for claim in said}
    gone = taken_back(book.acts)
    refused = word_of(book.acts).rejected
    rows = [_of_claim(claim, claim.id not in refused) for claim in said]
    about = {act.id for act in book.acts if mine is None or _concerns(act, mine, ids)}
    about |= {act.id for act in book.acts if act.target in about}
    for act in book.acts:
        if act.id in about:
            when = moment_of(act.at)
            stands = act.id not in gone
            rows.append((act.id, act.kind, told(act), when, when, 1, by_whom(act), stands))
    data = {column.name: [row[i] for row in rows] for i, column in enumerate(CLAIMS)}
    return Table.of("claims", CLAIMS, data, {"claims": len(rows)})


def _of_claim(claim: Said, stands: bool) -> tuple[Any, ...]:
    aliases = " = ".join(name(alias) for alias in _users_first(claim.aliases))
    times = moment_of(claim.first), moment_of(claim.last), claim.times
    return (claim.id, claim.kind, aliases, *times, claim.origin, stands)


def _concerns(act: Act, mine: Collection[Alias], claims: Collection[str]) -> bool:
    return not {*mine}.isdisjoint((*act.aliases, *act.apart)) or act.target in claims


def told(act: Act) -> str:
    """What an act says, in a few words."""
    if act.kind == MERGE:
        return " = ".join(name(alias) for alias in _users_first(act.aliases))
    if act.kind == SPLIT:
        return f"{_listed(act.aliases)} apart from {_listed(act.apart)}"
    return act.target


def by_whom(act: Act) -> str:
    """Who said it."""
    return f"{act.kind} by {act.by}"


def moment_of(micros: int | None) -> datetime | None:
    """Microseconds as a moment."""
    return None if micros is None else moment(micros)


def _users_first(aliases: Iterable[Alias]) -> list[Alias]:
    return sorted(aliases, key=lambda alias: (alias.kind != USER, alias))


def _listed(aliases: Iterable[Alias]) -> str:
    return ", ".join(name(alias) for alias in _users_first(aliases))
