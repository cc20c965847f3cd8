"""What is no touchpoint: who is who, what was spent, what a search engine showed."""

from datetime import date

import pytest

from sojourn.store import claims, costs, traits
from sojourn.store.importers import ImportOptions
from sojourn.store.log import Log
from sojourn.store.recipes import visibility
from sojourn.store.recipes.reading import recipe_from_yaml
from sojourn.store.recipes.run import import_recipe
from support.imported import rejected_of, rows_of

CUSTOMERS = """
id: customers
touchpoints:
  - {name: =Newsletter Subscribed, aliases: {email: E-mail}, ts: Joined, when: News = 'yes'}
people:
  - person: Id
    aliases: {email: E-mail, phone: Phone?}
    ts: Joined
    traits: [City, Points, "Tier?"]
"""
DATA = (
    "Id,E-mail,Joined,News,City,Points\n"
    "1, Ann@X.com ,2026-01-02,yes,Graz,7\n"
    "2,bob@x.com,2026-01-03,no,,12\n"
    ",,2026-01-04,no,Wien,1\n"
    "4,eve@x.com,soon,no,Linz,1\n"
)


def run(tmp_path, text, data):
    file = tmp_path / "file.csv"
    file.write_text(data, encoding="utf-8")
    log = Log(tmp_path / "ws")
    return log, import_recipe(log, recipe_from_yaml(text), {"rows": [file]}, ImportOptions())


def test_people_rows_are_claims_and_traits(tmp_path):
    log, report = run(tmp_path, CUSTOMERS, DATA)
    listed = claims.read(log.root).to_pylist()
    told = {tuple((a["kind"], a["id"]) for a in row["aliases"]) for row in listed}
    assert told == {
        (("email", "ann@x.com"), ("user", "1")),
        (("email", "bob@x.com"), ("user", "2")),
    }
    known = {(r["id"], r["name"], r["value"]) for r in traits.read(log.root).to_pylist()}
    assert known == {("1", "City", "Graz"), ("1", "Points", "7"), ("2", "Points", "12")}
    assert [row["name"] for row in rows_of(log)] == ["Newsletter Subscribed"]
    assert report.parts[0].counts == {"touchpoints": 1, "people": 1, "rejected": 2}
    assert report.people_rows == 2


def test_people_of_nobody_and_of_no_time_are_rejected_whole(tmp_path):
    log, _ = run(tmp_path, CUSTOMERS, DATA)
    assert [row["row"] for row in rejected_of(log)] == [3, 4]


def test_people_told_again_say_nothing_new(tmp_path):
    run(tmp_path, CUSTOMERS, DATA)
    log, report = run(tmp_path, CUSTOMERS, DATA)
    assert (report.people_rows, report.touchpoints, report.duplicates) == (0, 0, 1)
    assert len(claims.read(log.root)) == 2


ADS = """
id: ads
costs:
  - day: Day
    channel: =Paid Search
    campaign: Campaign
    amount: Cost
    currency: Currency
    when: Day not like 'Total%'
visibility:
  - day: Day
    query: Campaign
    clicks: Clicks
    impressions: Shown
    ctr: Rate
    when: Day not like 'Total%'
"""
SPENT = (
    'Day,Campaign,Cost,Currency,Clicks,Shown,Rate\n13/01/2026,Brand,"1.234,50",eur,"1,234",5000,24.7%\n'
    '14/01/2026,Brand,"0,50",EUR,3,,\nTotal,,"1.235,00",EUR,,,\n14/01/2026,Brand,lots,EUR,3,,\n'
)


def test_costs_and_visibility_have_tables_of_their_own(tmp_path):
    log, report = run(tmp_path, ADS, SPENT)
    spent = costs.read(log.root).to_pylist()
    assert [(r["day"], float(r["amount"]), r["currency"], r["channel"]) for r in spent] == [
        (date(2026, 1, 13), 1234.5, "EUR", "Paid Search"),
        (date(2026, 1, 14), 0.5, "EUR", "Paid Search"),
    ]
    assert {row["import_id"] for row in spent} == {report.import_id}
    shown = visibility.read(log.root).to_pylist()
    assert [(row["query"], row["clicks"], row["ctr"]) for row in shown] == [
        ("Brand", 1234.0, pytest.approx(0.247)),
        ("Brand", 3.0, None),
    ]
    assert rows_of(log) == []
    assert report.rows_read == 4
    assert report.parts[0].counts["rejected"] == 1


def test_an_export_again_stands_in_the_place_of_the_first(tmp_path):
    run(tmp_path, ADS, SPENT)
    log, _ = run(tmp_path, ADS, SPENT)
    assert len(visibility.read(log.root)) == len(costs.read(log.root)) == 2
