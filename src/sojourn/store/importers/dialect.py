"""Which delimiter a text file has, and what its columns are called."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from sojourn.errors import ImportFailed
from sojourn.store.importers.headers import is_data, preamble

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_ROWS = 200
CURLY = "The quotes are curly: replace \u201c and \u201d by straight ones in a text editor."
SEP = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How the records are written: the delimiter, the columns, the bytes before the first row.

    `mac` says that lines end with a lone carriage return; `renamed` lists the columns that had
    no name, or another's; `passed` are the first words of each record before the header.
    """

    delimiter: str
    columns: tuple[str, ...]
    header: int
    mac: bool = False
    renamed: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()


def dialect_of(
    beginning: bytes,
    name: str,
    *,
    whole: bool,
    header: Sequence[str] = (),
    delimiter: str | None = None,
) -> Dialect:
    """The dialect of a file by its first bytes (UTF-8); `whole` says that these are all.

    `header` names the columns of a file that does not do it itself; `delimiter` is known, or None.

    >>> dialect_of(b"who;when\\n1;2026-01-01\\n", "a.csv", whole=True)
    Dialect(delimiter=';', columns=('who', 'when'), header=9, mac=False, renamed=(), passed=())
    """
    mac = b"\n" not in beginning and b"\r" in beginning
    text = beginning.decode("utf-8", "replace")
    if mac:
        text = text.replace("\r", "\n")
    told = None if delimiter else SEP.match(text)
    start = told.end() if told else 0
    known = delimiter or (told and told[1]) or ("\t" if name.endswith((".tsv", ".tab")) else None)
    tried = [(_records(text[start:], d, whole), d) for d in ([known] if known else DELIMITERS)]
    records, delimiter = max(tried, key=lambda t: _score(t[0][preamble(t[0]) :]))
    if header and records:
        columns, renamed = unique_names(header)
        _check_width([columns, *records], name)
        return Dialect(delimiter, columns, len(text[:start].encode()), mac, renamed)
    skip = preamble(records)
    passed = tuple(next(filter(None, record), "")[:80] for record in records[:skip])
    records = records[skip:]
    if not records or (len(records) == 1 and whole):
        what = "has a header but no rows" if records else "is empty"
        raise ImportFailed(f"{name} {what}; there is nothing to import.")
    _check_names(records, name)
    _check_width(records, name)
    columns, renamed = unique_names(records[0])
    lines = _header_lines(text[start:], delimiter, skip)
    size = len(text[:start].encode()) + _after_lines(beginning, start, lines, mac)
    return Dialect(delimiter, columns, size, mac, renamed, passed)


def unique_names(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Column names of which none is blank or there twice, and those that had to change.

    >>> unique_names(["id", "", "id", " ts "])
    (('id', 'column_2', 'id_2', 'ts'), ('column_2', 'id_2'))
    """
    out: list[str] = []
    renamed: list[str] = []
    taken = {name.strip() for name in names}
    for place, raw in enumerate(names, 1):
        name = raw.strip()
        if not name or name in out:
            stem, number = (name, 2) if name else ("column", place)
            while f"{stem}_{number}" in taken:
                number += 1
            name = f"{stem}_{number}"
            taken.add(name)
            renamed.append(name)
        out.append(name)
    return tuple(out), tuple(renamed)


def _records(text: str, delimiter: str, whole: bool) -> list[list[str]]:
    """The first records that are not blank; the last is dropped when it may be cut short."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[list[str]] = []
    try:
        found += islice((record for record in reader if record), SAMPLE_ROWS + 1)
    except csv.Error:
        whole = True
    if not whole and len(found) <= SAMPLE_ROWS and len(found) > 1:
        found.pop()
    return found


def _score(records: Sequence[Sequence[str]]) -> tuple[float, float]:
    if not records or len(records[0]) < 2:
        return 0.0, 0.0
    width = len(records[0])
    fits = sum(_fits(record, width) for record in records) / len(records)
    return round(fits, 1), width


def _fits(record: Sequence[str], width: int) -> bool:
    return len(record) >= width and not any(record[width:])


def _check_names(records: Sequence[Sequence[str]], name: str) -> None:
    """Raise for a file that begins with its first row."""
    first = records[0]
    if is_data(first) and len(records) > 1 and len(records[1]) == len(first):
        shown = ", ".join(cell.strip()[:40] for cell in first[:6])
        raise ImportFailed(
            f"{name} does not name its columns: its first line is a row already ({shown}).",
            hint="Name them, in order: `--header user_id,timestamp,event,...`",
        )


def _check_width(records: Sequence[Sequence[str]], name: str) -> None:
    width, rows = len(records[0]), records[1:]
    if rows and not any(_fits(row, width) for row in rows):
        curly = records[0][0][:1] in {"\u201c", "\u201d"}
        raise ImportFailed(
            f"The header of {name} has {width} fields, its first row {len(rows[0])}: they do not "
            "belong together.",
            hint=CURLY if curly else "The first line must name every column.",
        )


def _header_lines(text: str, delimiter: str, skip: int) -> int:
    """How many lines the header takes, what comes before it included."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for _ in islice((record for record in reader if record), skip + 1):
        pass
    return reader.line_num


def _after_lines(data: bytes, start: int, lines: int, mac: bool) -> int:
    """How many bytes that many lines take from `start` on."""
    at = start
    for _ in range(lines):
        found = data.find(b"\r" if mac else b"\n", at)
        at = len(data) if found < 0 else found + 1
    return at - start
