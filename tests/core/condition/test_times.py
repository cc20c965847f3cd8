"""Hours and days are those of the zone, through every change of its clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.condition.times import EPOCH, date_part, micros, read_time, zone_of

ZONES = ["UTC", "Europe/Prague", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]
PARTS = {
    "hour": lambda t: t.hour,
    "weekday": lambda t: t.isoweekday(),
    "day": lambda t: t.day,
    "month": lambda t: t.month,
    "year": lambda t: t.year,
}
MOMENTS = st.datetimes(datetime(1850, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(moments=st.lists(MOMENTS, min_size=1, max_size=30), zone=st.sampled_from(ZONES))
@settings(max_examples=200, deadline=None)
def test_parts_are_those_that_python_finds(moments: list[datetime], zone: str) -> None:
    given_ = np.array([micros(moment) for moment in moments])
    for name, part in PARTS.items():
        expected = [part(moment.astimezone(ZoneInfo(zone))) for moment in moments]
        assert date_part(name, given_, zone).tolist() == expected


@pytest.mark.parametrize("zone", ZONES)
def test_parts_are_right_in_every_quarter_of_an_hour_of_a_year(zone: str) -> None:
    start = datetime(2025, 12, 31, 12, 0, 0, 1, tzinfo=UTC)
    moments = [start + timedelta(minutes=15 * step) for step in range(4 * 24 * 367)]
    given_ = np.array([micros(moment) for moment in moments])
    expected = [moment.astimezone(ZoneInfo(zone)).hour for moment in moments]
    assert date_part("hour", given_, zone).tolist() == expected


@given(moment=st.datetimes(), zone=st.sampled_from(ZONES))
@settings(max_examples=200, deadline=None)
def test_a_local_time_is_read_as_written(moment: datetime, zone: str) -> None:
    expected = micros(moment.replace(tzinfo=ZoneInfo(zone)))
    for text in (moment.isoformat(), moment.isoformat(" ")):
        assert read_time(text, zone) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00+00:00"),
        ("2026-10-25 02:30", "2026-10-25T00:30:00+00:00"),
        ("2026-01-31", "2026-01-30T23:00:00+00:00"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00+00:00"),
        ("2026-01-31T10:00:00.5+0530", "2026-01-31T04:30:00.500000+00:00"),
        ("2026-01-31 10:00-03", "2026-01-31T13:00:00+00:00"),
    ],
)
def test_a_time_is_read_in_the_zone_unless_it_has_its_own(text: str, expected: str) -> None:
    found = read_time(text, "Europe/Prague")
    assert found is not None
    assert (EPOCH + timedelta(microseconds=found)).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026", "2026-1-1", "20260101", "2026-13-01", "2026-02-29", "1/2/2026",
     "2026-W01-1", "2026-01-01T25:00", "2026-01-01 ", "2026-01-01T10", "٢٠٢٦-01-01", "0000-01-01"],
)  # fmt: skip
def test_what_is_no_iso_time_is_not_read(text: str) -> None:
    assert read_time(text, "UTC") is None


@pytest.mark.parametrize("name", ["", "Nowhere", "../etc/passwd", "/etc/passwd", "a" * 500, "\x00"])
def test_a_zone_must_exist(name: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the name is all there is to say
        zone_of(name)
