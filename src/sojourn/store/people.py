"""Who is who in a workspace: all claims, in the log and beside it, resolved by the rules.

A touchpoint with several aliases is a claim that they are one person at its time; the table
`claims/` has the others, and what humans said. Most aliases belong to one user for ever, so only
those that several users claim need all of their times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.acts import ACTS, Act, Word, word_of
from sojourn.core.contacts import Contacts
from sojourn.core.identity import USER, Alias, Claim, People, Steps, is_blocked, resolve
from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.store.claims import NAMED, SCHEMA, SORTED

_OWN = "[{'kind': 'device', 'id': device_id}, {'kind': 'user', 'id': user_id}]"
FOUND = (
    f"(case when aliases is null then list_filter({_OWN}, lambda a: a.id <> '') "
    f"else {SORTED.format(f'list_concat({_OWN}, aliases)')} end)"
)
"""The aliases of a row of the log in SQL, sorted; most rows have no list, and need no sorting."""

SEVERAL = (
    "(user_id is not null)::int + (device_id is not null)::int + coalesce(len(aliases), 0) > 1"
)
_PAIRS = """
    create temp table claimed as
        select found, list_filter(found, lambda a: a.kind = 'user') as users from claiming
        group by found;
    create temp table pairs as
        select a.kind as kind, a.id as id, users[1].id as owner, len(users) as owners from (
            select unnest(found) as a, users from claimed
        ) where a.kind <> 'user' group by all;
    create temp table nobodies (id varchar);
    create temp table special (kind varchar, id varchar);
"""
_SIMPLE = """
    create temp table simple as
        select kind, id, min(owner) as owner from pairs
        anti join special using (kind, id) group by kind, id
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

NEAR = (
    "(device_id in (select id from near where kind = 'device') or (aliases is not null and "
    "len(list_filter(aliases, lambda a: "
    "map_contains(getvariable('near'), a.kind || chr(31) || a.id))) > 0))"
)
"""Which rows of the log have one of the aliases in question, in SQL."""


class Resolved(NamedTuple):
    """Everybody, the aliases that no single user claims alone, and the claims that a human
    rejected, by their ids."""

    people: People
    hard: frozenset[Alias]
    refused: frozenset[str] = frozenset()


def people_of(
    files: Sequence[str],
    blocked: Iterable[str] = (),
    before_seq: int | None = None,
    told: pa.Table | None = None,
    contacts: Contacts | None = None,
) -> People:
    """Resolve everybody in the log's files and in `told`, the rows of the claims table.

    With `before_seq` only the log's rows up to that number are known. `contacts` says how
    addresses and numbers are read that came in before it was said.
    """
    return resolved(files, blocked, before_seq, told, contacts).people


def resolved(
    files: Sequence[str],
    blocked: Iterable[str] = (),
    before_seq: int | None = None,
    told: pa.Table | None = None,
    contacts: Contacts | None = None,
    near: Collection[Alias] | None = None,
) -> Resolved:
    """As `people_of`, with the hard aliases; with `near` of these aliases only.

    No claim may connect those with others: see `sojourn.store.recognising`.
    """
    blocked = frozenset(blocked)
    told = SCHEMA.empty_table() if told is None else told
    if not files and not told.num_rows:
        return Resolved(People(blocked=blocked), frozenset())
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET memory_limit = '1GB'")
        rows = log_rows(con, files)
        if before_seq is not None:
            rows = rows.filter(f"seq <= {int(before_seq)}")
        if near is not None:
            rows = rows_near(con, rows, near, users_in(told))
            told = claims_near(told, near)
        rows, told, renamed = in_one_form(con, rows, told, contacts or Contacts())
        resolving = _Resolving(con, rows, told, blocked)
        found = replace(resolving.people(), renamed=renamed)
        return Resolved(found, resolving.hard(), resolving.word.rejected)


