"""Moments as people write them: a date, a date and a time, or a Python value."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sojourn.errors import QuestionError

Moment = str | date | datetime | int
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST, LATEST = (
    (datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) for year in (100, 9001)
)


def micros(moment: Moment, zone: ZoneInfo, what: str) -> int:
    """Microseconds since 1970 in UTC; a bare date is midnight in `zone`, and so is a naive time.

    >>> micros("2026-01-01", ZoneInfo("Europe/Stockholm"), "as of") // 1_000_000
    1767222000
    """
    if isinstance(moment, int):
        return _bounded(moment, f"{moment} microseconds", what)
    if isinstance(moment, str):
        moment = _parsed(moment, what)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        found = (moment - EPOCH) // timedelta(microseconds=1)
    except OverflowError:
        found = LATEST + 1
    return _bounded(found, str(moment), what)


def _bounded(found: int, told: str, what: str) -> int:
    """The moment, unless weeks before or after it could leave the calendar."""
    if not EARLIEST <= found <= LATEST:
        raise QuestionError(f"{what}: {told} is outside the years 100 to 9000")
    return found


def _parsed(text: str, what: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise QuestionError(
            f"{what}: found {text!r}, expected a date or a time",
            hint="Write it like 2026-03-01 or 2026-03-01T14:30.",
        ) from None
