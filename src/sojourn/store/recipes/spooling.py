"""The rows of a source's files as one Parquet file of texts, for what needs them all at once."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.store.importers.jsonlines import REST
from sojourn.store.importers.pipeline import Engine, in_order
from sojourn.store.importers.source import Block, Broken, Source
from sojourn.store.importers.textfile import NotUtf8
from sojourn.store.progress import Progress
from sojourn.store.recipes.columns import Columns, columns_of, pointer, told
from sojourn.store.recipes.format import SourceSpec
from sojourn.store.rejected import ID_COLUMN

ROW = "_row"
ROW_GROUP = 100_000


@dataclass
class Spool:
    """The rows of some files: `columns` by their name in the Parquet file `path`.

    The column ROW numbers them over all files; `starts` are the numbers before each file's
    first. `broken` are rows that could not be taken apart, by number too; `ids` those of rows
    that had been rejected before.
    """

    spec: SourceSpec
    path: Path
    files: list[Source] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    jsons: set[str] = field(default_factory=set)
    rows: int = 0
    ids: dict[int, str] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What to call it in a message."""
        first = self.files[0].name
        return first if len(self.files) == 1 else f"{first} and {len(self.files) - 1} more"

    def placed(self, one: Broken) -> Broken:
        """A broken row with its file and the number that it has there."""
        at = bisect_right(self.starts, one.row - 1) - 1
        return one._replace(file=self.files[at].name, row=one.row - self.starts[at])

    def fields(self, rows: Sequence[int], con: duckdb.DuckDBPyConnection) -> dict[int, Any]:
        """The whole rows with these numbers, as their files have them."""
        con.register("wanted_", pa.table({ROW: pa.array(rows, pa.int64())}))
        try:
            found = con.sql(
                f"select * from read_parquet('{self.path}') semi join wanted_ using ({ROW})"  # noqa: S608
            ).to_arrow_table()
        finally:
            con.unregister("wanted_")
        inner = {internal: name for name, internal in self.columns.items()}
        out: dict[int, Any] = {}
        for row in found.to_pylist():
            values = {inner[key]: value for key, value in row.items() if key != ROW}
            out[row[ROW]] = {key: _plain(v, key in self.jsons) for key, v in values.items()}
        return out


def spool(
    spec: SourceSpec,
    sources: Sequence[Source],
    path: Path,
    tools: Engine,
    progress: Progress | None = None,
) -> Spool:
    """Write the rows of some files down; empty fields are null, lists and objects JSON."""
    found = Spool(spec, path, list(sources))
    readers = [_Reader(source) for source in sources]
    for reader in readers:
        for name in reader.names:
            found.columns.setdefault(name, f"c{len(found.columns)}")
        found.jsons |= reader.jsons
    schema = pa.schema([(ROW, pa.int64()), *((c, pa.string()) for c in found.columns.values())])
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for reader in readers:
            found.starts.append(found.rows)
            for block in reader.blocks(progress):
                found.broken += [b._replace(row=b.row + found.rows) for b in block.broken]
                table = reader.table(block, found.columns, schema, tools.cursor())
                rows = pa.array(block.rows + found.rows)
                found.ids |= _ids(block, found.rows)
                writer.write_table(table.set_column(0, ROW, rows), row_group_size=ROW_GROUP)
                found.rows += block.records
    return found


class _Reader:
    """Reads a file, again from its beginning where that told too little."""

    def __init__(self, source: Source) -> None:
        self.source = source
        while True:
            try:
                self.columns = self._looked()
                return
            except NotUtf8:
                source.settle_encoding()

    def _looked(self) -> Columns:
        block = self.source.sample()
        found = columns_of(self.source, block.table)
        self.lists = _lists(block) if found.json else {}
        self.names = [*found.names, *self.lists]
        self.jsons = {*found.nested, *self.lists}
        return found

    def blocks(self, progress: Progress | None) -> Iterator[Block]:
        """All blocks; an encoding or a header that was not foreseen is found before the first."""
        if not self.source.looked:
            self.source.look_for_headers()
            self.columns = self._looked()
        yield from in_order(self.source, lambda block: block, progress)

    def table(
        self,
        block: Block,
        columns: Mapping[str, str],
        schema: pa.Schema,
        con: duckdb.DuckDBPyConnection,
    ) -> pa.Table:
        """The rows as texts, under the names of the Parquet file."""
        lists = self._extracted(block, con)
        out: dict[str, Any] = {ROW: pa.nulls(block.table.num_rows, pa.int64())}
        for name, internal in columns.items():
            if name in lists:
                out[internal] = lists[name]
            elif name in block.table.schema.names and name != REST:
                out[internal] = _text(block.table.column(name).combine_chunks(), con)
            else:
                out[internal] = pa.nulls(block.table.num_rows, pa.string())
        return pa.table(out).select(schema.names).cast(schema)

    def _extracted(self, block: Block, con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
        if not self.lists or block.lines is None:
            return {}
        con.register("lines_", pa.table({"line": block.lines}))
        try:
            parts = ", ".join(
                f"json_extract(line, '{_sql(pointer(path))}')::varchar as l{i}"
                for i, path in enumerate(self.lists.values())
            )
            found = con.sql(f"select {parts} from lines_").to_arrow_table()  # noqa: S608
        finally:
            con.unregister("lines_")
        return {name: found.column(i) for i, name in enumerate(self.lists)}


def _text(column: Any, con: duckdb.DuckDBPyConnection) -> Any:
    if not pa.types.is_nested(column.type):
        return told(column)
    con.register("nested_", pa.table({"x": column}))
    try:
        return con.sql("select to_json(x)::varchar as x from nested_").to_arrow_table().column(0)
    finally:
        con.unregister("nested_")


def _lists(block: Block) -> dict[str, tuple[str, ...]]:
    """The fields of JSON objects that hold lists, by their names with dots."""
    found: dict[str, tuple[str, ...]] = {}

    def gather(value: Mapping[str, Any], above: tuple[str, ...]) -> None:
        for key, inner in value.items():
            if isinstance(inner, list):
                found[".".join((*above, key))] = (*above, key)
            elif isinstance(inner, dict):
                gather(inner, (*above, key))

    if block.lines is not None:
        for line in block.lines.slice(0, 200).to_pylist():
            gather(json.loads(line), ())
    return found


def _ids(block: Block, before: int) -> dict[int, str]:
    """The ids of rows that were rejected before, by their numbers."""
    if ID_COLUMN not in block.table.schema.names:
        return {}
    ids = block.table.column(ID_COLUMN).to_pylist()
    return {row + before: text for row, text in zip(block.rows.tolist(), ids, strict=True) if text}


def _plain(value: Any, is_json: bool) -> Any:
    return json.loads(value) if is_json and value is not None else value


def _sql(text: str) -> str:
    return text.replace("'", "''")
