"""Rows that could not be read: kept whole, with their reason, to be mended and replayed."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake

from sojourn.core.table import Column, Table
from sojourn.core.touchpoint import TIME
from sojourn.store.delta import open_table
from sojourn.store.log import ImportRecord

REJECTED_SCHEMA = pa.schema(
    [
        ("rejected_id", pa.string()),
        ("import_id", pa.string()),
        ("source_id", pa.string()),
        ("file", pa.string()),
        ("row", pa.int64()),
        ("reason", pa.string()),
        ("column", pa.string()),
        ("found", pa.string()),
        ("raw", pa.string()),
        ("fields", pa.string()),
        ("at", TIME),
    ]
)
"""A rejected row: `fields` is its values as JSON, or `raw` its text when it has no fields."""

STAGED_SCHEMA = pa.schema(
    [
        REJECTED_SCHEMA.field(name)
        for name in ("rejected_id", "row", "reason", "column", "found", "raw", "fields", "file")
    ]
)
"""What an import writes down of a rejected row; its id when it was rejected before."""

SHOWN = ("rejected_id", "file", "row", "column", "found", "reason")
ID_COLUMN = "_rejected_id"
RAW_COLUMN = "_raw"
REASON_COLUMN = "_reason"
FILE_COLUMN = "_file"
ADDED = (ID_COLUMN, FILE_COLUMN, "_row", REASON_COLUMN, RAW_COLUMN)
"""The columns that an export adds to those of the file."""

READ_AGAIN = "sojourn.read_again"
"""Under which name a commit carries the import with which rows left the table."""

ZSTD = WriterProperties(compression="ZSTD", compression_level=1)

TAKE_IN = """
    with told as (
        select *, coalesce(
            rejected_id, md5(concat_ws(chr(31), $source, coalesce(raw, ''), coalesce(fields, '')))
        ) as same
        from read_parquet($staged)
    ), counted as (
        select *, row_number() over (partition by same order by file, row) as nth from told
    )
    select case when nth = 1 then same else same || '-' || nth end as rejected_id,
        $id as import_id, $source as source_id, coalesce(file, $file) as file, row, reason,
        "column", found, raw,
        fields, $at::timestamptz as at
    from counted
    where case when nth = 1 then same else same || '-' || nth end not in (select id from known)
