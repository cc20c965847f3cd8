from datetime import date

import pytest

from sojourn.demo.shop.stories import STORIES, plan
from sojourn.errors import QuestionError, UnknownName


@pytest.mark.parametrize("months", [6, 7, 12, 18, 30, 60])
def test_every_window_lies_within_the_time_that_the_shop_runs(months):
    planned = plan(months, None)
    assert 0 <= planned.viral < planned.viral + 10 < planned.days
    for start, end in (planned.mobile, planned.slow, planned.silent):
        assert 0 < start < end <= planned.days
        assert planned.date(start).weekday() == 0


def test_the_checkout_is_broken_for_three_weeks_on_exactly_those_days():
    planned = plan(18, None)
    broken = [day for day in range(planned.days) if planned.broken(day)]
    assert len(broken) == 21
    assert (broken[0], broken[-1] + 1) == planned.mobile


def test_months_end_with_a_month_also_over_the_turn_of_a_year():
    for months, end in ((6, date(2025, 1, 1)), (12, date(2025, 7, 1)), (18, date(2026, 1, 1))):
        planned = plan(months, ())
        assert planned.date(planned.days) == end


def test_none_plants_all_stories_and_an_empty_choice_none():
    assert plan(18, None).stories == STORIES.keys()
    nothing = plan(18, ())
    assert not any(
        nothing.broken(day) or nothing.slowed(day) or nothing.silenced(day)
        for day in range(nothing.days)
    )


def test_a_story_that_does_not_exist_is_named_with_the_nearest_one():
    with pytest.raises(UnknownName, match="mobile-checkuot") as failure:
        plan(18, ["mobile-checkuot"])
    assert "'mobile-checkout'" in failure.value.hint
    with pytest.raises(UnknownName) as failure:
        plan(18, ["xyz"])
    assert "viral-post" in failure.value.hint


@pytest.mark.parametrize("months", [0, 5, 61])
def test_too_few_or_too_many_months_are_refused(months):
    with pytest.raises(QuestionError, match="from 6 to 60"):
        plan(months, None)
