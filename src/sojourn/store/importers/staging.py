"""Where an import writes before it is sure: a folder beside the log that nobody reads.

Files are written into `log/_staging/<import>/`, moved into the log's folder, and made part of
it by one commit. What a killed import leaves behind is cleared away by the next one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from sojourn.core.bucket import Ints, run_starts
from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.store.importers.coded import CODED, REPEATED, compacted
from sojourn.store.log import Log, column_range

FOLDER = "_staging"
SETTLED = "-settled"
"""How the name of a file ends that was written again without duplicates."""

STORED = pa.schema([f for f in LOG_SCHEMA if f.name != "month"])
"""The columns of a file of the log: the month is in its path."""

STAGED = pa.schema([f.with_type(CODED) if f.name in REPEATED else f for f in STORED])
"""The same columns while they are on their way."""

MOST_OPEN = 120
"""So many files are open at a time: a system allows some hundreds."""

PARQUET: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": [
        *REPEATED,
        "received_at",
        "value",
        "properties",
        "aliases.list.element.kind",
    ],
    "write_statistics": ["seq", "ts"],
    "store_schema": False,
}
"""How every file of the log is written."""


class MonthFiles:
    """Parquet files, one a month (or more, when there are very many months at a time).

    `kept` are the files in the folder that were finished before and stay; any other goes.
    """

    def __init__(self, folder: Path, name: str, kept: Collection[str] = ()) -> None:
        self.folder = folder
        self.name = name
        self._files = len(kept)
        self._writers: dict[str, pq.ParquetWriter] = {}
        for path in self.paths():
            if path.relative_to(folder).as_posix() not in kept:
                path.unlink()

    def paths(self) -> list[Path]:
        """The files, in order of month."""
        return sorted(self.folder.glob("month=*/*.parquet"))

    def write(self, table: pa.Table) -> None:
        """Append rows (all of STAGED) to the files of their months."""
        table = table.combine_chunks()
        months = month_numbers(table.column("ts"))
        if (np.diff(months) < 0).any():
            order = np.argsort(months.astype(np.int32), kind="stable")
            table, months = table.take(pa.array(order)), months[order]
        starts = np.append(run_starts(months), len(months)).tolist()
        for start, end in pairwise(starts):
            writer = self._writer(month_label(int(months[start])))
            rows = _compacted(table.slice(start, end - start))
            writer.write_table(rows, row_group_size=1 << 20)

    def _writer(self, month: str) -> pq.ParquetWriter:
        if month not in self._writers:
            if len(self._writers) >= MOST_OPEN:
                self._writers.pop(next(iter(self._writers))).close()
            path = self.folder / f"month={month}" / f"{self.name}-{self._files:05}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writers[month] = pq.ParquetWriter(path, STAGED, **PARQUET)
            self._files += 1
        return self._writers[month]

    def abandon(self) -> None:
        """Let go of files that nobody wants any more."""
        for writer in self._writers.values():
            with suppress(OSError, pa.ArrowException):
                writer.close()
        self._writers.clear()

    def close(self) -> list[Path]:
        """Finish the files; their paths, in order of month."""
        while self._writers:
            self._writers.popitem()[1].close()
        return self.paths()


def _compacted(table: pa.Table) -> pa.Table:
    """Without texts that only other months have: a reader takes all that a file has for used."""
    columns = [table.column(name).combine_chunks() for name in table.schema.names]
    coded = [compacted(c) if c.type == CODED else c for c in columns]
    return pa.table(coded, schema=table.schema)


def month_numbers(ts: pa.ChunkedArray[Any]) -> Ints:
    """Months since 1970 of instants.

    >>> from sojourn.core.touchpoint import TIME
    >>> month_label(int(month_numbers(pa.chunked_array([pa.array([0], TIME)]))[0]))
    '1970-01'
    """
    us = np.asarray(ts.cast(pa.int64()))
    return us.view("datetime64[us]").astype("datetime64[M]").astype(np.int64)


def month_label(number: int) -> str:
    """A month's name as the partition has it."""
    year, month = divmod(number, 12)
    return f"{1970 + year:04d}-{month + 1:02d}"


def add_action(root: Path, path: Path) -> AddAction:
    """What Delta must know of a file in the table's folder."""
    footer = pq.read_metadata(path)
    stat = path.stat()
    month = path.parent.name.removeprefix("month=")
    return AddAction(
        path=path.relative_to(root).as_posix(),
        size=stat.st_size,
        partition_values={"month": month},
        modification_time=int(stat.st_mtime * 1000),
        data_change=True,
        stats=json.dumps(_stats(footer)),
    )


def _stats(footer: pq.FileMetaData) -> dict[str, Any]:
    """The ranges by which readers skip files; of time in milliseconds, rounded outward."""
    low_seq, high_seq = column_range(footer, "seq")
    low_ts, high_ts = column_range(footer, "ts")
    high_ts = min(high_ts, datetime.max.replace(tzinfo=UTC) - timedelta(milliseconds=1))
    return {
        "numRecords": footer.num_rows,
        "minValues": {"seq": low_seq, "ts": _milliseconds(low_ts)},
        "maxValues": {"seq": high_seq, "ts": _milliseconds(high_ts + timedelta(microseconds=999))},
        "nullCount": {"seq": 0, "ts": 0},
    }


def _milliseconds(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def move_in(log: Log, path: Path) -> Path:
    """Move a staged file to its place in the log's folder; nobody sees it before a commit."""
    target = log.path / path.parent.name / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(path, target)
    return target


def take_back(paths: Iterable[Path]) -> None:
    """Remove files that were moved in but not committed."""
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            path.parent.rmdir()


def put_back(folder: Path, moved: Iterable[Path]) -> None:
    """Put files that were moved in, but not committed, back into their import's folder."""
    for path in moved:
        if not path.stem.endswith(SETTLED):
            place = folder / "log" / path.parent.name / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, place)
    take_back(moved)


def settled_path(path: Path) -> Path:
    """Where a staged file goes when it is written again without duplicates."""
    folder = path.parents[2] / "settled" / path.parent.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{path.stem}{SETTLED}.parquet"


def staging_folder(log: Log, import_id: str) -> Path:
    """A fresh folder for one import."""
    folder = log.path / FOLDER / import_id
    folder.mkdir(parents=True)
    return folder


def clear(log: Log, folder: Path) -> None:
    """Remove an import's folder, and the folders around it when nothing else is in them."""
    shutil.rmtree(folder, ignore_errors=True)
    for parent in (folder.parent, log.path):
        with suppress(OSError):
            parent.rmdir()
