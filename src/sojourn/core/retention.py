"""How long each kind of data is kept: periods as people write them, and the moment they reach."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import datetime, timedelta

from sojourn.core.durations import duration

KINDS: Mapping[str, str] = {
    "touchpoints": "rows of the log",
    "texts": "verbatims: what people wrote, in rows that stay",
    "rejected": "rejected rows",
    "inbox": "calls that could not be brought into the log",
}
"""The kinds of data that may have a period, and what goes when it is over."""

_MONTHS = re.compile(r"\s*(\d{1,4})\s*(month|year)s?\s*", re.IGNORECASE)


def before(now: datetime, period: str) -> datetime:
    """The moment up to which data is older than a period; months are those of the calendar.

    Raises ValueError, saying what was expected.

    >>> before(datetime(2026, 3, 31, 12), "1 month").isoformat()
    '2026-02-28T12:00:00'
    >>> before(datetime(2026, 3, 31, 12), "90 days").isoformat()
    '2025-12-31T12:00:00'
    """
    match = _MONTHS.fullmatch(period)
    if match is None:
        try:
            return now - timedelta(microseconds=duration(period))
        except ValueError:
            raise ValueError(
                f"{period!r} is not a period; write it like '25 months' or '90 days'"
            ) from None
    months = int(match[1]) * (12 if match[2].lower() == "year" else 1)
    if not 0 < months <= 1200:
        raise ValueError(f"{period!r} must be longer than nothing and at most 100 years")
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    if year < 1:
        return datetime.min.replace(tzinfo=now.tzinfo)
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))
