"""Out of a workspace: touchpoints, sojourns, moves and people as files for other tools."""

from __future__ import annotations

import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any, Literal
from uuid import uuid4

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.core.bucket import Bools
from sojourn.core.table import Table
from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.errors import QuestionError, UnknownName
from sojourn.journey import Journey
from sojourn.measure.roster import roster
from sojourn.measure.view import View
from sojourn.measure.whose import Whose, whose
from sojourn.store.exporters.ocel import OBJECTS, write_ocel
from sojourn.store.exporters.rows import write_csv, write_jsonlines, write_parquet
from sojourn.store.exporters.segment import write_segment
from sojourn.store.exporters.xes import write_xes
from sojourn.store.log import Log

Case = Literal["person", "cycle"]
WHAT = ("touchpoints", "sojourns", "moves", "people")
FLAT: Mapping[str, Callable[..., int]] = {
    "csv": write_csv,
    "jsonl": write_jsonlines,
    "parquet": write_parquet,
}
FORMATS = (*FLAT, "xes", "ocel", "segment")
ENDINGS = {
    ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
    ".xes": "xes", ".jsonocel": "ocel",
}  # fmt: skip
COLUMNS = tuple(name for name in LOG_SCHEMA.names if name != "month")
SCHEMA = pa.schema(
    [*(LOG_SCHEMA.field(name) for name in COLUMNS), ("person", pa.string()), ("cycle", pa.int64())]
)
"""What an export of touchpoints holds: the log's columns, whose it was, and the cycle."""


@dataclass(frozen=True)
class Exported:
    """What an export wrote; `left_out` are touchpoints of nobody and of bots that have no case."""

    file: Path
    format: str
    what: str
    rows: int
    left_out: int = 0

    def __str__(self) -> str:
        told = f"{self.rows:,} {self.what} written to {self.file} ({self.format})"
        if self.left_out:
            told += f"; {self.left_out:,} touchpoints of nobody or of bots belong to no case"
        return told


def format_of(file: Path, said: str | None, what: str) -> str:
    """The format that was said, or that the file's ending tells; checked against what it holds."""
    ending = Path(file.name.removesuffix(".gz")).suffix.lower()
    found = said or ENDINGS.get(ending)
    if found is None or found not in FORMATS:
        near = get_close_matches(found or ending.lstrip("."), FORMATS, 1)
        raise UnknownName(
            f"There is no format {found!r} to export to." if found
            else f"The ending of {file.name!r} tells no format.",
            hint=(f"Did you mean {near[0]!r}? " if near else "")
            + f"Say `--format` with one of {', '.join(FORMATS)}.",
        )  # fmt: skip
    if what != "touchpoints" and found not in FLAT:
        raise QuestionError(
            f"{found} holds touchpoints; {what} can be written as {', '.join(FLAT)}."
        )
    if found in ("parquet",) and file.name.endswith(".gz"):
        raise QuestionError("A Parquet file is compressed already: leave out .gz.")
    return found


def export(
    journey: Journey, log: Log, what: str, file: Path, said: str | None = None,
    case: Case = "person",
) -> Exported:  # fmt: skip
    """Write what was asked for to a file, in the format said or told by its ending.

    Raises UnknownName for what nobody knows, QuestionError for what does not go together.
    """
    if what not in WHAT:
        near = get_close_matches(what, WHAT, 1)
        raise UnknownName(
            f"There is nothing called {what!r} to export.",
            hint=(f"Did you mean {near[0]!r}? " if near else "") + f"There are: {', '.join(WHAT)}.",
        )
    style = format_of(file, said, what)
    if what == "touchpoints":
        return export_touchpoints(journey.view, log, file, style, case)
    if what == "people":
        return export_table(roster(journey.view), what, file, style)
    tables = {"sojourns": journey.sojourns, "moves": journey.each_move}
    return export_table(tables[what](), what, file, style)


def export_table(table: Table, what: str, file: Path, style: str) -> Exported:
    """Write an answer's rows."""
    with fresh(file) as out:
        data = table.to_arrow().combine_chunks()
        return Exported(file, style, what, FLAT[style](data.schema, data.to_batches(), out))


def export_touchpoints(view: View, log: Log, file: Path, style: str, case: Case) -> Exported:
    """Write the touchpoints that the view is about, with everything that the log says of them."""
    batches = touchpoints(view, log)
    with fresh(file) as out:
        if style in FLAT:
            return Exported(file, style, "touchpoints", FLAT[style](SCHEMA, batches, out))
        if style == "segment":
            with sorted_rows(batches, "ts, seq") as rows:
                count = write_segment(rows.each(), rows.property_names(), out)
                return Exported(file, style, "touchpoints", count)
        with sorted_rows(
            batches, "person, cycle, ts, seq" if style == "xes" else "ts, seq"
        ) as rows:
            return _as_process(rows, file, style, case, out)


