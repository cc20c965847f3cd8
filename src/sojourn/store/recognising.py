"""Who is who, as log and claims grow: only the connected group of what is new is resolved.

Most new touchpoints say nothing new of anybody, which is seen without a look at the log: their
aliases belong to one user, who claims them again, or no claim has them. For the others all
aliases are found that claims connect with theirs, and those are resolved from their own claims.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sojourn.core.contacts import Contacts
from sojourn.core.identity import USER, Alias, People, Steps, is_blocked
from sojourn.store import claims, people
from sojourn.store.log import LogFile
from sojourn.store.people import FOUND, SEVERAL, Resolved, resolved

MOST_ROWS = 100_000
"""With more new rows than this everybody is resolved anew."""

MOST_SINCE = 100_000
"""Of so many sets of aliases it is remembered that they say nothing new."""

Together = frozenset[Alias]


@dataclass(frozen=True)
class Asked:
    """Where claims are, and how they are read: the log's files, a version of the claims table."""

    root: Path
    files: Sequence[LogFile]
    told: int
    blocked: tuple[str, ...] = ()
    contacts: Contacts = field(default_factory=Contacts)

    def resolved(
        self, before_seq: int | None = None, near: Collection[Alias] | None = None
    ) -> Resolved:
        """Everybody, or who is near some aliases."""
        paths, said = [str(file.path) for file in self.files], claims.read(self.root, self.told)
        return resolved(paths, self.blocked, before_seq, said, self.contacts, near)


@dataclass(frozen=True)
class Recognised:
    """Everybody as of the log up to the number `covered`, and the version `told` of the claims
    table with its `files`.

    `hard` are the aliases that no single user claims alone, `refused` the claims that a human
    rejected. `since` says of aliases that were
    claimed together, or of a single one, from which moment on another row with them changes
    nothing of who is who, as long as whose they are stays as it is.
    """

    people: People
    hard: frozenset[Alias]
    covered: int
    told: int
    files: frozenset[str]
    rules: tuple[tuple[str, ...], Contacts]
    refused: frozenset[str] = frozenset()
    since: Mapping[Together, int] = field(default_factory=dict)


def recognised(asked: Asked, covered: int | None = None) -> Recognised:
    """Everybody, from all claims in the log (up to a number) and beside it."""
    found = asked.resolved(covered)
    upto = max([-1, *(file.max_seq for file in asked.files)]) if covered is None else covered
    files = frozenset(file.path for file in claims.files(asked.root, asked.told))
    rules = asked.blocked, asked.contacts
    return Recognised(found.people, found.hard, upto, asked.told, files, rules, found.refused)


def recognised_since(before: Recognised, asked: Asked) -> tuple[Recognised, set[Alias]] | None:
    """The same, from what is newer than `before`, and the aliases that may have changed hands.

    None where all claims must be looked at: a human said something, an import was taken back,
    much is new, or ids are written in another form.
    """
    told = claims.files(asked.root, asked.told)
    paths = frozenset(file.path for file in told)
    newer = [file for file in asked.files if file.max_seq > before.covered]
    if before.rules != (asked.blocked, asked.contacts) or not before.files <= paths:
        return None
    if sum(file.rows for file in newer if file.min_seq > before.covered) > MOST_ROWS:
        return None
    said = claims.rows_of(asked.root, [f for f in told if f.path not in before.files])
    if not set(said["kind"].to_pylist()) <= {*claims.FILES}:
        return None
    news = _news([str(file.path) for file in newer], before, said)
    if news is None:
        return None
    covered = max([before.covered, *(file.max_seq for file in newer)])
    after = replace(before, covered=covered, told=asked.told, files=paths)
    return _taken_in(after, news, asked)


@dataclass(frozen=True)
class _News:
    """What new rows say, each with its first moment: aliases claimed together, and single ones;
    and which aliases were reset."""

    together: Mapping[Together, int]
    resets: frozenset[Alias]
    seen: Mapping[Alias, int]


def _news(paths: Sequence[str], before: Recognised, said: pa.Table) -> _News | None:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        rows = people.log_rows(con, paths).filter(f"seq > {before.covered}")
        rows, said, renamed = people.in_one_form(con, rows, said, before.rules[1])
        if renamed:
            return None
        con.register("said", said)
        rows.create_view("fresh")
        pairs = con.sql(f"""
            select {claims.NAMED.format("'claim'", "found")}, found, min(ts) from (
                select epoch_us(ts) as ts, {FOUND} as found from fresh where {SEVERAL}
                union all select epoch_us(ts), {claims.SORTED.format("aliases")} from said
                    where kind = 'claim'
            ) group by found
        """).fetchall()  # noqa: S608 - the text is ours
        seen = con.sql(f"""
            select a.kind, a.id, min(ts) from (
                select epoch_us(ts) as ts, unnest({FOUND}) as a from fresh
                union all select epoch_us(ts), unnest(aliases) from said where kind = 'claim'
            ) group by all
        """).fetchall()  # noqa: S608 - the text is ours
        resets = con.sql(
            "select distinct a.kind, a.id from "
            "(select unnest(aliases) as a from said where kind = 'reset')"
        ).fetchall()
    return _News(
        {frozenset(_aliases(f)): ts for name, f, ts in pairs if name not in before.refused},
        frozenset(Alias(*alias) for alias in resets),
        {Alias(kind, text): ts for kind, text, ts in seen},
    )


