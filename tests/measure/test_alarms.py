"""What is wrong now: fallen feelings against a plain test, and silence as it is told."""

from datetime import UTC, datetime, timedelta
from statistics import mean, variance

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.measure.alarms import alarms
from sojourn.workspace import read

START = datetime(2025, 1, 1, tzinfo=UTC)


def found(rows, kind):
    """The alarms of a kind, of rows (person, day, feeling, channel)."""
    columns = {
        "user_id": [row[0] for row in rows],
        "ts": [(START + timedelta(days=row[1])).isoformat() for row in rows],
        "name": ["Review Posted"] * len(rows),
        "sentiment": [row[2] for row in rows],
        "channel": [row[3] if len(row) > 3 else "Email" for row in rows],
    }
    journey = read(pa.table(columns)).journey("hourglass")
    return [row for row in alarms(journey.view).rows if row["kind"] == kind]


def people(size, day, feeling, name):
    return [(f"{name}{i}", day + i / 1000, feeling(i)) for i in range(size)]


def test_a_fall_beyond_chance_is_told_with_its_numbers():
    rows = people(40, 10, lambda i: 0.6 + i % 2 / 10, "a") + people(
        20, 34, lambda i: -0.2 - i % 2 / 10, "b"
    )
    [row] = found(rows, "score")
    assert "-0.25 of 1 in the last 7 days, +0.65 before" in row["text"]
    assert row["detail"] == "by 20 people, and 40 in the 28 days before"


def test_a_rise_is_no_alarm_and_neither_is_a_fall_of_a_few():
    rise = people(40, 10, lambda i: -0.5 + i % 2 / 10, "a") + people(20, 34, lambda _: 0.5, "b")
    few = people(40, 10, lambda i: 0.6 + i % 2 / 10, "a") + people(9, 34, lambda _: -0.9, "b")
    assert found(rise, "score") == found(few, "score") == []


def test_one_person_who_complains_a_hundred_times_is_one_person():
    rows = people(40, 10, lambda i: 0.6 + i % 2 / 10, "a")
    rows += [("z", 34 + i / 1000, -1.0) for i in range(100)]
    assert found(rows, "score") == []


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-10, 10), min_size=30, max_size=40),
       st.lists(st.integers(-10, 10), min_size=10, max_size=20))  # fmt: skip
def test_it_is_the_difference_of_two_means(before, lately):
    rows = people(len(before), 10, lambda i: before[i] / 10, "a")
    rows += people(len(lately), 34, lambda i: lately[i] / 10, "b")
    error = (variance(before) / len(before) + variance(lately) / len(lately)) ** 0.5
    fall = mean(before) - mean(lately)
    close = abs(fall - 2.576 * error) < 1e-6
    assert close or bool(found(rows, "score")) == (fall > 2.576 * error and fall > 0)


def test_a_channel_that_stopped_is_told_under_one_name_for_as_long_as_it_does():
    rows = [("a", day, None, "Email") for day in range(60)]
    rows += [("b", day, None, "Phone") for day in range(50)]
    assert [(row["key"], row["text"]) for row in found(rows, "silent")] == [
        ("silent:Phone", "Nothing has come through Phone for 10 days")
    ]
