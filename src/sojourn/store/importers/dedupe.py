"""The same row twice: what came before adds nothing, genuine twins of one file survive.

Ids are compared by 64-bit hashes first; only rows whose hash appears again are looked at
closely, and only the staged files that hold such rows are written again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sojourn.core.bucket import Bools, Ints
from sojourn.store.importers.convert import IS_GIVEN
from sojourn.store.importers.hashes import RANGE, Hashes, doubtful
from sojourn.store.importers.rowsql import files_sql
from sojourn.store.importers.stage import Stage
from sojourn.store.importers.staging import PARQUET, STORED, settled_path
from sojourn.store.known_ids import KnownIds
from sojourn.store.log import Log

KNOWN = "final in (select event_id from known)"


@dataclass(frozen=True)
class Changes:
    """Which rows go, by seq, and which get another id; `elders` are the seqs of rows of the log
    that those which go repeat."""

    dropped: Ints
    elders: Ints
    renamed: Ints
    names: pa.Array[Any]


def settle(
    stage: Stage, staged: Sequence[Path], log: Log, con: duckdb.DuckDBPyConnection
) -> tuple[Bools, list[Path], dict[str, int]]:
    """Take out of the staged files what the log has already.

    Gives which rows stay, in seq order, the files that still have any, and how many rows were
    duplicates of those of each earlier import.
    """
    keep = np.ones(stage.rows, bool)
    existing = _to_compare(stage, staged, log)
    found = doubtful(stage.hashes, _known(stage, existing, con, log.ids))
    if not len(found):
        return keep, list(staged), {}
    changes = _changes(stage, staged, existing, found, con)
    left = [kept for kept in (rewritten(path, changes) for path in staged) if kept]
    keep[changes.dropped - stage.first_seq] = False
    return keep, left, log.by_import(changes.elders)


def _to_compare(stage: Stage, staged: Sequence[Path], log: Log) -> list[Path]:
    """The files of the log that may hold the same rows.

    An id made of a row's content can only be that of a row of the same month.
    """
    months = {path.parent.name.removeprefix("month=") for path in staged}
    anywhere = bool((stage.bits & IS_GIVEN).any())
    return [file.path for file in log.files() if anywhere or file.month in months]


def _known(
    stage: Stage, existing: Sequence[Path], con: duckdb.DuckDBPyConnection, ids: KnownIds | None
) -> Hashes:
    """The hashes of the ids in the log: those that are new, too, where the new ones are few."""
    known = Hashes(stage.folder, "known")
    if not existing or not stage.hashes.count:
        return known
    query = f"select hash(event_id) as h from {files_sql(existing)}"  # noqa: S608
    few = stage.hashes.count <= RANGE
    held = ids.among(next(stage.hashes.ranges(1)), existing, con) if ids and few else None
    if held is not None:
        known.add(held)
        return known
    if few:
        con.register("new_ids", pa.table({"id": next(stage.hashes.ranges(1))}))
        query += " semi join new_ids on hash(event_id) = id"
    for batch in con.sql(query).to_arrow_reader(1 << 20):
        known.add(np.asarray(batch.column("h")))
    if few:
        con.unregister("new_ids")
    return known


def _changes(
    stage: Stage,
    staged: Sequence[Path],
    existing: Sequence[Path],
    found: NDArray[np.uint64],
    con: duckdb.DuckDBPyConnection,
) -> Changes:
    con.register("doubtful", pa.table({"id": found}))
    rows = f"{files_sql(staged)} s semi join doubtful d on hash(s.event_id) = d.id"
    con.execute(f"create or replace temp table candidates as select s.event_id, s.seq from {rows}")  # noqa: S608
    seqs = np.sort(np.asarray(con.sql("select seq from candidates").to_arrow_table()["seq"]))
    given = (stage.bits[seqs - stage.first_seq] & IS_GIVEN) > 0
    con.register("givens", pa.table({"seq": seqs, "given": given}))
    con.execute(
        "create or replace temp table settled as "
        "select seq, event_id, case when n = 1 then event_id when given then null "
        "else event_id || '-' || n end as final from (select seq, event_id, given, "
        "row_number() over (partition by event_id order by seq) as n "
        "from candidates join givens using (seq))"
    )
    known = "select null::varchar as event_id, null::bigint as seq where false"
    if existing:
        known = (
            f"select e.event_id, e.seq from {files_sql(existing)} e "  # noqa: S608
            "semi join settled s on e.event_id = s.final"
        )
    con.execute(f"create or replace temp table known as {known}")
    gone = con.sql(f"select seq from settled where final is null or {KNOWN} order by seq")  # noqa: S608
    dropped, elders = gone.to_arrow_table(), con.sql("select seq from known").to_arrow_table()
    renamed = f"from settled where final <> event_id and not {KNOWN} order by seq"
    new = con.sql(f"select seq, final {renamed}").to_arrow_table()
    for table in ("candidates", "settled", "known"):
        con.execute(f"drop table {table}")
    names = new.column("final").combine_chunks()
    return Changes(
        np.asarray(dropped["seq"]), np.asarray(elders["seq"]), np.asarray(new["seq"]), names
    )


def rewritten(path: Path, changes: Changes) -> Path | None:
    """A staged file without the rows to drop: itself, or another; None when no row stays."""
    with pq.ParquetFile(path) as old:
        seqs = np.asarray(old.read(["seq"]).column("seq"))
        if not (_among(seqs, changes.dropped).any() or _among(seqs, changes.renamed).any()):
            return path
        fresh = settled_path(path)
        rows = 0
        with pq.ParquetWriter(fresh, STORED, **PARQUET) as writer:
            for group in range(old.num_row_groups):
                table = _changed(old.read_row_group(group), changes)
                rows += table.num_rows
                if table.num_rows:
                    writer.write_table(table, row_group_size=1 << 20)
    return fresh if rows else None


def _changed(table: pa.Table, changes: Changes) -> pa.Table:
    seqs = np.asarray(table.column("seq"))
    new = _among(seqs, changes.renamed)
    if new.any():
        places = np.searchsorted(changes.renamed, seqs[new])
        ids = table.column("event_id").combine_chunks()
        where = np.arange(len(seqs))
        where[new] = len(seqs) + places
        mixed = pa.concat_arrays([ids, changes.names]).take(pa.array(where))
        at = table.schema.get_field_index("event_id")
        table = table.set_column(at, STORED.field("event_id"), mixed)
    return table.filter(pa.array(~_among(seqs, changes.dropped))).cast(STORED)


def _among(values: Ints, among: Ints) -> Bools:
    """Which values are in a sorted array."""
    if not len(among):
        return np.zeros(len(values), bool)
    places = np.minimum(np.searchsorted(among, values), len(among) - 1)
    found: Bools = among[places] == values
    return found
