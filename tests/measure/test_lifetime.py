"""Lifetime from a log and from a summary: published answers, plain counting, hostile input."""

import csv
import math
from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from sojourn.core.durations import DAY, HOUR
from sojourn.core.model import model_from_mapping
from sojourn.errors import QuestionError
from sojourn.measure.attribution_worth import Worth
from sojourn.measure.lifetime import LifetimeKernel, days, lifetime_question
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)
COLUMNS = [
    "person", "orders", "frequency", "recency", "T", "p_alive", "expected_orders",
    "expected_orders_low", "expected_orders_high", "average_value", "expected_value",
    "expected_value_low", "expected_value_high",
]  # fmt: skip
PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
SPENDING = {"p": 6.25, "q": 3.74, "gamma": 15.44}


@pytest.fixture(scope="module")
def cdnow():
    """The folder of the CDNOW data, which the package `lifetimes` carries; it is not imported."""
    found = find_spec("lifetimes")
    if found is None:
        pytest.skip("the package lifetimes, which carries the CDNOW data, is not installed")
    return Path(found.submodule_search_locations[0]) / "datasets"


@pytest.fixture(scope="module")
def shop(cdnow, tmp_path_factory):
    """CDNOW's purchases as a log: 2,357 people, January 1997 to June 1998."""
    rows = [line.split() for line in (cdnow / "CDNOW_sample.txt").read_text().splitlines()]
    when = [f"{row[2][:4]}-{row[2][4:6]}-{row[2][6:]}T00:00:00Z" for row in rows]
    workspace = sj.open(tmp_path_factory.mktemp("cdnow"))
    workspace.add(
        pa.table(
            {
                "user_id": [row[0] for row in rows],
                "ts": when,
                "name": ["Order Completed"] * len(rows),
                "value": [row[4] for row in rows],
            }
        )
    )
    return workspace


