"""Channels from all sides: whom they brought, who stayed, what that cost; against plain loops."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.cli.demo import fill_shop
from sojourn.errors import UnknownName
from sojourn.measure.attribution_tally import MODELS
from sojourn.workspace import Workspace, read

START = datetime(2025, 1, 1, tzinfo=UTC)
CHANNELS = ("Email", "Direct", "Paid Search")


def opened(rows):
    """A workspace of rows (person, day, name, channel)."""
    columns = {
        "user_id": [row[0] for row in rows],
        "ts": [(START + timedelta(days=row[1])).isoformat() for row in rows],
        "name": [row[2] for row in rows],
        "channel": [row[3] for row in rows],
    }
    return read(pa.table(columns))


ROWS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 300),
              st.sampled_from(["Page Viewed", "Order Completed"]), st.sampled_from(CHANNELS)),
    min_size=1, max_size=40, unique_by=lambda row: row[:2],
)  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_whom_a_channel_brought_is_counted_as_a_plain_loop_counts_it(rows):
    last = max(row[1] for row in rows)
    people, customers, ripe, stayed = Counter(), Counter(), Counter(), Counter()
    for who in {row[0] for row in rows}:
        mine = sorted((row for row in rows if row[0] == who), key=lambda row: row[1])
        channel = mine[0][3]
        orders = [row[1] for row in mine if row[2] == "Order Completed"]
        people[channel] += 1
        customers[channel] += bool(orders)
        if orders and orders[0] <= last - 90:
            ripe[channel] += 1
            stayed[channel] += len(orders) > 1 and orders[1] - orders[0] <= 90
    for row in opened(rows).journey("hourglass").channels().rows:
        name = row["channel"]
        told = (row["people"], row["customers"], row["ripe"], row["stayed"])
        assert told == (people[name], customers[name], ripe[name], stayed[name])
        assert row["stay_share"] is None


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("channels") / "shop"
    fill_shop(Workspace(folder), people=2_000, seed=4)
    return Workspace(folder)


def test_credit_and_cost_are_the_ends_of_all_models(shop):
    journey = shop.journey()
    credits = journey.attribution(MODELS).rows
    for row in journey.channels().rows:
        mine = [each for each in credits if each["credit"] == row["channel"]]
        if mine:
            orders = [each["conversions"] for each in mine]
            assert (row["credited_low"], row["credited_high"]) == (min(orders), max(orders))
        costs = [each["cost_per_new_customer"] for each in mine if each["cost_per_new_customer"]]
        if costs:
            assert row["per_customer_low"] == pytest.approx(float(min(costs)))
            assert row["per_customer_high"] == pytest.approx(float(max(costs)))
            assert row["currency"] == "EUR"


def test_whom_the_business_wishes_for_is_counted_among_those_brought(shop):
    name = next(iter(shop.settings.personas))
    found = shop.journey().channels(name)
    members = shop.journey(persona=name).channels()
    assert {row["channel"]: row["ideal"] for row in found.rows if row["ideal"]} == {
        row["channel"]: row["people"] for row in members.rows if row["people"]
    }
    assert "ideal" not in members.data.column_names


def test_a_share_comes_with_its_interval_and_only_of_thirty(shop):
    for row in shop.journey().channels().rows:
        if row["ripe"] < 30:
            assert row["stay_share"] is None
        else:
            assert row["stay_low"] <= row["stay_share"] <= row["stay_high"]


def test_an_unknown_persona_is_told_with_the_nearest(shop):
    near = next(iter(shop.settings.personas))
    with pytest.raises(UnknownName) as caught:
        shop.journey().channels(f"{near}s")
    assert near in str(caught.value.hint)
