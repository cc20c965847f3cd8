"""Lengths of time as people write them: `30 days`, `12 hours`, `2 weeks`."""

from __future__ import annotations

import re

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

UNITS = {"second": SECOND, "minute": MINUTE, "hour": HOUR, "day": DAY, "week": 7 * DAY}
LONGEST = 36_500 * DAY

_FORM = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([A-Za-z]+)\s*")


def duration(text: str) -> int:
    """Microseconds in a length of elapsed time; a day is 24 hours, whatever the clocks do.

    Raises ValueError, saying what was expected.

    >>> duration("30 days") // DAY
    30
    >>> duration("1.5 hours") // MINUTE
    90
    """
    match = _FORM.fullmatch(text)
    unit = UNITS.get(match[2].lower().removesuffix("s")) if match else None
    if match is None or unit is None:
        raise ValueError(f"{text!r} is not a length of time; write it like '30 days' or '12 hours'")
    micros = round(float(match[1]) * unit)
    if not 0 < micros <= LONGEST:
        raise ValueError(f"{text!r} must be longer than nothing and at most 36500 days")
    return micros


def in_words(micros: int) -> str:
    """A length of time in the largest unit that divides it.

    >>> in_words(14 * DAY), in_words(90 * MINUTE)
    ('14 days', '90 minutes')
    """
    for name in ("day", "hour", "minute"):
        if micros % UNITS[name] == 0:
            count = micros // UNITS[name]
            return f"{count} {name}" + ("" if count == 1 else "s")
    return f"{micros / SECOND:g} seconds"
