"""What the machine itself needs: the bare work under each question, without any answer.

A ratio to a floor says how much dearer the answer is than touching its data at all.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sojourn.store.encode import LOG_COLUMNS

THREADS = max(1, min(8, os.cpu_count() or 1))
MEMORY = "3GB"
"""DuckDB's limit; ours must do with less by itself."""

PARQUET = "format parquet, compression zstd, compression_level 1"


def connection(spill: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB as anybody would start it, with a limit on its memory."""
    con = duckdb.connect()
    con.execute("set memory_limit = ?", [MEMORY])
    con.execute("set temp_directory = ?", [str(spill)])
    con.execute("set TimeZone = 'UTC'")
    con.execute("set enable_progress_bar = false")
    return con


def write_lines(source: Path, target: Path) -> None:
    """Write a Parquet file's rows as JSON Lines, unless that was done."""
    if not target.is_file():
        with connection(target.parent) as con:
            con.execute("set preserve_insertion_order = true")
            con.execute(f"copy (from '{source}') to '{target}.new' (format json)")
        Path(f"{target}.new").rename(target)


def copy(source: Path, target: Path) -> None:
    """Copy a Parquet, CSV or JSON Lines file to one Parquet file: nothing is looked at."""
    with connection(target.parent) as con:
        con.execute(f"copy (from '{source}') to '{target}' ({PARQUET})")


def sort_and_write(files: Collection[str], target: Path) -> None:
    """Sort the log's text columns that the trail holds by person, time and row; write them."""
    columns = ", ".join(f'"{column}"' for column in LOG_COLUMNS)
    with connection(target.parent) as con:
        con.execute(
            f"copy (select {columns} from read_parquet({sorted(files)!r}) "  # noqa: S608 - our own
            f"order by user_id, ts, seq) to '{target}' ({PARQUET})"
        )


def scan(files: Collection[Path], columns: Collection[str]) -> int:
    """Read columns of Parquet files into NumPy, a file a thread; give the rows read.

    Texts are read as Parquet keeps them: distinct texts beside small integers.
    """

    def one(path: Path) -> int:
        file = pq.ParquetFile(path)
        texts = [c for c in columns if file.schema_arrow.field(c).type == pa.string()]
        file = pq.ParquetFile(path, read_dictionary=texts)
        rows = file.read(list(columns), use_threads=False)
        return max(len(_numbers(rows[column])) for column in columns)

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(one, files))


def _numbers(column: pa.ChunkedArray) -> NDArray[Any]:
    """The column as a NumPy array, missing values as -1."""
    if pa.types.is_dictionary(column.type):
        column = pa.chunked_array([chunk.indices for chunk in column.chunks])
    if column.null_count:
        column = column.fill_null(-1)
    return column.to_numpy()
