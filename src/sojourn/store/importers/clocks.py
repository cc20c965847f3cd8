"""Times written as numbers: seconds, milliseconds, ..., 20260102, and the days of a spreadsheet."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.store.importers.layouts import days_of
from sojourn.store.importers.shapes import Group
from sojourn.store.importers.zones import FIRST, LAST, SECOND

NUMBER = re.compile(r"-?(?P<i>9{1,19})(?:\.(?P<f>9*))?")
EXCEL = "excel"
EXCEL_1904 = "excel-1904"
DATE_DIGITS = "YYYYMMDD"
TIME_DIGITS = "YYYYMMDDhhmmss"
UNITS = ("s", "ms", "us", "ns", EXCEL, DATE_DIGITS, TIME_DIGITS)
UTC_UNITS = ("s", "ms", "us", "ns")
IN_WORDS = {
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    EXCEL: "days of a spreadsheet",
    EXCEL_1904: "days of a spreadsheet that counts from 1904",
    DATE_DIGITS: DATE_DIGITS,
    TIME_DIGITS: TIME_DIGITS,
}
OTHER = "other"
KINDS = (OTHER, *UNITS)
FOUR_YEARS = 1462
EXCEL_DAY_ZERO = -25_569
"""A spreadsheet counts days from 1899-12-30."""


class Numbers(NamedTuple):
    """Numbers in parts, so that nothing is lost: `sign * (whole + fraction)`."""

    whole: Ints
    fraction: Reals
    sign: int | Ints = 1


def numbers_of(group: Group) -> Numbers | None:
    """The numbers of one shape; None when the shape is not that of a number.

    >>> import pyarrow as pa
    >>> from sojourn.store.importers.shapes import groups_of
    >>> [numbers_of(g) for g in groups_of(pa.array(["17.25"]))]
    [Numbers(whole=array([17]), fraction=array([0.25]), sign=1)]
    """
    match = NUMBER.fullmatch(group.shape)
    if match is None:
        return None
    start, end = match.span("f")
    digits = min(end - start, 15)
    fraction = group.number(start, start + digits) / 10.0**digits if digits > 0 else None
    whole = group.number(*match.span("i"))
    whole[whole < 0] = np.iinfo(np.int64).max
    if fraction is None:
        fraction = np.zeros(len(whole))
    return Numbers(whole, fraction, -1 if group.shape[0] == "-" else 1)


def of_reals(values: Reals) -> Numbers:
    """Floating point numbers in parts."""
    size = np.minimum(np.abs(values), 9e18)
    whole = np.floor(size)
    return Numbers(whole.astype(np.int64), size - whole, np.where(values < 0, -1, 1))


def kinds_of(numbers: Numbers) -> NDArray[np.int8]:
    """What each number looks like as a time, as an index into KINDS, by its size alone."""
    n = numbers.whole
    kinds = np.zeros(len(n), np.int8)
    bounds = {
        "s": (10**8, 10**10),
        "ms": (10**12, 10**13),
        "us": (10**15, 10**16),
        "ns": (10**18, 9 * 10**18),
        EXCEL: (30_000, 60_000),
    }
    for kind, (low, high) in bounds.items():
        kinds[(n >= low) & (n < high)] = KINDS.index(kind)
    for kind, low in ((DATE_DIGITS, 10**7), (TIME_DIGITS, 10**13)):
        maybe = (n >= low) & (n < 10 * low) & (numbers.fraction == 0)
        if maybe.any():
            _, real = _from_digits(n, kind)
            kinds[maybe & real] = KINDS.index(kind)
    kinds[np.broadcast_to(np.asarray(numbers.sign) < 0, kinds.shape)] = 0
    return kinds


def read_numbers(numbers: Numbers, unit: str) -> tuple[Ints, Bools]:
    """Microseconds since 1970 of numbers in a unit, and which of them are times.

    Of several units (`s+ms`) each number is in the one that its size says.
    """
    whole, fraction, sign = numbers
    if "+" in unit:
        return _by_size(numbers, unit)
    if unit in (DATE_DIGITS, TIME_DIGITS):
        us, real = _from_digits(whole, unit)
        return us, real & (fraction == 0) & (np.asarray(sign) > 0)
    if unit in (EXCEL, EXCEL_1904):
        days = whole + EXCEL_DAY_ZERO + (FOUR_YEARS if unit == EXCEL_1904 else 0)
        milliseconds = np.rint(fraction * 86_400_000).astype(np.int64)
        inside = (whole < 3_000_000) & (np.asarray(sign) > 0)
        us = np.where(inside, days, 0) * (86_400 * SECOND) + milliseconds * 1000
    elif unit == "ns":
        us = sign * (whole // 1000)
        inside = np.ones(len(whole), bool)
    else:
        scale = {"s": SECOND, "ms": 1000, "us": 1}[unit]
        inside = whole < LAST // scale
        rest = np.rint(fraction * scale).astype(np.int64)
        us = np.asarray(sign * (np.where(inside, whole, 0) * scale + rest), np.int64)
    return us, inside & (us >= FIRST) & (us <= LAST)


def _by_size(numbers: Numbers, units: str) -> tuple[Ints, Bools]:
    kinds = kinds_of(numbers)
    us, good = np.zeros(len(kinds), np.int64), np.zeros(len(kinds), bool)
    for unit in units.split("+"):
        mine = kinds == KINDS.index(unit)
        found, real = read_numbers(numbers, unit)
        us[mine], good[mine] = found[mine], real[mine]
    return us, good


def in_utc(numbers: Numbers, unit: str | None) -> Bools:
    """Which numbers count from a moment, and not from a clock of some zone."""
    if unit is not None and "+" in unit:
        kinds = kinds_of(numbers)
        return np.isin(kinds, [KINDS.index(each) for each in UTC_UNITS])
    return np.full(len(numbers.whole), unit in UTC_UNITS)


def _from_digits(n: Ints, kind: str) -> tuple[Ints, Bools]:
    date = n if kind == DATE_DIGITS else n // 10**6
    days, real = days_of(date // 10_000, date // 100 % 100, date % 100)
    real &= (date >= 1900_00_00) & (date < 2200_00_00)
    if kind == DATE_DIGITS:
        return days * (86_400 * SECOND), real
    hour, minute, second = n // 10_000 % 100, n // 100 % 100, n % 100
    real &= (hour < 24) & (minute < 60) & (second < 60)
    return (days * 86_400 + (hour * 60 + minute) * 60 + second) * SECOND, real