def summary_of(cdnow):
    with (cdnow / "cdnow_customers_summary_with_transactions.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = {"frequency": "x", "recency": "t_x", "T": "T", "monetary_value": "zbar"}
    return {ours: [float(row[theirs]) for row in rows] for ours, theirs in names.items()}


def near(notes, expected, places):
    assert {name: round(notes[name], places) for name in expected} == pytest.approx(
        expected, abs=1.5 * 10**-places
    )


def test_a_summary_gives_the_published_estimates(cdnow):
    table = sj.lifetime_from_summary(summary_of(cdnow), horizon=39)
    near(table.notes, PUBLISHED, 3)
    near(table.notes, SPENDING, 2)
    assert table.notes["log_likelihood"] == pytest.approx(-9582.4, abs=0.1)
    first = table.rows[0]
    assert (first["frequency"], first["recency"], first["T"]) == (2, 30.43, 38.86)
    assert first["expected_orders"] == pytest.approx(1.226, abs=2e-3)
    assert first["expected_orders_low"] < first["expected_orders"] < first["expected_orders_high"]
    assert first["expected_value"] == pytest.approx(
        first["expected_orders"] * first["average_value"]
    )


def test_a_log_of_the_same_purchases_gives_the_published_estimates(shop):
    table = shop.journey(as_of="1997-09-30").lifetime(unit="week", horizon="273 days")
    near(table.notes, PUBLISHED, 3)
    assert table.notes["log_likelihood"] == pytest.approx(-9582.4, abs=0.1)
    near(table.notes, SPENDING, 1)
    assert [column.name for column in table.columns] == COLUMNS
    assert len(table) == table.notes["buyers"] == 2357


def test_a_hold_out_compares_what_was_expected_with_what_happened(shop):
    table = shop.journey(as_of="1998-06-30").lifetime(holdout="273 days")
    near(table.notes, PUBLISHED, 3)
    assert sum(table.column("people")) == 2357
    assert table.notes["actual_orders"] == sum(table.column("orders"))
    assert table.notes["expected_orders"] == pytest.approx(table.notes["actual_orders"], rel=0.15)
    assert table.column("frequency")[-1] == "7+"


def test_days_give_the_same_answer_as_weeks(shop):
    journey = shop.journey(as_of="1997-09-30")
    weeks, days_ = journey.lifetime(unit="week"), journey.lifetime(unit="day")
    assert days_.notes["alpha"] == pytest.approx(7 * weeks.notes["alpha"], rel=1e-3)
    assert days_.notes["expected_orders"] == pytest.approx(weeks.notes["expected_orders"], rel=1e-4)
    assert weeks.notes["horizon"] == "90 days"


def test_the_interval_of_the_whole_covers_what_happened_on_average(shop):
    notes = shop.journey(as_of="1997-09-30").lifetime(horizon="273 days").notes
    assert notes["expected_orders_low"] < notes["expected_orders"] < notes["expected_orders_high"]
    assert notes["expected_orders_high"] < 1.3 * notes["expected_orders_low"]


def local(ts, zone):
    return datetime.fromtimestamp(ts / 1e6, UTC).astimezone(zone).date()


@settings(max_examples=100, deadline=None)
@given(random_logs(), st.integers(0, 200))
def test_buyers_are_those_that_one_would_count_by_hand(log, after):
    as_of = START + after * DAY
    view = view_of(log, RANDOM, as_of, buckets=1)
    until = int(days(view, np.array([as_of]))[0])
    kernel = LifetimeKernel(view, Worth(), until)
    [(buyers, _, _)] = view.run(kernel)
    found = {
        int(key): (int(x), int(tx), int(span), int(orders))
        for key, x, tx, span, orders in zip(
            buyers.person,
            buyers.repeats,
            buyers.last - buyers.first,
            until - buyers.first,
            buyers.orders,
            strict=True,
        )
    }
    expected = {}
    for key, person in enumerate(sorted(log)):
        reported, bought = set(), []
        for touch in sorted(log[person], key=lambda t: (t["ts"], t["seq"])):
            again = touch["order_id"] is not None and touch["order_id"] in reported
            if touch["name"] == "Order Completed" and not again and touch["ts"] <= as_of:
                bought.append(local(touch["ts"], UTC))
                reported.add(touch["order_id"])
        if bought:
            today = local(as_of, UTC)
            expected[key] = (
                len(set(bought)) - 1, (max(bought) - min(bought)).days,
                (today - min(bought)).days, len(bought),
            )  # fmt: skip
    assert found == expected


def test_a_day_is_one_of_the_reports_zone_also_where_the_clocks_change():
    zone = ZoneInfo("America/New_York")
    view = view_of({"p": [order(0)]}, RANDOM, START)
    object.__setattr__(view, "zone", zone)
    moments = np.array([int(datetime(2024, 3, 10, h, tzinfo=UTC).timestamp()) for h in range(24)])
    moments = np.append(moments, [-1, -86_400 * 20_000]) * 1_000_000
    epoch = datetime(1970, 1, 1, tzinfo=UTC).date()
    expected = [(local(int(ts), zone) - epoch).days for ts in moments]
    assert days(view, moments).tolist() == expected


def order(hours, value="10", **more):
    return {
        "event_id": f"e{hours}", "seq": round(hours * 100), "ts": START + round(hours * HOUR),
        "name": "Order Completed", "channel": None, "actor": "person",
        "value": None if value is None else Decimal(value), **more,
    }  # fmt: skip


def regulars(count=40, **more):
    """People who buy a few times each, with gaps that differ."""
    return {
        f"p{i}": [
            order(24 * (i % 7 + k * (3 + i % 5)) + i / 10, str(5 + i % 9), **more)
            for k in range(1 + i % 4)
        ]
        for i in range(count)
    }


def ask(log, unit="day", horizon="30 days", holdout=None, refunds=False, after=60, **filters):
    view = view_of(log, RANDOM, START + after * DAY, **filters)
    return lifetime_question(view, unit, horizon, holdout, refunds)


def test_orders_are_all_orders_and_each_buyer_has_a_row():
    log = regulars()
    log["p1"].append(order(24 * 1 + 5))
    table = ask(log)
    assert table.notes["orders"] == sum(map(len, log.values())) == sum(table.column("orders"))
    assert len(table) == len(log)
    assert table.column("expected_value") == sorted(table.column("expected_value"), reverse=True)


def test_a_period_chooses_people_by_their_first_order():
    log = regulars()
    cut = START + 3 * DAY
    early = {name for name, touches in log.items() if touches[0]["ts"] < cut}
    assert set(ask(log, end=cut).column("person")) == early
    assert set(ask(log, start=cut).column("person")) == set(log) - early


def test_refunds_are_taken_off_and_spending_below_zero_is_said():
    log = {name: [dict(t) for t in touches] for name, touches in regulars().items()}
    for touches in log.values():
        for number, touch in enumerate(touches):
            touch["order_id"] = f"{touch['event_id']}-{number}"
    plain = ask(log, refunds=True).notes["expected_value"]
    paid = log["p3"][1]
    log["p3"].append(
        {
            **paid,
            "name": "Order Refunded",
            "seq": 10**6,
            "value": Decimal(-900),
            "actor": "business",
            "ts": START + 50 * DAY,
        }
    )
    table = ask(log, refunds=True)
    assert table.notes["expected_value"] != plain
    assert any("worth nothing or less" in remark for remark in table.notes["remarks"])
    assert all(value is None or value > 0 for value in table.column("expected_value"))


def test_currencies_are_never_added_up():
    log = regulars(currency="EUR")
    log["p3"] = [dict(touch, currency="USD") for touch in log["p3"]]
    table = ask(log)
    assert set(table.column("expected_value")) == {None}
    assert any("EUR, USD" in remark for remark in table.notes["remarks"])
    assert ask(regulars(currency="EUR")).notes["gamma"] is not None


def test_orders_without_a_value_leave_only_the_values_empty():
    log = {n: [dict(t, value=None) for t in touches] for n, touches in regulars().items()}
    table = ask(log)
    assert set(table.column("average_value")) == {None}
    assert None not in table.column("expected_orders")
    assert any("Too few data on value" in remark for remark in table.notes["remarks"])


@pytest.mark.parametrize(
    "log",
    [
        {"p": [order(0), order(48)]},
        {f"p{i}": [order(i)] for i in range(50)},
        {f"p{i}": [order(0), order(0, seq=2)] for i in range(50)},
    ],
)
def test_too_few_data_are_a_clear_error(log):
    with pytest.raises(QuestionError, match="too few data: [0-9,]+ of [0-9,]+ people bought again"):
        ask(log)


def test_where_nobody_has_bought_it_is_said_what_an_order_is():
    with pytest.raises(QuestionError, match="nobody has bought yet") as error:
        ask({"p": [{**order(0), "name": "Page Viewed"}]})
    assert "Order Completed" in str(error.value.hint)


def test_few_data_are_said():
    assert any("Few data" in remark for remark in ask(regulars()).notes["remarks"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"unit": "year"}, "found unit 'year'"),
        ({"horizon": "soon"}, "horizon: 'soon'"),
        ({"horizon": "1 hour"}, "the horizon is 1 hour, expected at least 1 day"),
        ({"holdout": "0 days"}, "hold-out"),
        ({"holdout": "9000 days"}, "too few data"),
    ],
)
def test_what_cannot_be_asked_is_a_clear_error(options, said):
    with pytest.raises(QuestionError, match=said):
        ask(regulars(), **options)


