"""Moments as people write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from sojourn.errors import QuestionError
from sojourn.moments import micros

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(text, zone=STOCKHOLM):
    return datetime.fromtimestamp(micros(text, zone, "as of") / 1e6, UTC).isoformat()


def test_a_bare_date_is_midnight_in_the_reports_zone():
    assert at("2026-01-01") == "2025-12-31T23:00:00+00:00"
    assert at("2026-07-01") == "2026-06-30T22:00:00+00:00"
    assert at(date(2026, 7, 1)) == at("2026-07-01")


def test_a_time_without_a_zone_is_in_the_reports_zone_and_one_with_is_not():
    assert at("2026-01-01T12:00") == "2026-01-01T11:00:00+00:00"
    assert at("2026-01-01T12:00Z") == "2026-01-01T12:00:00+00:00"
    assert at(datetime(2026, 1, 1, 12, tzinfo=UTC)) == "2026-01-01T12:00:00+00:00"


def test_microseconds_are_taken_as_they_are():
    assert micros(1_767_225_600_000_000, STOCKHOLM, "as of") == 1_767_225_600_000_000


@pytest.mark.parametrize("text", ["soon", "", "2026-13-01", "01/02/2026", "2026-02-30"])
def test_anything_else_says_how_to_write_it(text):
    with pytest.raises(QuestionError, match="2026-03-01T14:30"):
        micros(text, STOCKHOLM, "as of")


@pytest.mark.parametrize(
    "moment", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", 10**18, -(10**17)]
)
def test_a_moment_at_the_end_of_the_calendar_is_refused(moment):
    with pytest.raises(QuestionError, match="outside the years 100 to 9000"):
        micros(moment, STOCKHOLM, "as of")
