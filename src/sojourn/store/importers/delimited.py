"""CSV, TSV and their kin: records in file order, and every broken one kept whole."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from sojourn.errors import ImportFailed
from sojourn.store.importers.coded import CODED
from sojourn.store.importers.dialect import Dialect, dialect_of
from sojourn.store.importers.source import Block, Broken
from sojourn.store.importers.textfile import NUL, TextFile, as_utf8, whole_encoding
from sojourn.store.importers.tidy import MARKER, MOST_RECORD, UNCLOSED, Tidied, tidy

STRETCH = 8 << 20
SAMPLE_ROWS = 1000
Cut = tuple[str, bytes]
NUL_BYTE = "a NUL byte"
NOT_UTF8 = "bytes that are no UTF-8"


class Delimited:
    """A delimited text file as a Source."""

    def __init__(self, file: TextFile) -> None:
        self.file = file
        self.name = file.path.name
        self.total = file.size
        self.done = 0
        self.notes: list[str] = []
        self._sha256 = ""
        self._types: dict[str, pa.DataType] = {}
        self._beginning, self._whole = file.beginning()
        self.dialect = dialect_of(self._beginning, self.name, whole=self._whole)
        if self.dialect.renamed:
            self.notes.append(
                f"Columns without a name of their own: {', '.join(self.dialect.renamed)}."
            )
        self.format = "TSV" if self.dialect.delimiter == "\t" else "CSV"
        if self.dialect.delimiter not in ",\t":
            self.format += f" with {self.dialect.delimiter!r}"

    @property
    def encoding(self) -> str | None:
        """What the letters are written in."""
        return self.file.encoding

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.total

    def hashed(self) -> str:
        """The SHA-256 of the file; reads it unless that was done."""
        self._sha256 = self._sha256 or self.file.hashed()
        return self._sha256

    def want(self, columns: Sequence[str]) -> None:
        """All columns are given anyway."""

    def code(self, columns: Collection[str]) -> None:
        """Give these columns coded."""
        self._types |= dict.fromkeys(columns, CODED)

    def sample(self) -> Block:
        """The first rows."""
        data = self._lines(self._beginning)[self.dialect.header :]
        return self.parse(self._tidy(data, final=self._whole)).head(SAMPLE_ROWS)

    def settle_encoding(self) -> None:
        """Look at the whole file when its beginning told nothing of its encoding."""
        self.file = replace(self.file, encoding=whole_encoding(self.file), sure=True)

    def pieces(self) -> Iterator[Tidied]:
        """Stretches of whole records, broken ones replaced by markers."""
        with self.file.open() as stretches:
            rest = self._lines(_skipped(stretches.read, self.dialect.header))
            while True:
                more = self._lines(stretches.read(max(STRETCH, len(rest) // 2)))
                self.done = stretches.done
                data = rest + more
                piece = self._tidy(data, final=not more)
                rest = data[piece.used :]
                if piece.text:
                    yield piece
                if not more:
                    break
            self._sha256 = stretches.sha256
            self.done = stretches.done

    def _lines(self, data: bytes) -> bytes:
        return data.replace(b"\r", b"\n") if self.dialect.mac else data

    def _tidy(self, data: bytes, *, final: bool) -> Tidied:
        piece = tidy(data, self.dialect.delimiter.encode(), len(self.dialect.columns), final=final)
        if not piece.used and len(data) > MOST_RECORD:
            raise ImportFailed(
                f"{self.name} has a line of more than {MOST_RECORD >> 20} MB; is it a text file?"
            )
        return piece

    def parse(self, piece: Tidied) -> Block:
        """The rows of a stretch as texts; empty ones are null."""
        text = as_utf8(piece.text, sure=self.file.sure)
        cut = list(piece.cut)
        table, ragged = self._read(text)
        while (mended := _mend(text, ragged, self.dialect, cut)) is not None:
            text = mended
            table, ragged = self._read(text)
        return self._block(table, ragged, cut, odd=NUL.encode() in text)

    def _read(self, text: bytes) -> tuple[pa.Table, list[Any]]:
        columns = list(self.dialect.columns)
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
                delimiter=self.dialect.delimiter,
                newlines_in_values=True,
                invalid_row_handler=keep,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={name: self._types.get(name, pa.string()) for name in columns},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
        return table.combine_chunks(), ragged

    def _block(self, table: pa.Table, ragged: list[Any], cut: list[Cut], *, odd: bool) -> Block:
        broken = [_broken(row, cut, len(self.dialect.columns)) for row in ragged]
        records = table.num_rows + len(broken)
        rows = np.delete(np.arange(1, records + 1), [one.row - 1 for one in broken])
        if odd:
            table, rows, odd_rows = _without_nul(table, rows)
            broken = sorted([*broken, *odd_rows])
        return Block(table, rows, records, broken)


def _broken(row: Any, cut: list[Cut], columns: int) -> Broken:
    text = str(row.text)
    marker = MARKER.decode()
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
