"""Moments in a condition: how they are written, and what hour or day they fall in."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from sojourn.core.bucket import Bools, Ints

NULL_TIME = int(np.iinfo(np.int64).min)
"""The microseconds of an unknown time."""

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FIRST = (datetime(1, 1, 3, tzinfo=UTC) - EPOCH) // MICROSECOND
LAST = (datetime(9999, 12, 29, tzinfo=UTC) - EPOCH) // MICROSECOND

WRITTEN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; raises ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError(name) from None


def micros(moment: datetime) -> int:
    """Microseconds since 1970 in UTC of a moment with a time zone.

    >>> micros(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    return (moment - EPOCH) // MICROSECOND


def read_time(text: str, zone: str) -> int | None:
    """The microseconds of an ISO date or timestamp, None when it is neither.

    Without an offset it is local time in the zone; a bare date is midnight there.

    >>> read_time("1970-01-02", "UTC"), read_time("1970-01-01 01:00", "Europe/Prague")
    (86400000000, 0)
    >>> read_time("1970-01-01T00:00:00+01:00", "UTC"), read_time("2/1/1970", "UTC")
    (-3600000000, None)
    """
    if not WRITTEN.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return micros(moment if moment.tzinfo else moment.replace(tzinfo=zone_of(zone)))


@lru_cache(maxsize=1 << 16)
def offset(moment: int, zone: str) -> int:
    """How far a zone's clock is ahead of UTC at a moment, in microseconds."""
    safe = EPOCH + timedelta(microseconds=min(max(moment, FIRST), LAST))
    ahead = safe.astimezone(zone_of(zone)).utcoffset()
    return (ahead or timedelta(0)) // MICROSECOND


def offsets(moments: Ints, zone: str, span: int = DAY) -> Ints:
    """The offset at each moment: asked once a day, or more finely where a day has two."""
    spans, place = np.unique(moments // span, return_inverse=True)
    begins = [offset(s * span, zone) for s in spans.tolist()]
    ends = [offset((s + 1) * span - 1, zone) for s in spans.tolist()]
    ahead = np.array(begins, np.int64)[place]
    mixed: Bools = (np.array(begins) != np.array(ends))[place]
    if mixed.any():
        finer = {DAY: HOUR, HOUR: MINUTE}.get(span, 1)
        ahead[mixed] = offsets(moments[mixed], zone, finer)
    return ahead


def date_part(part: str, moments: Ints, zone: str) -> Ints:
    """The hour, ISO weekday (1 is Monday), day, month or year of each moment in the zone.

    >>> date_part("weekday", np.array([0]), "UTC").tolist()
    [4]
    """
    if not len(moments):
        return moments
    local = moments if zone == "UTC" else moments + offsets(moments, zone)
    days: Ints = local // DAY
    if part == "hour":
        return (local - days * DAY) // HOUR
    if part == "weekday":
        return (days + 3) % 7 + 1
    dates = days.astype("M8[D]")
    months = dates.astype("M8[M]")
    if part == "day":
        return days - months.astype("M8[D]").astype(np.int64) + 1
    month: Ints = months.astype(np.int64)
    return month % 12 + 1 if part == "month" else month // 12 + 1970
