"""Why a text is no time, in words that say what to do about it."""

from __future__ import annotations

import re

from sojourn.store.importers.clocks import IN_WORDS, NUMBER
from sojourn.store.importers.layouts import (
    DAY_FIRST,
    MONTH_FIRST,
    MONTH_NUMBERS,
    UTC_NAMES,
    WEEKDAY_NAMES,
    layout_of,
)
from sojourn.store.importers.times import TimeReading

NO_TIME = "this is no time between the years 1 and 9999"
KNOWN = {*MONTH_NUMBERS, *WEEKDAY_NAMES, *UTC_NAMES, "t", "at", "am", "pm"}
_WORD = re.compile(r"[^\W\d_]+")


def why_not(text: str, reading: TimeReading) -> str:
    """Why a text could not be read as a time under a reading.

    >>> why_not("12. März 2026", TimeReading())
    "'März' is no English word for a month or a day: write months as numbers"
    >>> why_not("2026-01-02 10:00 CET", TimeReading())
    "'CET' may be several zones: write an offset, such as +01:00"
    """
    text = text.strip()
    if reading.pattern:
        return f"this does not fit the format {reading.pattern}"
    if not any(letter.isdigit() for letter in text):
        return NO_TIME
    shape = re.sub(r"[A-Za-z]", "A", re.sub(r"[0-9]", "9", text))
    if NUMBER.fullmatch(shape):
        unit = " or ".join(IN_WORDS.get(each, each) for each in (reading.unit or "").split("+"))
        return (
            f"this number is no time in {unit}"
            if unit
            else "this is a number, and the times of the column are not"
        )
    strange = [word for word in _WORD.findall(text) if word.lower() not in KNOWN]
    if strange and re.search(r"[0-9] ?[A-Z]{2,5}$", text):
        return f"{strange[-1]!r} may be several zones: write an offset, such as +01:00"
    longest = max(strange, key=len, default="")
    if len(longest) > 2 and len(_WORD.findall(text)) < 5:
        return f"{longest!r} is no English word for a month or a day: write months as numbers"
    spans = layout_of(shape)
    if spans is None:
        return NO_TIME
    if "a" in spans and reading.order:
        return _other_order(text, spans["a"], spans["b"], reading.order)
    return "there is no such day or hour in the calendar"


def _other_order(text: str, a: tuple[int, int], b: tuple[int, int], order: str) -> str:
    first, second = int(text[slice(*a)]), int(text[slice(*b)])
    day, month = (first, second) if order == DAY_FIRST else (second, first)
    if month > 12 >= day:
        other = MONTH_FIRST if order == DAY_FIRST else DAY_FIRST
        return f"this is {other}, and the column is {order}"
    return "there is no such day or hour in the calendar"
