"""Rows that changed hands: only the buckets that they leave and enter are written again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Codes, Ints
from sojourn.core.identity import People
from sojourn.store.dictionaries import Dictionary
from sojourn.store.encode import LOG_COLUMNS, Encoder, Unit

MOST_ROWS = 1_000_000
"""With more rows that may have changed hands, everything is built anew: they are held in memory."""


@dataclass(frozen=True)
class Moves:
    """Who everybody was when the trail was built, and the numbers of the rows to look at again."""

    before: People
    seqs: Ints


@dataclass(frozen=True)
class Moved:
    """The rows that are another person's now, in the trail's columns, and whose they were."""

    rows: pa.Table
    were: Codes

    @property
    def seqs(self) -> Ints:
        """Their numbers in the log, in order."""
        return np.sort(np.asarray(self.rows["seq"].to_numpy()))

    def left(self, buckets: int) -> set[int]:
        """The buckets that they leave."""
        return {int(number) for number in np.unique(self.were % buckets)}


def moved_rows(
    moves: Moves,
    after: People,
    paths: Sequence[str],
    known: Mapping[str, Dictionary],
    coded: Sequence[str],
    unit: Unit,
) -> Moved | None:
    """The rows among these that were somebody else's in the trail; None where these are none."""
    if not len(moves.seqs):
        return None
    with _log(paths) as con:
        con.register("mine", pa.table({"seq": moves.seqs}))
        columns = ", ".join(LOG_COLUMNS)
        chunk = con.sql(f"select {columns} from log semi join mine using (seq)").to_arrow_table()  # noqa: S608
    was, now = (
        Encoder(people, dict(known), coded, unit).encode(chunk) for people in (moves.before, after)
    )
    old, new = (np.asarray(table["person"].to_numpy()) for table in (was, now))
    changed = old != new
    if not changed.any():
        return None
    return Moved(now.filter(pa.array(changed)), old[changed])


def _log(paths: Sequence[str]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET memory_limit = '1GB'")
    con.read_parquet(list(paths), hive_partitioning=False).create_view("log")
    return con
