"""Rows that leave the Delta tables of a workspace, with every old file that held them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.core.claims import Alias
from sojourn.core.traces import GONE, Traces
from sojourn.store import claims, delta, traits
from sojourn.store.erasure.job import Job
from sojourn.store.importers.staging import STORED
from sojourn.store.importers.undo import written
from sojourn.store.log import LEFT_KEY, Log

TEXTS = tuple(
    field.name
    for field in STORED
    if field.type == pa.string() and field.name not in ("user_id", "device_id", "actor", "name")
)
"""The columns of the log in whose texts somebody else may be named."""


def purge(folder: Path) -> int:
    """Delete the Parquet files of a table that its newest version does not hold; how many."""
    table = delta.open_table(folder)
    if table is None:
        return 0
    kept = {folder / file.path for file in delta.files_of(table)}
    gone = [p for p in folder.rglob("*.parquet") if p not in kept and "_delta_log" not in p.parts]
    for path in gone:
        path.unlink()
    return len(gone)


def leave_log(root: Path, job: Job) -> int:
    """Take their rows out of the log, and their ids out of the rows of others; how many rows."""
    log = Log(root)
    files = log.files()
    shutil.rmtree(log.path / "_staging", ignore_errors=True)
    theirs = np.array(sorted(job.seqs), np.int64)
    named = _naming(files_of(log), job.traces)
    touched, adds, went = [], [], [np.zeros(0, np.int64)]
    for file in files:
        seqs = np.asarray(pq.read_table(file.path, columns=["seq"])["seq"])
        mine, others = np.isin(seqs, theirs), np.isin(seqs, named)
        if not mine.any() and not others.any():
            continue
        table = pq.ParquetFile(file.path).read().filter(pa.array(~mine))
        table = _reworded(table, others[~mine], job.traces)
        touched.append(file)
        went.append(seqs[mine])
        if table.num_rows:
            adds.append(written(log, table, file.month))
    gone = np.concatenate(went)
    if touched:
        left = json.dumps(log.by_import(gone))
        log.swap(adds, touched, {"sojourn.erased": job.id, LEFT_KEY: left})
    purge(log.path)
    return len(gone)


def files_of(log: Log) -> list[str]:
    """The files of the log as texts."""
    return [str(file.path) for file in log.files()]


def _naming(files: list[str], traces: Traces) -> np.ndarray:
    """The rows of the log that name them, by seq."""
    if not files:
        return np.zeros(0, np.int64)
    with duckdb.connect() as con:
        con.execute("SET memory_limit = '1GB'")
        con.read_parquet(files, hive_partitioning=False).create_view("log")
        con.register("ids", pa.table({"id": pa.array(sorted(traces.ids), pa.string())}))
        pairs = [alias._asdict() for alias in sorted(traces.aliases)]
        schema = pa.schema([("kind", pa.string()), ("id", pa.string())])
        con.register("pairs", pa.Table.from_pylist(pairs, schema))
        # Most texts repeat, but are long: what holds no word at all is passed over at once.
        words = [
            f"contains(lower({column}), $w{i})"
            for column in TEXTS
            for i in range(len(traces.words))
        ]
        found = con.sql(
            f"""
            select seq from log where referred_by in (from ids) {"or " if words else ""}
                {" or ".join(words)}
            union select seq from (select seq, unnest(aliases) as a from log) as each
                semi join pairs on a.kind = pairs.kind and a.id = pairs.id
            """,  # noqa: S608 - the text is ours
            params={f"w{i}": word for i, word in enumerate(traces.words)},
        ).to_arrow_table()
    return np.asarray(found["seq"].combine_chunks())


def _reworded(table: pa.Table, which: np.ndarray, traces: Traces) -> pa.Table:
    """A table with their ids taken out of some of its rows."""
    if not which.any():
        return table
    rows: list[dict[str, Any]] = table.filter(pa.array(which)).to_pylist()
    for row in rows:
        for column in TEXTS:
            if row[column] is not None:
                row[column] = traces.without(row[column])
        if row["referred_by"] in traces.ids or GONE in (row["referred_by"] or ""):
            row["referred_by"] = None
        listed: list[dict[str, str]] = row["aliases"] or []
        kept = [a for a in listed if _alias(a) not in traces.aliases]
        row["aliases"] = kept or None
    changed = pa.Table.from_pylist(rows, STORED)
    rest = table.filter(pa.array(~which)).select(STORED.names).cast(STORED)
    return pa.concat_tables([rest, changed]).sort_by("seq")


Keep = Callable[[pa.Table], pa.Table]


def _rewrite(root: Path, folder: str, schema: pa.Schema, keep: Keep) -> int:
    """Put each file of a table that is partitioned by import through `keep`; how many rows go."""
    table = delta.open_table(root / folder)
    gone, adds, rows = [], [], 0
    for file in [] if table is None else delta.files_of(table):
        old = pq.ParquetFile(root / folder / file.path).read()
        new = keep(old)
        if new is old:
            continue
        rows += old.num_rows - new.num_rows
        gone.append(file)
        if new.num_rows:
            part = ("import_id", delta.partition_of(file))
            adds.append(delta.write_file(root / folder, part, new)[0])
    if gone:
        delta.commit(root / folder, schema, "import_id", adds, gone)
    purge(root / folder)
    return rows


def leave_claims(root: Path, job: Job) -> int:
    """Take them out of the claims; how many went."""
    acts: set[str] = set()
    for row in claims.read(root).select(["claim_id", "kind", "aliases", "apart"]).to_pylist():
        if row["kind"] not in claims.FILES and _names(row, job):
            acts.add(row["claim_id"])
    gone = acts | {*job.claims}

    def keep(table: pa.Table) -> pa.Table:
        rows, changed = [], False
        for row in table.to_pylist():
            if row["claim_id"] in acts or (row["target"] or "") in gone:
                changed = True
            elif row["kind"] in claims.FILES and _names(row, job):
                changed = True
                row["aliases"] = [a for a in row["aliases"] if _alias(a) not in job.traces.aliases]
                if len(row["aliases"]) > 1:
                    rows.append(row)
            else:
                rows.append(row)
        return pa.Table.from_pylist(rows, table.schema) if changed else table

    return _rewrite(root, claims.FOLDER, claims.SCHEMA, keep)


def _names(row: dict[str, list[dict[str, str]] | None], job: Job) -> bool:
    listed = [*(row["aliases"] or ()), *(row["apart"] or ())]
    return any(_alias(a) in job.traces.aliases for a in listed)


def _alias(pair: dict[str, str]) -> Alias:
    return Alias(pair["kind"], pair["id"])


def leave_traits(root: Path, job: Job) -> int:
    """Take their traits away, and their ids out of those of others; how many went."""
    traits.renew(root)

    def keep(table: pa.Table) -> pa.Table:
        aliases = zip(table["kind"].to_pylist(), table["id"].to_pylist(), strict=True)
        times = table["ts"].cast(pa.int64()).to_pylist()
        mine = [
            (kind, text) in job.traces.aliases or job.owns((kind, text), ts)
            for (kind, text), ts in zip(aliases, times, strict=True)
        ]
        values = table["value"].to_pylist()
        others = [job.traces.without(value) for value in values]
        if not any(mine) and others == values:
            return table
        at = table.schema.get_field_index("value")
        table = table.set_column(at, table.schema.field(at), pa.array(others, pa.string()))
        return table.filter(pc.invert(pa.array(mine, pa.bool_())))

    return _rewrite(root, traits.FOLDER, traits.SCHEMA, keep)
