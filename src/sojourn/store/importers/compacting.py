"""Small files of the log put together: a piece a second would leave many thousands a day.

Which import brought a row is known by its number, so it is all one in which file it lies.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.store import delta
from sojourn.store.durable import sync_all
from sojourn.store.importers.undo import written
from sojourn.store.lock import WriterLock
from sojourn.store.log import Log, LogFile

SMALL = 50_000
"""A file of fewer rows is small."""

MANY = 60
"""So many small files are put together, those of a month into one."""

COMPACTED = "sojourn.compacted"
"""Under which name a commit says that it only put files together."""


def compact(log: Log) -> int:
    """Put the log's small files together where they are many; how many those were."""
    small = [file for file in log.files() if file.rows < SMALL]
    if len(small) < MANY:
        return 0
    groups = [[*files] for _, files in groupby(small, key=lambda file: file.month)]
    taken = [files for files in groups if len(files) > 1]
    gone = [file for files in taken for file in files]
    paths = list[Path]()
    with WriterLock(log.root):
        try:
            adds = []
            for files in taken:
                adds.append(written(log, _together(files), files[0].month))
                paths.append(log.path / adds[-1].path)
            sync_all(paths, log.root)
            log.swap(adds, gone, {COMPACTED: f"{len(gone)} files"})
        except BaseException:
            for path in {*paths} - {file.path for file in log.files()}:
                path.unlink()
            raise
        delta.sweep(log.path)
    return len(gone)


def _together(files: list[LogFile]) -> pa.Table:
    rows = pa.concat_tables([pq.ParquetFile(file.path).read() for file in files])
    return rows.take(pc.sort_indices(rows["seq"]))
