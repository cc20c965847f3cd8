"""Who waits for us: against plain loops over random logs, and stories with a known answer."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.measure.waiting import ANSWERS, WATCHED
from sojourn.workspace import read

START = datetime(2025, 1, 1, tzinfo=UTC)


def journey(rows, as_of=None):
    """A journey of rows (person, day, name, more)."""
    data = [
        {"user_id": who, "ts": (START + timedelta(days=day)).isoformat(), "name": name,
         "channel": "Email", "sentiment": None, **more}
        for who, day, name, more in rows
    ]  # fmt: skip
    columns = {key: [row[key] for row in data] for key in data[0]}
    return read(pa.table(columns)).journey("hourglass", as_of=as_of)


def test_an_answer_ends_the_wait_and_a_newsletter_does_not():
    rows = [
        ("a", 1, "Mention Posted", {"sentiment": -0.8}),
        ("a", 2, "Email Delivered", {}),
        ("b", 1, "Mention Posted", {"sentiment": -0.8}),
        ("b", 2, "Message Sent", {}),
        ("c", 1, "Message Sent", {}),
        ("c", 2, "Mention Posted", {"sentiment": -0.8}),
        ("d", 2, "Mention Posted", {"sentiment": 0.8}),
    ]
    assert journey(rows).unanswered().column("person") == ["c", "a"]


def test_who_was_unhappy_long_ago_is_not_on_the_list():
    rows = [("a", 0, "Mention Posted", {"sentiment": -1.0}), ("b", 40, "Page Viewed", {})]
    assert len(journey(rows).unanswered()) == 0
    assert journey(rows).unanswered(60).column("person") == ["a"]


def test_who_bought_is_heard_when_anything_of_ours_follows_within_two_days():
    rows = [
        ("a", 5, "Order Completed", {}),
        ("b", 5, "Order Completed", {}),
        ("b", 6.9, "Order Shipped", {}),
        ("c", 5, "Order Completed", {}),
        ("c", 7.1, "Order Shipped", {}),
        ("d", 9, "Order Completed", {}),
        ("e", 10, "Page Viewed", {}),
    ]
    assert journey(rows).unheard().column("person") == ["a", "c"]


def test_new_customers_are_counted_once_by_the_channel_that_they_first_met():
    rows = [
        ("a", 400 - 364, "Order Completed", {"channel": "Direct"}),
        ("b", 300, "Page Viewed", {"channel": "Paid Search"}),
        ("b", 399, "Order Completed", {"channel": "Direct"}),
        ("c", 390, "Order Completed", {"channel": "Direct"}),
        ("c", 399, "Order Completed", {"channel": "Direct"}),
        ("d", 400, "Page Viewed", {}),
    ]
    assert journey(rows).newcomers().rows == [
        {"channel": "Paid Search", "last_week": 1, "week_before": 0, "year_ago": 0},
        {"channel": "Direct", "last_week": 0, "week_before": 1, "year_ago": 1},
    ]


def test_a_channel_that_stopped_is_told_and_a_rare_one_is_not():
    rows = [("a", day, "Page Viewed", {}) for day in range(60)]
    rows += [("b", day, "Page Viewed", {"channel": "Phone"}) for day in range(50)]
    rows += [("c", day, "Page Viewed", {"channel": "Event"}) for day in (3, 20, 41)]
    lines = [row for row in journey(rows).today().rows if row["kind"] == "silent"]
    assert [line["text"] for line in lines] == ["Nothing has come through Phone for 10 days"]
    assert WATCHED > 60


def test_a_quiet_day_has_one_line():
    table = journey([("a", 0, "Page Viewed", {})]).today()
    assert table.column("kind") == ["customers"]
    assert table.column("text") == ["0 new customers in the last 7 days"]


ROW = st.tuples(
    st.sampled_from("abc"),
    st.integers(0, 40),
    st.sampled_from(["Mention Posted", "Message Sent", "Order Completed", "Email Delivered"]),
    st.fixed_dictionaries({"sentiment": st.sampled_from([None, -0.9, 0.9])}),
)


@settings(max_examples=40)
@given(st.lists(ROW, min_size=1, max_size=14))
def test_the_lists_are_what_a_plain_loop_finds(rows):
    asked = journey(rows)
    order = sorted(range(len(rows)), key=lambda i: (rows[i][1], i))
    mine = {who: [rows[i] for i in order if rows[i][0] == who] for who in "abc"}
    end = max(row[1] for row in rows)
    business = ("Message Sent", "Email Delivered")
    unhappy, unheard = set(), set()
    for who, touches in mine.items():
        bad = [
            i
            for i, (_, day, name, more) in enumerate(touches)
            if (more["sentiment"] or 0) < 0 and name not in business and day > end - 30
        ]
        if bad and not any(name in ANSWERS for _, _, name, _ in touches[bad[-1] + 1 :]):
            unhappy.add(who)
        bought = [i for i, (_, day, name, _) in enumerate(touches)
                  if name == "Order Completed" and end - 14 < day <= end - 2]  # fmt: skip
        if bought:
            at = bought[-1]
            later = [day for _, day, name, _ in touches[at + 1 :] if name in business]
            if not later or later[0] - touches[at][1] > 2:
                unheard.add(who)
    assert set(asked.unanswered().column("person")) == unhappy
    assert set(asked.unheard().column("person")) == unheard


@pytest.mark.parametrize("days", [1, 7, 365])
def test_an_empty_choice_gives_empty_lists(days):
    asked = journey([("a", 0, "Page Viewed", {})])
    assert len(asked.unanswered(days)) == len(asked.unheard(days)) == 0
