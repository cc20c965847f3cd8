"""The log: one Delta table, append only, one row a touchpoint."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, Schema
from deltalake.transaction import AddAction, create_table_with_add_actions

from sojourn.core.bucket import Ints
from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.store.delta import OFTEN, DataFile, open_table, remove_action
from sojourn.store.durable import sync_all
from sojourn.store.known_ids import KnownIds

RECORD_KEY = "sojourn.import"
"""Under which name a commit carries the record of its import."""

UNDO_KEY = "sojourn.undo"
"""Under which name a commit carries the id of the import that it takes back."""

LEFT_KEY = "sojourn.left"
"""Under which name a commit carries how many rows of each import left, as JSON: somebody was
erased, or their time was over."""

KEEP_COMMITS = {"delta.enableExpiredLogCleanup": "false", **OFTEN}
"""Commits hold the records of the imports, so they are never cleaned away."""

BATCH_ROWS = 65_536

NEWEST = 8
"""So many commits are read at first when only the newest are asked for."""


@dataclass(frozen=True)
class ImportRecord:
    """What one import did: `rows_read = touchpoints + duplicates + rejected + bots + people_rows +
    withheld`, rows of people who were erased.

    `fingerprint` is the hash of the file together with how it was read; `first_seq` to
    `last_seq` are the numbers it took (the last may be ahead of the rows: duplicates leave
    gaps); `options` is how to read such a file again; `duplicate_of` counts the duplicates by the
    import that had brought them.
    """

    id: str
    file: str
    source: str
    at: datetime
    fingerprint: str = ""
    sha256: str = ""
    size: int = 0
    rows_read: int = 0
    touchpoints: int = 0
    duplicates: int = 0
    rejected: int = 0
    bots: int = 0
    people_rows: int = 0
    withheld: int = 0
    nobody: int = 0
    first_seq: int | None = None
    last_seq: int | None = None
    first_ts: datetime | None = None
    last_ts: datetime | None = None
    options: dict[str, Any] = field(default_factory=dict)
    duplicate_of: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> str:
        """The record as JSON text, as a commit holds it."""
        values = asdict(self)
        for name in ("at", "first_ts", "last_ts"):
            moment = values[name]
            values[name] = moment.isoformat() if moment else None
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> ImportRecord:
        """Read a record back; fields of other versions are passed over."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in json.loads(text).items() if key in known}
        for name in ("at", "first_ts", "last_ts"):
            if values.get(name):
                values[name] = datetime.fromisoformat(values[name])
        return cls(**values)


@dataclass(frozen=True)
class LogFile:
    """A Parquet file of the log: its partition, rows and the seq numbers in it."""

    path: Path
    month: str
    rows: int
    min_seq: int
    max_seq: int
    size: int


