"""The two recipes that come with Sojourn, on the real files: the published answers come out."""

import csv
import shutil
from pathlib import Path

import duckdb
import pytest

from sojourn.workspace import Workspace

DATA = next(
    (up / "shared" / "data" for up in Path(__file__).parents if (up / "shared" / "data").is_dir()),
    Path("shared/data"),
)
OLIST, RETAIL = DATA / "olist", DATA / "online_retail"


@pytest.fixture(scope="module")
def olist(tmp_path_factory):
    if not OLIST.is_dir():
        pytest.skip("the olist files are not here")
    ws = Workspace(tmp_path_factory.mktemp("olist"))
    return ws, ws.add_recipe("olist", OLIST)


@pytest.fixture(scope="module")
def retail(tmp_path_factory):
    if not RETAIL.is_dir():
        pytest.skip("the online_retail files are not here")
    ws = Workspace(tmp_path_factory.mktemp("retail"))
    return ws, ws.add_recipe("online-retail", RETAIL)


def query(ws, text):
    """A question to the log's files themselves."""
    files = [str(file.path) for file in ws.log.files()]
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'America/Sao_Paulo'")
        con.register("files", duckdb.read_parquet(files, connection=con))
        return con.sql(text).fetchall()


def test_every_row_of_every_olist_file_is_accounted_for(olist):
    _, report = olist
    rows = {part.file: part.rows for part in report.parts}
    assert rows == {
        "olist_marketing_qualified_leads_dataset.csv": 8_000,
        "olist_closed_deals_dataset.csv": 842,
        "olist_orders_dataset.csv": 8_135,
        "olist_order_reviews_dataset.csv": 8_225,
        "olist_customers_dataset.csv": 8_135,
        "olist_order_payments_dataset.csv": 8_924,
        "olist_order_items_dataset.csv": 8_365,
        "olist_products_dataset.csv": 5_460,
        "product_category_name_translation.csv": 71,
    }
    assert report.rejected == 0
    assert report.rows_read == sum(rows.values())


def test_leads_won_by_origin(olist):
    ws, _ = olist
    steps = ["Form Submitted", "Deal Won"]
    table = ws.journey("sales").funnel(steps, by="source", within="10000 days")
    found = {}
    for row in table.rows:
        found.setdefault(row["source"], []).append(row["people"])
    won = {origin: (counts[1], counts[0]) for origin, counts in found.items()}
    assert won == {
        "organic_search": (271, 2296),
        "paid_search": (195, 1586),
        "social": (75, 1350),
        "unknown": (179, 1099),
        "direct_traffic": (56, 499),
        "email": (15, 493),
        "referral": (24, 284),
        "other": (4, 150),
        "display": (6, 118),
        "other_publicities": (3, 65),
        "(none)": (14, 60),
    }
    assert sum(counts[0] for counts in won.values()) == 842
    assert sum(counts[1] for counts in won.values()) == 8_000


def test_half_of_the_won_leads_were_won_within_14_days(olist):
    ws, _ = olist
    ((days,),) = query(
        ws,
        """
        select median(won.ts::date - lead.ts::date) from
        (select aliases[1].id as lead, ts from files where name = 'Deal Won') won join
        (select aliases[1].id as lead, ts from files where name = 'Form Submitted') lead
        using (lead)
        """,
    )
    assert days == 14


def test_late_parcels_get_worse_reviews(olist):
    ws, _ = olist
    found = query(
        ws,
        """
        with first as (
            select order_id, arg_min(properties::json, ts) as told from files
            where name = 'Review Posted' and properties->>'$.status' = 'delivered'
            group by order_id
        )
        select told->>'$.on_time', count(*), avg((told->>'$.rating')::int) from first
        where told->>'$.on_time' is not null group by 1 order by 1 desc
        """,
    )
    assert [(told, orders) for told, orders, _ in found] == [("yes", 4750), ("no", 414)]
    assert [round(mean, 3) for *_, mean in found] == [4.279, 2.502]


def test_the_traps_of_olist(olist):
    ws, _ = olist
    ((reviews, ids, orders),) = query(
        ws,
        "select count(*), count(distinct split_part(event_id, ':', 2)), count(distinct order_id) "
        "from files where name = 'Review Posted'",
    )
    assert (reviews, reviews > ids, reviews > orders) == (8_225, True, True)
    ((people,),) = query(
        ws, "select count(distinct user_id) from files where name in "
        "('Order Completed', 'Order Cancelled')",
    )  # fmt: skip
    assert people == 8_016
    ((without,),) = query(
        ws,
        "select count(*) from files where name in ('Order Completed', 'Order Cancelled') "
        "and properties->>'$.pieces' is null",
    )
    assert without == 775


def test_what_the_gift_shop_sold(retail):
    ws, report = retail
    assert report.parts[0].counts == {"touchpoints": 406_829, "no customer": 135_080}
    assert report.rows_read == 541_909
    ((value, customers),) = query(
        ws, "select sum(value), count(distinct user_id) from files where name = 'Order Completed'"
    )
    assert round(float(value), 2) == 8_911_407.90
    assert customers == 4_339


def test_a_basket_is_a_customer_at_a_moment_and_returns_are_refunds(retail):
    ws, _ = retail
    ((baskets, people),) = query(
        ws, "select count(distinct (user_id, ts)), count(distinct user_id) from files"
    )
    assert (baskets, people) == (22_034, 4_372)
    ((refunds, low, high),) = query(
        ws, "select count(*), min(value), max(value) from files where name = 'Order Refunded'"
    )
    assert refunds == 3_650
    assert low < high <= 0


def test_who_came_back_by_month_of_the_first_purchase(retail):
    ws, _ = retail
    with (RETAIL / "oracle_monthly_cohort_counts.csv").open() as file:
        _, *lines = csv.reader(file)
    expected = {line[0]: [int(float(cell)) for cell in line[1:] if cell] for line in lines}
    assert expected["2010-12"] == [948, 362, 317, 367, 341, 376, 360, 336, 336, 374, 354, 474, 260]
    active = "name in ('Order Completed', 'Order Refunded')"
    found = cohorts(ws, active)
    assert found == expected


def cohorts(ws, active):
    """The counts of the retention measure, by cohort."""
    table = ws.journey("sales").retention(active, active, every="month")
    found = {}
    for row in table.rows:
        found.setdefault(str(row["cohort"])[:7], {})[row["period"]] = row["returned"]
    return {month: [counts[i] for i in sorted(counts)] for month, counts in found.items()}


def test_importing_the_gift_shop_again_adds_nothing(retail, tmp_path):
    ws, first = retail
    again = Workspace(tmp_path / "again")
    shutil.copytree(ws.folder, again.folder)
    report = again.add_recipe("online-retail", RETAIL)
    assert (report.touchpoints, report.duplicates) == (0, first.touchpoints)
