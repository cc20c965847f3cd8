"""Who wants to be told of what: as it is written down, and when the weekly mail is due."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.alerting import KINDS, Schedule, Wishes, wishes_of
from sojourn.errors import SettingsError

MONDAY = datetime(2026, 11, 23)


def test_what_is_written_down_is_read_back_as_it_was():
    wishes = Wishes(("a@example.com",), "https://hooks.example.com/x", ("score",),
                    Schedule("friday", 16, ("b@example.com",)))  # fmt: skip
    assert wishes_of(wishes.to_mapping()) == wishes
    assert wishes_of(None) == Wishes()
    assert wishes_of({"to": "a@example.com"}).kinds == tuple(KINDS)


@pytest.mark.parametrize(
    ("raw", "place", "near"),
    [
        ([], "alerts: found '\\[\\]'", None),
        ({"too": []}, "alerts.too", "to"),
        ({"kinds": ["scores"]}, "alerts.kinds: found 'scores'", "score"),
        ({"to": 7}, "alerts.to", None),
        ({"to": ["a"] * 21}, "at most 20", None),
        ({"webhook": 7}, "alerts.webhook", None),
        ({"mail": {"day": "mondy"}}, "alerts.mail.day", "monday"),
        ({"mail": {"hour": 24}}, "alerts.mail.hour", None),
        ({"mail": {"hour": True}}, "alerts.mail.hour", None),
        ({"mail": {"when": 1}}, "alerts.mail.when", None),
    ],
)
def test_what_is_wrong_is_told_with_its_place(raw, place, near):
    with pytest.raises(SettingsError, match=place) as caught:
        wishes_of(raw)
    assert near is None or near in str(caught.value.hint)


@given(st.integers(0, 24 * 7 * 6), st.integers(0, 23), st.integers(0, 6))
def test_looked_at_every_hour_the_mail_goes_out_once_a_week(begin, hour, day):
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    schedule, last, sent = Schedule(names[day], hour, ("a@example.com",)), "", []
    for step in range(24 * 7 * 3):
        now = MONDAY + timedelta(hours=begin + step)
        week = schedule.due(now, last)
        if week:
            sent.append(now)
            last = week
    assert 3 <= len(sent) <= 4
    for moment in sent[1:]:
        assert (moment.weekday(), moment.hour) == (day, hour)


def test_a_clock_that_goes_back_sends_nothing_again():
    schedule = Schedule("monday", 7, ("a@example.com",))
    assert schedule.due(MONDAY.replace(hour=8), "2026-W48") is None
    assert schedule.due(MONDAY - timedelta(days=7) + timedelta(hours=8), "2026-W48") is None


def test_nobody_gets_no_mail():
    assert Schedule("monday", 7).due(MONDAY.replace(hour=8), "") is None
