"""Where a file names its columns: below a preamble, nowhere at all, or once more in mid-file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from sojourn.core.bucket import Bools
from sojourn.store.importers import coded
from sojourn.store.importers.layouts import layout_of
from sojourn.store.importers.mapping import folded, synonyms
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.why import NO_TIME, why_not

MOST_PREAMBLE = 40
"""So many records may stand before the names of the columns."""

LONGEST_NAME = 100
TOTALS = {
    "total", "totals", "grandtotal", "subtotal", "sum", "summe", "gesamt", "gesamtsumme",
    "insgesamt", "zwischensumme", "totaal", "totale", "totalgeneral", "soma", "suma",
}  # fmt: skip
"""What a row of totals is called, folded."""

TOTAL = "a row of totals"
NO_ROW = "the row is empty"
NAMES = "perhaps names of columns again, but none that are known: below it those above count"

_DIGITS = re.compile(r"[0-9]")
_NUMBER = re.compile(r"[-+]?[0-9][0-9., ]*(?:[eE][-+]?[0-9]+)?%?")


class SecondHeader(Exception):
    """A row turned out to name the columns again: the file must be looked at for such rows."""


class Section(NamedTuple):
    """A stretch of a file with columns of its own.

    `start` is where it begins, in bytes after the file's header; `columns` are its own names,
    `shared` what each of them is called in the whole.
    """

    start: int
    columns: tuple[str, ...]
    shared: tuple[str, ...]


@cache
def field_of(name: str) -> str | None:
    """The log's column that a name, folded, is known for.

    >>> field_of("visitorid"), field_of("colour")
    ('device_id', None)
    """
    return next((field for field, names in synonyms().items() if name in names), None)


def preamble(records: Sequence[Sequence[str]]) -> int:
    """How many records come before the one that names the columns.

    >>> preamble([["Report of clicks"], ["id", "when"], ["1", "2026-01-02"]])
    1
    """
    if not records or _known(records[0]) > 1 or _names(records, 0):
        return 0
    found = range(1, min(len(records) - 1, MOST_PREAMBLE + 1))
    at = next((i for i in found if _names(records, i)), 0)
    return at if _is_preamble(records[:at], len(records[at])) else 0


def _is_preamble(records: Sequence[Sequence[str]], width: int) -> bool:
    """Whether records above names are no rows: none is as wide, none of three fields has a time."""
    return not any(
        sum(map(bool, cells)) >= width or (len(cells) > 2 and all(cells) and is_data(cells))
        for cells in records
    )


def _known(cells: Sequence[str]) -> int:
    return sum(field_of(folded(cell)) is not None for cell in cells)


def _names(records: Sequence[Sequence[str]], at: int) -> bool:
    """Whether a record can name the columns of most of those after it."""
    cells, after = records[at], records[at + 1 :]
    width = len(cells)
    blank = sum(not cell.strip() for cell in cells)
    if width < 2 or 2 * blank >= width or (cells[0].lstrip().startswith("#") and blank):
        return False
    fit = sum(len(each) >= width and not any(each[width:]) for each in after)
    if 2 * fit < len(after):
        return False
    return at == 0 or not (is_data(cells) or any(_NUMBER.fullmatch(cell) for cell in cells))


def is_data(cells: Sequence[str]) -> bool:
    """Whether a record is a row rather than names: it holds a time or an amount, no known name.

    >>> is_data(["u1", "2026-01-02", "Page Viewed"]), is_data(["user_id", "2026-01", "2026-02"])
    (True, False)
    """
    return not _known(cells) and any(_is_time(cell.strip()) for cell in cells)


def _is_time(cell: str) -> bool:
    shape = re.sub(r"[A-Za-z]", "A", _DIGITS.sub("9", cell))
    return layout_of(shape) is not None or bool(re.fullmatch(r"9{10}|9{13}|9{16}", shape))


def names_again(cells: Sequence[str | None], columns: Collection[str]) -> bool:
    """Whether a row in mid-file names the columns again, the same ones or others that are known.

    >>> names_again(["visitorid", "time", "colour", "price"], ["id", "when", "what", "value"])
    True
    >>> names_again(["u1", "", "click", "5"], ["id", "when", "what", "value"])
    False
    """
    texts = [(cell or "").strip() for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    plain = [folded(text) for text in texts]
    if len(plain) < 2 or len(set(plain)) < len(plain) or not all(plain):
        return False
    if any(len(text) > LONGEST_NAME or _NUMBER.fullmatch(text) for text in texts):
        return False
    own = {folded(column) for column in columns}
    same = sum(name in own for name in plain)
    if same == len(plain):
        return True
    known = sum(name in own or field_of(name) is not None for name in plain)
    return only_words(texts) and known >= 2 and 2 * known >= len(plain)


def only_words(cells: Sequence[str | None]) -> bool:
    """Whether a row of three or more has a word without digits in every field, none twice."""
    texts = [cell or "" for cell in cells]
    words = all(text.strip() and not _DIGITS.search(text) for text in texts)
    return words and len(texts) > 2 and len({*map(folded, texts)}) == len(texts)


def is_total(cells: Iterable[object]) -> bool:
    """Whether a row says that it is one of totals.

    >>> is_total(["Grand total", None, 17])
    True
    """
    first = next((str(cell) for cell in cells if cell is not None and str(cell).strip()), "")
    return folded(first) in TOTALS


def totals_in(ids: Any) -> Bools:
    """Which rows of a column of ids are those of totals."""
    words = coded.looked_up(ids, lambda text: TOTAL if is_total([text]) else None)
    return np.asarray(words.is_valid())


def plain_reason(
    fields: Mapping[str, object], field: str, reason: str, found: str | None, plan: Plan
) -> str:
    """The reason why a row was rejected in plainer words; `found` is the value that was wrong.

    Raises SecondHeader for a row that names the columns again, unless those are known.
    """
    cells = [value if value is None else str(value) for value in fields.values()]
    if not any(cells):
        return NO_ROW
    if field == "ts" and not plan.looked and names_again(cells, fields):
        raise SecondHeader
    if field == "ts" and only_words(cells):
        return NAMES
    if reason == NO_TIME and found:
        reason = why_not(found, plan.times if field == "ts" else plan.received)
    total = reason != TOTAL and is_total(cells)
    return f"{TOTAL}: {reason}" if total else reason


def second_headers(
    lines: Iterable[bytes], delimiter: str, columns: Sequence[str]
) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where, in bytes and lines from 1, lines outside of quotes name the columns again, and how."""
    known = [*columns]
    at, quotes = 0, 0
    for number, line in enumerate(lines, 1):
        if quotes % 2 == 0:
            cells = _cells(line, delimiter)
            if cells and names_again(cells, known):
                yield at, number, tuple(cells)
                known += cells
        quotes += line.count(b'"')
        at += len(line)