def rows_near(
    con: duckdb.DuckDBPyConnection, rows: Any, near: Collection[Alias], users: Collection[str] = ()
) -> Any:
    """The rows of the log with one of these aliases, or of one of these users."""
    pairs = sorted(near)
    kind, text = ([alias[i] for alias in pairs] for i in (0, 1))
    con.register(
        "near", pa.table({"kind": pa.array(kind, pa.string()), "id": pa.array(text, pa.string())})
    )
    keys = [f"{k}\x1f{i}" for k, i in pairs]
    con.execute("set variable near = map($keys, $keys)", {"keys": keys})
    con.register("theirs", pa.table({"id": pa.array(sorted(users), pa.string())}))
    of_users = " or user_id in (select id from theirs)" if users else ""
    return rows.filter(f"({NEAR}{of_users})")


def users_in(told: pa.Table) -> set[str]:
    """The user ids of which a human said anything: it may depend on when they were first seen."""
    acts = told.filter(pc.is_in(told["kind"], pa.array(ACTS)))
    lists = [*acts["aliases"].to_pylist(), *acts["apart"].to_pylist()]
    return {a["id"] for found in lists for a in found or () if a["kind"] == USER}


def claims_near(told: pa.Table, near: Collection[Alias]) -> pa.Table:
    """The rows of the claims table with one of these aliases, and all that humans said."""
    lists = told["aliases"].combine_chunks()
    flat = lists.flatten()
    joined = pc.binary_join_element_wise(flat.field("kind"), flat.field("id"), chr(31))
    mine = pc.is_in(joined, pa.array([f"{k}{chr(31)}{i}" for k, i in near], pa.string()))
    rows = pc.list_parent_indices(lists).filter(mine)
    keep = np.asarray(pc.is_in(told["kind"], pa.array(ACTS)))
    keep = keep.copy()
    keep[np.asarray(rows)] = True
    return told.filter(pa.array(keep))


def log_rows(con: duckdb.DuckDBPyConnection, files: Sequence[str]) -> Any:
    """The rows of the log's files as a relation; none where there are no files."""
    if not files:
        return con.from_arrow(LOG_SCHEMA.empty_table())
    return con.read_parquet(list(files), hive_partitioning=False)


def in_one_form(
    con: duckdb.DuckDBPyConnection, rows: Any, told: pa.Table, contacts: Contacts
) -> tuple[Any, pa.Table, dict[Alias, Alias]]:
    """The rows with the aliases that came in as they were given in their one form, and those."""
    con.register("told_as_given", told)
    rows.filter("aliases is not null").select("aliases").create_view("listed")
    doubtful = f"a.kind = 'email' and ({_odd_email(contacts)})"
    if contacts.region:
        doubtful += " or a.kind = 'phone' and not regexp_full_match(a.id, '[+][0-9]{6,}.*|hash-.*')"
    found = con.sql(f"""
        select distinct a.kind, a.id from (
            select unnest(aliases) as a from listed
            union all select unnest(list_concat(aliases, coalesce(apart, []))) from told_as_given
        ) where {doubtful}
    """).fetchall()  # noqa: S608 - the text is ours
    pairs = [(Alias(kind, text), Alias(kind, contacts.normal(kind, text))) for kind, text in found]
    renamed = {old: new for old, new in pairs if old != new}
    if not renamed:
        return rows, told, {}
    keys = [f"{old.kind}:{old.id}" for old in renamed]
    con.execute("set variable one_form = map($keys, $ids)",
                {"keys": keys, "ids": [new.id for new in renamed.values()]})  # fmt: skip
    swap = (
        "list_transform({0}, lambda a: {{'kind': a.kind, 'id': "
        "coalesce(getvariable('one_form')[a.kind || ':' || a.id], a.id)}})"
    )
    rows = rows.select(f"* replace ({swap.format('aliases')} as aliases)")
    lists = ", ".join(f"{swap.format(name)} as {name}" for name in ("aliases", "apart"))
    said = con.sql(f"select * replace ({lists}) from told_as_given").to_arrow_table()  # noqa: S608
    return rows, said.cast(told.schema), renamed


