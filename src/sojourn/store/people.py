"""Who is who in a log: the claims that its touchpoints carry, resolved by the rules of identity.

A touchpoint with several aliases is a claim that they are one person at its time. Most aliases
belong to one user for ever, so only those that several users claim need all of their times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from sojourn.core.identity import USER, Alias, Claim, People, Steps, is_blocked, resolve

_ALIASES = """
    list_filter(list_concat(
        [{'kind': 'user', 'id': user_id}, {'kind': 'device', 'id': device_id}],
        coalesce(aliases, [])
    ), lambda a: a.id is not null)
"""

_PAIRS = """
    create temp table claimed as
        select found, list_filter(found, lambda a: a.kind = 'user') as users from claiming
        group by found;
    create temp table pairs as
        select a.kind as kind, a.id as id, users[1].id as owner, len(users) as owners from (
            select unnest(found) as a, users from claimed
        ) where a.kind <> 'user' group by all;
    create temp table nobodies (id varchar);
"""
_SIMPLE = """
    create temp table simple as
        select kind, id, min(owner) as owner from pairs group by kind, id
        having count(*) = 1 and min(owners) = 1 and min(owner) not in (select id from nobodies);
    create temp view hard as
        select ts, found from claiming where found in (
            select found from (select found, unnest(found) as a from claimed) as one
            where a.kind <> 'user' and not exists (
                select 1 from simple where simple.kind = a.kind and simple.id = a.id
            )
        );
"""
"""An alias is simple when every claim of it names the same single user; `hard` are the rest."""


def people_of(
    files: Sequence[str], blocked: Iterable[str] = (), before_seq: int | None = None
) -> People:
    """Resolve everybody in the log's files, as known by rows up to `before_seq` (all of them)."""
    blocked = frozenset(blocked)
    if not files:
        return People(blocked=blocked)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET memory_limit = '1GB'")
        rows = con.read_parquet(list(files), hive_partitioning=False)
        if before_seq is not None:
            rows = rows.filter(f"seq <= {int(before_seq)}")
        return _resolve(con, rows, blocked)


def _resolve(con: duckdb.DuckDBPyConnection, rows: Any, blocked: frozenset[str]) -> People:
    several = (
        "(user_id is not null)::int + (device_id is not null)::int + coalesce(len(aliases), 0) > 1"
    )
    rows.filter(several).select(f"epoch_us(ts) as ts, {_ALIASES} as found").create_view("claiming")
    con.execute(_PAIRS)
    owners = con.sql("select distinct owner from pairs where owner is not null").fetchall()
    nobodies = [[owner] for (owner,) in owners if is_blocked(owner, blocked)]
    if nobodies:
        con.executemany("insert into nobodies values (?)", nobodies)
    con.execute(_SIMPLE)
    claims = [
        Claim(ts, _usable(found, blocked))
        for found, ts in con.sql("select found, min(ts) from hard group by found").fetchall()
    ]
    contested = _contested(claims)
    if contested:
        con.execute("create temp table contested (kind varchar, id varchar)")
        con.executemany("insert into contested values (?, ?)", [list(a) for a in contested])
        again = con.sql("""
            select distinct ts, found from (select ts, found, unnest(found) as a from hard)
            semi join contested on a.kind = contested.kind and a.id = contested.id
        """).fetchall()
        claims += [Claim(ts, _usable(found, blocked)) for ts, found in again]
    people = resolve(claims, first_seen=_first_seen(con, rows, claims), blocked=blocked)
    return replace(people, steps={**_owned(con, blocked), **people.steps})


def _owned(con: duckdb.DuckDBPyConnection, blocked: frozenset[str]) -> dict[Alias, Steps]:
    """The aliases that one user has for ever: most of them, and nothing is left to resolve."""
    found = con.sql("select kind, id, owner from simple").to_arrow_table()
    columns = (found[name].to_pylist() for name in ("kind", "id", "owner"))
    return {
        Alias(kind, text): ((None, Alias(USER, owner)),)
        for kind, text, owner in zip(*columns, strict=True)
        if not is_blocked(text, blocked)
    }


def _usable(found: list[dict[str, str]], blocked: frozenset[str]) -> tuple[Alias, ...]:
    return tuple(
        sorted({Alias(a["kind"], a["id"]) for a in found if not is_blocked(a["id"], blocked)})
    )


def _contested(claims: Sequence[Claim]) -> list[Alias]:
    """The aliases that more than one user claims: only their times of claiming matter."""
    users = defaultdict[Alias, set[str]](set)
    for claim in claims:
        ids = {text for kind, text in claim.aliases if kind == USER}
        for kind, text in claim.aliases:
            if kind != USER:
                users[Alias(kind, text)] |= ids
    return sorted(alias for alias, ids in users.items() if len(ids) > 1)


def _first_seen(
    con: duckdb.DuckDBPyConnection, rows: Any, claims: Sequence[Claim]
) -> dict[Alias, int]:
    """When each alias that was claimed with no user was first seen: it may name its group."""
    unowned = any(len(c.aliases) > 1 and all(kind != USER for kind, _ in c.aliases) for c in claims)
    if not unowned:
        return {}
    rows.create_view("touches")
    found = con.sql(f"""
        select a.kind, a.id, min(ts) from (
            select epoch_us(ts) as ts, unnest({_ALIASES}) as a from touches
        ) where a.kind <> 'user' group by all
    """).fetchall()  # noqa: S608 - the text is ours
    return {Alias(kind, text): ts for kind, text, ts in found}