"""


class Rejected:
    """The rejected rows of the workspace in the folder `root`: the Delta table `root/rejected`."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self.path = self.root / "rejected"

    def count(self) -> int:
        """How many rows wait to be mended."""
        table = open_table(self.path)
        return 0 if table is None else int(table.count())

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """All rejected rows, in bounded memory."""
        table = open_table(self.path)
        if table is not None:
            dataset = table.to_pyarrow_dataset()
            yield from dataset.to_batches(columns=columns and list(columns), batch_size=8192)

    def list(self, limit: int = 20) -> Table:
        """The first rejected rows by file and row: where, what was found and why it failed."""
        rows: list[dict[str, Any]] = []
        for batch in self.batches([*SHOWN, "raw"]):
            rows += batch.to_pylist()
            rows = sorted(rows, key=lambda row: (row["file"], row["row"]))[:limit]
        for row in rows:
            row["found"] = row["found"] if row["found"] is not None else (row["raw"] or "")[:200]
        columns = [Column(name, "integer" if name == "row" else "text") for name in SHOWN]
        data = {name: [row[name] for row in rows] for name in SHOWN}
        return Table.of("rejected", columns, data, {"waiting": self.count()})

    def export(self, path: Path | str, *, import_id: str | None = None) -> int:
        """Write the rows (of one import) to a file to be mended, and say how many there are.

        A `.jsonl` file gets one object a line; any other is CSV with the columns of the file
        first. Each row carries its reason and the id by which `replay` knows it again.
        """
        rows = self._rows(import_id)
        if Path(path).suffix in (".jsonl", ".ndjson"):
            return _write_lines(Path(path), rows)
        names: dict[str, None] = {}
        for row in self._rows(import_id):
            names |= dict.fromkeys(_flat(row["fields"]))
        return _write_csv(Path(path), list(names), rows)

    def _rows(self, import_id: str | None) -> Iterator[dict[str, Any]]:
        table = open_table(self.path)
        if table is None:
            return
        with duckdb.connect() as con:
            query = "from read_parquet(?) where ? is null or import_id = ? order by file, row"
            found = con.sql(query, params=[table.file_uris(), import_id, import_id])
            for batch in found.to_arrow_reader(8192):
                for row in batch.to_pylist():
                    row["fields"] = json.loads(row["fields"]) if row["fields"] else {}
                    yield row

    def give_back(self, import_id: str, undone: Collection[str]) -> None:
        """Put back the rows that an import which is taken back had mended or read again.

        They are in the version before the one it wrote; rows of other imports that were taken
        back (`undone`) stay away. Safe to do twice.
        """
        table = open_table(self.path)
        before = None if table is None else _version_before(table, import_id)
        if before is None:
            return
        old = open_table(self.path, before)
        here = {each for batch in self.batches(["rejected_id"]) for each in batch[0].to_pylist()}
        gone = pa.array([*undone], pa.string())
        batches = [] if old is None else old.to_pyarrow_dataset().to_batches(batch_size=8192)
        self._write(_missing(batches, pa.array([*here], pa.string()), gone), "append")

    def take_in(
        self, staged: Sequence[Path], came_in: Collection[str], record: ImportRecord
    ) -> None:
        """Add the rows that an import wrote down, and forget those that came in with it.

        Rows that are known already are not added again, so this is safe to do twice.
        """
        again = [pq.read_table(path, columns=["rejected_id"]).column(0) for path in staged]
        ids = {each for column in again for each in column.drop_null().to_pylist()}
        gone = pa.array({*came_in, *ids}, pa.string())
        with duckdb.connect() as con:
            con.register("known", self._known(gone))
            values: dict[str, Any] = {
                "source": record.source,
                "staged": [str(path) for path in staged],
                "id": record.id,
            }
            values |= {"file": record.file, "at": record.at}
            fresh = con.sql(TAKE_IN, params=values).to_arrow_reader(8192)
            new = (batch.cast(REJECTED_SCHEMA) for batch in fresh)
            if len(gone) and self.count():
                batches = chain(self._without(gone), new)
                self._write(batches, "overwrite", record.id)
            else:
                self._write(new, "append")

    def refuse(self, rows: Sequence[Mapping[str, Any]], record: ImportRecord) -> None:
        """Keep what could not even be written into a file: `row, reason, column, found, raw`.

        Doing it twice adds nothing.
        """
        if not rows:
            return
        with tempfile.TemporaryDirectory(prefix="sojourn-") as folder:
            staged = Path(folder) / "refused.parquet"
            pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], STAGED_SCHEMA), staged)
            self.take_in([staged], (), record)

    def _write(
        self,
        batches: Iterator[pa.RecordBatch],
        mode: Literal["append", "overwrite"],
        import_id: str | None = None,
    ) -> None:
        first = next(batches, None)
        if first is None and mode == "append":
            return
        found = batches if first is None else chain([first], batches)
        reader = pa.RecordBatchReader.from_batches(REJECTED_SCHEMA, found)
        write_deltalake(
            self.path,
            reader,
            mode=mode,
            writer_properties=ZSTD,
            commit_properties=CommitProperties(
                custom_metadata={READ_AGAIN: import_id} if import_id else None
            ),
        )

    def _known(self, gone: pa.Array[Any]) -> pa.Table:
        schema = pa.schema([("id", pa.string())])
        batches = (batch.rename_columns(["id"]) for batch in self.batches(["rejected_id"]))
        known = pa.Table.from_batches(batches, schema)
        return known.filter(pc.invert(pc.is_in(known.column("id"), gone)))

    def _without(self, gone: pa.Array[Any]) -> Iterator[pa.RecordBatch]:
        for batch in self.batches():
            yield batch.filter(pc.invert(pc.is_in(batch.column("rejected_id"), gone)))

    def origin(self, ids: Collection[str]) -> set[str]:
        """The imports from which rows came."""
        wanted = set(ids)
        found: set[str] = set()
        for batch in self.batches(["rejected_id", "import_id"]):
            found |= {r["import_id"] for r in batch.to_pylist() if r["rejected_id"] in wanted}
        return found


def _version_before(table: DeltaTable, import_id: str) -> int | None:
    """The version that an import overwrote, when it did."""
    for commit in table.history():
        if commit.get(READ_AGAIN) == import_id:
            return int(commit["version"]) - 1
    return None


def _missing(
    batches: Iterable[pa.RecordBatch], here: pa.Array[Any], undone: pa.Array[Any]
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        known = pc.is_in(batch.column("rejected_id"), here)
        gone = pc.is_in(batch.column("import_id"), undone)
        yield batch.filter(pc.invert(pc.or_(known, gone))).cast(REJECTED_SCHEMA)


def _write_lines(path: Path, rows: Iterator[Mapping[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            line = {**row["fields"], **dict(zip(ADDED, _told(row), strict=True))}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_csv(path: Path, names: Sequence[str], rows: Iterator[Mapping[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*names, *ADDED])
        for row in rows:
            flat = _flat(row["fields"])
            writer.writerow([*(flat.get(name, "") for name in names), *_told(row)])
            count += 1
    return count


def _told(row: Mapping[str, Any]) -> list[Any]:
    return [row["rejected_id"], row["file"], row["row"], row["reason"], row["raw"]]


def _flat(fields: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Nested objects as columns with dotted names; lists as JSON."""
    out: dict[str, Any] = {}
    for key, value in fields.items():
        if isinstance(value, dict):
            out |= _flat(value, f"{above}{key}.")
        else:
            plain = value is None or isinstance(value, (str, int, float))
            out[above + key] = value if plain else json.dumps(value, ensure_ascii=False)
    return out
