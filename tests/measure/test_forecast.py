"""A forecast recovers rates that are known, adds up, and does better than the last period."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

import sojourn as sj
from sojourn.core.durations import DAY
from sojourn.core.rates import AGES, Stays, here, rates
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.forecast_future import level_of

START = datetime(2025, 1, 1, tzinfo=UTC)
MODEL = {
    "id": "two", "lapse": "60 days",
    "stages": [
        {"id": "look", "evidence": "name = 'Page Viewed'"},
        {"id": "buy", "neck": True, "evidence": "name = 'Order Completed'"},
    ],
}  # fmt: skip


def steady_log(days=420, a_day=4, chance=0.05, seed=3):
    """People who look, and each day after buy with one chance; every order is worth 10."""
    random = np.random.default_rng(seed)
    rows, number = [], 0
    for day in range(days):
        for _ in range(random.poisson(a_day)):
            at = START + timedelta(days=day, hours=float(random.uniform(0, 24)))
            rows.append((f"p{number}", at, "Page Viewed", None))
            wait = int(random.geometric(chance))
            bought = at + timedelta(days=wait)
            if wait < 60 and bought < START + timedelta(days=days):
                rows.append((f"p{number}", bought, "Order Completed", "10"))
            number += 1
    who, ts, name, value = zip(*sorted(rows, key=lambda row: row[1]), strict=True)
    frame = {"user_id": who, "ts": ts, "name": name, "value": value, "currency": ["EUR"] * len(ts)}
    return pa.table(frame)


@pytest.fixture(scope="module")
def steady():
    return sj.read(steady_log())


@pytest.fixture(scope="module")
def journey(steady):
    return steady.journey(MODEL)


def of(table, figure, stage=None):
    return [row for row in table if (row["figure"], row["stage"]) == (figure, stage)]


def test_arrivals_orders_and_money_are_what_made_the_log(journey):
    table = journey.forecast(6)
    assert np.mean([r["expected"] for r in of(table, "arrivals")]) == pytest.approx(28, rel=0.15)
    orders = np.mean([r["expected"] for r in of(table, "orders")])
    assert orders == pytest.approx(28 * (1 - 0.95**59), rel=0.15)
    money = np.mean([r["expected"] for r in of(table, "revenue EUR")])
    assert money == pytest.approx(10 * orders, rel=0.01)


def test_the_stock_of_a_steady_log_stays_what_it_is(journey):
    here_now = {row["stage"]: row["here"] for row in journey.stages()}
    last = of(journey.forecast(6), "people", "look")[-1]
    assert last["expected"] == pytest.approx(here_now["look"], rel=0.25)
    assert last["low"] < last["expected"] < last["high"]
    assert last["as_last"] == here_now["look"]


def test_the_same_question_has_the_same_answer(journey):
    assert journey.forecast(2).rows == journey.forecast(2).rows


def test_twice_the_arrivals_are_twice_as_many(journey):
    table = journey.forecast(4, change="look:arrivals +100%")
    for row in of(table, "arrivals"):
        assert row["expected"] / row["without"] == pytest.approx(2, rel=0.12)
        assert row["difference"] == pytest.approx(row["expected"] - row["without"])


def test_nobody_buys_when_nobody_moves_on(journey):
    table = journey.forecast(4, change=["look>buy -100%"])
    assert {row["expected"] for row in of(table, "orders")} == {0}
    assert {row["without"] > 10 for row in of(table, "orders")} == {True}
    assert of(table, "people", "look")[-1]["difference"] > 0


def test_more_of_one_move_means_fewer_left_behind(journey):
    table = journey.forecast(4, change="look>buy +50%")
    assert of(table, "people", "buy")[-1]["difference"] > 0
    assert of(table, "people", "look")[-1]["difference"] < 0
    assert "assumption, not a finding" in " ".join(table.notes["remarks"])


def test_a_back_test_knows_only_what_was_known_then(steady, journey):
    table = journey.forecast(4, backtest=True)
    before = datetime.fromisoformat(journey.stages().notes["as_of"]) - timedelta(days=28)
    then = steady.journey(MODEL, as_of=before).forecast(4)
    assert [row["expected"] for row in table] == [row["expected"] for row in then]
    weeks = [row["actual"] for row in of(table, "people", "look")]
    for week, counted in enumerate(weeks, 1):
        at = before + timedelta(days=7 * week)
        stages = steady.journey(MODEL, as_of=at).stages()
        assert counted == {row["stage"]: row["here"] for row in stages}["look"]


def test_orders_that_came_are_all_orders_of_the_weeks(journey):
    table = journey.forecast(4, backtest=True)
    until = datetime.fromisoformat(journey.stages().notes["as_of"])
    ordered = [
        ts for ts, name in zip(*(steady_log()[c].to_pylist() for c in ("ts", "name")), strict=True)
        if name == "Order Completed" and until - timedelta(days=28) < ts <= until
    ]  # fmt: skip
    assert sum(row["actual"] for row in of(table, "orders")) == len(ordered)
    assert sum(row["actual"] for row in of(table, "revenue EUR")) == 10 * len(ordered)


def test_four_in_five_figures_of_the_past_lie_within_their_interval(steady):
    inside, better, worse = [], 0.0, 0.0
    for weeks_ago in (0, 8, 16):
        as_of = START + timedelta(days=420 - 7 * weeks_ago)
        table = steady.journey(MODEL, as_of=as_of).forecast(4, backtest=True)
        rows = [row for row in table if not row["figure"].startswith("revenue")]
        inside += [row["inside"] for row in rows]
        better += sum(abs(row["expected"] - row["actual"]) for row in rows)
        worse += sum(abs(row["as_last"] - row["actual"]) for row in rows)
    assert 0.65 <= np.mean(inside) <= 0.97
    assert better < worse


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ("look>bye +10%", UnknownName, "Did you mean 'buy'"),
        ("look>look +10%", QuestionError, "from a stage to itself"),
        ("look:visits +10%", QuestionError, "expected `try>buy"),
        ("look>buy 10", QuestionError, "cannot be read"),
        ("", QuestionError, "cannot be read"),
        ("look>buy -101%", QuestionError, "between -100%"),
        ("look>buy +1e9%", QuestionError, "cannot be read"),
        ("look>buy +5000%", QuestionError, "between -100%"),
    ],
)
def test_a_change_that_cannot_be_is_refused(journey, change, error, words):
    with pytest.raises(error, match=words):
        journey.forecast(2, change=change if change else [""])


@pytest.mark.parametrize("weeks", [0, -1, 53])
def test_the_weeks_have_bounds(journey, weeks):
    with pytest.raises(QuestionError, match="expected 1 to 52"):
        journey.forecast(weeks)


def test_a_log_of_one_day_can_be_asked_and_says_how_little_it_knows():
    frame = {"user_id": ["a"], "ts": ["2026-01-01T10:00Z"], "name": ["Page Viewed"]}
    table = sj.read(pa.table(frame)).journey(MODEL).forecast(2)
    assert "The log reaches back 1 days only." in table.notes["remarks"]
    assert table.notes["back_test"] == "none: the log is too short"
    assert len(table.plot()) > 1000


def test_nobody_chosen_is_nothing_to_come(steady):
    table = steady.journey(MODEL, people="total_orders > 99").forecast(2)
    assert {row["expected"] for row in table} == {0}


def test_rates_are_counted_a_day_of_stay_at_a_time():
    stays = [(0, -10, -8, 1), (0, -10, 0, 2), (0, -400, -1, 2), (1, -3, 0, 2)]
    found = rates(Stays(*map(np.array, zip(*stays, strict=True))), (np.array([1]),) * 2, 2, 30)
    risk, left = np.zeros((2, AGES + 1)), np.zeros((2, AGES + 1, 3))
    for stage, entered, gone, to in stays:
        for day in range(-30, 0):
            if entered <= day <= (gone or -1):
                risk[stage, min(day - entered, AGES)] += 1
        if gone:
            left[stage, min(gone - entered, AGES), to] += 1
    assert np.array_equal(found.at_risk, risk)
    assert np.array_equal(found.leaving, left)
    assert found.orders[1, 1] == 1


def test_who_is_here_is_counted_at_the_beginning_of_a_day():
    stays = Stays(*map(np.array, ([0, 0, 1], [-3, -1, -9], [-1, 0, -5], [1, 2, 2])))
    assert here(stays, 0, 2)[1].tolist() == [1, 0]
    assert here(stays, -1, 2)[1].tolist() == [1, 0]
    assert here(stays, -5, 2)[1].tolist() == [0, 1]


def test_a_level_takes_the_span_that_erred_least():
    rising = np.exp(np.linspace(3, 7, 40))
    assert level_of(rising, 4).span == 4
    noisy = np.tile([10.0, 30.0, 20.0, 40.0, 15.0], 12)
    assert level_of(noisy, 8).span >= 8
    assert level_of(np.zeros(0), 8).weekly == 0
    assert DAY == 86_400_000_000


@pytest.mark.parametrize(
    ("change", "words", "instead"),
    [
        ("buy>look +10%", "Nobody moved from buy to look", None),
        ("buy:arrivals +10%", "Nobody began in buy lately", "People begin in: look."),
    ],
)
def test_a_change_of_what_never_happens_is_refused(journey, change, words, instead):
    with pytest.raises(QuestionError, match=words) as error:
        journey.forecast(2, change=change)
    assert error.value.hint == instead


def test_a_chance_beyond_certainty_is_capped_and_said(journey):
    table = journey.forecast(2, change="look>buy +1000%")
    assert "In look" not in " ".join(table.notes["remarks"])
    often = sj.read(steady_log(days=200, chance=0.3)).journey(MODEL)
    said = " ".join(often.forecast(2, change="look>buy +1000%").notes["remarks"])
    assert (
        "In look more would leave on a day than there are: the daily chance stops at 100%" in said
    )
    assert "of the change asked for cannot happen" in said