def _aliases(found: Iterable[Mapping[str, str]]) -> list[Alias]:
    return [Alias(a["kind"], a["id"]) for a in found]


def _taken_in(known: Recognised, news: _News, asked: Asked) -> tuple[Recognised, set[Alias]]:
    """What is new of one user alone is taken in as it is; around the rest all is resolved."""
    owned, doubtful = dict[Alias, Alias](), {a for a in news.resets if a.kind != USER}
    for found, first in news.together.items():
        usable = [a for a in found if not is_blocked(a.id, known.people.blocked)]
        others = [a for a in usable if a.kind != USER]
        users = [a for a in usable if a.kind == USER]
        if len(usable) < 2 or not others or _is_known(known, found, users, others, first):
            continue
        if len(users) == 1 and _is_simple(known, users[0], others, owned):
            owned |= dict.fromkeys(others, users[0])
        else:
            doubtful |= {*others}
    doubtful |= _seen_earlier(known, news)
    steps = known.people.steps
    fresh: dict[Alias, Steps] = {
        alias: ((None, _person(known.people, user)),)
        for alias, user in owned.items()
        if alias not in steps
    }
    if fresh:
        known = replace(known, people=replace(known.people, steps={**steps, **fresh}))
    if not doubtful:
        return known, {*fresh}
    after, changed = _resolved_around(known, doubtful, news, asked)
    return after, changed | fresh.keys()


def _person(known: People, user: Alias) -> Alias:
    return known.merged.get(user.id) or user


def _is_simple(
    known: Recognised, user: Alias, others: Iterable[Alias], claimed: Mapping[Alias, Alias]
) -> bool:
    """Whether these aliases are this user's alone, or were in no claim at all."""
    owner = ((None, _person(known.people, user)),)
    return all(
        alias not in known.hard
        and known.people.steps.get(alias, owner) == owner
        and claimed.get(alias, user) == user
        for alias in others
    )


def _is_known(
    known: Recognised, found: Together, users: Sequence[Alias], others: Iterable[Alias], ts: int
) -> bool:
    """Whether just this was claimed before, and claiming it again says nothing new."""
    if ts < known.since.get(found, ts + 1) or len(users) > 1:
        return False
    if not users:
        return True
    person = _person(known.people, users[0])
    last = [known.people.steps.get(alias, ((None, alias),))[-1] for alias in others]
    return all(owner == person and (start is None or ts >= start) for start, owner in last)


def _seen_earlier(known: Recognised, news: _News) -> set[Alias]:
    """Aliases whose person may be named by who was seen first, and that were seen earlier now."""
    return {
        alias
        for alias, ts in news.seen.items()
        if _is_named_by_first(known, alias) and ts < known.since.get(frozenset([alias]), ts + 1)
    }


def _is_named_by_first(known: Recognised, alias: Alias) -> bool:
    if alias.kind == USER:
        return alias.id in known.people.merged
    steps = known.people.steps.get(alias, ((None, alias),))
    return alias in known.hard and any(person.kind != USER for _, person in steps)


def _resolved_around(
    known: Recognised, doubtful: Collection[Alias], news: _News, asked: Asked
) -> tuple[Recognised, set[Alias]]:
    """Resolve all aliases that claims connect with these, from their own claims."""
    near = _near({alias for alias in doubtful if alias.kind != USER}, asked)
    found = asked.resolved(near=near)
    old = known.people
    steps = {alias: s for alias, s in old.steps.items() if alias not in near}
    steps |= {alias: s for alias, s in found.people.steps.items() if alias in near}
    users = {Alias(USER, text) for text in {*old.merged, *found.people.merged}}
    together = {said: first for said, first in news.together.items() if said & near}
    single = {frozenset([a]): ts for a, ts in news.seen.items() if a in near or a in users}
    since = {**known.since} if len(known.since) < MOST_SINCE else {}
    for said, ts in {**together, **single}.items():
        since[said] = min(ts, since.get(said, ts))
    everybody = replace(old, steps=steps, merged=found.people.merged, links=())
    after = replace(
        known, people=everybody, hard=(known.hard - near) | (found.hard & near), since=since
    )
    return after, {*near, *users}


def _near(aliases: set[Alias], asked: Asked) -> frozenset[Alias]:
    """All aliases, users apart, that claims connect with these."""
    paths, told = [str(file.path) for file in asked.files], claims.read(asked.root, asked.told)
    near, more = set[Alias](), {*aliases}
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        rows, told, _ = people.in_one_form(con, people.log_rows(con, paths), told, asked.contacts)
        while more - near:
            near |= more
            more = _beside(con, rows, told, near, frozenset(asked.blocked))
    return frozenset(near)


def _beside(
    con: duckdb.DuckDBPyConnection,
    rows: Any,
    told: pa.Table,
    near: Collection[Alias],
    blocked: frozenset[str],
) -> set[Alias]:
    """The aliases, users apart, in claims that have one of these."""
    carried = people.rows_near(con, rows, near).filter(SEVERAL).select(f"{FOUND} as found")
    con.register("told", people.claims_near(told, near))
    carried.create_view("carried", replace=True)
    found = con.sql("""
        select distinct a.kind, a.id from (
            select unnest(found) as a from carried union all select unnest(aliases) from told
            union all select unnest(coalesce(apart, [])) from told
        ) where a.kind <> 'user' and a.id <> ''
    """).fetchall()
    return {Alias(kind, text) for kind, text in found if not is_blocked(text, blocked)}
