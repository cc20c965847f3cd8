"""Taking an import back: its rows leave the log and every other table that they went into.

The commit of the log decides. What follows it in other tables is finished by the next writer,
should it be cut off. A table takes part by having a column `import_id`: nothing is registered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from sojourn.core.table import Column, Table
from sojourn.errors import UnknownName
from sojourn.store import delta
from sojourn.store.importers.leavings import MARK, forget, joined, recover
from sojourn.store.importers.staging import FOLDER, PARQUET, STORED, add_action, clear
from sojourn.store.lock import WriterLock
from sojourn.store.log import ImportRecord, Log, LogFile, span

COLUMNS = (
    Column("import_id", "text"),
    Column("file", "text"),
    Column("source", "text"),
    Column("at", "time"),
    Column("rows_read", "integer"),
    Column("touchpoints", "integer", "touchpoints"),
    Column("duplicates", "integer"),
    Column("rejected", "integer"),
    Column("bots", "integer"),
    Column("withheld", "integer"),
    Column("first", "time"),
    Column("last", "time"),
)


@dataclass(frozen=True)
class Undone:
    """What taking an import back removed (or would, on a `dry_run`), and what is left.

    `rows` are rows of the log, `others` counts those of further tables by name; `leaning` are
    later imports that had counted rows as duplicates of these, with how many.
    """

    record: ImportRecord
    rows: int = 0
    rejected: int = 0
    others: Mapping[str, int] = field(default_factory=dict)
    leaning: tuple[tuple[ImportRecord, int], ...] = ()
    left_imports: int = 0
    left_rows: int = 0
    left_from: datetime | None = None
    left_to: datetime | None = None
    dry_run: bool = False

    def __str__(self) -> str:
        would = "would be taken back" if self.dry_run else "taken back"
        record = self.record
        lines = [
            f"{record.file}, imported {record.at:%Y-%m-%d %H:%M} ({record.id}): {would}",
            f"  {self.rows:,} rows of the log, {self.rejected:,} rejected rows",
        ]
        lines += [f"  {count:,} rows of {name}" for name, count in self.others.items() if count]
        left = f"  left: {self.left_imports:,} imports with {self.left_rows:,} rows"
        if self.left_from and self.left_to:
            left += f", from {self.left_from:%Y-%m-%d %H:%M} to {self.left_to:%Y-%m-%d %H:%M} UTC"
        lines.append(left)
        for later, count in self.leaning:
            lines.append(
                f"  note: {count:,} rows of {later.file} ({later.id}) were duplicates of these; "
                "import that file again to have them."
            )
        return "\n".join(lines)


def listed(log: Log) -> Table:
    """The imports that stand, oldest first."""
    records = log.imports()
    names = {"import_id": "id", "first": "first_ts", "last": "last_ts"}
    data = {
        column.name: [getattr(r, names.get(column.name, column.name)) for r in records]
        for column in COLUMNS
    }
    return Table.of("imports", COLUMNS, data, {"taken_back": len(log.undone())})


def undo(log: Log, import_id: str, *, dry_run: bool = False) -> Undone:
    """Remove what an import brought, everywhere, in one commit of the log; the trail is not ours.

    `import_id` may be shortened as long as it is clear which is meant. Raises UnknownName for
    an import that is not there, WorkspaceBusy when somebody else writes.
    """
    record = find(log, import_id)
    if dry_run:
        return _told(log, record, dry_run=True)
    with WriterLock(log.root):
        recover(log)
        told = _told(log, record, dry_run=False)
        folder = log.path / FOLDER / f"{MARK}{record.id}"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _leave_log(log, record)
        except BaseException:
            if record.id not in log.undone():
                clear(log, folder)
            raise
        forget(log, record.id)
        delta.sweep(log.path)
        clear(log, folder)
    return told


def find(log: Log, import_id: str) -> ImportRecord:
    """The import with this id, or the only one whose id begins like this."""
    records = log.imports()
    found = [r for r in records if r.id.startswith(import_id)] if import_id else []
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownName(
            f"{len(found)} imports have an id that begins with {import_id!r}.",
            hint="See `sojourn imports`, and write more of it.",
        )
    if import_id in log.undone():
        raise UnknownName(f"The import {import_id!r} was taken back already.")
    near = get_close_matches(import_id, [r.id for r in records], n=1)
    raise UnknownName(
        f"There is no import {import_id!r}.",
        hint=f"Did you mean {near[0]}?" if near else "See `sojourn imports`.",
    )


def _told(log: Log, record: ImportRecord, *, dry_run: bool) -> Undone:
    files = log.files()
    own = {file.path: _own_rows(file, record) for file in files}
    first, last = span([file for file in files if own[file.path] < file.rows])
    others = dict(joined(log.root, record.id))
    leaning = [(r, r.duplicate_of[record.id]) for r in log.imports() if record.id in r.duplicate_of]
    return Undone(
        record,
        rows=sum(own.values()),
        rejected=others.pop("rejected", 0),
        others=others,
        leaning=tuple(leaning),
        left_imports=len(log.imports()) - 1,
        left_rows=sum(file.rows for file in files) - sum(own.values()),
        left_from=first,
        left_to=last,
        dry_run=dry_run,
    )


def _own_rows(file: LogFile, record: ImportRecord) -> int:
    """How many rows of a file the import brought."""
    if not _touches(file, record):
        return 0
    return file.rows - _without(file, record).num_rows if not _inside(file, record) else file.rows


def _touches(file: LogFile, record: ImportRecord) -> bool:
    if record.first_seq is None or record.last_seq is None:
        return False
    return file.min_seq <= record.last_seq and file.max_seq >= record.first_seq


def _inside(file: LogFile, record: ImportRecord) -> bool:
    return (record.first_seq or 0) <= file.min_seq and file.max_seq <= (record.last_seq or 0)


def _without(file: LogFile, record: ImportRecord) -> pa.Table:
    """The rows of a file that other imports brought."""
    table = pq.ParquetFile(file.path).read()
    own = pc.and_(
        pc.greater_equal(table["seq"], record.first_seq),
        pc.less_equal(table["seq"], record.last_seq),
    )
    return table.filter(pc.invert(own))


def _leave_log(log: Log, record: ImportRecord) -> None:
    touched = [file for file in log.files() if _touches(file, record)]
    kept = [_without(file, record) for file in touched if not _inside(file, record)]
    months = [file.month for file in touched if not _inside(file, record)]
    adds = [written(log, table, month) for table, month in zip(kept, months, strict=True)]
    log.take_back(record.id, adds, touched)


def written(log: Log, rows: pa.Table, month: str) -> AddAction:
    """Write rows of a month into a new file of the log, which a commit must add."""
    path = log.path / f"month={month}" / f"{uuid4().hex}.parquet"
    with pq.ParquetWriter(path, STORED, **PARQUET) as writer:
        writer.write_table(rows.select(STORED.names).cast(STORED))
    return add_action(log.path, path)
