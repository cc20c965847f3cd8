"""What channels cost beside what they are credited with: nothing invented, nothing lost."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measure.test_attribution import RANDOM, ask, order, touch
from sojourn.core.condition import parse
from sojourn.core.durations import DAY, HOUR
from sojourn.errors import QuestionError
from sojourn.store.costs import SCHEMA
from support.logs import START, random_logs
from support.memory import view_of

FIRST = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=START)).date()
RULES = ["last", "linear", "markov", "shapley"]


def costs(*rows):
    """Rows of (days after the start, channel, campaign, amount[, currency])."""
    full = [(*row, "EUR")[:5] for row in rows]
    made = [
        {
            "day": FIRST + timedelta(days=day),
            "channel": channel,
            "campaign": campaign,
            "amount": Decimal(amount),
            "currency": currency,
            "source": "file",
            "import_id": "one",
        }
        for day, channel, campaign, amount, currency in full
    ]
    return pa.Table.from_pylist(made, schema=SCHEMA)


def asked(log, spending, model="last", until=20 * DAY, **options):
    view = view_of(log, RANDOM, START + until)
    view = replace(view, costs=lambda: spending, **options.pop("view", {}))
    return ask(view, model, **options)


def by_credit(table, column):
    return {row["credit"]: row[column] for row in table}


LOG = {
    "a": [
        touch(1, channel="Email"),
        order(2, "30"),
        touch(30, channel="Email", seq=30_000),
        order(31, "10", seq=31_000),
    ],
    "b": [touch(3, channel="Display"), order(4, "20")],
}


def test_costs_stand_beside_the_credit_with_what_each_conversion_cost():
    table = asked(LOG, costs((0, "Email", None, "8"), (1, "Email", None, "2"), (0, "SMS", "x", 5)))
    rows = {row["credit"]: row for row in table}
    assert rows["Email"]["cost"] == 10
    assert rows["Email"]["return"] == 4.0
    assert rows["Email"]["cost_per_conversion"] == 5.0
    assert (rows["Email"]["new_customers"], rows["Email"]["cost_per_new_customer"]) == (1.0, 10.0)
    assert table.notes["costs_shown"] == "15.00 EUR"
    assert table.notes["costs_not_shown"] == "nothing"


def test_what_cost_nothing_known_has_no_cost_and_what_won_nothing_keeps_its_row():
    table = asked(LOG, costs((0, "SMS", "x", "5"), (0, None, None, "1")))
    rows = {row["credit"]: row for row in table}
    for column in ("cost", "return", "cost_per_conversion", "cost_per_new_customer"):
        assert rows["Display"][column] is None
    assert (rows["SMS"]["conversions"], rows["SMS"]["cost"], rows["SMS"]["return"]) == (0.0, 5, 0.0)
    assert rows["SMS"]["cost_per_conversion"] is None
    assert rows["(none)"]["cost"] == 1


def test_without_costs_the_columns_are_the_plain_ones_and_it_is_said():
    table = asked(LOG, costs())
    assert [c.name for c in table.columns][-2:] == ["cost", "return"]
    assert any("No costs are known" in remark for remark in table.notes["remarks"])
    assert "costs_shown" not in table.notes


def test_only_days_of_the_question_are_counted_and_the_others_are_told():
    spending = costs(*[(day, "Email", None, "1") for day in (0, 1, 2, 19, 20, 21, 400)])
    table = asked(LOG, spending, view={"start": START + 1 * DAY, "end": START + 20 * DAY})
    assert by_credit(table, "cost")["Email"] == 3
    whole = asked(LOG, spending)
    assert by_credit(whole, "cost")["Email"] == 5
    assert whole.notes["costs_not_shown"] == "2.00 EUR"


def test_days_are_those_of_the_report_zone():
    zone = ZoneInfo("America/New_York")
    spending = costs((0, "Email", None, "1"), (1, "Email", None, "2"))
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=zone) + timedelta(days=1)
    end = (midnight - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    table = asked(LOG, spending, view={"zone": zone, "end": end})
    assert by_credit(table, "cost")["Email"] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"credit": "device"}, "channel and campaign, not by device"),
        ({"view": {"by": "device"}}, "with --by"),
        ({"view": {"people": parse("total_orders > 0", "people")}}, "with --people"),
        ({"view": {"where": parse("name = 'Page Viewed'", "touchpoint")}}, "with --where"),
    ],
)
def test_costs_of_everybody_are_not_set_against_some(options, said):
    table = asked(LOG, costs((0, "Email", None, "8")), **options)
    assert set(table.column("cost")) == {None}
    assert any(said in remark for remark in table.notes["remarks"])
    assert table.notes["costs_not_shown"] == "8.00 EUR"


def test_campaigns_have_costs_too_whatever_their_channel():
    log = {"a": [touch(1, campaign="spring"), order(2)]}
    spending = costs((0, "Email", "spring", "2"), (0, "SMS", "spring", "3"), (0, "SMS", None, "4"))
    assert by_credit(asked(log, spending, credit="campaign"), "cost") == {"spring": 5, "(none)": 4}


def test_a_cost_in_another_currency_is_not_compared():
    log = {"a": [touch(1), order(2, "30", currency="EUR")]}
    table = asked(log, costs((0, "Email", None, "8", "SEK"), (0, "Email", None, "3", "EUR")))
    found = {(row["credit"], row["currency"]): row for row in table}
    assert found["Email", "EUR"]["return"] == 10.0
    sek = found["Email", "SEK"]
    assert (sek["cost"], sek["conversions"], sek["return"], sek["cost_per_conversion"]) == (
        *(8, 0.0, None, None),
    )


def test_costs_and_orders_without_a_currency_count_in_the_only_one():
    log = {"a": [touch(1), order(2, "30")], "b": [touch(1), order(2, "10", currency="EUR")]}
    table = asked(log, costs((0, "Email", None, "8", None), (0, "Email", None, "2", "EUR")))
    assert "currency" not in [c.name for c in table.columns]
    assert [(row["value"], row["cost"], row["return"]) for row in table] == [(40, 10, 4.0)]


@pytest.mark.parametrize("amount", ["0", "-5"])
def test_a_cost_of_nothing_or_a_credit_note_has_no_return(amount):
    row = asked(LOG, costs((0, "Email", None, amount))).rows[0]
    assert (row["credit"], row["cost"], row["return"]) == ("Email", Decimal(amount), None)


@settings(max_examples=15, deadline=None)
@given(random_logs(), st.sampled_from(["day", "week", "month"]), st.sampled_from(RULES))
def test_periods_are_what_one_gets_by_asking_for_each(log, every, model):
    spending = costs(*[(day, "Email", "x", str(day + 1)) for day in (0, 3, 8, 31)])
    until = 60 * DAY
    table = asked(log, spending, model, until, every=every)
    rows = defaultdict(list)
    for row in table.rows:
        rows[row.pop("period")].append(row)
    for period, found in list(rows.items())[:4]:
        start = date.fromisoformat(period + "-01" * (every == "month"))
        days = {"day": 1, "week": 7, "month": 31}[every]
        end = start + timedelta(days=days)
        if every == "month":
            end = end.replace(day=1)
        edges = {
            name: (datetime(d.year, d.month, d.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC))
            // timedelta(microseconds=1)
            for name, d in (("start", start), ("end", end))
        }
        alone = asked(log, spending, model, until, view=edges).rows
        shared = set(found[0]) & set(alone[0])
        assert _rounded(found, shared) == _rounded(alone, shared)
    total = sum(row["conversions"] for part in rows.values() for row in part)
    assert total == pytest.approx(sum(r["conversions"] for r in asked(log, costs(), "last", until)))


def _rounded(rows, columns):
    """The rows as sorted texts, whatever their last digits say."""
    return sorted(
        str([round(row[c], 9) + 0.0 if isinstance(row[c], float) else row[c] for c in columns])
        for row in rows
    )


@settings(max_examples=25, deadline=None)
@given(random_logs(), st.sampled_from(RULES))
def test_new_customers_are_the_people_who_ever_ordered(log, model):
    table = asked(log, costs((0, "Email", None, "1")), model, 400 * DAY)
    end = START + 400 * DAY
    people = sum(
        any(t["name"] == "Order Completed" and t["ts"] <= end for t in touches)
        for touches in log.values()
    )
    assert sum(table.column("new_customers")) == pytest.approx(people, abs=1e-9)


def test_a_new_customer_is_one_whose_first_order_it_is_also_when_that_lies_before_the_period():
    log = {"a": [order(1), touch(30), order(40, seq=40_000)], "b": [touch(30), order(40)]}
    table = asked(
        log, costs((0, "Email", None, 1), (2, "Email", None, 6)), view={"start": START + 24 * HOUR}
    )
    row = table.rows[0]
    assert (row["conversions"], row["new_customers"]) == (2.0, 1.0)
    assert (row["cost_per_conversion"], row["cost_per_new_customer"]) == (3.0, 6.0)


def test_an_unknown_period_is_told():
    with pytest.raises(QuestionError, match="'year', expected day, week, month"):
        asked(LOG, costs(), every="year")
