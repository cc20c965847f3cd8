"""Why a text is no time: said so that its owner knows what to do."""

import pytest

from sojourn.store.importers.times import TimeReading
from sojourn.store.importers.why import NO_TIME, why_not

DAY_FIRST = TimeReading(order="day-first")


@pytest.mark.parametrize(
    ("text", "reading", "expected"),
    [
        ("soon", TimeReading(), NO_TIME),
        ("Q1 2026", TimeReading(), NO_TIME),
        ("12. März 2026", TimeReading(), "'März' is no English word"),
        ("3 de mayo de 2026", TimeReading(), "'mayo' is no English word"),
        ("2026-01-02 10:00 EST", TimeReading(), "'EST' may be several zones"),
        ("2026-02-30", TimeReading(), "no such day or hour"),
        ("2026-01-02 25:00", TimeReading(), "no such day or hour"),
        ("02/13/2026", DAY_FIRST, "this is month-first, and the column is day-first"),
        ("32/13/2026", DAY_FIRST, "no such day or hour"),
        ("17", TimeReading(unit="s+ms"), "no time in seconds or milliseconds"),
        ("17", TimeReading(), "this is a number"),
        ("02.01.2026", TimeReading(pattern="%Y/%m"), "does not fit the format %Y/%m"),
    ],
)
def test_a_reason_says_what_is_wrong(text, reading, expected):
    assert expected in why_not(text, reading)


def test_the_rejected_rows_have_it(desk):
    desk.bring(
        "user_id,timestamp,event\nu1,2026-01-02,A\nu2,2 mai 2026,A\nu3,2026-02-30,A\n"
        "u4,2026-01-02 10:00 CET,A\nu5,soon,A\n"
    )
    assert [reason.partition(" ")[2][:12] for _, reason in desk.rejected] == [
        "is no Englis", "is no such d", "may be sever", "is no time b",
    ]  # fmt: skip
