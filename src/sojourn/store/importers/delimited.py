"""CSV, TSV and their kin: records in file order, and every broken one kept whole."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from sojourn.errors import ImportFailed
from sojourn.store.importers.coded import CODED
from sojourn.store.importers.dialect import Dialect, dialect_of, unique_names
from sojourn.store.importers.headers import (
    NO_ROW,
    SecondHeader,
    Section,
    names_again,
    second_headers,
    shared_names,
    told_of,
)
from sojourn.store.importers.source import Block, Broken, joined
from sojourn.store.importers.textfile import NUL, Stretches, TextFile, as_utf8, whole_encoding
from sojourn.store.importers.tidy import MARKER, MOST_RECORD, UNCLOSED, Tidied, tidy

STRETCH = 8 << 20
SAMPLE_ROWS = 1000
Cut = tuple[str, bytes]
AGAIN = "the names of the columns stand here again"
NUL_BYTE = "a NUL byte"
NOT_UTF8 = "bytes that are no UTF-8"


class Piece(NamedTuple):
    """A stretch of whole records of one section; `opens` says that its first names the columns."""

    text: bytes
    cut: list[Cut]
    section: int = 0
    opens: bool = False


class Delimited:
    """A delimited text file as a Source."""

    def __init__(
        self, file: TextFile, header: Sequence[str] = (), *, delimiter: str | None = None
    ) -> None:
        self.file = file
        self.encoded = True
        self.name = file.path.name
        self.total = file.size
        self.done = 0
        self.notes: list[str] = []
        self._sha256 = ""
        self._stretches: Stretches | None = None
        self._types: dict[str, pa.DataType] = {}
        self._beginning, self._whole = file.beginning()
        self.dialect = dialect_of(
            self._beginning, self.name, whole=self._whole, header=header, delimiter=delimiter
        )
        self.looked = False
        self._told: list[str] = []
        self.sections: list[Section] = []
        beginning = self._lines(self._beginning)[self.dialect.header :]
        whole_lines = beginning if self._whole else beginning[: beginning.rfind(b"\n") + 1]
        self._find_sections(_lines_in([whole_lines]))
        self.format = "TSV" if self.dialect.delimiter == "\t" else "CSV"
        if self.dialect.delimiter not in ",\t":
            self.format += f" with {self.dialect.delimiter!r}"

    @property
    def encoding(self) -> str | None:
        """What the letters are written in; None where we wrote them."""
        return self.file.encoding if self.encoded else None

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

    def want(self, columns: Sequence[str], amounts: Collection[str] = ()) -> None:
        """All columns are given anyway."""

    def code(self, columns: Collection[str]) -> None:
        """Give these columns coded."""
        self._types |= dict.fromkeys(columns, CODED)

    def sample(self) -> Block:
        """The first rows."""
        data = self._lines(self._beginning)[self.dialect.header :]
        try:
            pieces = [*_Cutting(self).pieces(data, final=self._whole)]
            blocks = [self.parse(piece) for piece in pieces]
        except SecondHeader:
            self.look_for_headers()
            return self.sample()
        return joined(blocks or [self.parse(Piece(b"", []))]).head(SAMPLE_ROWS)

    def look_for_headers(self) -> None:
        """Look at the whole file for rows that name the columns again; nothing is coded then."""
        self._types = {}
        with self.file.open() as stretches:
            first = self._lines(_skipped(stretches.read, self.dialect.header))
            more = iter(lambda: self._lines(stretches.read(STRETCH)), b"")
            self._find_sections(_lines_in(chain([first], more)))
        self.looked = True

    def _find_sections(self, lines: Iterable[bytes]) -> None:
        columns = [*self.dialect.columns]
        self.sections = [Section(0, tuple(columns), tuple(columns))]
        before = self._told
        self._told = header_notes(self.dialect)
        above = self._lines(self._beginning)[: self.dialect.header].count(b"\n")
        for start, line, own in second_headers(lines, self.dialect.delimiter, columns):
            names, _ = unique_names(own)
            shared = shared_names(names, columns)
            self.sections.append(Section(start, names, shared))
            told = told_of(names, shared, self.dialect.columns)
            self._told.append(f"Line {above + line} names the columns again: {told}.")
            columns += [name for name in shared if name not in columns]
        self.columns = tuple(columns)
        self.notes = [*self._told, *(note for note in self.notes if note not in before)]

    def settle_encoding(self) -> None:
        """Look at the whole file when its beginning told nothing of its encoding."""
        self.file = replace(self.file, encoding=whole_encoding(self.file), sure=True)

    def pieces(self) -> Iterator[Piece]:
        """Stretches of whole records, broken ones replaced by markers."""
        cutting = _Cutting(self)
        with self.file.open() as stretches:
            self._stretches = stretches
            cutting.rest = self._lines(_skipped(stretches.read, self.dialect.header))
            more = b"-"
            while more:
                more = self._lines(stretches.read(max(STRETCH, len(cutting.rest) // 2)))
                self.done = stretches.done
                yield from cutting.pieces(more, final=not more)
            self._sha256 = stretches.sha256
            self.done = stretches.done

    def _lines(self, data: bytes) -> bytes:
        return data.replace(b"\r", b"\n") if self.dialect.mac else data

    def tidied(self, data: bytes, section: int, *, final: bool) -> Tidied:
        """`tidy`, for data of a section."""
        width = len(self.sections[section].columns)
        piece = tidy(data, self.dialect.delimiter.encode(), width, final=final)
        if not piece.used and len(data) > MOST_RECORD:
            raise ImportFailed(
                f"{self.name} has a line of more than {MOST_RECORD >> 20} MB; is it a text file?"
            )
        return piece

    def parse(self, piece: Piece) -> Block:
        """The rows of a stretch as texts; empty ones are null."""
        section = self.sections[piece.section]
        dialect = replace(self.dialect, columns=section.columns)
        text = as_utf8(piece.text, sure=self.file.sure)
        cut = list(piece.cut)
        types = [self._types.get(name, pa.string()) for name in section.shared]
        table, ragged = _read(text, dialect, types)
        while (mended := _mend(text, ragged, dialect, cut)) is not None:
            text = mended
            table, ragged = _read(text, dialect, types)
        block = self._block(table, ragged, cut, section, odd=NUL.encode() in text)
        names = dialect.delimiter.join(section.columns)
        return _without_header(block, names) if piece.opens else block

    def _block(
        self, table: pa.Table, ragged: list[Any], cut: list[Cut], section: Section, *, odd: bool
    ) -> Block:
        broken = [_broken(row, cut, len(section.columns)) for row in ragged]
        if not self.looked and any(self._names_again(one) for one in broken):
            raise SecondHeader
        records = table.num_rows + len(broken)
        rows = np.delete(np.arange(1, records + 1), [one.row - 1 for one in broken])
        if section.shared != self.columns:
            table = self._widened(table.rename_columns(list(section.shared)))
        if odd:
            table, rows, odd_rows = _without_nul(table, rows)
            broken = sorted([*broken, *odd_rows])
        return Block(table, rows, records, broken)

    def _widened(self, table: pa.Table) -> pa.Table:
        """The table with all columns of the file, in its order."""
        here = set(table.schema.names)
        empty = {c: pa.nulls(table.num_rows, self._types.get(c, pa.string())) for c in self.columns}
        return pa.table({c: table.column(c) if c in here else empty[c] for c in self.columns})

    def _names_again(self, one: Broken) -> bool:
        cells = next(csv.reader([one.raw or ""], delimiter=self.dialect.delimiter), [])
        return names_again(cells, self.columns)


class _Cutting:
    """Cuts a text into pieces of whole records, each of one section; `rest` goes on."""

    def __init__(self, source: Delimited) -> None:
        self.source = source
        self.rest = b""
        self._section = self._at = 0
        self._opens = False

    def pieces(self, more: bytes, *, final: bool) -> Iterator[Piece]:
        """The pieces that are whole with what comes next; `final` ends the text."""
        data = self.rest + more
        inside = True
        while inside:
            following = self.source.sections[self._section + 1 : self._section + 2]
            stop = following[0].start - self._at if following else len(data) + 1
            inside = stop <= len(data)
            found = self.source.tidied(
                data[:stop] if inside else data, self._section, final=final or inside
            )
            self._at += found.used
            data = data[found.used :]
            if found.text:
                yield Piece(found.text, found.cut, self._section, self._opens)
                self._opens = False
            if inside:
                self._section, self._opens = self._section + 1, True
        self.rest = data


def header_notes(dialect: Dialect) -> list[str]:
    """What a user must know of how the columns are named."""
    notes = []
    if dialect.passed:
        shown = ", ".join(repr(text) for text in dialect.passed[:3])
        notes.append(f"{len(dialect.passed)} lines before the header were passed over: {shown}.")
    if dialect.renamed:
        notes.append(f"Columns without a name of their own: {', '.join(dialect.renamed)}.")
    return notes


def _read(
    text: bytes, dialect: Dialect, types: Sequence[pa.DataType]
) -> tuple[pa.Table, list[Any]]:
    columns = list(dialect.columns)
    ragged: list[Any] = []

    def keep(row: Any) -> Literal["skip"]:
        ragged.append(row)
        return "skip"

    if not text.strip(b"\r\n"):
        return pa.table({column: pa.array([], pa.string()) for column in columns}), ragged
    table = pacsv.read_csv(
        io.BytesIO(text),
        read_options=pacsv.ReadOptions(
            use_threads=False, column_names=columns, block_size=len(text) + 1
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=dialect.delimiter,
            newlines_in_values=True,
            invalid_row_handler=keep,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict(zip(columns, types, strict=True)),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    return table.combine_chunks(), ragged


def _without_header(block: Block, names: str) -> Block:
    """A block without its first row, which names the columns again."""
    header = Broken(1, AGAIN, names)
    return Block(
        block.table.slice(1), block.rows[1:], block.records, sorted([header, *block.broken])
    )


def _broken(row: Any, cut: list[Cut], columns: int) -> Broken:
    text = str(row.text)
    marker = MARKER.decode()
    if not text.strip():
        return Broken(row.number, NO_ROW, text)
    if text.startswith(marker):
        number = re.match(r"[0-9]+", text[len(marker) :])
        reason, raw = cut[int(number[0]) if number else 0]
        return Broken(row.number, reason, raw.decode("utf-8", "backslashreplace"))
    reason = f"the row has {row.actual_columns} fields, the header {columns}"
    return Broken(row.number, reason, text.replace(NUL, ""))


def _without_nul(table: pa.Table, rows: Any) -> tuple[pa.Table, Any, list[Broken]]:
    """Take out the rows with NUL bytes, among them those in which bytes were no UTF-8."""
    table = table.cast(pa.schema([(name, pa.string()) for name in table.schema.names]))
    bad = np.zeros(table.num_rows, bool)
    where: dict[int, str] = {}
    for name in table.schema.names:
        has: Any = pc.match_substring(table.column(name).combine_chunks(), NUL).fill_null(False)
        for row in np.flatnonzero(np.asarray(has)).tolist():
            where.setdefault(row, name)
            bad[row] = True
    if not where:
        return table, rows, []
    broken = []
    for row, name in sorted(where.items()):
        fields = table.slice(row, 1).to_pylist()[0]
        what = NOT_UTF8 if f"{NUL}\\x" in str(fields[name]) else NUL_BYTE
        clean = {key: value and value.replace(f"{NUL}\\x", "\\x") for key, value in fields.items()}
        found = str(clean[name])[:200].replace(NUL, "\\x00")
        broken.append(Broken(int(rows[row]), f"{name} holds {what}", None, clean, name, found))
    return table.filter(pa.array(~bad)), rows[~bad], broken


def _mend(text: bytes, ragged: list[Any], dialect: Dialect, cut: list[Cut]) -> bytes | None:
    """The text again where ragged rows can be mended without a guess; None when none can.

    Surplus fields that are all empty go. When a quote that was never closed has swallowed whole
    rows, its line is cut out, into `cut`, and they are rows again.
    """
    wanted = len(dialect.columns)
    out: list[bytes] = []
    at = 0
    for row in ragged:
        raw = row.text.encode()
        if raw.startswith(MARKER):
            continue
        surplus = dialect.delimiter.encode() * (row.actual_columns - wanted)
        first, _, others = raw.partition(b"\n")
        if surplus and raw.endswith(surplus):
            new = raw[: -len(surplus)]
        elif others and _are_rows(others, dialect):
            new = b"%s%d%s\n%s" % (MARKER, len(cut), dialect.delimiter.encode() * wanted, others)
        else:
            continue
        found = text.find(raw, at)
        if found < 0:
            continue
        if new.startswith(MARKER):
            cut.append((UNCLOSED, first.rstrip(b"\r")))
        out += [text[at:found], new]
        at = found + len(raw)
    return b"".join([*out, text[at:]]) if out else None


def _lines_in(stretches: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a text, each with its end."""
    rest = b""
    for stretch in stretches:
        *lines, rest = (rest + stretch).splitlines(keepends=True) or [b""]
        if rest.endswith(b"\n"):
            lines, rest = [*lines, rest], b""
        yield from lines
    if rest:
        yield rest


def _are_rows(text: bytes, dialect: Dialect) -> bool:
    """Whether lines are rows by themselves."""
    lines = io.StringIO(text.decode("utf-8"), newline="")
    try:
        rows = list(csv.reader(lines, delimiter=dialect.delimiter))
    except csv.Error:
        return False
    return bool(rows) and all(len(row) == len(dialect.columns) for row in rows)


def _skipped(read: Any, count: int) -> bytes:
    """What follows the first `count` bytes in the stretch that holds them."""
    data = b""
    while len(data) < count:
        more = read(STRETCH)
        if not more:
            break
        data += more
    return data[count:]
