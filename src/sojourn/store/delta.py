"""The few things that every table of a workspace needs from Delta Lake.

All tables are plain Delta (no deletion vectors, no feature that other readers lack), so DuckDB,
Polars, Spark and Trino read them as they are.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from sojourn.errors import WorkspaceDamaged

NOTE = "sojourn"
"""The key under which a commit carries our own metadata."""

GRACE_HOURS = 2
"""How long a reader may go on with a version that has been replaced."""

MOST_OPEN = 64
"""So many tables are kept open."""

OFTEN = {"delta.checkpointInterval": "20"}
"""A table is read from its last checkpoint on, so there is one every few commits."""

COMPRESSION: dict[str, Any] = {"compression": "zstd", "compression_level": 1}


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a table: its path inside the table, its size and its rows."""

    path: str
    size: int
    rows: int


_opened: OrderedDict[Path, tuple[int, tuple[int, ...], DeltaTable]] = OrderedDict()
_lock = threading.Lock()


def open_table(path: Path, version: int | None = None) -> DeltaTable | None:
    """The table in a folder, or None when there is none yet.

    Opening takes a while for each commit, so the newest version is kept open while it is newest:
    who changes a table by its own methods opens it anew.
    """
    if version is not None:
        return open_anew(path, version)
    with _lock:
        known = _opened.get(path)
    if known is not None and _mark(path, known[0]) == known[1] and not _mark(path, known[0] + 1):
        return known[2]
    table = open_anew(path)
    if table is not None:
        now = int(table.version())
        with _lock:
            _opened[path] = now, _mark(path, now), table
            _opened.move_to_end(path)
            while len(_opened) > MOST_OPEN:
                _opened.popitem(last=False)
    return table


def _mark(path: Path, version: int) -> tuple[int, ...]:
    """What tells the commit of a version from any other; nothing where there is none."""
    try:
        found = (path / "_delta_log" / f"{version:020}.json").stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def open_anew(path: Path, version: int | None = None) -> DeltaTable | None:
    """As `open_table`, of nobody else's use."""
    if not (path / "_delta_log").is_dir():
        return None
    try:
        return DeltaTable(path, version=version)
    except TableNotFoundError:
        return None
    except DeltaError as error:
        raise WorkspaceDamaged(
            f"{path} cannot be read as a table: {error}",
            hint="Restore the folder from a backup, or import the files again into a new one.",
        ) from None


def files_of(table: DeltaTable) -> list[DataFile]:
    """The files of the table's version, sorted by path."""
    actions = pa.table(table.get_add_actions(flatten=True))
    columns = (actions.column(c).to_pylist() for c in ("path", "size_bytes", "num_records"))
    files = (DataFile(unquote(path), *rest) for path, *rest in zip(*columns, strict=True))
    return sorted(files, key=lambda file: file.path)


def partition_of(file: DataFile) -> str:
    """The value of the partition that a file belongs to."""
    return unquote(file.path.partition("/")[0].partition("=")[2])


def note_of(table: DeltaTable) -> dict[str, Any]:
    """Our metadata on the newest commit that carries any."""
    for limit in (5, None):
        for commit in table.history(limit):
            if NOTE in commit:
                found: dict[str, Any] = json.loads(commit[NOTE])
                return found
    return {}


def taken_along(files: Iterable[DataFile], rows: int) -> list[DataFile]:
    """The files that one with so many rows takes along: those that are not twice as large.

    As a binary counter carries, so there are only ever a few files, and a row is written again as
    often as the rows can be doubled.
    """
    taken = list[DataFile]()
    for file in sorted(files, key=lambda file: file.rows):
        if file.rows >= 2 * rows:
            break
        taken.append(file)
        rows += file.rows
    return taken


def sweep(path: Path) -> None:
    """Delete the files that no version of the last hours needs; readers have that long."""
    DeltaTable(path).vacuum(GRACE_HOURS, dry_run=False, enforce_retention_duration=False)


def write_file(
    root: Path, partition: tuple[str, str], data: pa.Table, **options: Any
) -> tuple[AddAction, DataFile]:
    """Write one Parquet file of a partition; it is nobody's until it is committed."""
    folder = f"{partition[0]}={quote(partition[1], safe='')}"
    (root / folder).mkdir(parents=True, exist_ok=True)
    path = f"{folder}/{uuid.uuid4().hex}.parquet"
    pq.write_table(data, root / path, **{**COMPRESSION, **options})
    stat = (root / path).stat()
    add = AddAction(
        path=path,
        size=stat.st_size,
        partition_values={partition[0]: partition[1]},
        modification_time=int(stat.st_mtime * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": data.num_rows}),
    )
    return add, DataFile(path, stat.st_size, data.num_rows)


def commit(
    root: Path,
    schema: pa.Schema,
    partition_by: str,
    adds: Sequence[AddAction],
    removes: Iterable[DataFile] = (),
    note: Mapping[str, Any] | None = None,
) -> int:
    """Make files visible, and others gone, in one atomic commit; give the table's new version."""
    properties = CommitProperties(custom_metadata={NOTE: json.dumps(note or {})})
    table = open_table(root)
    if table is None:
        create_table_with_add_actions(
            str(root),
            Schema.from_arrow(schema),
            list(adds),
            partition_by=[partition_by],
            configuration=OFTEN,
            commit_properties=properties,
        )
        return 0
    gone = [remove_action(file) for file in removes]
    table.create_write_transaction(
        [*adds, *gone], "append", schema, partition_by=[partition_by], commit_properties=properties
    )
    now = open_table(root)
    return -1 if now is None else int(now.version())


def commit_plain(root: Path, schema: pa.Schema, files: Sequence[Path]) -> None:
    """Make a new table of files in its folder, without partitions or a word of what is in them."""
    adds = [
        AddAction(
            path=file.relative_to(root).as_posix(),
            size=file.stat().st_size,
            partition_values={},
            modification_time=int(file.stat().st_mtime * 1000),
            data_change=True,
            stats=json.dumps({"numRecords": pq.read_metadata(file).num_rows}),
        )
        for file in files
    ]
    create_table_with_add_actions(str(root), Schema.from_arrow(schema), adds, partition_by=[])


def remove_action(file: DataFile) -> RemoveAction:
    """What Delta must know to let go of a file of a partitioned table."""
    key = file.path.partition("=")[0]
    return RemoveAction(
        path=file.path,
        data_change=True,
        deletion_timestamp=time.time_ns() // 1_000_000,
        size=file.size,
        partition_values={key: partition_of(file)},
    )