class Log:
    """The log of the workspace in the folder `root`: the Delta table `root/log`.

    Every call sees the newest version; `files` and a `reader` over them keep the one they saw.
    `ids` are the ids in it, where they are held in memory.
    """

    def __init__(self, root: Path | str, ids: KnownIds | None = None) -> None:
        self.root = Path(root)
        self.ids = ids
        self.path = self.root / "log"

    @property
    def uri(self) -> str:
        """Where the Delta table lies, for other readers."""
        return str(self.path)

    def exists(self) -> bool:
        """Whether anything was ever written to it."""
        return open_table(self.path) is not None

    def version(self) -> int:
        """The version of the Delta table; -1 while there is none."""
        table = open_table(self.path)
        return -1 if table is None else int(table.version())

    def files(self) -> list[LogFile]:
        """The Parquet files of the current version, by month, then seq."""
        table = open_table(self.path)
        if table is None:
            return []
        rows = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        found = [self._file(row) for row in rows]
        return sorted(found, key=lambda file: (file.month, file.min_seq))

    def _file(self, row: dict[str, Any]) -> LogFile:
        path = self.path / unquote(row["path"])
        low, high, rows = row.get("min.seq"), row.get("max.seq"), row.get("num_records")
        if low is None or high is None or rows is None:
            footer = pq.read_metadata(path)
            low, high = column_range(footer, "seq")
            rows = footer.num_rows
        return LogFile(path, row["partition.month"], rows, low, high, row["size_bytes"])

    def last_seq(self) -> int:
        """The greatest seq ever given, also to rows erased since; -1 in an empty log."""
        given = self._last_given()
        return max([-1 if given is None else given, *(file.max_seq for file in self.files())])

    def _last_given(self) -> int | None:
        """The last number that an import took: the newest one's, for they only grow."""
        for records in self._newest():
            for record in records:
                if record.last_seq is not None:
                    return record.last_seq
        return None

    def last_ts(self) -> datetime | None:
        """The greatest moment in the log; None in an empty log. Reads a few file footers."""
        files = self.files()
        last_month = max((file.month for file in files if file.rows), default=None)
        tops = [
            column_range(pq.read_metadata(file.path), "ts")[1]
            for file in files
            if file.month == last_month and file.rows
        ]
        return max(tops, default=None)

    def imports(self, *, undone: bool = False) -> list[ImportRecord]:
        """What was imported, oldest first; with `undone` also what was taken back since."""
        history = self._history()
        gone = set() if undone else {commit[UNDO_KEY] for commit in history if UNDO_KEY in commit}
        texts = [commit[RECORD_KEY] for commit in history if RECORD_KEY in commit]
        records = [ImportRecord.from_json(text) for text in reversed(texts)]
        return [record for record in records if record.id not in gone]

    def imports_after(self, seq: int) -> list[ImportRecord]:
        """The newest imports, back to the first that gave no number greater than `seq`.

        Reads no more commits than it must: there is one a second where touchpoints come in live.
        """
        found: list[ImportRecord] = []
        for records in self._newest():
            found = [r for r in records if r.last_seq is not None and r.last_seq > seq]
            if any(r.last_seq is not None and r.last_seq <= seq for r in records):
                break
        return found

    def _newest(self) -> Iterator[list[ImportRecord]]:
        """The records of a few of the newest commits, newest first; then those of more, of all."""
        table, limit = open_table(self.path), NEWEST
        while table is not None:
            commits = table.history(limit)
            texts = [commit[RECORD_KEY] for commit in commits if RECORD_KEY in commit]
            yield [ImportRecord.from_json(text) for text in texts]
            if len(commits) < limit:
                return
            limit *= 8

    def complete(self) -> list[ImportRecord]:
        """The imports of which all rows are surely there still.

        Not those before which an import was taken back since: its rows may have been theirs too.
        """
        records: list[ImportRecord] = []
        for commit in reversed(self._history()):
            if RECORD_KEY in commit:
                records.append(ImportRecord.from_json(commit[RECORD_KEY]))
            ids = [record.id for record in records]
            if commit.get(UNDO_KEY) in ids:
                records = records[: ids.index(commit[UNDO_KEY])]
        return records

    def undone(self) -> set[str]:
        """The ids of the imports that were taken back."""
        return {commit[UNDO_KEY] for commit in self._history() if UNDO_KEY in commit}

    def by_import(self, seqs: Ints) -> dict[str, int]:
        """How many of these rows each import brought."""
        counts = {
            r.id: int(((seqs >= r.first_seq) & (seqs <= r.last_seq)).sum())
            for r in (self.imports_after(int(seqs.min()) - 1) if len(seqs) else ())
            if r.first_seq is not None and r.last_seq is not None
        }
        return {import_id: count for import_id, count in counts.items() if count}

    def named(self, ids: Collection[str]) -> list[ImportRecord]:
        """The imports with these ids, newest first; reads no more commits than it must."""
        found: dict[str, ImportRecord] = {}
        for records in self._newest():
            found |= {record.id: record for record in records if record.id in ids}
            if len(found) == len({*ids}):
                break
        return [*found.values()]

    def told(self, key: str) -> list[str]:
        """What commits say under a name, newest first."""
        return [commit[key] for commit in self._history() if key in commit]

    def _data_file(self, file: LogFile) -> DataFile:
        return DataFile(file.path.relative_to(self.path).as_posix(), file.size, file.rows)

    def _history(self) -> list[dict[str, Any]]:
        table = open_table(self.path)
        return [] if table is None else table.history()

    def reader(
        self,
        columns: Sequence[str],
        after_seq: int = -1,
        *,
        coded: Sequence[str] = (),
        files: Sequence[LogFile] | None = None,
    ) -> pa.RecordBatchReader:
        """The rows with a greater seq than `after_seq`, some columns of them, in bounded memory.

        Batches come month by month and in seq order within a file. The text columns named in
        `coded` come dictionary-encoded, as the files hold them. `files` fixes the version read.
        """
        chosen = [f for f in (self.files() if files is None else files) if f.max_seq > after_seq]
        schema = reader_schema(columns, coded)
        batches = (b for file in chosen for b in _batches(file, schema, after_seq))
        return pa.RecordBatchReader.from_batches(schema, batches)

    def commit(self, actions: list[AddAction], record: ImportRecord) -> int:
        """Add these files, which must lie in the log's folder, in one commit; its version."""
        properties = CommitProperties(custom_metadata={RECORD_KEY: record.to_json()})
        table = open_table(self.path)
        if table is None:
            create_table_with_add_actions(
                self.uri,
                Schema.from_arrow(LOG_SCHEMA),
                actions,
                partition_by=["month"],
                configuration=KEEP_COMMITS,
                commit_properties=properties,
            )
        else:
            table.create_write_transaction(
                [*actions],
                "append",
                LOG_SCHEMA,
                partition_by=["month"],
                commit_properties=properties,
            )
        return self._kept()

    def _kept(self) -> int:
        """The newest version, once what makes it so is on the disk for good."""
        version = self.version()
        commit = self.path / "_delta_log" / f"{version:020}.json"
        if commit.exists():
            sync_all([commit], self.path)
        return version

    def take_back(self, import_id: str, adds: list[AddAction], files: Sequence[LogFile]) -> None:
        """Put `adds` in the place of files, in one commit that says which import goes."""
        self.swap(adds, files, {UNDO_KEY: import_id})

    def swap(
        self, adds: list[AddAction], files: Sequence[LogFile], told: Mapping[str, str]
    ) -> None:
        """Put `adds` in the place of files, in one commit that says what happened."""
        table = open_table(self.path)
        if table is None:
            raise AssertionError("files of a log that is not there")
        gone = [remove_action(self._data_file(file)) for file in files]
        table.create_write_transaction(
            [*adds, *gone],
            "append",
            LOG_SCHEMA,
            partition_by=["month"],
            commit_properties=CommitProperties(custom_metadata={**told}),
        )
        self._kept()


