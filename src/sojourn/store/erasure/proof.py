"""The proof: every file of a workspace is looked into, decoded, for what told of somebody."""

from __future__ import annotations

import gzip
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.core.claims import DEVICE, USER
from sojourn.core.traces import Traces
from sojourn.store import dictionaries
from sojourn.store.database import FOLDER, told_of
from sojourn.store.erasure.beside import told_in

CHUNK = 16_000_000
SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Found:
    """Where somebody is still told of: the file, and the place in it."""

    file: str
    place: str


@dataclass(frozen=True)
class Proof:
    """What was looked at, and what was found; `kinds` counts the files by how they were read."""

    files: int = 0
    bytes: int = 0
    values: int = 0
    words: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    found: tuple[Found, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.found

    def __str__(self) -> str:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.kinds.items()))
        lines = [
            f"looked for {self.words:,} ids in {self.files:,} files, {self.bytes:,} bytes, "
            f"{self.values:,} values decoded ({kinds})"
        ]
        lines += [f"  still in {each.file}: {each.place}" for each in self.found]
        return "\n".join(lines if self.found else [f"{lines[0]}: nothing was found"])


def look(root: Path, traces: Traces, skip: frozenset[str] = frozenset()) -> Proof:
    """Look into every file below a folder, but those named in `skip`, and into the tables that its
    server has in PostgreSQL."""
    looking = _Looking(root, traces)
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        if path.relative_to(root).as_posix() not in skip:
            looking.file(path)
    looking.database()
    return Proof(
        looking.files,
        looking.bytes,
        looking.values,
        len(traces.ids),
        dict(looking.kinds),
        tuple(dict.fromkeys(looking.found)),
    )


class _Looking:
    """One look through a workspace."""

    def __init__(self, root: Path, traces: Traces) -> None:
        self.root, self.traces = root, traces
        self.ids = pa.array(sorted(traces.ids), pa.string())
        named = sorted({f"{a.kind}:{a.id}" for a in traces.aliases})
        self.exact = {*named, *traces.ids}
        self.named = pa.array(named, pa.string())
        self.files = self.bytes = self.values = 0
        self.kinds: Counter[str] = Counter()
        self.found: list[Found] = []

    def file(self, path: Path) -> None:
        """Look into a file as it lies, and as what it is."""
        self.files += 1
        try:
            with path.open("rb") as raw:
                head = raw.read(16)
                raw.seek(0)
                self._raw(path, raw, "its bytes")
            kind = self._decoded(path, head)
        except (OSError, pa.ArrowException, sqlite3.Error, EOFError, zipfile.BadZipFile) as error:
            kind = "unreadable"
            if path.exists():
                self._tell(path, f"this cannot be read, so nobody knows: {error}")
        self.kinds[kind] += 1

    def _decoded(self, path: Path, head: bytes) -> str:
        if head[:4] == b"PAR1":
            self._parquet(path)
            return "Parquet"
        if head == SQLITE:
            self._sqlite(path)
            return "SQLite"
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path) as unpacked:
                self._raw(path, unpacked, "unpacked")
            return "gzip"
        if head[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    with packed.open(name) as member:
                        self._raw(path, member, name)
            return "zip"
        return "other"

    def _raw(self, path: Path, file: Any, place: str) -> None:
        rest = b""
        while block := file.read(CHUNK):
            self.bytes += len(block)
            text = (rest + block).decode("utf-8", "replace")
            if self.traces.within(text) or self.traces.within(text.replace("\0", "")):
                self._tell(path, place)
                return
            rest = block[-1024:]

    def _sqlite(self, path: Path) -> None:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as con:
            con.text_factory = lambda raw: raw.decode("utf-8", "replace")
            tables = con.execute("select name from sqlite_master where type = 'table'").fetchall()
            for (table,) in tables:
                quoted = '"' + table.replace('"', '""') + '"'
                for row in con.execute(f"select * from {quoted}"):  # noqa: S608 - a table's name
                    self._values(path, f"table {table}", row)

    def _values(self, path: Path, place: str, row: tuple[Any, ...]) -> None:
        for value in row:
            text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
            if isinstance(text, str):
                self.values += 1
                alone = place == "table feed" and text in self.exact
                if alone or self.traces.within(text):
                    self._tell(path, place)

    def database(self) -> None:
        """Look into every row that the server has in PostgreSQL."""
        tables = set()
        for table, row in told_of(self.root):
            tables.add(table)
            self._values(self.root / FOLDER / "PostgreSQL", f"table {table}", row)
        if tables:
            self.kinds["tables of PostgreSQL"] = len(tables)

    def _parquet(self, path: Path) -> None:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                for name, column in _texts(table):
                    self.values += len(column)
                    for word in self.traces.words:
                        hits = pc.filter(column, pc.match_substring(column, word, ignore_case=True))
                        if any(self.traces.within(text) for text in hits.to_pylist()):
                            self._tell(path, f"column {name}")
                self._ids(path, table)

    def _ids(self, path: Path, table: pa.Table) -> None:
        """Ids that tell nothing within a text, where an id of their kind stands by itself."""
        for column, kind in (("user_id", USER), ("device_id", DEVICE)):
            if column in table.schema.names and table[column].type == pa.string():
                mine = [a.id for a in self.traces.aliases if a.kind == kind]
                self._among(path, column, table[column], pa.array(mine, pa.string()))
        if "referred_by" in table.schema.names:
            self._among(path, "referred_by", table["referred_by"], self.ids)
        if f"column={dictionaries.PERSON}" in path.parts:
            self._among(path, "value", table["value"], self.named)
        if {"raw", "fields"} <= {*table.schema.names} and any(
            told_in(row, self.traces) for row in table.to_pylist()
        ):
            self._tell(path, "a rejected row")
        pairs = [table] if {"kind", "id"} <= {*table.schema.names} else []
        for name in ("aliases", "apart"):
            if name in table.schema.names:
                flat = pc.list_flatten(table[name])
                pairs.append(pa.table({k: pc.struct_field(flat, k) for k in ("kind", "id")}))
        for each in pairs:
            joined = pc.binary_join_element_wise(
                each["kind"].cast(pa.string()), each["id"].cast(pa.string()), ":"
            )
            self._among(path, "an alias", joined, self.named)

    def _among(self, path: Path, place: str, column: Any, wanted: pa.Array) -> None:
        if pc.any(pc.is_in(column, wanted)).as_py():
            self._tell(path, place)

    def _tell(self, path: Path, place: str) -> None:
        self.found.append(Found(path.relative_to(self.root).as_posix(), place))


def _texts(table: pa.Table) -> Iterator[tuple[str, Any]]:
    """Every column of texts, also within lists and structs."""
    waiting = [(name, table[name]) for name in table.schema.names]
    while waiting:
        name, column = waiting.pop()
        kind = column.type
        if pa.types.is_dictionary(kind):
            waiting.append((name, column.cast(kind.value_type)))
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            waiting.append((name, pc.list_flatten(column)))
        elif pa.types.is_struct(kind):
            waiting += [
                (f"{name}.{kind.field(i).name}", pc.struct_field(column, [i]))
                for i in range(kind.num_fields)
            ]
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            yield name, column
