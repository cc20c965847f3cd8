"""How things go: against plain loops over random logs, with calendars that jump."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.plan import Annotation
from sojourn.errors import QuestionError, UnknownName
from sojourn.workspace import read

ZONE = "Europe/Vienna"
START = datetime(2025, 2, 1, tzinfo=UTC)
NAMES = ("Page Viewed", "Trial Started", "Order Completed", "Order Shipped")


def opened(rows, zone=ZONE):
    """A workspace of rows (person, hours since the start, name, value)."""
    columns = {
        "user_id": [row[0] for row in rows],
        "ts": [(START + timedelta(hours=row[1])).isoformat() for row in rows],
        "name": [row[2] for row in rows],
        "value": [str(row[3]) if row[3] else None for row in rows],
        "currency": ["EUR" if row[3] else None for row in rows],
    }
    return read(pa.table(columns), zone=zone)


def monday(hours, zone=ZONE):
    day = (START + timedelta(hours=hours)).astimezone(ZoneInfo(zone)).date()
    return (day - timedelta(days=day.weekday())).isoformat()


ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcd"), st.integers(0, 24 * 120), st.sampled_from(NAMES),
        st.integers(0, 30),
    ),
    min_size=1, max_size=40, unique_by=lambda row: row[:3],
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(ROWS)
def test_the_business_is_counted_as_a_plain_loop_counts_it(rows):
    found = opened(rows).journey("hourglass").series(count=30)
    people, touches, orders, new, money = Counter(), Counter(), Counter(), Counter(), Counter()
    seen, bought = set(), set()
    for who, hours, name, value in sorted(rows, key=lambda row: row[1]):
        week = monday(hours)
        if name != "Order Shipped":
            touches[week] += 1
            people[week] += (who, week) not in seen
            seen.add((who, week))
        if name == "Order Completed":
            orders[week] += 1
            new[week] += who not in bought
            bought.add(who)
            money[week] += Decimal(value)
    for row in found.rows:
        week = row["period"]
        assert (row["people"], row["touchpoints"]) == (people[week], touches[week])
        assert (row["orders"], row["new_customers"]) == (orders[week], new[week])
        assert row.get("revenue_EUR", 0) == pytest.approx(float(money[week]))


@settings(max_examples=10, deadline=None)
@given(ROWS)
def test_a_stage_is_counted_as_its_stays_are_listed(rows):
    journey = opened(rows).journey("hourglass")
    arrived, moved, quiet = Counter(), Counter(), Counter()
    zone = ZoneInfo(ZONE)

    def week(moment):
        day = moment.astimezone(zone).date()
        return (day - timedelta(days=day.weekday())).isoformat()

    for stay in journey.sojourns().rows:
        if stay["stage"] == "buy":
            arrived[week(stay["entered_at"])] += 1
        if stay["stage"] == "buy" and stay["left_at"]:
            moved[week(stay["left_at"])] += 1 if stay["outcome"] in ("moved", "restarted") else 0
            quiet[week(stay["left_at"])] += 1 if stay["outcome"] == "lapsed" else 0
    for row in journey.series("buy", count=30).rows:
        told = (row["arrived"], row["moved_on"], row["went_quiet"])
        assert told == tuple(counts[row["period"]] for counts in (arrived, moved, quiet))


def test_weeks_are_whole_from_monday_to_sunday_though_the_clocks_jump():
    # The night of 30 March 2025 has no hour from 2 to 3 in Vienna.
    late = (datetime(2025, 3, 30, 21, 30, tzinfo=UTC) - START) / timedelta(hours=1)
    rows = [("a", 0, "Page Viewed", 0), ("a", late, "Page Viewed", 0),
            ("a", late + 1, "Page Viewed", 0)]  # fmt: skip
    found = {row["period"]: row["touchpoints"] for row in opened(rows).journey().series().rows}
    assert (found["2025-03-24"], found["2025-03-31"]) == (1, 1)


def test_a_week_that_goes_on_and_the_one_in_which_the_log_begins_are_not_whole():
    rows = [("a", 0, "Page Viewed", 0), ("a", 24 * 20, "Page Viewed", 0)]
    found = opened(rows).journey().series(count=5)
    assert found.column("complete") == [False, False, True, True, False]


def test_beside_it_stands_the_year_before_or_the_time_before():
    rows = [("a", 24 * 7 * week, "Page Viewed", 0) for week in (0, 3, 52, 53)]
    rows += [("b", 24 * 7 * 52, "Page Viewed", 0)]
    journey = opened(rows).journey()
    year = journey.series(count=2, beside="year")
    assert year.column("touchpoints") == [2, 1]
    assert year.column("touchpoints_before") == [1, 0]
    before = journey.series(count=50, beside="before")
    assert sum(before.column("touchpoints_before")) == 2


def test_the_period_chooses_what_is_shown_not_who_is_counted():
    rows = [("a", 24 * day, "Page Viewed", 0) for day in (0, 30, 31, 60)]
    found = opened(rows).journey(start="2025-03-01", end="2025-04-01").series(every="month")
    assert [(row["period"], row["touchpoints"]) for row in found.rows] == [("2025-03", 2)]


def test_what_happened_stands_in_its_week():
    workspace = opened([("a", 0, "Page Viewed", 0), ("a", 24 * 20, "Page Viewed", 0)])
    workspace.plan.annotate(date(2025, 2, 12), "New price", "price")
    workspace.plan.annotate(date(2025, 2, 9), "Fair", until=date(2025, 2, 10))
    assert workspace.plan.annotations()[0] == Annotation(
        date(2025, 2, 9), "Fair", "other", date(2025, 2, 10)
    )
    found = {r["period"]: r["annotations"] for r in workspace.journey().series(count=4).rows}
    assert found["2025-02-03"] == "Fair"
    assert found["2025-02-10"] == "Fair; New price"
    assert found["2025-02-17"] is None


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"of": "tri"}, UnknownName),
        ({"every": "fortnight"}, UnknownName),
        ({"beside": "yaer"}, UnknownName),
        ({"count": 0}, QuestionError),
        ({"count": 521}, QuestionError),
    ],
)
def test_a_wrong_question_is_told(asked, error):
    with pytest.raises(error):
        opened([("a", 0, "Page Viewed", 0)]).journey("hourglass").series(**asked)


def test_too_many_periods_are_not_drawn():
    rows = [("a", 0, "Page Viewed", 0), ("a", 24 * 600, "Page Viewed", 0)]
    with pytest.raises(QuestionError, match="601 periods"):
        opened(rows, "UTC").journey(start="2025-02-01").series(every="day")
