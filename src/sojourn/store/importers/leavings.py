"""The rejected rows of an import, written down until the log has the others.

The commit of the log decides. Should the import be killed right after it, the next writer finds
these rows in the staging folder and takes them in; before it, it throws them away.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.core.table import plain
from sojourn.store.importers.source import Broken
from sojourn.store.importers.staging import FOLDER, take_back
from sojourn.store.log import ImportRecord, Log
from sojourn.store.rejected import STAGED_SCHEMA, Rejected

ROWS = "rejected.parquet"
CAME_IN = "came_in.json"
AT_ONCE = 2000


class Leavings:
    """A file of rejected rows that grows a few thousand at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.reasons: dict[str, int] = {}
        self.came_in: set[str] = set()
        self._rows: list[dict[str, object]] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, broken: Sequence[Broken], before: int) -> None:
        """Write down rows whose numbers count from `before` on."""
        for one in broken:
            self.count += 1
            self.reasons[one.reason] = self.reasons.get(one.reason, 0) + 1
            row = one._asdict() | {"row": one.row + before, "fields": _json(one)}
            self._rows.append(row)
            if len(self._rows) >= AT_ONCE:
                self._flush()

    def _flush(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.folder / ROWS, STAGED_SCHEMA, compression="zstd")
        self._writer.write_table(pa.Table.from_pylist(self._rows, STAGED_SCHEMA))
        self._rows = []

    def finish(self) -> None:
        """Write the rest down for good."""
        if self._rows or self.came_in:
            self._flush()
        if self._writer is not None:
            self._writer.close()
            (self.folder / CAME_IN).write_text(json.dumps(sorted(self.came_in)), encoding="utf-8")


def take_in(log: Log, folder: Path, record: ImportRecord) -> None:
    """Bring what an import wrote down into the rejected table; safe to do twice."""
    if (folder / CAME_IN).exists():
        came_in = json.loads((folder / CAME_IN).read_text(encoding="utf-8"))
        Rejected(log.root).take_in(folder / ROWS, came_in, record)


def recover(log: Log) -> None:
    """Finish or clear away what killed imports left; the caller holds the writer's lock."""
    staging = log.path / FOLDER
    left = sorted(staging.iterdir()) if staging.is_dir() else []
    if not left:
        return
    records = {record.id: record for record in log.imports()}
    files = {file.path for file in log.files()}
    for folder in left:
        if folder.name in records:
            take_in(log, folder, records[folder.name])
        else:
            moved = log.path.glob(f"month=*/{folder.name}*")
            take_back(path for path in moved if path not in files)
        shutil.rmtree(folder, ignore_errors=True)


def _json(one: Broken) -> str | None:
    if one.fields is None or isinstance(one.fields, str):
        return one.fields
    return json.dumps({k: plain(v) for k, v in one.fields.items()}, ensure_ascii=False, default=str)
