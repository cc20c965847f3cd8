"""Parquet and Arrow files, and whatever in memory hands out Arrow data: pandas, Polars, PyArrow."""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.errors import ImportFailed
from sojourn.store.importers.coded import CODED, compacted
from sojourn.store.importers.dialect import unique_names
from sojourn.store.importers.source import Block, numbered
from sojourn.store.importers.textfile import sha256_of
from sojourn.store.importers.times import is_text

BATCH_ROWS = 65_536
SAMPLE_ROWS = 1000
INDEX = re.compile(r"__index_level_\d+__")
"""A pandas index that was written along with the columns."""

Batches = Callable[[int, frozenset[str]], Iterator[pa.RecordBatch]]
"""Gives so many rows at a time, with these columns of texts coded where that is less work."""


class Columnar:
    """Typed columns as a Source; `batches` gives them from the beginning, some rows at a time."""

    def __init__(self, name: str, kind: str, batches: Batches, rows: int) -> None:
        self.name = name
        self.format = kind
        self.encoding = None
        self.total = rows
        self.done = 0
        self.path: Path | None = None
        self.notes: list[str] = []
        self.looked = True
        self._batches = batches
        self._coded: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """Bytes on disk; 0 for what is no file."""
        return self.path.stat().st_size if self.path else 0

    def hashed(self) -> str:
        """The SHA-256 of the file; "" for what is no file."""
        return sha256_of(self.path) if self.path else ""

    def mark(self) -> str:
        """Nothing is hashed while typed columns are read."""
        return ""

    def settle_encoding(self) -> None:
        """Nothing to settle: typed columns have no encoding."""

    def look_for_headers(self) -> None:
        """Nothing to look for: each row says what its values are."""

    def want(self, columns: Sequence[str], amounts: Collection[str] = ()) -> None:
        """All columns are given anyway."""

    def code(self, columns: Collection[str]) -> None:
        """Give texts that are coded in the file as they are, in these columns."""
        self._coded = frozenset(columns)

    def sample(self) -> Block:
        """The first rows."""
        batches = list(islice(self._batches(SAMPLE_ROWS, frozenset()), 1))
        if not batches:
            raise ImportFailed(f"{self.name} has no rows; there is nothing to import.")
        return self.parse(batches[0]).head(SAMPLE_ROWS)

    def pieces(self) -> Iterator[pa.RecordBatch]:
        """Batches of rows."""
        self.done = 0
        for batch in self._batches(BATCH_ROWS, self._coded):
            self.done += batch.num_rows
            if batch.num_rows:
                yield batch

    def parse(self, piece: pa.RecordBatch) -> Block:
        """The rows of a batch in plain types, under names of which none is there twice."""
        kept = [i for i, name in enumerate(piece.schema.names) if not INDEX.fullmatch(name)]
        names, _ = unique_names([piece.schema.names[i] for i in kept])
        columns = [
            tight(piece.column(i)) if self._stays(piece, i) else plain(piece.column(i))
            for i in kept
        ]
        return numbered(pa.table(columns, names=list(names)))

    def _stays(self, piece: pa.RecordBatch, i: int) -> bool:
        field = piece.schema.field(i)
        return field.name in self._coded and field.type == CODED


def tight(column: Any) -> Any:
    """A coded column without the many texts that only other batches of its row group have."""
    return compacted(column) if 2 * len(column.dictionary) > len(column) else column


def parquet(path: Path) -> Columnar:
    """A Parquet file."""
    with pq.ParquetFile(path) as file:
        rows = file.metadata.num_rows
        texts = {field.name for field in file.schema_arrow if is_text(field.type)}

    def batches(size: int, coded: frozenset[str]) -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(path, read_dictionary=[*(coded & texts)]) as file:
            yield from file.iter_batches(batch_size=size)

    return _of_file(path, "Parquet", batches, rows)


def arrow(path: Path, *, stream: bool) -> Columnar:
    """An Arrow IPC (Feather) file, or a stream of Arrow batches in a file."""

    def batches(size: int, _: frozenset[str]) -> Iterator[pa.RecordBatch]:
        with pa.memory_map(str(path)) as raw:
            if stream:
                found: Iterator[pa.RecordBatch] = iter(pa.ipc.open_stream(raw))
            else:
                file = pa.ipc.open_file(raw)
                found = (file.get_batch(i) for i in range(file.num_record_batches))
            yield from _sliced(found, size)

    return _of_file(path, "Arrow", batches, 0)


