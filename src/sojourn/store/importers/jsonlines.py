"""JSON Lines, and files that hold one JSON array: nested fields become columns `a.b.c`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.errors import ImportFailed
from sojourn.store.importers.jsonarray import elements
from sojourn.store.importers.rowsql import literal, quoted
from sojourn.store.importers.source import Block, Broken
from sojourn.store.importers.textfile import NUL, Stretches, TextFile, as_utf8, whole_encoding
from sojourn.store.importers.texts import NOT_A_NUMBER, is_strict

Keys = tuple[str, ...]
STRETCH = 8 << 20
NEWLINE = ord("\n")
SHORT = 80
"""A longer line counts as a row even if there are only spaces in it."""
SAMPLE_ROWS = 1000
DEEPEST = 3
PROPERTIES = "properties"
ALIASES = "aliases"
"""The only list that is a column: an export of ours has one."""
REST = "(all other fields)"
"""The column that holds what no other column took, as one JSON object."""

DOUBTFUL = r"-?[0-9]{1,3}\.[0-9]{3}"
"""A number that is, as a text, either some thousands or has three decimals."""

NO_OBJECT = "this is no JSON object"


class JsonLines:
    """A file of JSON objects as a Source, one a line or all in one array."""

    def __init__(self, file: TextFile, *, array: bool) -> None:
        self.file = file
        self.name = file.path.name
        self.format = "JSON array" if array else "JSON Lines"
        self.total = file.size
        self.done = 0
        self.notes: list[str] = []
        self.looked = True
        self._array = array
        self._sha256 = ""
        self._stretches: Stretches | None = None
        self._local = threading.local()
        self._head = self._first_lines()
        self.paths = paths_in(self._head)
        if not self.paths:
            raise ImportFailed(
                f"No line of {self.name} is a JSON object.",
                hint="A JSON Lines file has one object a line, without line breaks inside.",
            )
        self.wanted = list(self.paths)
        self._amounts: frozenset[str] = frozenset()

    @property
    def encoding(self) -> str | None:
        """What the letters are written in."""
        return self.file.encoding

    @property
    def path(self) -> Path | None:
        """Where the file lies."""
        return self.file.path

    def mark(self) -> str:
        """The hash of what was read so far."""
        return self._stretches.mark() if self._stretches else ""

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.total

    def hashed(self) -> str:
        """The SHA-256 of the file; reads it unless that was done."""
        self._sha256 = self._sha256 or self.file.hashed()
        return self._sha256

    def settle_encoding(self) -> None:
        """Look at the whole file when its beginning told nothing of its encoding."""
        self.file = replace(self.file, encoding=whole_encoding(self.file), sure=True)

    def look_for_headers(self) -> None:
        """Nothing to look for: each row says what its values are."""

    def want(self, columns: Sequence[str], amounts: Collection[str] = ()) -> None:
        """Give only these columns from now on; everything else is in the column REST.

        A number `1.234` in a column of `amounts` is given as `1.2340`: JSON has no other mark.
        """
        self.wanted = [column for column in columns if column in self.paths]
        self._amounts = frozenset(amounts)

    def code(self, columns: Collection[str]) -> None:
        """Nothing is coded in JSON."""

    def _first_lines(self) -> bytes:
        beginning, whole = self.file.beginning()
        if self._array:
            pieces = iter([beginning, b""])
            return b"\n".join(elements(lambda _: next(pieces), self.name, partial=not whole))
        return beginning if whole else beginning[: beginning.rfind(b"\n") + 1] or beginning

    def sample(self) -> Block:
        """The first rows."""
        return self.parse(self._head).head(SAMPLE_ROWS)

    def pieces(self) -> Iterator[bytes]:
        """Stretches of whole lines."""
        with self.file.open() as stretches:
            self._stretches = stretches

            def read(size: int) -> bytes:
                data = stretches.read(size)
                self.done = stretches.done
                return data

            yield from self._from_array(read) if self._array else _from_lines(read)
            self._sha256 = stretches.sha256
            self.done = stretches.done

    def _from_array(self, read: Callable[[int], bytes]) -> Iterator[bytes]:
        lines: list[bytes] = []
        size = 0
        for element in elements(read, self.name):
            lines.append(element)
            size += len(element)
            if size > STRETCH:
                yield b"\n".join(lines)
                lines, size = [], 0
        if lines:
            yield b"\n".join(lines)

    def parse(self, piece: bytes) -> Block:
        """The objects of a stretch: the wanted columns as texts, the rest as JSON."""
        lines = lines_of(as_utf8(piece, sure=self.file.sure))
        table = self._by_sql(lines)
        good = np.asarray(table.column("good"))
        rows = np.arange(1, len(lines) + 1)
        if good.all():
            return Block(table.drop_columns(["good"]), rows, len(rows), [], lines)
        broken = [
            Broken(int(rows[i]), NO_OBJECT, str(lines[i]).rstrip("\r\n").replace(NUL, ""))
            for i in np.flatnonzero(~good).tolist()
        ]
        keep = pa.array(good)
        kept = table.drop_columns(["good"]).filter(keep)
        return Block(kept, rows[good], len(lines), broken, lines.filter(keep))

    def _by_sql(self, lines: pa.Array[Any]) -> pa.Table:
        if not hasattr(self._local, "con"):
            self._local.con = duckdb.connect()
            self._local.con.execute("set threads = 1")
        con: duckdb.DuckDBPyConnection = self._local.con
        con.register("lines", pa.table({"line": lines, "strict": _strict(lines)}))
        try:
            return con.sql(self._query()).to_arrow_table()
        finally:
            con.unregister("lines")

    def _query(self) -> str:
        paths = [self.paths[name] for name in self.wanted]
        listed = ", ".join(literal(_pointer(path)) for path in [*paths, (PROPERTIES,)])
        columns = [self._column(i, name) for i, name in enumerate(self.wanted, 1)]
        own = f"found[{len(paths) + 1}]"
        gone = dict.fromkeys(path[0] for path in paths if len(path) == 1)
        without = [literal(json.dumps(each)) for each in ({**gone, PROPERTIES: None}, gone)]
        return f"""
            with checked as (
                select line, strict and json_valid(line) and left(ltrim(line), 1) = '{{' as good
                from lines
            ), taken as (
                select *, case when good then json_extract_string(line, [{listed}]) end as found
                from checked
            ), owning as (
                select *, case when not coalesce(left({own}, 1) = '{{' and json_valid({own}), false)
                        then false when not regexp_matches({own}, {literal(NOT_A_NUMBER)}) then true
                    else json_type(line, '$.{PROPERTIES}') = 'OBJECT' end as has_own
                from taken
            ), parted as (
                select *, case when good then json_merge_patch(
                    line, case when has_own then {without[0]} else {without[1]} end
                )::varchar end as others
                from owning
            ), joined as (
                select *, case when not has_own then others when others = '{{}}' then {own}
                    else json_merge_patch(others, {own})::varchar end as rest
                from parted
            )
            select good, {"".join(f"{column}, " for column in columns)}
                case when contains(rest, 'null') then json_merge_patch('{{}}', rest)::varchar
                    else rest end as {quoted(REST)}
            from joined
        """  # noqa: S608 - made of paths that are quoted

    def _column(self, place: int, name: str) -> str:
        found = f"found[{place}]"
        if name in self._amounts:
            pointer = literal(_pointer(self.paths[name]))
            found = (
                f"case when regexp_full_match({found}, {literal(DOUBTFUL)}) "
                f"and json_type(line, {pointer}) = 'DOUBLE' then {found} || '0' else {found} end"
            )
        return f"{found} as {quoted(name)}"


def lines_of(text: bytes) -> pa.Array[Any]:
    """The lines of a text that are not blank, without a copy; each but the last ends in `\\n`.

    >>> lines_of(b"a\\n\\nb").to_pylist()
    ['a\\n', 'b']
    """
    letters = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(letters == NEWLINE) + 1
    bounds = np.concatenate([[0], ends, [len(text)] if not text.endswith(b"\n") else []])
    offsets = pa.py_buffer(bounds.astype(np.int32))
    lines: Any = pa.Array.from_buffers(
        pa.string(), len(bounds) - 1, [None, offsets, pa.py_buffer(text)]
    )
    short = np.flatnonzero(np.diff(bounds) < SHORT)
    blank = [i for i in short.tolist() if not str(lines[i]).strip()]
    return lines.filter(pa.array(~np.isin(np.arange(len(lines)), blank))) if blank else lines


def paths_in(lines: bytes) -> dict[str, Keys]:
    """The fields of the objects in some lines, by their dotted names, as they come."""
    found: dict[str, Keys] = {}
    for line in lines.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            _gather(value, (), found)
    return found


def _gather(
    value: dict[str, Any], above: tuple[str, ...], found: dict[str, tuple[str, ...]]
) -> None:
    for key, inner in value.items():
        if not key:
            continue  # No path of DuckDB names it: it stays in the rest.
        path = (*above, key)
        if isinstance(inner, dict) and len(path) < DEEPEST:
            _gather(inner, path, found)
        elif not isinstance(inner, (dict, list)) or path == (ALIASES,):
            found.setdefault(".".join(path), path)


def _from_lines(read: Callable[[int], bytes]) -> Iterator[bytes]:
    rest = b""
    while data := read(max(STRETCH, len(rest))):
        data = rest + data
        cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut:
            yield data[:cut]
    if rest:
        yield rest


def _strict(lines: pa.Array[Any]) -> pa.Array[Any]:
    """False for lines with a NaN or an infinity outside of texts: no JSON has these."""
    strict = np.ones(len(lines), bool)
    maybe: Any = pc.match_substring_regex(lines, NOT_A_NUMBER)
    for row in np.flatnonzero(np.asarray(maybe)).tolist():
        strict[row] = is_strict(str(lines[row]))
    return pa.array(strict)


def _pointer(path: Sequence[str]) -> str:
    keys = ('."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"' for key in path)
    return "$" + "".join(keys)
