"""Moments as people write them: a date, a date and a time, or a Python value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sojourn.errors import QuestionError

Moment = str | date | datetime | int
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: Moment, zone: ZoneInfo, what: str) -> int:
    """Microseconds since 1970 in UTC; a bare date is midnight in `zone`, and so is a naive time.

    >>> micros("2026-01-01", ZoneInfo("Europe/Stockholm"), "as of") // 1_000_000
    1767222000
    """
    if isinstance(moment, int):
        return moment
    if isinstance(moment, str):
        moment = _parsed(moment, what)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return (moment - EPOCH) // timedelta(microseconds=1)
    except OverflowError:
        raise QuestionError(f"{what}: {moment} is outside the years 1 to 9999") from None


def _parsed(text: str, what: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise QuestionError(
            f"{what}: found {text!r}, expected a date or a time",
            hint="Write it like 2026-03-01 or 2026-03-01T14:30.",
        ) from None
