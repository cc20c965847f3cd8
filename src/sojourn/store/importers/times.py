"""When it happened: a column of times as instants, under a reading that was decided before."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bucket import Bools, Ints
from sojourn.core.touchpoint import TIME
from sojourn.store.importers.clocks import (
    EXCEL,
    EXCEL_1904,
    IN_WORDS,
    KINDS,
    OTHER,
    UTC_UNITS,
    Numbers,
    in_utc,
    kinds_of,
    numbers_of,
    of_reals,
    read_numbers,
)
from sojourn.store.importers.layouts import DAY_FIRST, MONTH_FIRST, Spans, layout_of, read_group
from sojourn.store.importers.shapes import Group, groups_of
from sojourn.store.importers.zones import EPOCH, FIRST, LAST, to_utc

ISO = "iso"
ASKED_UNITS = ("s", "ms", "us", "ns", EXCEL, EXCEL_1904)
FORMATS = (DAY_FIRST, MONTH_FIRST, ISO, *ASKED_UNITS)
CLOCK = pa.timestamp("us")
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


class Undecided(Exception):
    """A value that the evidence so far does not explain."""


@dataclass(frozen=True)
class TimeReading:
    """How a column's times are read.

    `order` says which comes first in `03/04/2026`; `unit` what numbers count (`s+ms`: each by its
    size), `written` that there are texts of times beside them; `pattern` is a
    strptime format that replaces everything else. `asked` means that the user said so. Unless
    it is `sure` (all rows were seen), what does not fit raises Undecided.
    """

    zone: str = "UTC"
    order: str | None = None
    unit: str | None = None
    written: bool = False
    pattern: str | None = None
    asked: bool = False
    sure: bool = False

    def __str__(self) -> str:
        units = " and ".join(IN_WORDS[each] for each in self.unit.split("+")) if self.unit else ""
        numbers = f"{'numbers ' if self.written or self.order else ''}in {units}" if units else ""
        numbers += ", each by its size" if "+" in (self.unit or "") else ""
        iso = "as written (ISO 8601)" if self.written or not (self.order or units) else ""
        known = [self.pattern] if self.pattern else [self.order or iso, numbers]
        how = ", ".join(part for part in known if part)
        return f"{how}; times without a zone are in {self.zone}"


class Times(NamedTuple):
    """Instants in microseconds and which rows have one; clock times skipped, and had twice."""

    us: Ints
    good: Bools
    skipped: int = 0
    twice: int = 0


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_time(kind: pa.DataType) -> bool:
    """Whether a column holds typed times or dates."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def trimmed(column: Any) -> pa.StringArray:
    """Texts without the space around them."""
    found: pa.StringArray = pc.utf8_trim_whitespace(column)
    return found


def numbers_in(column: pa.Array[Any]) -> Numbers:
    """The numbers of a typed column, 0 where it has none."""
    if pa.types.is_integer(column.type):
        whole = np.asarray(column.cast(pa.int64(), safe=False).fill_null(0))
        return Numbers(np.abs(whole), np.zeros(len(whole)), np.where(whole < 0, -1, 1))
    reals = np.asarray(column.cast(pa.float64()).fill_null(0.0))
    return of_reals(np.nan_to_num(reals, posinf=0.0, neginf=0.0))


def read_times(column: pa.Array[Any], reading: TimeReading) -> Times:
    """The instants of a column under a reading; raises Undecided when it does not cover them."""
    if is_time(column.type):
        return _typed(column, reading.zone)
    if not is_text(column.type):
        found = numbers_in(column)
        us, good = _numbers(found, reading)
        good &= np.asarray(pc.is_finite(column.cast(pa.float64())).fill_null(False))
        return _instants(us, good, ~in_utc(found, reading.unit), reading.zone)
    if reading.pattern:
        return _patterned(trimmed(column), reading.pattern, reading.zone)
    iso = _iso(column)
    if iso is not None:
        return _typed(iso, reading.zone)
    us, good = np.zeros(len(column), np.int64), np.zeros(len(column), bool)
    clock = np.zeros(len(column), bool)
    for group in groups_of(trimmed(column)):
        numbers, spans = numbers_of(group), layout_of(group.shape)
        if numbers is not None:
            us[group.rows], good[group.rows] = _numbers(numbers, reading)
            clock[group.rows] = ~in_utc(numbers, reading.unit)
        elif spans is not None:
            us[group.rows], good[group.rows], utc = _dates(group, spans, reading)
            clock[group.rows] = not utc
    return _instants(us, good, clock, reading.zone)


