"""What goes beside the log: who is who, traits, costs, and how one is found."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest

import sojourn
from sojourn.store import claims, costs, traits
from sojourn.store.log import Log
from sojourn.store.people import people_of
from sojourn.store.recipes import visibility
from support.samples import SAMPLES, Brought, bring, expected

SAID = {"columns": {"ts": "=2026-03-31"}}
COSTS = [name for name, want in expected().items() if "costs" in want]
VISIBILITY = [name for name, want in expected().items() if "visibility" in want]
PEOPLE = [name for name, want in expected().items() if "people" in want]


def claimed(found):
    """The aliases of each claim, without their times."""
    return [
        {a["kind"]: a["id"] for a in row["aliases"]}
        for row in claims.read(found.log.root).to_pylist()
    ]


def traits_of(found, kind, name):
    """A person's traits over time: (time, name, value)."""
    rows = traits.read(found.log.root).to_pylist()
    return sorted(
        (row["ts"], row["name"], row["value"])
        for row in rows
        if (row["kind"], row["id"]) == (kind, name)
    )


@pytest.mark.parametrize("name", COSTS)
def test_costs_add_up_to_what_the_file_says_by_currency(name, brought):
    rows = costs.read(brought(name).log.root).to_pylist()
    found = Counter()
    for row in rows:
        found[row["currency"]] += row["amount"]
    want = dict(expected()[name]["costs"])
    assert len(rows) == want.pop("rows")
    assert {currency: str(amount) for currency, amount in found.items()} == want


def test_google_campaign_types_are_channels_and_zero_is_an_amount(brought):
    rows = costs.read(brought("google-ads.csv").log.root).to_pylist()
    assert Counter(row["channel"] for row in rows) == {
        "Paid Search": 3, "Display": 1, "Cross-network": 1
    }  # fmt: skip
    assert Decimal(0) in [row["amount"] for row in rows]
    assert {row["campaign"] for row in rows} == {"Brand search", "Spring, display", "Shop window"}


def test_meta_amounts_of_one_day_and_campaign_are_one_row_in_the_currency_of_their_column(brought):
    rows = costs.read(brought("meta-ads.csv").log.root).to_pylist()
    assert [(row["day"], row["campaign"], str(row["amount"]), row["currency"]) for row in rows] == [
        (date(2026, 3, 1), "Spring sale", "12.5000", "EUR"),
        (date(2026, 3, 2), "Spring sale", "1015.0000", "EUR"),
    ]


def test_the_same_costs_again_change_nothing(tmp_path):
    log = Log(tmp_path / "log")
    bring(log, SAMPLES / "costs.csv")
    before = costs.read(log.root).select(["day", "channel", "campaign", "amount", "currency"])
    bring(log, SAMPLES / "costs.csv")
    assert costs.read(log.root).select(before.schema.names) == before


@pytest.mark.parametrize("name", VISIBILITY)
def test_clicks_and_impressions_add_up_to_what_the_file_says(name, brought):
    said = SAID if name.endswith(("queries.csv", "pages.csv")) else {}
    found = brought(name, **said)
    rows = visibility.read(found.log.root).to_pylist()
    want = expected()[name]["visibility"]
    assert len(rows) == want["rows"]
    assert sum(row["clicks"] for row in rows) == want["clicks"]
    assert sum(row["impressions"] for row in rows) == want["impressions"]
    assert found.report.touchpoints == 0


def test_queries_and_pages_of_one_day_stand_beside_each_other(tmp_path):
    log = Log(tmp_path / "log")
    for name in ("search-console-queries.csv", "search-console-pages.csv"):
        bring(log, SAMPLES / name, **SAID)
    rows = visibility.read(log.root).to_pylist()
    assert sum(row["query"] is not None for row in rows) == 3
    assert sum(row["page"] is not None for row in rows) == 2
    assert {row["day"] for row in rows} == {date(2026, 3, 31)}


def test_positions_of_the_bulk_export_are_those_that_the_pages_show(brought):
    rows = visibility.read(brought("search-console-bulk.jsonl").log.root).to_pylist()
    assert sorted(row["position"] for row in rows) == [3.0, 3.4, 11.0]


@pytest.mark.parametrize("name", PEOPLE)
def test_each_row_that_tells_of_a_person_is_counted(name, brought):
    told = " ".join(brought(name).report.sides)
    assert f"{expected()[name]['people']} people rows" in told


def test_a_shopify_customer_has_three_names_and_an_order_by_any_of_them_is_theirs(tmp_path):
    log = Log(tmp_path / "log")
    bring(log, SAMPLES / "shopify-customers.csv")
    report = bring(log, SAMPLES / "shopify-orders.csv")
    found = Brought(log, report)
    anna = {"email": "anna@example.com", "phone": "+31612345678", "shopify": "7001"}
    assert anna in claimed(found)
    people = people_of([file.path for file in log.files()], told=claims.read(log.root))
    moment = 1_777_000_000_000_000
    assert len({people.person_of(alias, moment) for alias in anna.items()}) == 1


def test_traits_of_a_list_change_with_time(brought):
    found = traits_of(brought("segment-identifies.csv"), "user", "u-1")
    plans = [(str(when)[:10], value) for when, name, value in found if name == "plan"]
    assert plans == [("2026-03-01", "free"), ("2026-03-09", "gold")]


def test_segment_traits_of_any_name_are_kept_and_a_firm_is_an_account(brought):
    found = brought("segment.jsonl")
    anna = {name: value for _, name, value in traits_of(found, "user", "u-1")}
    assert anna | {"plan": "free", "age": "34", "address.city": "Graz"} == anna
    greta = {name: value for _, name, value in traits_of(found, "user", "u-2")}
    assert greta["group_name"] == "Holm AB"
    assert {"user": "u-3", "device": "anon-3"} in claimed(found)


def test_a_plain_list_names_people_by_whatever_it_has(brought):
    found = claimed(brought("customers.csv"))
    assert {"user": "0042", "email": "anna@example.com", "phone": "+431234567"} in found
    assert {"user": "0044", "phone": "+436607654321"} in found


def as_workbook(path, name):
    book = openpyxl.Workbook()
    with (SAMPLES / name).open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            book.active.append(row)
    book.save(path)
    return path


def facts(found):
    """What the rows of a log say, without the ids that an import gives them."""
    columns = ("ts", "aliases", "value", "order_id", "text")
    return [[row[column] for column in columns] for row in found.rows()]


@pytest.mark.parametrize("kind", ["workbook", "frame"])
def test_a_workbook_or_a_frame_of_the_same_rows_is_recognised_too(kind, brought, tmp_path):
    name = "hubspot-deals.csv"
    source = as_workbook(tmp_path / "deals.xlsx", name)
    if kind == "frame":
        source = pd.read_csv(SAMPLES / name)
    log = Log(tmp_path / "log")
    report = bring(log, source)
    assert report.recipe == "hubspot-deals"
    assert dict(report.names) == expected()[name]["names"]
    assert facts(Brought(log, report)) == facts(brought(name))


def test_every_check_of_the_doctor_holds_after_imports_of_all_kinds(tmp_path):
    shop = sojourn.open(tmp_path / "shop")
    for name in ("shopify-orders.csv", "segment.jsonl", "hubspot-contacts.csv", "costs.csv"):
        shop.add(SAMPLES / name)
    checks = shop.doctor().rows
    assert [check["check"] for check in checks if not check["holds"]] == []
