"""The ways to write a date and a time, and how to read one shape of them as arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np

from sojourn.core.bucket import Bools, Ints
from sojourn.store.importers.shapes import Group
from sojourn.store.importers.zones import FIRST, LAST, SECOND

DAY_FIRST = "day-first"
MONTH_FIRST = "month-first"

MONTHS = "january february march april may june july august september october november december"
MONTH_NUMBERS = {name: i for i, name in enumerate(MONTHS.split(), 1)}
MONTH_NUMBERS |= {name[:3]: i for i, name in enumerate(MONTHS.split(), 1)} | {"sept": 9}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY_NAMES = dict.fromkeys((*WEEKDAYS, *(name[:3] for name in WEEKDAYS), "tues", "thur"), 1)
UTC_NAMES = dict.fromkeys(("z", "utc", "gmt", "ut"), 1)
BETWEEN = dict.fromkeys(("t", " at ", ", at "), 1)
HALVES = {"am": 1, "pm": 2}

# Shapes, not texts: 9 is any digit, A any letter.
_TIME = (
    r"(?:(?P<t>A|,? AA |,? +|:)(?P<H>9{1,2})[:.](?P<M>99)(?:[:.](?P<S>99)(?:[.,](?P<F>9+))?)?"
    r"(?: ?(?P<p>AA)(?!A))?"
    r"(?: ?(?P<g>AAA)?(?P<o>[+-]99(?::?99)?)(?: \([A ]+\))?| ?(?P<z>A{1,3}))?)?"
)
_DATES = (
    r"(?P<Y>9999)(?P<s>[-/.])(?P<m>9{1,2})(?P=s)(?P<d>9{1,2})",
    r"(?P<a>9{1,2})(?P<s>[-/.])(?P<b>9{1,2})(?P=s)(?P<Y>9999|99)",
    r"(?:(?P<w>A+),? )?(?P<d>9{1,2})(?P<s>[ /-])(?P<n>A{3,9}),?(?P=s)(?P<Y>9999)",
    r"(?:(?P<w>A+),? )?(?P<n>A{3,9}) +(?P<d>9{1,2}),? (?P<Y>9999)",
)
_COMPACT = r"(?P<Y>9999)(?P<m>99)(?P<d>99)(?P<t>A)(?P<H>99)(?P<M>99)(?P<S>99)?(?P<z>A)?"
_CTIME = r"(?P<w>AAA) (?P<n>AAA) +(?P<d>9{1,2}) (?P<H>99):(?P<M>99):(?P<S>99) (?P<Y>9999)"
LAYOUTS = tuple(re.compile(date + _TIME) for date in _DATES) + tuple(
    re.compile(layout) for layout in (_COMPACT, _CTIME)
)

Spans: TypeAlias = Mapping[str, tuple[int, int]]


class Read(NamedTuple):
    """Clock times of a group's rows in microseconds, which could be read, and if in UTC."""

    us: Ints
    good: Bools
    utc: bool


@lru_cache(maxsize=4096)
def layout_of(shape: str) -> Spans | None:
    """Where the parts of a date lie in a shape, by name; None when it is no date.

    >>> layout_of("9999-99-99")["m"]
    (5, 7)
    >>> layout_of("A9/99") is None
    True
    """
    for layout in LAYOUTS:
        match = layout.fullmatch(shape)
        if match:
            return {part: match.span(part) for part in match.groupdict() if match[part]}
    return None


def read_group(group: Group, spans: Spans, order: str | None) -> Read:
    """Read a group of one shape; `order` says which of two ambiguous numbers is the day."""
    parts = _Parts(group, spans)
    days, real = days_of(*parts.date(order))
    us = days * (86_400 * SECOND) + parts.clock() - parts.offset()
    good = parts.good & real & (us >= FIRST) & (us <= LAST)
    return Read(us, good, "o" in spans or "z" in spans)


def days_of(year: Ints, month: Ints, day: Ints) -> tuple[Ints, Bools]:
    """Days since 1970 of calendar dates, and whether each is a real date of the years 1-9999.

    >>> import numpy as np
    >>> days_of(np.array([1970, 2026]), np.array([1, 2]), np.array([2, 29]))
    (array([    1, 20513]), array([ True, False]))
    """
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    length = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    inside = (month >= 1) & (month <= 12)
    most = length[np.where(inside, month, 1) - 1] + (leap & (month == 2))
    real = inside & (day >= 1) & (day <= most) & (year >= 1) & (year <= 9999)
    early = month <= 2
    y = year - early
    era = y // 400
    of_era = y - era * 400
    of_year = (153 * (month + np.where(early, 9, -3)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468, real


class _Parts:
    """The parts of the dates of one shape, read one after another; `good` are the rows so far."""

    def __init__(self, group: Group, spans: Spans) -> None:
        self.group = group
        self.spans = spans
        self.good = np.ones(len(group.rows), bool)

    def number(self, part: str) -> Ints:
        if part not in self.spans:
            return np.zeros(len(self.group.rows), np.int64)
        return self.group.number(*self.spans[part])

    def words(self, part: str, known: Mapping[str, int]) -> Ints:
        """What the words of this part stand for; unknown words spoil their row."""
        texts, back = self.group.words(*self.spans[part])
        found = np.array([known.get(text, 0) for text in texts], np.int64)[back]
        self.good &= found > 0
        return found

    def date(self, order: str | None) -> tuple[Ints, Ints, Ints]:
        """Year, month and day."""
        year, month, day = self.number("Y"), self.number("m"), self.number("d")
        start, end = self.spans["Y"]
        if end - start == 2:
            year = np.where(year < 69, 2000 + year, 1900 + year)
        if "a" in self.spans:
            first, second = self.number("a"), self.number("b")
            day, month = (first, second) if order == DAY_FIRST else (second, first)
        if "n" in self.spans:
            month = self.words("n", MONTH_NUMBERS)
        if "w" in self.spans:
            self.words("w", WEEKDAY_NAMES)
        return year, month, day

    def clock(self) -> Ints:
        """Microseconds since midnight; a leap second counts into the next minute."""
        start, end = self.spans.get("t", (0, 0))
        if "A" in self.group.shape[start:end]:
            self.words("t", BETWEEN)
        hour, minute, second = self.number("H"), self.number("M"), self.number("S")
        if "p" in self.spans:
            half = self.words("p", HALVES)
            self.good &= (hour >= 1) & (hour <= 12)
            hour = hour % 12 + 12 * (half == 2)
        self.good &= (hour < 24) & (minute < 60) & (second <= 60)
        return ((hour * 60 + minute) * 60 + second) * SECOND + self._fraction()

    def _fraction(self) -> Ints:
        start, end = self.spans.get("F", (0, 0))
        digits = min(end - start, 6)
        scale: int = 10 ** (6 - digits)
        return self.group.number(start, start + digits) * scale

    def offset(self) -> Ints:
        """How far ahead of UTC, in microseconds; 0 for clock times."""
        if "z" in self.spans:
            self.words("z", UTC_NAMES)
        if "g" in self.spans:
            self.words("g", UTC_NAMES)
        if "o" not in self.spans:
            return np.zeros(len(self.group.rows), np.int64)
        start, end = self.spans["o"]
        minutes = self.group.number(start + 1, start + 3) * 60
        if end - start > 3:
            minutes = minutes + self.group.number(end - 2, end)
            self.good &= self.group.number(end - 2, end) < 60
        self.good &= minutes < 24 * 60
        sign = -1 if self.group.shape[start] == "-" else 1
        return sign * minutes * (60 * SECOND)
