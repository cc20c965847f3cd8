import hashlib

import pyarrow as pa
import pytest

from sojourn.core.condition import parse
from sojourn.core.touchpoint import BOT, LOG_SCHEMA, MONEY, TIME
from sojourn.core.vocabulary import NAMES, actor_of
from sojourn.demo.shop import SETTINGS, simulate
from sojourn.errors import QuestionError


def digest(table: pa.Table) -> str:
    ts = table["ts"].cast(pa.int64())
    table = table.set_column(table.schema.get_field_index("ts"), "ts", ts)
    lines = (repr(row) for row in table.to_pylist())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def test_the_same_people_and_seed_give_the_same_shop(small_shop):
    again = simulate(people=400, seed=3)
    for name in ("touchpoints", "traits", "costs", "people", "stays"):
        assert getattr(again, name).equals(getattr(small_shop, name)), name
    assert again.truth == small_shop.truth


def test_another_seed_gives_another_shop(small_shop):
    other = simulate(people=400, seed=4)
    assert not other.touchpoints.equals(small_shop.touchpoints)


def test_the_shop_is_the_same_on_any_machine():
    assert digest(simulate(people=150, seed=11, months=6).touchpoints) == "c54246eb6415b384"


def test_touchpoints_have_the_log_s_columns_and_types_in_its_order(small_shop):
    schema = small_shop.touchpoints.schema
    assert schema.names == [name for name in LOG_SCHEMA.names if name in schema.names]
    for field in schema:
        assert field.type == LOG_SCHEMA.field(field.name).type, field.name
    assert set(LOG_SCHEMA.names) - set(schema.names) == {
        "seq", "received_at", "term", "source_id", "month",
    }  # fmt: skip


def test_every_name_is_known_and_the_actor_is_the_vocabulary_s(shop):
    pairs = shop.touchpoints.select(["name", "actor"]).group_by(["name", "actor"]).aggregate([])
    for row in pairs.to_pylist():
        assert row["name"] in NAMES
        assert row["actor"] == actor_of(row["name"])


def test_rows_are_in_order_of_time_with_ids_of_their_own(small_shop):
    ts = small_shop.touchpoints["ts"].cast(pa.int64()).to_numpy()
    assert (ts[1:] >= ts[:-1]).all()
    assert len(set(small_shop.touchpoints["event_id"].to_pylist())) == len(ts)


def test_everything_happens_between_start_and_end_in_the_shop_s_zone(small_count, small_shop):
    (row,) = small_count.rows("select min(day) as first, max(day) as last from log")
    assert small_shop.truth["start"] <= str(row["first"])
    assert str(row["last"]) < small_shop.truth["end"]


def test_the_default_shop_is_as_large_as_a_demo_should_be(shop, count):
    assert 130_000 <= shop.touchpoints.num_rows <= 300_000
    assert count.value("select count(distinct person) from log") == 5000
    assert shop.people.num_rows == 5000


def test_fewer_go_further_and_a_tenth_or_less_buys(count):
    reached = {
        row["stage"]: row["people"]
        for row in count.rows(
            "select stage, count(distinct person) as people from stays group by 1"
        )
    }
    assert reached["like"] < reached["know"]
    assert reached["trust"] < 0.6 * reached["like"]
    assert 0.05 * 5000 < reached["customer"] <= 0.10 * 5000
    orders = "select count(*) as n from log where name = 'Order Completed' group by person"
    assert count.value(f"select avg((n >= 3)::int) from ({orders})") > 0.3


def test_traits_hold_for_known_people_only_and_have_text_values(shop):
    known = {row["user_id"] for row in shop.people.to_pylist() if row["user_id"]}
    assert set(shop.traits["user_id"].to_pylist()) == known
    assert shop.traits.schema == pa.schema(
        [("user_id", pa.string()), ("ts", TIME), ("name", pa.string()), ("value", pa.string())]
    )
    assert shop.traits.num_rows == 3 * len(known)


def test_personas_are_conditions_on_people_that_can_be_read(small_shop):
    assert len(small_shop.personas) == 4
    stated = set(small_shop.traits["value"].to_pylist())
    for persona, condition in small_shop.personas.items():
        assert parse(condition, "people")
        assert persona in stated


def test_costs_are_what_clicks_views_calls_and_rewards_add_up_to(shop, count):
    assert shop.costs.schema.field("amount").type == MONEY
    calls = count.value("select count(*) from log where name = 'Call Made'")
    assert count.value("select sum(amount) from costs where channel = 'Phone'") == calls * 7 / 2
    clicks = count.rows("""
        select day, count(*) as clicks from log
        where name = 'Ad Clicked' and channel = 'Paid Search' group by 1 order by 1
    """)
    paid = count.rows("""
        select day, sum(amount) as amount from costs where channel = 'Paid Search'
        group by 1 order by 1
    """)
    assert [(row["day"], row["clicks"] * 240) for row in clicks] == [
        (row["day"], round(row["amount"] * 100)) for row in paid
    ]


def test_bots_are_marked_and_some_touchpoints_are_nobody_s(count):
    crawled = count.rows(
        f"select device_id, count(*) as n from log where device = '{BOT}' group by 1"
    )
    assert len(crawled) >= 2
    nobody = "user_id is null and device_id is null and aliases is null"
    names = count.rows(f"select distinct name from log where {nobody} order by 1")
    assert [row["name"] for row in names] == ["Call Received", "Store Visited"]


@pytest.mark.parametrize(("people", "seed"), [(0, 1), (-1, 1), (1_000_001, 1), (10, -1)])
def test_numbers_out_of_range_are_refused(people, seed):
    with pytest.raises(QuestionError, match="people is"):
        simulate(people=people, seed=seed)


@pytest.mark.parametrize("people", [1, 2, 3, 17])
def test_a_shop_that_few_people_know_works_too(people):
    assert simulate(people=people, seed=5).people.num_rows == people


def test_the_settings_say_that_it_is_simulated(small_shop):
    assert SETTINGS["simulated"] is small_shop.truth["simulated"] is True
    assert SETTINGS["zone"] == small_shop.truth["zone"]