def _iso(texts: pa.Array[Any]) -> pa.Array[Any] | None:
    """Texts that are plain ISO 8601 all through, all with a zone or all without, as times."""
    for kind in (TIME, CLOCK):
        with suppress(pa.ArrowInvalid):
            found: pa.Array[Any] = texts.cast(kind)
            return found
    return None


def _numbers(numbers: Numbers, reading: TimeReading) -> tuple[Ints, Bools]:
    expected = [
        KINDS.index(each) for each in (OTHER, *(reading.unit or OTHER).split("+")) if each in KINDS
    ]
    if not (reading.sure or reading.asked) and not np.isin(kinds_of(numbers), expected).all():
        raise Undecided
    if reading.unit is None:
        return np.zeros(len(numbers.whole), np.int64), np.zeros(len(numbers.whole), bool)
    us, good = read_numbers(numbers, reading.unit)
    if reading.asked and reading.unit in UTC_UNITS:
        # 1767323045 is no time of January 1970, whatever was said of the others.
        good &= np.isin(kinds_of(numbers), expected)
    return us, good


def _dates(group: Group, spans: Spans, reading: TimeReading) -> tuple[Ints, Bools, bool]:
    if "a" not in spans:
        return read_group(group, spans, None)
    if reading.order is None:
        if not reading.sure:
            raise Undecided
        return np.zeros(len(group.rows), np.int64), np.zeros(len(group.rows), bool), False
    found = read_group(group, spans, reading.order)
    if not (reading.sure or reading.asked) and not found.good.all():
        other = MONTH_FIRST if reading.order == DAY_FIRST else DAY_FIRST
        if (read_group(group, spans, other).good & ~found.good).any():
            raise Undecided
    return found


def _instants(us: Ints, good: Bools, clock: Bools, zone: str) -> Times:
    """Instants, where `clock` marks the rows that are still clock times of the zone."""
    rows = np.flatnonzero(good & clock)
    skipped = twice = 0
    if len(rows) and zone != "UTC":
        found = to_utc(us[rows], zone)
        us[rows] = found.us
        skipped, twice = int(found.skipped.sum()), int(found.twice.sum())
    return Times(us, good & (us >= FIRST) & (us <= LAST), skipped, twice)


def _typed(column: pa.Array[Any], zone: str) -> Times:
    kind: Any = column.type
    good = np.asarray(column.is_valid())
    if pa.types.is_date(kind):
        days = np.asarray(column.cast(pa.date32()).cast(pa.int32()).fill_null(0))
        return _instants(days.astype(np.int64) * 86_400_000_000, good, good, zone)
    ticks = np.asarray(column.cast(pa.int64()).fill_null(0))
    per_second = PER_SECOND[kind.unit]
    good &= (ticks >= FIRST // 10**6 * per_second) & (ticks < (LAST // 10**6 + 1) * per_second)
    safe = np.where(good, ticks, 0)
    us = safe // 1000 if kind.unit == "ns" else safe * (10**6 // per_second)
    clock = np.full(len(us), kind.tz is None)
    return _instants(us, good, clock, zone)


def _patterned(texts: pa.StringArray, pattern: str, zone: str) -> Times:
    """Times in a strptime format, read once for each distinct text."""
    coded = texts.dictionary_encode()
    looked = [_strptime(text, pattern) for text in coded.dictionary.to_pylist()]
    codes = np.asarray(coded.indices.fill_null(len(looked)))
    found = np.array([*looked, (0, 0, 0)], np.int64)[codes]
    return _instants(found[:, 0].copy(), found[:, 1] == 1, found[:, 2] == 0, zone)


@lru_cache(maxsize=1 << 16)
def _strptime(text: str, pattern: str) -> tuple[int, int, int]:
    """Microseconds, whether it could be read, whether it is in UTC."""
    try:
        moment = datetime.strptime(text, pattern)
    except ValueError:
        return 0, 0, 0
    offset = moment.utcoffset()
    clock = (moment.replace(tzinfo=None) - EPOCH) // timedelta(microseconds=1)
    return clock - (offset or timedelta()) // timedelta(microseconds=1), 1, int(offset is not None)