def touchpoints(view: View, log: Log) -> Iterator[pa.RecordBatch]:
    """The log's rows that the view is about, month by month, each with its person and cycle.

    The rows of nobody and of bots are among them unless the view chooses people or cycles.
    """
    files = log.files()
    found, ids = whose(view), view.ids()
    everybody = replace(view, start=None, end=None).everything
    for batch in log.reader(list(COLUMNS), files=files):
        place = found.places(np.asarray(batch.column("seq")))
        keep = place >= 0
        if everybody:
            keep = _in_time(view, np.asarray(batch.column("ts").cast(pa.int64())))
        if keep.any():
            yield _with_person(batch.filter(pa.array(keep)), found, place[keep], ids)


def _in_time(view: View, ts: Any) -> Bools:
    inside: Bools = ts <= view.as_of
    if view.start is not None:
        inside &= ts >= view.start
    if view.end is not None:
        inside &= ts < view.end
    return inside


def _with_person(batch: pa.RecordBatch, found: Whose, place: Any, ids: Any) -> pa.RecordBatch:
    none = place < 0
    person = ids.take(pa.array(np.append(found.person, 0)[place], mask=none))
    cycle = pa.array(np.append(found.cycle, 0)[place])
    none |= np.asarray(cycle) == 0
    columns = [*batch.columns, person, pa.array(np.asarray(cycle), mask=none)]
    return pa.record_batch(columns, schema=SCHEMA)


@dataclass(frozen=True)
class Rows:
    """Exported touchpoints in a file that DuckDB sorts, so that memory stays bounded."""

    con: duckdb.DuckDBPyConnection
    order: str

    def each(self, where: str = "true") -> Iterator[dict[str, Any]]:
        """The rows in order, as dictionaries."""
        query = f"select * from touchpoints where {where} order by {self.order}"  # noqa: S608
        for batch in self.con.cursor().sql(query).to_arrow_reader(10_000):
            yield from batch.to_pylist()

    def property_names(self) -> set[str]:
        """The names of all properties, of the first level."""
        names = "select unnest(json_keys(properties)) from touchpoints where properties is not null"
        return {name for (name,) in self.values(f"select distinct * from ({names})")}  # noqa: S608

    def values(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a short query."""
        return self.con.cursor().sql(query).fetchall()


@contextmanager
def sorted_rows(batches: Iterator[pa.RecordBatch], order: str) -> Iterator[Rows]:
    """The touchpoints laid aside, to be read in an order."""
    with tempfile.TemporaryDirectory(prefix="sojourn-") as folder, duckdb.connect() as con:
        path = Path(folder) / "touchpoints.parquet"
        with pq.ParquetWriter(path, SCHEMA) as writer:
            for batch in batches:
                writer.write_batch(batch)
        con.execute("set TimeZone = 'UTC'")
        con.execute("set memory_limit = '1GB'")
        con.execute("set temp_directory = ?", [folder])
        con.read_parquet(str(path)).create_view("touchpoints")
        yield Rows(con, order)


def _as_process(rows: Rows, file: Path, style: str, case: Case, out: IO[bytes]) -> Exported:
    """An event log of process mining: only what belongs to a person can have a case."""
    mine = "person is not null" if case == "person" or style == "ocel" else "cycle is not null"
    left = rows.values(f"select count(*) from touchpoints where not ({mine})")[0][0]  # noqa: S608
    text = io.TextIOWrapper(out, encoding="utf-8", newline="\n", write_through=True)
    if style == "xes":
        count = write_xes(({"case": _case(row, case), **row} for row in rows.each(mine)), text)
    else:
        names = [n for (n,) in rows.values("select distinct name from touchpoints order by name")]
        count = write_ocel(rows.each(mine), names, _objects(rows, mine), _typed(), text)
    text.detach()
    return Exported(file, style, "touchpoints", count, left)


def _case(row: dict[str, Any], case: Case) -> str:
    return str(row["person"]) if case == "person" else f"{row['person']} / {row['cycle']}"


def _objects(rows: Rows, where: str) -> Iterator[tuple[str, str]]:
    kinds: dict[str, list[str]] = {}
    for column, (kind, _) in OBJECTS.items():
        kinds.setdefault(kind, []).append(column)
    for kind, columns in sorted(kinds.items()):
        each = " union ".join(
            f"select {c} as id from touchpoints where {c} is not null and {where}"  # noqa: S608
            for c in columns
        )
        for (found,) in rows.values(f"select id from ({each}) order by id"):  # noqa: S608
            yield kind, str(found)


def _typed() -> dict[str, str]:
    """The log's columns that no relation holds, with their OCEL types."""
    types = {"ts": "time", "received_at": "time", "value": "float", "sentiment": "float",
             "seq": "integer", "cycle": "integer"}  # fmt: skip
    out = {"event_id", "name", "ts", *OBJECTS}
    return {name: types.get(name, "string") for name in SCHEMA.names if name not in out}


@contextmanager
def fresh(file: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name only when it is whole; gzipped when it ends in .gz."""
    file.parent.mkdir(parents=True, exist_ok=True)
    making = file.with_name(f".{file.name}.{uuid4().hex[:8]}")
    try:
        with making.open("wb") as raw:
            if file.name.endswith(".gz"):
                with gzip.GzipFile(file.name.removesuffix(".gz"), "wb", 6, raw, mtime=0) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield raw
        os.replace(making, file)
    finally:
        with suppress(FileNotFoundError):
            making.unlink()
