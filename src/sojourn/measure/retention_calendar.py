"""Days, weeks and months as people live them: from midnight to midnight in a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from sojourn.core.bucket import Ints

Every = Literal["day", "week", "month"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CELL_BITS = 36
CELL = 1 << CELL_BITS
"""Microseconds, 19 hours: shorter than any day, so a cell holds the beginning of one at most."""
AFTER_ALL = 253_402_300_800_000_000
"""The year 10000, which Python's dates do not reach."""


def number_of(day: date, every: Every) -> int:
    """The number of the period that holds a date; the next period has the next number.

    >>> number_of(date(2026, 2, 1), "month") - number_of(date(2026, 1, 31), "month")
    1
    """
    if every == "month":
        return day.year * 12 + day.month - 1
    return day.toordinal() if every == "day" else (day.toordinal() - 1) // 7


def first_day(number: int, every: Every) -> date:
    """The date on which a period begins; weeks begin on Monday.

    >>> first_day(number_of(date(2026, 11, 22), "week"), "week").isoformat()
    '2026-11-16'
    """
    if every == "month":
        return date(number // 12, number % 12 + 1, 1)
    return date.fromordinal(number if every == "day" else number * 7 + 1)


def label(number: int, every: Every) -> str:
    """What a period is called: `2026-11`, or the date on which it begins."""
    return first_day(number, every).isoformat()[: 7 if every == "month" else 10]


def number_at(micros: int, zone: ZoneInfo, every: Every) -> int:
    """The number of the period at a moment."""
    moment = EPOCH + timedelta(microseconds=micros)
    return number_of(moment.astimezone(zone).date(), every)


@dataclass(frozen=True)
class Periods:
    """Periods that follow each other; `edges[i]` is when `first + i` begins, and one more."""

    first: int
    edges: Ints
    table: Ints | None

    def of(self, ts: Ints) -> Ints:
        """The number of each moment's period; every moment must be in one of them."""
        if self.table is None:
            return self.first + np.searchsorted(self.edges, ts, side="right") - 1
        place = self.table[(ts - self.edges[0]) >> CELL_BITS]
        place += ts >= self.edges[place + 1]
        return place + self.first

    def begin(self, number: Ints) -> Ints:
        """When periods begin, in microseconds."""
        return self.edges[number - self.first]


@lru_cache(maxsize=64)
def periods(first: int, last: int, zone: ZoneInfo, every: Every) -> Periods:
    """The periods from `first` to `last` in a zone, whatever the clocks did meanwhile."""
    edges = np.array([_begins(n, zone, every) for n in range(first, last + 2)], np.int64)
    if len(edges) > 1 and int(np.diff(edges).min()) < CELL:
        return Periods(first, edges, None)
    cells = edges[0] + np.arange(((edges[-1] - edges[0]) >> CELL_BITS) + 1) * CELL
    table = np.searchsorted(edges, cells, side="right") - 1
    return Periods(first, edges, np.minimum(table, len(edges) - 2))


def periods_around(ts: Ints, zone: ZoneInfo, every: Every) -> Periods:
    """The periods that hold these moments, of which there is at least one."""
    low, high = (number_at(int(end), zone, every) for end in (ts.min(), ts.max()))
    return periods(low, high, zone, every)


def _begins(number: int, zone: ZoneInfo, every: Every) -> int:
    try:
        day = first_day(number, every)
    except (ValueError, OverflowError):
        return AFTER_ALL + number * CELL
    # a midnight that the clocks leap over is read as the moment of the leap
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return (midnight - EPOCH) // timedelta(microseconds=1)