def span(files: Sequence[LogFile]) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment in some files, by their footers."""
    ranges = [column_range(pq.read_metadata(file.path), "ts") for file in files if file.rows]
    return min((low for low, _ in ranges), default=None), max((h for _, h in ranges), default=None)


def reader_schema(columns: Sequence[str], coded: Sequence[str] = ()) -> pa.Schema:
    """The schema of a reader: the log's own types, dictionaries where asked for."""

    def kind(name: str) -> pa.DataType:
        plain = LOG_SCHEMA.field(name).type
        return pa.dictionary(pa.int32(), plain) if name in coded else plain

    return pa.schema([(name, kind(name)) for name in columns])


def column_range(footer: pq.FileMetaData, column: str) -> tuple[Any, Any]:
    """The least and the greatest value of a column, by a Parquet file's footer."""
    at = [footer.schema.column(i).path for i in range(footer.num_columns)].index(column)
    groups = (footer.row_group(i).column(at).statistics for i in range(footer.num_row_groups))
    known = [group for group in groups if group is not None and group.has_min_max]
    if not known:
        return None, None
    lows: list[Any] = [group.min for group in known]
    highs: list[Any] = [group.max for group in known]
    return min(lows), max(highs)


def _batches(file: LogFile, schema: pa.Schema, after_seq: int) -> Iterator[pa.RecordBatch]:
    coded = [f.name for f in schema if pa.types.is_dictionary(f.type) and f.name != "month"]
    with pq.ParquetFile(file.path, read_dictionary=coded) as parquet:
        partly = file.min_seq <= after_seq
        stored = set(parquet.schema_arrow.names)
        wanted = [n for n in schema.names if n in stored]
        needed = list(dict.fromkeys([*wanted, "seq"])) if partly else wanted
        for batch in parquet.iter_batches(batch_size=BATCH_ROWS, columns=needed or ["seq"]):
            if partly:
                batch = batch.filter(pa.array(np.asarray(batch.column("seq")) > after_seq))
            if batch.num_rows:
                yield _shaped(batch, schema, file.month)


def _shaped(batch: pa.RecordBatch, schema: pa.Schema, month: str) -> pa.RecordBatch:
    arrays = []
    column: Any
    for wanted in schema:
        if wanted.name == "month":
            column = pa.repeat(month, batch.num_rows)
        elif wanted.name in batch.schema.names:
            column = batch.column(wanted.name)
        else:
            column = pa.nulls(batch.num_rows)
        arrays.append(column if column.type == wanted.type else column.cast(wanted.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
