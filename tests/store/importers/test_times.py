"""Times as files write them, against what Python's datetime says."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.errors import AmbiguousTime, ImportFailed
from sojourn.store.importers.clocks import EXCEL
from sojourn.store.importers.evidence import TimeEvidence, decide
from sojourn.store.importers.layouts import DAY_FIRST, MONTH_FIRST, days_of, layout_of
from sojourn.store.importers.shapes import groups_of
from sojourn.store.importers.times import TimeReading, Undecided, read_times
from sojourn.store.importers.zones import EPOCH, to_utc

US = timedelta(microseconds=1)
YEAR_ONE, YEAR_9999 = datetime(1, 1, 2), datetime(9999, 12, 30)
CLOCKS = st.datetimes(YEAR_ONE, YEAR_9999)
MODERN = st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1))


def seen(values, column="time", kind=None):
    evidence = TimeEvidence(column)
    evidence.add(pa.array(values, kind), np.arange(1, len(values) + 1))
    return evidence


def read(values, asked=None, zone="UTC", column="time", kind=None):
    reading = decide(seen(values, column, kind), asked, zone, whole=True)
    times = read_times(pa.array(values, kind), reading)
    return [
        (EPOCH + timedelta(microseconds=int(us))).replace(tzinfo=UTC) if good else None
        for us, good in zip(times.us, times.good, strict=True)
    ]


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02", utc(2026, 1, 2)),
        ("2026-1-2", utc(2026, 1, 2)),
        ("2026/01/02 3:04", utc(2026, 1, 2, 3, 4)),
        ("2026.01.02 03:04:05", utc(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02T03:04:05Z", utc(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02t03:04:05z", utc(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02T03:04:05.1Z", utc(2026, 1, 2, 3, 4, 5, 100_000)),
        ("2026-01-02T03:04:05,123456", utc(2026, 1, 2, 3, 4, 5, 123_456)),
        ("2026-01-02T03:04:05.123456789Z", utc(2026, 1, 2, 3, 4, 5, 123_456)),
        ("2026-01-02T03:04:05+02:00", utc(2026, 1, 2, 1, 4, 5)),
        ("2026-01-02 03:04:05 -0330", utc(2026, 1, 2, 6, 34, 5)),
        ("2026-01-02 03:04:05+02", utc(2026, 1, 2, 1, 4, 5)),
        ("2026-01-02 03:04:05 UTC", utc(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02 03:04:60", utc(2026, 1, 2, 3, 5)),
        ("20260102T030405Z", utc(2026, 1, 2, 3, 4, 5)),
        ("Fri, 02 Jan 2026 15:04:05 +0100", utc(2026, 1, 2, 14, 4, 5)),
        ("02 Jan 2026 15:04 GMT", utc(2026, 1, 2, 15, 4)),
        ("2-Jan-2026", utc(2026, 1, 2)),
        ("02/Jan/2026:10:00:00 +0000", utc(2026, 1, 2, 10)),
        ("2 September 2026", utc(2026, 9, 2)),
        ("Jan 2, 2026, 3:04 PM", utc(2026, 1, 2, 15, 4)),
        ("January 2, 2026 at 12:04 am", utc(2026, 1, 2, 0, 4)),
        ("Friday, January 2, 2026", utc(2026, 1, 2)),
        ("Fri Jan  2 15:04:05 2026", utc(2026, 1, 2, 15, 4, 5)),
        ("13/02/2026", utc(2026, 2, 13)),
        ("13.02.2026 10:00:01", utc(2026, 2, 13, 10, 0, 1)),
        ("13-2-2026 10:00", utc(2026, 2, 13, 10)),
        ("2/13/2026 1:05 PM", utc(2026, 2, 13, 13, 5)),
        ("13/02/26", utc(2026, 2, 13)),
        ("2/13/99 12:05 AM", utc(1999, 2, 13, 0, 5)),
        ("1767323045", utc(2026, 1, 2, 3, 4, 5)),
        ("1767323045.25", utc(2026, 1, 2, 3, 4, 5, 250_000)),
        ("1767323045123", utc(2026, 1, 2, 3, 4, 5, 123_000)),
        ("1767323045123456", utc(2026, 1, 2, 3, 4, 5, 123_456)),
        ("1767323045123456789", utc(2026, 1, 2, 3, 4, 5, 123_456)),
        ("20260102", utc(2026, 1, 2)),
        ("20260102030405", utc(2026, 1, 2, 3, 4, 5)),
        ("46024.5", utc(2026, 1, 2, 12)),
        (" 2026-01-02 ", utc(2026, 1, 2)),
        ("0001-01-01T00:00:00Z", utc(1, 1, 1)),
        ("9999-12-31T23:59:59.999999Z", utc(9999, 12, 31, 23, 59, 59, 999_999)),
    ],
)
def test_a_time_is_recognised(text, expected):
    assert read([text]) == [expected]


NONE = ["2026-02-30", "2026-13-01", "2026-00-10", "2026-01-02T25:00", "2026-01-02T10:60"]
NONE += ["0000-01-01", "2026-01-02 13:00 PM", "2026-01-02 0:10 AM", "Foo 2, 2026", "2026-01"]
NONE += ["2026-01-02 10:00 CET", "2026-01-02X10:00", "2026-01-02T10:00+25:00", "soon", "", None]
NONE += ["2026-01-02T10:00+01:75", "0001-01-01T00:00:00+01:00", "Fry, 02 Jan 2026 15:04:05 +0000"]
NONE += [
    "9999-12-31T23:00:00-05:00",
    "\u0662\u0660\u0662\u0666-01-02",
    "2026-01-02 10:00:00 some day",
    "x" * 200,
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_time_is_none(text):
    assert read(["2026-01-02", text]) == [utc(2026, 1, 2), None]


@given(st.lists(CLOCKS, min_size=1, max_size=20))
def test_iso_is_read_as_python_reads_it(moments):
    texts = [moment.isoformat() for moment in moments]
    assert read(texts) == [moment.replace(tzinfo=UTC) for moment in moments]


@given(st.lists(st.tuples(CLOCKS, st.integers(-14 * 60, 14 * 60)), min_size=1, max_size=20))
def test_offsets_are_read_as_python_reads_them(pairs):
    moments = [m.replace(tzinfo=timezone(timedelta(minutes=o))) for m, o in pairs]
    assert read([m.isoformat() for m in moments]) == [m.astimezone(UTC) for m in moments]


@given(st.lists(MODERN, min_size=1, max_size=20), st.sampled_from(["s", "ms", "us"]))
def test_numbers_are_counted_from_1970(moments, unit):
    scale = {"s": 1, "ms": 1000, "us": 10**6}[unit]
    whole = [m.replace(microsecond=0, tzinfo=UTC) for m in moments]
    numbers = [int(m.timestamp()) * scale for m in whole]
    assert read(numbers, unit) == whole
    assert read([str(n) for n in numbers], unit) == whole
    assert read([float(n) for n in numbers], unit) == whole


@given(
    st.lists(MODERN, min_size=1, max_size=20),
    st.sampled_from(["%d/%m/%Y", "%d.%m.%Y %H:%M", "%d-%m-%Y %H:%M:%S"]),
)
def test_day_first_is_read_as_strptime_reads_it(moments, pattern):
    texts = [moment.strftime(pattern) for moment in moments]
    expected = [datetime.strptime(text, pattern).replace(tzinfo=UTC) for text in texts]
    assert read(texts, DAY_FIRST) == expected
    assert read(texts, pattern) == expected


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


@given(CLOCKS, st.sampled_from([*ZONES, "Africa/Monrovia", "America/Caracas"]))
def test_clock_times_in_a_zone_are_what_zoneinfo_says(moment, zone):
    there = moment.replace(tzinfo=ZoneInfo(zone))
    expected = (moment - EPOCH - there.utcoffset()) // US
    us = np.array([(moment - EPOCH) // US])
    assert to_utc(us, zone).us.tolist() == [expected]


def test_skipped_and_doubled_hours_are_marked():
    clocks = [datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30), datetime(2026, 7, 1)]
    found = to_utc(np.array([(c - EPOCH) // US for c in clocks]), "Europe/Berlin")
    assert found.skipped.tolist() == [True, False, False]
    assert found.twice.tolist() == [False, True, False]


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_days_are_counted_as_python_counts_them(day):
    parts = [np.array([part]) for part in (day.year, day.month, day.day)]
    days, real = days_of(*parts)
    assert (days.tolist(), real.tolist()) == ([(day - date(1970, 1, 1)).days], [True])


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([0], pa.timestamp("s", "UTC"), utc(1970, 1, 1)),
        ([1], pa.timestamp("ms", "Europe/Berlin"), utc(1970, 1, 1, 0, 0, 0, 1000)),
        ([1999], pa.timestamp("ns", "UTC"), utc(1970, 1, 1, 0, 0, 0, 1)),
        ([0], pa.timestamp("us"), utc(1969, 12, 31, 23)),
        ([2**62], pa.timestamp("s"), None),
        ([-(2**62)], pa.timestamp("s"), None),
        ([date(2026, 1, 2)], pa.date32(), utc(2026, 1, 1, 23)),
        ([date(2026, 1, 2)], pa.date64(), utc(2026, 1, 1, 23)),
        ([None], pa.timestamp("us"), None),
    ],
)
def test_typed_times_of_any_unit_and_zone(values, kind, expected):
    assert read(values, zone="Europe/Berlin", kind=kind) == [expected]


def test_missing_and_odd_numbers_are_no_times():
    assert read([1767323045.0, None, float("nan"), float("inf")])[1:] == [None] * 3


# Deciding


def test_one_row_that_tells_the_order_decides_the_column():
    assert read(["03/04/2026", "13/04/2026"])[0] == utc(2026, 4, 3)
    assert read(["03/04/2026", "04/13/2026"])[0] == utc(2026, 3, 4)


def test_no_row_that_tells_is_asked_about_with_two_rows_and_both_flags():
    with pytest.raises(AmbiguousTime) as error:
        read(["03/04/2026", "05/06/2026", "07/08/2026 10:00"])
    text = str(error.value)
    assert "row 1 (03/04/2026) and row 2 (05/06/2026)" in text
    assert "day-first" in text
    assert "month-first" in text


def test_rows_that_tell_different_orders_are_named():
    with pytest.raises(AmbiguousTime, match=r"row 3 \(13/05/2026\).*row 2 \(05/13/2026\)"):
        read(["01/02/2026", "05/13/2026", "13/05/2026"])


def test_the_same_number_twice_tells_nothing_and_needs_nothing():
    assert read(["03/03/2026", "04/04/2026"]) == [utc(2026, 3, 3), utc(2026, 4, 4)]


def test_the_user_decides_and_what_does_not_fit_is_no_time():
    assert read(["03/04/2026", "12/31/2026"], DAY_FIRST) == [utc(2026, 4, 3), None]
    assert read(["03/04/2026", "12/31/2026"], MONTH_FIRST) == [utc(2026, 3, 4), utc(2026, 12, 31)]
    assert read(["03/04/2026", "2026-01-02"], "iso") == [None, utc(2026, 1, 2)]


def test_years_of_two_digits_that_may_come_first_are_asked_about():
    with pytest.raises(AmbiguousTime, match="two digits"):
        read(["25/12/03", "25/11/04", "25/12/13"])
    assert read(["25/12/03"], "%y/%m/%d") == [utc(2025, 12, 3)]


MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEAD = "user_id,timestamp,event\n"


def test_a_column_may_change_how_it_writes_times_where_no_text_fits_two(desk):
    """A clickstream that changes its format half-way; numbers are told apart by their size."""
    ways = [
        "2026-01-02T03:04:05Z",
        "1767323045",
        "1767323045000",
        "1767323045000000",
        "20260102030405",
    ]
    report = desk.bring(HEAD + "".join(f"u{i},{way},A\n" for i, way in enumerate(ways * 3)))
    assert desk.rows("ts") == [MOMENT] * 15
    assert report.times.startswith(
        "as written (ISO 8601), numbers in seconds and milliseconds and microseconds and "
        "YYYYMMDDhhmmss, each by its size;"
    )


def test_what_comes_late_changes_nothing_of_what_came_before(desk):
    rows = [f"u{i},2026-01-02T03:04:05Z,A\n" for i in range(1500)]
    rows += ["u,1767323045,A\n"] * 1500 + ["u,1767323045000,A\n", "u,17,A\n", "u,soon,A\n"]
    report = desk.bring(HEAD + "".join(rows))
    assert (report.touchpoints, report.rejected) == (3001, 2)
    assert set(desk.rows("ts")) == {MOMENT}
    assert [row for row, _ in desk.rejected] == [3002, 3003]


def test_a_number_of_another_unit_than_was_said_is_rejected(desk):
    desk.bring(HEAD + "u1,1767323045000,A\nu2,1767323045,A\nu3,9466848000,A\n", time_format="ms")
    assert desk.rows("user_id") == ["u1"]
    assert [row for row, _ in desk.rejected] == [2, 3]


@pytest.mark.parametrize(("asked", "year"), [("excel", 2022), ("excel-1904", 2026)])
def test_days_of_a_spreadsheet_count_from_1900_or_1904(desk, asked, year):
    desk.bring(HEAD + "u1,44562.25,A\n", time_format=asked)
    (found,) = desk.rows("ts")
    assert found == datetime(year, 1, 1 if year == 2022 else 2, 6, tzinfo=UTC)


def test_how_a_browser_writes_a_date(desk):
    texts = [
        "Fri Jan 02 2026 04:04:05 GMT+0100 (Central European Standard Time)",
        "Fri Jan 02 2026 03:04:05 GMT+0000 (UTC)",
        "Thu, 01 Jan 2026 21:04:05 GMT-0600",
    ]
    desk.bring(HEAD + "".join(f'u,"{text}",A\n' for text in texts))
    assert desk.rows("ts") == [MOMENT] * 3


def test_days_of_a_spreadsheet_need_a_name_or_a_flag():
    assert read(["46024"], column="InvoiceDate") == [utc(2026, 1, 2)]
    with pytest.raises(ImportFailed, match="holds no time"):
        read(["46024"], column="number")
    assert read(["46024.25"], EXCEL, column="number") == [utc(2026, 1, 2, 6)]


def test_a_column_without_a_single_time_is_refused_with_an_example():
    with pytest.raises(ImportFailed, match=r"'what' holds no time: row 1 says 'red'"):
        read(["red", "green"], column="what")


def test_an_unknown_format_is_refused_with_those_known():
    with pytest.raises(ImportFailed, match="day-first, month-first, iso"):
        read(["2026-01-02"], "european")


@pytest.mark.parametrize("late", ["03/04/2026", "1767323045"])
def test_what_the_first_rows_did_not_show_asks_for_a_look_at_all(late):
    reading = decide(seen(["2026-01-02"]), None, "UTC", whole=False)
    assert not reading.sure
    with pytest.raises(Undecided):
        read_times(pa.array(["2026-01-02", late]), reading)


def test_the_other_order_further_down_asks_for_a_look_at_all():
    reading = decide(seen(["13/04/2026"]), None, "UTC", whole=False)
    assert reading.order == DAY_FIRST
    with pytest.raises(Undecided):
        read_times(pa.array(["04/13/2026"]), reading)
    assert not read_times(pa.array(["44/44/2026"]), reading).good.any()


def test_readings_say_themselves_in_words():
    assert str(TimeReading()) == "as written (ISO 8601); times without a zone are in UTC"
    assert str(TimeReading("Asia/Tokyo", DAY_FIRST, "ms")).startswith("day-first, numbers in milli")


def test_texts_are_grouped_by_shape_whatever_slice_they_come_in():
    texts = pa.array(["x", "12:30", None, "", "1a:3", "99:99"]).slice(1)
    found = {group.shape: group.rows.tolist() for group in groups_of(texts)}
    assert found == {"99:99": [0, 4], "9A:9": [3]}


def test_a_shape_of_anything_else_is_no_layout():
    assert [layout_of(s) for s in ("99-99", "9999-99-99-99", "A", "9")] == [None] * 4
