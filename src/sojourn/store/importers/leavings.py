"""The rejected rows of an import, written down until the log has the others.

The commit of the log decides. Should the import be killed right after it, the next writer finds
these rows in the staging folder and takes them in; before it, it throws them away.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from sojourn.core.table import plain
from sojourn.store.delta import open_table
from sojourn.store.durable import replace_text
from sojourn.store.importers.manifest import Manifest, load
from sojourn.store.importers.source import Broken
from sojourn.store.importers.staging import FOLDER, put_back
from sojourn.store.importers.told import take_in_told
from sojourn.store.log import ImportRecord, Log
from sojourn.store.rejected import STAGED_SCHEMA, Rejected

ROWS = "rejected-{}.parquet"
REJECTED = "rejected.json"
"""Which files hold the rejected rows, and which rows rejected before came in."""

AT_ONCE = 2000
IMPORT_ID = "import_id"
MARK = "undo-"
"""How the staging folder of an undo begins: it stays until every table is done."""


class Leavings:
    """Files of rejected rows that grow a few thousand at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.reasons: dict[str, int] = {}
        self.came_in: set[str] = set()
        self.files = 0
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
            path = self.folder / ROWS.format(self.files)
            self._writer = pq.ParquetWriter(path, STAGED_SCHEMA, compression="zstd")
            self.files += 1
        self._writer.write_table(pa.Table.from_pylist(self._rows, STAGED_SCHEMA))
        self._rows = []

    def close(self) -> list[Path]:
        """Finish the file that is being written; all files so far."""
        if self._rows:
            self._flush()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        return [self.folder / ROWS.format(number) for number in range(self.files)]

    def finish(self) -> None:
        """Write the rest down for good."""
        if self.came_in and not (self.files or self._rows):
            self._flush()
        if self.close():
            names = [ROWS.format(number) for number in range(self.files)]
            told = json.dumps({"came_in": sorted(self.came_in), "files": names})
            replace_text(self.folder / REJECTED, told)

    def state(self) -> dict[str, Any]:
        """What `restore` takes, as JSON can hold it; the file being written must be closed."""
        return {
            "count": self.count,
            "reasons": dict(self.reasons),
            "came_in": sorted(self.came_in),
            "files": self.files,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.count, self.files = state["count"], state["files"]
        self.reasons, self.came_in = dict(state["reasons"]), set(state["came_in"])


def take_in(log: Log, folder: Path, record: ImportRecord) -> None:
    """Bring what an import wrote down beside the log into its tables; safe to do twice."""
    take_in_told(log.root, folder, record.source, record.id)
    if (folder / REJECTED).exists():
        told = json.loads((folder / REJECTED).read_text(encoding="utf-8"))
        files = [folder / name for name in told["files"]]
        Rejected(log.root).take_in(files, told["came_in"], record)


def recover(log: Log) -> None:
    """Finish or clear away what killed imports left; the caller holds the writer's lock.

    What an import of a file can go on from stays, as long as nothing else came into the log.
    """
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
            moved = [p for p in log.path.glob(f"month=*/{folder.name}*") if p not in files]
            put_back(folder, moved)
            if _can_go_on(log, folder):
                continue
        shutil.rmtree(folder, ignore_errors=True)


def left_behind(log: Log) -> Iterator[tuple[Path, Manifest]]:
    """The folders of killed imports that can go on, with what they left."""
    for folder in sorted((log.path / FOLDER).glob("*")):
        left = load(folder)
        if left is not None:
            yield folder, left


def _can_go_on(log: Log, folder: Path) -> bool:
    left = load(folder)
    return left is not None and left.first_seq == log.last_seq() + 1 and Path(left.path).exists()


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
