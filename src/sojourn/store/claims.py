"""Claims that no touchpoint carries: a customer table's rows, `identify` calls, a human's words.

The Delta table `claims/` has one row a claim: these `aliases` are one person (or, for a `reset`,
nobody's) at `ts`. A human's `merge`, `split`, `reject` and `undo` are rows too, with who said
it and when, so that nothing is ever overwritten. Each row carries the import it came with, by
which an import can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.core.touchpoint import ALIASES, TIME
from sojourn.errors import ImportFailed
from sojourn.store import delta

FOLDER = "claims"
BY_HAND = "by-hand"
"""The import of what came with none."""

SCHEMA = pa.schema(
    [
        ("claim_id", pa.string()),
        ("kind", pa.string()),
        ("ts", TIME),
        ("aliases", ALIASES),
        ("apart", ALIASES),
        ("target", pa.string()),
        ("by", pa.string()),
        ("at", TIME),
        ("source_id", pa.string()),
        ("import_id", pa.string()),
    ]
)
STORED = pa.schema([field for field in SCHEMA if field.name != "import_id"])
FILES = ("claim", "reset")
"""The kinds of claims that files hold; the others are a human's."""

SORTED = "list_sort(list_distinct(list_filter({0}, lambda a: a.kind is not null and a.id <> '')))"
NAMED = (
    "'c' || left(md5(concat_ws(chr(30), {0}, array_to_string("
    "list_transform({1}, lambda a: concat(a.kind, chr(31), a.id)), chr(29)))), 10)"
)
"""A claim's id in SQL: a hash of its kind and sorted aliases, whenever and wherever it was made."""


def append(root: Path, rows: pa.Table, source: str = "file", import_id: str = BY_HAND) -> int:
    """Add claims that are not there yet, at the same time of the same aliases; how many were new.

    `rows` has `ts` (with a zone) and `aliases` (a list of structs `kind, id`), and may have
    `kind`: `claim` (these are one person, the default) or `reset` (they are nobody's).
    """
    missing = [name for name in ("ts", "aliases") if name not in rows.schema.names]
    if missing:
        raise ImportFailed(f"Claims need the columns ts and aliases; missing: {missing[0]}.")
    kind = "coalesce(kind, 'claim')" if "kind" in rows.schema.names else "'claim'"
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.register("fresh", rows)
        con.register("known", read(root).select(["kind", "ts", "aliases"]))
        found = con.sql(f"""
            with shaped as (
                select distinct {kind} as kind, ts::timestamptz as ts,
                    {SORTED.format("aliases")} as aliases from fresh
            )
            select {NAMED.format("kind", "aliases")} as claim_id, kind, ts, aliases
            from shaped anti join known using (kind, ts, aliases)
            where ts is not null and len(aliases) > 0 order by ts, claim_id
        """).to_arrow_table()  # noqa: S608 - the text is ours
    wrong = sorted(set(found["kind"].to_pylist()) - {*FILES})
    if wrong:
        raise ImportFailed(f"A claim's kind is {' or '.join(FILES)}; found {wrong[0]!r}.")
    write(root, found, source, import_id)
    return found.num_rows


def write(root: Path, rows: pa.Table, source: str, import_id: str) -> None:
    """Append rows in the table's own columns, in one commit; missing columns are empty."""
    if not rows.num_rows:
        return
    given = rows.append_column("source_id", pa.repeat(pa.scalar(source), rows.num_rows))
    columns: list[Any] = [
        given[f.name] if f.name in given.schema.names else pa.nulls(rows.num_rows, f.type)
        for f in STORED
    ]
    shaped = pa.table([c.cast(f.type) for c, f in zip(columns, STORED, strict=True)], STORED)
    add, _ = delta.write_file(root / FOLDER, ("import_id", import_id), shaped)
    delta.commit(root / FOLDER, SCHEMA, "import_id", [add])


def version(root: Path) -> int:
    """The version of the table; -1 while there is none."""
    table = delta.open_table(root / FOLDER)
    return -1 if table is None else int(table.version())


def files(root: Path, at_version: int | None = None) -> list[delta.DataFile]:
    """The files of the newest or an older version of the table (-1: none)."""
    table = None if at_version == -1 else delta.open_table(root / FOLDER, at_version)
    return [] if table is None else delta.files_of(table)


def read(root: Path, at_version: int | None = None) -> pa.Table:
    """Every claim, as the newest or an older version of the table has them (-1: none)."""
    return rows_of(root, files(root, at_version))


def rows_of(root: Path, some: Iterable[delta.DataFile]) -> pa.Table:
    """The claims in some files of the table."""
    parts = [SCHEMA.empty_table()]
    for file in some:
        rows = pq.ParquetFile(root / FOLDER / file.path).read()
        of = delta.partition_of(file)
        parts.append(rows.append_column("import_id", pa.repeat(pa.scalar(of), len(rows))))
    return pa.concat_tables([part.cast(SCHEMA) for part in parts])


def remove_import(root: Path, import_id: str) -> int:
    """Take back the claims of an import, in one commit; how many there were."""
    table = delta.open_table(root / FOLDER)
    gone = (
        []
        if table is None
        else [f for f in delta.files_of(table) if delta.partition_of(f) == import_id]
    )
    if gone:
        delta.commit(root / FOLDER, SCHEMA, "import_id", [], gone)
    return sum(file.rows for file in gone)