SMALL = {"frequency": [2, 0, 1] * 10, "recency": [3.0, 0, 4.0] * 10, "T": [9.0, 9, 8] * 10}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"frequency": [-1, *[1] * 29]}, "row 1 of the summary: frequency is not a whole"),
        ({"frequency": [1.5, *[1] * 29]}, "not a whole"),
        ({"recency": [99.0, *[0.0] * 29]}, "recency is greater than T"),
        ({"recency": [-1.0, *[0.0] * 29]}, "recency is below 0"),
        ({"recency": [1.0] * 30}, "row 2 of the summary: recency is not 0"),
        ({"T": [math.nan, *[9.0] * 29]}, "T is no finite number"),
        ({"T": ["long"] * 30}, "no number"),
        ({"monetary_value": [math.inf] * 30}, "monetary_value is no finite"),
    ],
)
def test_a_bad_summary_is_a_clear_error_that_names_the_row(changes, said):
    with pytest.raises(QuestionError, match=said):
        sj.lifetime_from_summary({**SMALL, **changes})


def test_a_summary_may_be_any_frame_and_keeps_its_order():
    table = sj.lifetime_from_summary(pd.DataFrame(SMALL))
    assert table.column("frequency") == SMALL["frequency"]
    assert table.rows == sj.lifetime_from_summary(pa.table(SMALL)).rows
    with pytest.raises(QuestionError, match="no column 'frequency'"):
        sj.lifetime_from_summary({"Frequency": [1]})
    with pytest.raises(QuestionError, match="found horizon 0"):
        sj.lifetime_from_summary(SMALL, horizon=0)


def test_people_who_all_did_the_same_give_numbers_or_say_why_not():
    same = {"frequency": [3] * 50, "recency": [9.0] * 50, "T": [10.0] * 50}
    table = sj.lifetime_from_summary({**same, "monetary_value": [5.0] * 50})
    assert all(math.isfinite(row["expected_orders"]) for row in table)
    assert any("settle" in remark for remark in table.notes["remarks"])
