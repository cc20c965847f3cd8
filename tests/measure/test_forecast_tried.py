"""Earlier forecasts correct a level and widen an interval, and never know what came after."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

import sojourn as sj
from sojourn.measure.forecast_lines import Line, basket
from sojourn.measure.forecast_tried import FOLDS, Lesson, Origins, applied, learned

START = datetime(2025, 1, 1, tzinfo=UTC)
MODEL = {
    "id": "two",
    "stages": [
        {"id": "look", "evidence": "name = 'Page Viewed'"},
        {"id": "buy", "neck": True, "evidence": "name = 'Order Completed'"},
    ],
}  # fmt: skip


def line(mean, deviation=10.0, weeks=4, draws=400):
    chance = np.random.default_rng(1)
    shape = (draws, weeks)
    return Line("orders", None, mean + deviation * chance.normal(0, 1, shape), [mean] * weeks)


def test_forecasts_that_were_right_teach_nothing():
    found = learned([(line(1000.0), [1000.0, 1005.0, 992.0, 1001.0])] * 4)
    assert found.level == pytest.approx(1, abs=0.002)
    assert found.spread == 1


def test_a_level_that_was_always_a_tenth_too_high_is_lowered_more_the_more_often():
    folds = [(line(1000.0), [900.0] * 4)]
    one, four = learned(folds), learned(folds * 4)
    assert 0.9 < four.level < one.level < 1
    assert four.level == pytest.approx(0.9 ** (4 / 5), rel=0.01)


def test_what_came_far_from_what_was_said_widens_and_calm_weeks_do_not_narrow():
    wild = learned([(line(1000.0), [1000 + each for each in (60, -60, 55, -55)])] * 4)
    calm = learned([(line(1000.0), [1000.0] * 4)] * 4)
    assert wild.spread > 2.5
    assert calm.spread == 1


def test_a_lesson_moves_the_mean_and_the_spread_and_never_below_nothing():
    plain = line(100.0)
    (moved,) = applied([plain], {plain.key: Lesson(0.5, 2.0)})
    assert moved.draws.mean() == pytest.approx(0.5 * plain.draws.mean(), rel=0.01)
    assert moved.draws.std() == pytest.approx(plain.draws.std(), rel=0.05)
    (lowest,) = applied([line(1.0)], {plain.key: Lesson(1.0, 5.0)})
    assert lowest.draws.min() == 0
    assert applied([plain], {})[0].draws.tolist() == plain.draws.tolist()


def shop(days=500, seed=4):
    """Looks all year, and as many orders a day as people who know the shop, by chance."""
    random = np.random.default_rng(seed)
    rows = []
    for day in range(days):
        at = START + timedelta(days=day, hours=1)
        rows += [(f"p{day}-{n}", at, "Page Viewed") for n in range(random.poisson(3))]
        rows += [
            (f"p{random.integers(0, day + 1)}-0", at + timedelta(hours=2), "Order Completed")
            for _ in range(random.poisson(6))
        ]
    names = ("user_id", "ts", "name")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return sj.read(pa.table({**columns, "value": ["5"] * len(rows)})), START + timedelta(days=days)


def test_lessons_are_those_of_what_was_known_before():
    log, end = shop()
    now = Origins(log.journey(MODEL, as_of=end).view, 4, 50, 1)
    then = Origins(log.journey(MODEL, as_of=end - timedelta(weeks=8)).view, 4, 50, 1)
    assert now.lessons(2) == then.lessons()
    assert now.lessons(0) != then.lessons()
    assert ("orders", None) in now.lessons()


def test_a_short_log_has_no_lessons():
    log, _ = shop(days=150)
    assert Origins(log.journey(MODEL).view, 4, 50, 1).lessons() == {}
    assert FOLDS > 1


def test_what_an_order_is_worth_follows_the_last_weeks():
    money, orders = np.array([100.0] * 18 + [300.0] * 8), np.full(26, 10.0)
    late = basket(money, orders, usual=16.0, weeks=4)
    assert 25 < late.mean < 30
    assert late.drift > 0.3
    calm = basket(np.full(26, 100.0), orders, usual=10.0, weeks=4)
    assert (calm.mean, calm.drift) == (10, 0)
    nothing = basket(np.zeros(0), np.zeros(0), usual=7.0, weeks=4)
    assert nothing.mean == 7
