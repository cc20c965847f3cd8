"""What the people rows of an import say: written down beside the log, taken in after it.

A row of a customer table without a time of its own says what holds at the moment of the import;
it is new when the claim is, or when a trait differs from the latest known one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.core.touchpoint import ALIASES, TIME
from sojourn.store import claims, traits

CLAIM_ROWS = pa.schema(
    [("row", pa.int64()), ("kind", pa.string()), ("ts", TIME), ("aliases", ALIASES)]
)
TRAIT_ROWS = pa.schema(
    [
        ("row", pa.int64()),
        ("kind", pa.string()),
        ("id", pa.string()),
        ("ts", TIME),
        ("name", pa.string()),
        ("value", pa.string()),
        ("type", pa.string()),
    ]
)
"""`row` is a row's number; a time that is missing is the moment of the import."""

CLAIMS, TRAITS = "told_claims-{}.parquet", "told_traits-{}.parquet"
NEW = "new"


@dataclass(frozen=True)
class Told:
    """The people rows of a block: one claim a row, and any number of traits."""

    claims: pa.Table
    traits: pa.Table


class ToldFiles:
    """Two kinds of files of an import that grow a block at a time; `state` as it gave it."""

    def __init__(self, folder: Path, state: Mapping[str, int] | None = None) -> None:
        self.folder = folder
        self.rows, self.parts = (state["rows"], state["parts"]) if state else (0, 0)
        self._writers: dict[str, pq.ParquetWriter] = {}
        for path in (*files_of(folder, CLAIMS), *files_of(folder, TRAITS)):
            if int(path.stem.rpartition("-")[2]) >= self.parts:
                path.unlink()

    def add(self, told: Told, before: int) -> None:
        """Write down rows whose numbers count from `before` on."""
        self.rows += told.claims.num_rows
        for name, table in ((CLAIMS, told.claims), (TRAITS, told.traits)):
            if name not in self._writers:
                path = self.folder / name.format(self.parts)
                self._writers[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
            numbers = pa.compute.add(table.column("row"), before)
            self._writers[name].write_table(table.set_column(0, table.schema.field(0), numbers))

    def close(self) -> list[Path]:
        """Finish the files that are being written; all files so far."""
        self.parts += bool(self._writers)
        while self._writers:
            self._writers.popitem()[1].close()
        return [*files_of(self.folder, CLAIMS), *files_of(self.folder, TRAITS)]

    def state(self) -> dict[str, int]:
        """What another one goes on from; the files being written must be closed."""
        return {"rows": self.rows, "parts": self.parts}

    def finish(self) -> None:
        """Write the rest down for good."""
        self.close()


def files_of(folder: Path, name: str) -> list[Path]:
    """The files of one kind that were written down."""
    return sorted(folder.glob(name.format("[0-9]*")))


_KNOWN_CLAIMS = """
    create or replace temp table fresh_claims as
    with named as (
        select row, kind, ts, {sorted} as aliases from read_parquet($staged)
    ), firsts as (
        select *, row_number() over (partition by kind, ts, aliases order by row) as nth from named
    )
    select row, kind, ts, aliases from firsts where nth = 1 and not exists (
        from known_claims k where k.kind = firsts.kind and k.aliases = firsts.aliases
        and (firsts.ts is null or k.ts = firsts.ts)
    )
"""
_KNOWN_TRAITS = """
    create or replace temp table fresh_traits as
    with firsts as (
        select *, row_number() over (partition by kind, id, name, ts, value order by row) as nth
        from read_parquet($staged)
    ), latest as (
        select kind, id, name, arg_max(value, (ts, value)) as value from known_traits
        where ts <= $now::timestamptz group by all
    )
    select row, kind, id, ts, name, value, type from firsts where nth = 1 and case
        when ts is null then not exists (
            from latest l where l.kind = firsts.kind and l.id = firsts.id
            and l.name = firsts.name and l.value = firsts.value
        ) else not exists (
            from known_traits k where k.kind = firsts.kind and k.id = firsts.id
            and k.name = firsts.name and k.value = firsts.value and k.ts = firsts.ts
        ) end
"""


def settle_told(root: Path, folder: Path, now: datetime, con: duckdb.DuckDBPyConnection) -> int:
    """Take out of what was written down what is known already; how many rows say something new."""
    if not files_of(folder, CLAIMS):
        return 0
    con.execute("set TimeZone = 'UTC'")
    con.register("known_claims", claims.read(root).select(["kind", "ts", "aliases"]))
    con.register("known_traits", traits.read(root).select(["kind", "id", "name", "ts", "value"]))
    shape = claims.SORTED.format("aliases")
    con.execute(_KNOWN_CLAIMS.format(sorted=shape), {"staged": _listed(folder, CLAIMS)})
    con.execute(_KNOWN_TRAITS, {"staged": _listed(folder, TRAITS), "now": now})
    for name, table in ((CLAIMS, "fresh_claims"), (TRAITS, "fresh_traits")):
        columns = "* replace (coalesce(ts, $now::timestamptz) as ts)"
        fresh = con.sql(f"select {columns} from {table} order by row", params={"now": now})  # noqa: S608
        pq.write_table(fresh.to_arrow_table(), folder / name.format(NEW))
    found = con.sql(
        "select count(distinct row) from (select row from fresh_claims "
        "union all select row from fresh_traits)"
    ).fetchall()
    for view in ("known_claims", "known_traits"):
        con.unregister(view)
    return int(found[0][0])


def _listed(folder: Path, name: str) -> list[str]:
    return [str(path) for path in files_of(folder, name)]


def take_in_told(root: Path, folder: Path, source: str, import_id: str) -> None:
    """Bring what an import wrote down into the claims and the traits; safe to do twice."""
    taking: tuple[tuple[str, Any], ...] = ((CLAIMS, claims.append), (TRAITS, traits.append))
    for name, append in taking:
        path = folder / name.format(NEW)
        if path.exists():
            append(root, pq.read_table(path), source, import_id)