def _odd_email(contacts: Contacts) -> str:
    """Which e-mail addresses may have another form, in SQL."""
    odd = "a.id <> lower(trim(a.id))"
    odd += " or contains(a.id, '+')" if contacts.email_tags else ""
    return odd + (" or contains(split_part(a.id, '@', 1), '.')" if contacts.email_dots else "")


def acts_of(told: pa.Table) -> list[Act]:
    """What humans said, among the rows of the claims table."""
    rows = told.filter(pc.is_in(told["kind"], pa.array(ACTS)))
    micros = {name: rows[name].cast(pa.int64()).to_pylist() for name in ("ts", "at")}
    return [
        Act(
            row["claim_id"],
            row["kind"],
            micros["ts"][i],
            micros["at"][i],
            _aliases(row["aliases"]),
            _aliases(row["apart"]),
            row["target"] or "",
            row["by"] or "",
        )
        for i, row in enumerate(rows.to_pylist())
    ]


def _aliases(found: Sequence[Mapping[str, str]] | None) -> tuple[Alias, ...]:
    return tuple(Alias(a["kind"], a["id"]) for a in found or ())


class _Resolving:
    """One look at all claims: `rows` are the log's, `told` those of the claims table."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, rows: Any, told: pa.Table, blocked: frozenset[str]
    ) -> None:
        self.con = con
        self.rows = rows
        self.blocked = blocked
        self.word: Word = word_of(acts_of(told))
        con.register("told", told)
        self.resets = self._resets()
        said = [
            {"ts": claim.ts, "found": [{"kind": k, "id": i} for k, i in sorted(claim.aliases)]}
            for claim in self.word.claims
        ]
        found = pa.field("found", SCHEMA.field("aliases").type)
        con.register("said", pa.Table.from_pylist(said, pa.schema([("ts", pa.int64()), found])))
        rows.filter(SEVERAL).select(f"epoch_us(ts) as ts, {FOUND} as found").create_view("carried")
        con.execute(f"create temp view claiming as {self._claiming()}")

    def _claiming(self) -> str:
        claims = f"""
            select ts, found from carried union all select ts, found from (
                select epoch_us(ts) as ts, {SORTED.format("aliases")} as found from told
                where kind = 'claim'
            ) where len(found) > 1
        """  # noqa: S608 - the text is ours
        refused = pa.table({"id": pa.array(sorted(self.word.rejected), pa.string())})
        self.con.register("refused", refused)
        if self.word.rejected:
            name = NAMED.format("'claim'", "found")
            claims = f"from ({claims}) where {name} not in (select id from refused)"  # noqa: S608
        return f"{claims} union all select ts, found from said"  # noqa: S608 - ours too

    def _resets(self) -> list[Claim]:
        found = self.con.sql(
            "select claim_id, epoch_us(ts), aliases from told where kind = 'reset'"
        ).fetchall()
        return [
            Claim(ts, _usable(aliases, self.blocked), "reset")
            for name, ts, aliases in found
            if name not in self.word.rejected
        ]

    def people(self) -> People:
        """Everybody."""
        con, blocked = self.con, self.blocked
        con.execute(_PAIRS)
        owners = con.sql("select distinct owner from pairs where owner is not null").fetchall()
        nobodies = [[owner] for (owner,) in owners if is_blocked(owner, blocked)]
        if nobodies:
            con.executemany("insert into nobodies values (?)", nobodies)
        special = {alias for claim in self.resets for alias in claim.aliases}
        special |= {alias for split in self.word.splits for side in split for alias in side}
        if special:
            con.executemany("insert into special values (?, ?)", [list(a) for a in sorted(special)])
        con.execute(_SIMPLE)
        claims = self._hard_claims()
        people = resolve(
            claims,
            merges=self.word.merges,
            splits=self.word.splits,
            first_seen=self._first_seen(claims),
            blocked=blocked,
        )
        return replace(people, steps={**self._owned(people.merged), **people.steps})

    def hard(self) -> frozenset[Alias]:
        """The aliases in question that are not simple; to be asked after `people`."""
        found = self.con.sql("""
            select distinct a.kind, a.id from (select unnest(found) as a from hard)
            where a.kind <> 'user' and not exists (
                select 1 from simple where simple.kind = a.kind and simple.id = a.id
            ) union select kind, id from special where kind <> 'user'
        """).fetchall()
        return frozenset(Alias(kind, text) for kind, text in found)

    def _hard_claims(self) -> list[Claim]:
        found = self.con.sql("select found, min(ts) from hard group by found").fetchall()
        claims = [Claim(ts, _usable(aliases, self.blocked)) for aliases, ts in found]
        contested = _contested([*claims, *self.resets])
        if contested:
            self.con.execute("create temp table contested (kind varchar, id varchar)")
            rows = [list(alias) for alias in contested]
            self.con.executemany("insert into contested values (?, ?)", rows)
            again = self.con.sql("""
                select distinct ts, found from (select ts, found, unnest(found) as a from hard)
                semi join contested on a.kind = contested.kind and a.id = contested.id
            """).fetchall()
            claims += [Claim(ts, _usable(aliases, self.blocked)) for ts, aliases in again]
        return [*claims, *self.resets]

    def _owned(self, merged: Mapping[str, Alias]) -> dict[Alias, Steps]:
        """The aliases that one user has for ever: most of them, and nothing is left to resolve."""
        found = self.con.sql("select kind, id, owner from simple").to_arrow_table()
        columns = (found[name].to_pylist() for name in ("kind", "id", "owner"))
        return {
            Alias(kind, text): ((None, merged.get(owner) or Alias(USER, owner)),)
            for kind, text, owner in zip(*columns, strict=True)
            if not is_blocked(text, self.blocked)
        }

    def _first_seen(self, claims: Sequence[Claim]) -> dict[Alias, int]:
        """When each alias was first seen that may name its group: one that was claimed with no
        user, that nobody has for a while, that is split off, or a user id that was merged."""
        free = any(len(c.aliases) > 1 and all(k != USER for k, _ in c.aliases) for c in claims)
        if not (free or self.resets or self.word.merges or self.word.splits):
            return {}
        users = "" if self.word.merges else "where a.kind <> 'user'"
        self.rows.create_view("touches")
        found = self.con.sql(f"""
            select a.kind, a.id, min(ts) from (
                select ts, a from (
                    select epoch_us(ts) as ts, unnest({FOUND}) as a from touches
                ) {users}
                union all select ts, a from (
                    select epoch_us(ts) as ts, unnest(aliases) as a from told where kind = 'claim'
                ) where a.kind <> 'user'
            ) group by all
        """).fetchall()  # noqa: S608 - the text is ours
        return {Alias(kind, text): ts for kind, text, ts in found}


def _usable(found: Iterable[Mapping[str, str]], blocked: frozenset[str]) -> tuple[Alias, ...]:
    return tuple(
        sorted({Alias(a["kind"], a["id"]) for a in found if not is_blocked(a["id"], blocked)})
    )


def _contested(claims: Sequence[Claim]) -> list[Alias]:
    """The aliases that several users claim, or one and a reset: only their times matter."""
    users = defaultdict[Alias, set[str]](set)
    for claim in claims:
        ids = {text for kind, text in claim.aliases if kind == USER}
        if claim.kind == "reset":
            ids = {""}
        for kind, text in claim.aliases:
            if kind != USER:
                users[Alias(kind, text)] |= ids
    return sorted(alias for alias, ids in users.items() if len(ids) > 1)