def _cells(line: bytes, delimiter: str) -> list[str]:
    """The fields of a line that may be names: nothing that begins like a number."""
    if line.count(delimiter.encode()) < 1 or line[:1].isdigit():
        return []
    text = line.decode("utf-8", "replace")
    try:
        return next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    except csv.Error:
        return []


def shared_names(own: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    """What the columns of a later header are called in the whole, whose columns are known.

    A name that is there already stays; else the only column that is known for the same thing.

    >>> shared_names(["time", "who", "visitor_id"], ["cookie", "timestamp", "colour"])
    ('timestamp', 'who', 'cookie')
    """
    taken: dict[str, str] = {}
    by_name = {folded(column): column for column in reversed(columns)}
    for name in own:
        if folded(name) in by_name:
            taken[name] = by_name[folded(name)]
    by_field = _by_field(column for column in columns if column not in taken.values())
    wanted = _by_field(name for name in own if name not in taken)
    for field, names in wanted.items():
        if len(names) == 1 and len(by_field.get(field, [])) == 1:
            taken[names[0]] = by_field[field][0]
    return tuple(taken.get(name, name) for name in own)


def _by_field(columns: Iterable[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for column in columns:
        field = field_of(folded(column))
        if field is not None:
            found.setdefault(field, []).append(column)
    return found


def told_of(own: Sequence[str], shared: Sequence[str], columns: Sequence[str]) -> str:
    """What is said of a later header: which column is which, what is new, what is missing."""
    if set(own) == set(columns):
        same = list(own) == list(columns)
        return "the same names" if same else "the same names in another order"
    renamed = [f"{o!r} is {s!r}" for o, s in zip(own, shared, strict=True) if o != s]
    new = [repr(s) for s in shared if s not in columns]
    gone = [repr(c) for c in columns if c not in shared]
    parts = [", ".join(renamed)]
    parts += [f"{', '.join(new)} new"] if new else []
    parts += [f"{', '.join(gone)} missing"] if gone else []
    return "; ".join(part for part in parts if part)
