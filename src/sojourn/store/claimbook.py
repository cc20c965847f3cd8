"""Looking things up among all claims, of the log and of the table: who said what, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from sojourn.core.acts import Word, standing
from sojourn.core.claims import USER, Alias, Claim
from sojourn.core.contacts import Contacts, hashed
from sojourn.core.identity import People, is_blocked, resolve
from sojourn.store.claims import NAMED, SORTED
from sojourn.store.people import FOUND, acts_of, in_one_form, log_rows

TOUCHPOINTS = "touchpoints"

_BOOK = f"""
    create temp table said as
        select {NAMED.format("kind", "found")} as id, kind, found, count(*) as times,
            min(ts) as first, max(ts) as last,
            string_agg(distinct origin, ', ' order by origin) as origin
        from (
            select ts, 'claim' as kind, {FOUND} as found, '{TOUCHPOINTS}' as origin from log
            union all
            select epoch_us(ts), kind, {SORTED.format("aliases")}, source_id from told
            where kind in ('claim', 'reset')
        ) where len(found) > 1 or origin <> '{TOUCHPOINTS}' group by all;
    create temp table named as select id, unnest(found) as a from said;
"""  # noqa: S608 - the text is ours


@dataclass(frozen=True)
class Said:
    """A claim with all its times: how often, first and last (microseconds), and by whom."""

    id: str
    kind: str
    aliases: tuple[Alias, ...]
    times: int
    first: int
    last: int
    origin: str


class ClaimBook:
    """All claims of a workspace, for questions about few people; to be closed."""

    def __init__(
        self,
        files: Sequence[str],
        told: pa.Table,
        blocked: Iterable[str] = (),
        secret: bytes = b"",
        contacts: Contacts | None = None,
    ) -> None:
        self.secret = secret
        self.con = duckdb.connect()
        self.con.execute("SET TimeZone = 'UTC'")
        self.con.execute("SET memory_limit = '1GB'")
        self.blocked = frozenset(blocked)
        rows = log_rows(self.con, files)
        rows, told, self.renamed = in_one_form(self.con, rows, told, contacts or Contacts())
        self.con.register("told", told)
        rows.select("* exclude (ts), epoch_us(ts) as ts").create_view("log")
        self.acts = acts_of(told)
        self.con.execute(_BOOK)

    def close(self) -> None:
        """Give back its memory."""
        self.con.close()

    def __enter__(self) -> ClaimBook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def aliases_called(self, text: str, rules: Contacts) -> list[Alias]:
        """Every alias whose id is this text, however an address or a number is written.

        With the workspace's key, an id that was hashed is found by what it was, too.
        """
        kinds = self.con.sql("select distinct a.kind from named").fetchall()
        kinds += self.con.sql(f"select distinct unnest({FOUND}).kind from log").fetchall()  # noqa: S608
        wanted = sorted({(kind, rules.normal(kind, text)) for (kind,) in kinds} | {(USER, text)})
        hashes = [(k, hashed(self.secret, k, i)) for k, i in wanted] if self.secret else []
        self._register("wanted", [Alias(*pair) for pair in [*wanted, *hashes]])
        found = self.con.sql(f"""
            select kind, id from wanted where (kind, id) in (
                select (a.kind, a.id) from named
                union select (a.kind, a.id) from (select unnest({FOUND}) as a from log)
            ) order by all
        """).fetchall()  # noqa: S608 - the text is ours
        return [Alias(*row) for row in found]

    def seen(self, alias: Alias) -> int | None:
        """When an alias was first seen, on a touchpoint or in a claim (microseconds)."""
        values = {"kind": alias.kind, "id": alias.id}
        struct = "{'kind': $kind::varchar, 'id': $id::varchar}"
        found = self.con.execute(
            f"select min(first) from (select min(ts) as first from log "  # noqa: S608
            f"where list_contains({FOUND}, {struct}) union all select min(first) from said "
            f"where list_contains(found, {struct}))",
            values,
        ).fetchall()
        return None if found[0][0] is None else int(found[0][0])

    def nearest(self, text: str) -> str | None:
        """The known id that looks most like this text."""
        found = self.con.execute(
            f"""
            with known as (
                select a.id as id from named union select unnest({FOUND}).id from log
            ), alike as (
                select id, greatest(
                    jaro_winkler_similarity(lower(id), lower($text)),
                    1 - levenshtein(lower(id), lower($text)) / greatest(len(id), len($text))
                ) as likeness from known
            )
            select id from alike where likeness > 0.6 order by likeness desc, id limit 1
            """,  # noqa: S608 - ours
            {"text": text},
        ).fetchall()
        return str(found[0][0]) if found else None

    def matching(self, text: str) -> list[Alias]:
        """Every alias that holds this text, whatever its case."""
        found = self.con.execute(
            f"""
            select distinct a.kind, a.id from (
                select a from named union all select unnest({FOUND}) as a from log
            ) where contains(lower(a.id), lower($text)) order by all
            """,  # noqa: S608 - ours
            {"text": text},
        ).fetchall()
        return [Alias(*row) for row in found]

    def claims(self, aliases: Collection[Alias] | None = None) -> list[Said]:
        """The claims that hold any of these aliases (all claims), the earliest first."""
        where = ""
        if aliases is not None:
            self._register("wanted", aliases)
            where = """where id in (
                select named.id from named join wanted w on a.kind = w.kind and a.id = w.id
            )"""
        rows = self.con.sql(f"from said {where} order by first, id").fetchall()
        return [
            Said(name, kind, tuple(Alias(a["kind"], a["id"]) for a in found), times, *rest)
            for name, kind, found, times, *rest in rows
        ]

    def _register(self, name: str, aliases: Iterable[Alias]) -> None:
        rows = [{"kind": alias.kind, "id": alias.id} for alias in sorted(set(aliases))]
        schema = pa.schema([("kind", pa.string()), ("id", pa.string())])
        self.con.register(name, pa.Table.from_pylist(rows, schema))

    def connected(self, aliases: Iterable[Alias]) -> set[Alias]:
        """The aliases that claims connect with these, never through a user id."""
        group = self._step({*aliases})
        while True:
            grown = self._step(group) | group
            if len(grown) == len(group):
                return group
            group = grown

    def _step(self, aliases: set[Alias]) -> set[Alias]:
        self._register("wanted", aliases)
        found = self.con.sql("""
            select distinct o.a.kind, o.a.id from named n
            join wanted w on n.a.kind = w.kind and n.a.id = w.id
            join named o on o.id = n.id where o.a.kind <> 'user'
        """).fetchall()
        return {Alias(*row) for row in found} | {a for a in aliases if a.kind != USER}

    def people(self, aliases: Iterable[Alias], word: Word) -> People:
        """The people of these aliases, with the links that made them: their claims alone.

        Where a person is huge, a claim is taken at its first time and, if it is contested, at all.
        """
        merged = {Alias(USER, text) for pair in word.merges for text in pair}
        group = self.connected({*aliases, *merged})
        self._register("wanted", {*group, *aliases, *merged})
        rows = self.con.sql(f"""
            with every as (
                select distinct ts, 'claim' as kind, {FOUND} as found from log
                union
                select epoch_us(ts), kind, {SORTED.format("aliases")} from told
                where kind in ('claim', 'reset')
            ), here as (
                select *, {NAMED.format("kind", "found")} as id from every
            )
            select ts, kind, found, id from here where id in (
                select named.id from named join wanted w on a.kind = w.kind and a.id = w.id
            )
        """).fetchall()  # noqa: S608 - the text is ours
        claims = [
            Claim(ts, tuple(Alias(a["kind"], a["id"]) for a in found), kind, name)
            for ts, kind, found, name in rows
        ]
        return resolve(
            [*claims, *word.claims],
            merges=word.merges,
            splits=word.splits,
            rejected=word.rejected,
            first_seen=self._first_seen(),
            blocked=self.blocked,
        )

    def _first_seen(self) -> dict[Alias, int]:
        found = self.con.sql(f"""
            select a.kind, a.id, min(ts) from (
                select ts, unnest({FOUND}) as a from log
            ) semi join wanted w on a.kind = w.kind and a.id = w.id group by all
        """).fetchall()  # noqa: S608 - the text is ours
        return {Alias(kind, text): ts for kind, text, ts in found}

    def touchpoints(self, aliases: Iterable[Alias]) -> list[dict[str, Any]]:
        """The log's rows that carry any of these aliases, in order of time."""
        self._register("wanted", aliases)
        rows = self.con.sql(f"""
            with mine as (
                select distinct seq from (select seq, unnest({FOUND}) as a from log) as each
                join wanted w on a.kind = w.kind and a.id = w.id
            )
            select * from log where seq in (from mine) order by ts, seq
        """).to_arrow_table()  # noqa: S608 - the text is ours
        return rows.to_pylist()

    def stands(self, act: str) -> bool:
        """Whether something that a human said was not taken back."""
        return any(each.id == act for each in standing(self.acts))

    def usable(self, alias: Alias) -> bool:
        """Whether an alias names anybody."""
        return not is_blocked(alias.id, self.blocked)
