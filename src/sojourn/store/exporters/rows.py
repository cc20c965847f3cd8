"""Rows as CSV, JSON Lines or Parquet: written a batch at a time, nothing rounded, nothing lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from sojourn.core.table import iso

JSON = "properties"
"""The column that holds JSON text: an object inside a JSON line."""


def write_csv(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: IO[bytes]) -> int:
    """A header and a line a row, in UTF-8; the number of rows. Nothing stands for null."""
    options = pa_csv.WriteOptions(include_header=True, quoting_style="needed")
    flat = pa.schema([(name, pa.string()) for name in schema.names])
    rows = 0
    with pa_csv.CSVWriter(out, flat, write_options=options) as writer:
        for batch in batches:
            columns = [as_texts(column) for column in batch.columns]
            writer.write_batch(pa.record_batch(columns, schema=flat))
            rows += batch.num_rows
    return rows


def as_texts(column: Any) -> Any:
    """A column as texts: times in ISO 8601 with `Z`, lists as JSON, decimals to the last digit.

    >>> as_texts(pa.array([1], pa.timestamp("us", tz="UTC"))).to_pylist()
    ['1970-01-01T00:00:00.000001Z']
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        return pa.array([None if v is None else iso(v) for v in column.to_pylist()], pa.string())
    if pa.types.is_nested(kind):
        return pa.array([_json(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_floating(kind):
        return pa.array([None if v is None else repr(v) for v in column.to_pylist()], pa.string())
    return column if pa.types.is_string(kind) else pc.cast(column, pa.string())


def encoded(value: Any) -> str:
    """A value as JSON text."""
    return msgspec.json.encode(value).decode()


def _json(value: Any) -> str | None:
    return None if value is None else encoded(value)


def write_jsonlines(_: pa.Schema, batches: Iterable[pa.RecordBatch], out: IO[bytes]) -> int:
    """One JSON object a line, every one with all members; the number of rows."""
    rows = 0
    for batch in batches:
        plain = batch.to_pylist()
        out.writelines(line({k: as_json(k, v) for k, v in row.items()}) for row in plain)
        rows += batch.num_rows
    return rows


def line(row: dict[str, Any]) -> bytes:
    """An object as a line of JSON."""
    return msgspec.json.encode(row) + b"\n"


def as_json(name: str, value: Any) -> Any:
    """A value as JSON can hold it: money to the last digit, properties as the object they are."""
    if value is None:
        return None
    if name == JSON:
        return msgspec.Raw(value.encode())
    if isinstance(value, datetime):
        return iso(value)
    return msgspec.Raw(str(value).encode()) if isinstance(value, Decimal) else value


def write_parquet(schema: pa.Schema, batches: Iterable[pa.RecordBatch], out: IO[bytes]) -> int:
    """One Parquet file with the log's own types; the number of rows."""
    rows = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