def _of_file(path: Path, kind: str, batches: Batches, rows: int) -> Columnar:
    source = Columnar(path.name, kind, batches, rows)
    source.path = path
    return source


def frame(data: Any) -> Columnar:
    """A data frame or anything else with the Arrow PyCapsule interface.

    A reader that can be read only once is put aside in a temporary file.
    """
    if isinstance(data, pa.RecordBatchReader):
        return _spooled(data)
    if isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    if type(data).__module__.partition(".")[0] == "pandas":
        data = _from_pandas(data)
    if not hasattr(data, "__arrow_c_stream__"):
        hint = "Call `.collect()` first." if hasattr(data, "collect") else KNOWN
        raise ImportFailed(f"A {type(data).__name__} cannot be imported.", hint=hint)

    def batches(size: int, _: frozenset[str]) -> Iterator[pa.RecordBatch]:
        yield from _sliced(iter(pa.RecordBatchReader.from_stream(data)), size)

    rows = len(data) if hasattr(data, "__len__") else 0
    return Columnar("the data frame", "data frame", batches, rows)


KNOWN = "Sojourn takes paths, and data frames of pandas, Polars and PyArrow."


def _spooled(reader: pa.RecordBatchReader) -> Columnar:
    folder = Path(tempfile.mkdtemp(prefix="sojourn-"))
    path = folder / "data.arrow"
    rows = 0
    with pa.OSFile(str(path), "wb") as raw, pa.ipc.new_file(raw, reader.schema) as out:
        for batch in reader:
            out.write_batch(batch)
            rows += batch.num_rows

    def batches(size: int, _: frozenset[str]) -> Iterator[pa.RecordBatch]:
        with pa.memory_map(str(path)) as raw:
            file = pa.ipc.open_file(raw)
            found = (file.get_batch(i) for i in range(file.num_record_batches))
            yield from _sliced(found, size)

    source = Columnar("the data", "Arrow", batches, rows)
    weakref.finalize(source, shutil.rmtree, folder, ignore_errors=True)
    return source


def _from_pandas(data: Any) -> pa.Table:
    """A DataFrame column by column: mixed ones become text, NaN is a missing value."""
    if not hasattr(data, "columns"):
        raise ImportFailed(f"A pandas {type(data).__name__} cannot be imported.", hint=KNOWN)
    columns = [_from_series(data.iloc[:, i]) for i in range(len(data.columns))]
    return pa.table(columns, names=[str(name) for name in data.columns])


def _from_series(series: Any) -> Any:
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowException, OverflowError):
        missing = series.isna()
        texts = [None if gone else str(v) for v, gone in zip(series, missing, strict=True)]
        return pa.array(texts, pa.string())


def _sliced(batches: Iterator[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, size):
            yield batch.slice(start, size)


def plain(column: Any) -> Any:
    """A column in one of the types that the importer knows: texts, numbers, times, nested."""
    kind = column.type
    types = pa.types
    if isinstance(column, pa.ExtensionArray):
        return _uuids(column) if str(kind.extension_name) == "arrow.uuid" else plain(column.storage)
    if types.is_dictionary(kind):
        return plain(column.dictionary).take(column.indices)
    if types.is_run_end_encoded(kind):
        return plain(pc.run_end_decode(column))
    if types.is_large_string(kind) or types.is_string_view(kind):
        return column.cast(pa.string())
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return _texts_of_bytes(column)
    if types.is_fixed_size_binary(kind):
        return _texts_of_bytes(column.cast(pa.binary()))
    if types.is_uint64(kind):
        return _unsigned(column)
    if types.is_float16(kind):
        return column.cast(pa.float32())
    if types.is_decimal256(kind):
        return column.cast(pa.string())
    if types.is_time(kind) or types.is_duration(kind) or types.is_interval(kind):
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
    return column


def _unsigned(column: Any) -> Any:
    most = pc.max(column).as_py()
    return column.cast(pa.string() if most is not None and most >= 2**63 else pa.int64())


def _texts_of_bytes(column: Any) -> Any:
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([v if v is None else v.hex() for v in column.to_pylist()], pa.string())


def _uuids(column: Any) -> Any:
    return pa.array([v if v is None else str(v) for v in column.to_pylist()], pa.string())
