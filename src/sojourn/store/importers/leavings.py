"""The rejected rows of an import, written down until the log has the others.

The commit of the log decides. Should the import be killed right after it, the next writer finds
these rows in the staging folder and takes them in; before it, it throws them away.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from sojourn.core.table import plain
from sojourn.store.delta import open_table
from sojourn.store.importers.source import Broken
from sojourn.store.importers.staging import FOLDER, take_back
from sojourn.store.importers.told import take_in_told
from sojourn.store.log import ImportRecord, Log
from sojourn.store.rejected import STAGED_SCHEMA, Rejected

ROWS = "rejected.parquet"
CAME_IN = "came_in.json"
AT_ONCE = 2000
IMPORT_ID = "import_id"
MARK = "undo-"
"""How the staging folder of an undo begins: it stays until every table is done."""


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
    """Bring what an import wrote down beside the log into its tables; safe to do twice."""
    take_in_told(log.root, folder, record.source, record.id)
    if (folder / CAME_IN).exists():
        came_in = json.loads((folder / CAME_IN).read_text(encoding="utf-8"))
        Rejected(log.root).take_in(folder / ROWS, came_in, record)


def recover(log: Log) -> None:
    """Finish or clear away what killed imports left; the caller holds the writer's lock."""
    staging = log.path / FOLDER
    left = sorted(staging.iterdir()) if staging.is_dir() else []
    if not left:
        return
    records = {record.id: record for record in log.imports(undone=True)}
    files = {file.path for file in log.files()}
    for folder in left:
        if folder.name.startswith(MARK):
            if folder.name.removeprefix(MARK) in log.undone():
                forget(log, folder.name.removeprefix(MARK))
        elif folder.name in records:
            take_in(log, folder, records[folder.name])
        else:
            moved = log.path.glob(f"month=*/{folder.name}*")
            take_back(path for path in moved if path not in files)
        shutil.rmtree(folder, ignore_errors=True)


def forget(log: Log, import_id: str) -> None:
    """Remove what an import that was taken back brought into other tables than the log.

    A table takes part by having a column `import_id`. Safe to do twice.
    """
    for name, count in joined(log.root, import_id):
        if count:
            DeltaTable(log.root / name).delete(f"{IMPORT_ID} = '{import_id}'")
    Rejected(log.root).give_back(import_id, log.undone())


def joined(root: Path, import_id: str) -> Iterator[tuple[str, int]]:
    """The tables that say which import each row is of, and how many this one has in each."""
    for folder in sorted(path.parent for path in root.glob("*/_delta_log")):
        table = open_table(folder)
        names = [] if table is None else [f.name for f in table.schema().fields]
        if table is not None and IMPORT_ID in names:
            dataset = table.to_pyarrow_dataset()
            yield folder.name, dataset.count_rows(filter=pc.field(IMPORT_ID) == import_id)


def _json(one: Broken) -> str | None:
    if one.fields is None or isinstance(one.fields, str):
        return one.fields
    return json.dumps({k: plain(v) for k, v in one.fields.items()}, ensure_ascii=False, default=str)
