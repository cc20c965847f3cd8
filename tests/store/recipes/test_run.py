"""Importing by a recipe: every row accounted for, nothing twice, what is broken kept whole."""

import json

import pytest

from sojourn.errors import RecipeError
from sojourn.store.importers import ImportOptions
from sojourn.store.log import Log
from sojourn.store.recipes.reading import recipe_from_yaml
from sojourn.store.recipes.run import import_recipe
from sojourn.store.rejected import Rejected
from support.imported import rejected_of, rows_of

HEADER = "Name,Email,Status,Paid at,Cancelled at,Total,Note\n"
ORDERS = HEADER + (
    "#1,A@x.com,paid,2026-01-02 10:00:00 +0100,,12.50,hi\n"
    "#2,b@x.com,pending,,,5,\n"
    "#3,c@x.com,paid,2026-01-03 10:00:00 +0100,2026-01-04 10:00:00 +0100,7,\n"
    "#4,d@x.com,paid,soon,2026-01-05 10:00:00 +0100,7,x\n"
    "#5,t@x.com,test,2026-01-05 10:00:00 +0100,,7,x\n"
    "#6,nope\n"
)
SHOP = """
id: shop
name: Shop orders
leave_out:
  - {when: "Status = 'test'", because: test orders}
touchpoints:
  - name: =Order Completed
    person: Email
    person_kind: email
    ts: Paid at
    value: Total
    id: "{Name}:paid"
    when: "Status = 'paid'"
    properties: rest
  - name: Order {Status} back
    person: Email
    person_kind: email
    ts: Cancelled at
    when: '"Cancelled at" is not null'
"""


def run(tmp_path, text, data=ORDERS, name="orders.csv", **options):
    file = tmp_path / name
    file.write_text(data, encoding="utf-8")
    recipe = recipe_from_yaml(text, "shop.yaml")
    log = Log(tmp_path / "ws")
    return log, import_recipe(log, recipe, {"rows": [file]}, ImportOptions(**options))


def test_a_row_makes_none_one_or_several_touchpoints_and_each_row_is_accounted_for(tmp_path):
    log, report = run(tmp_path, SHOP)
    assert report.rows_read == 6
    assert report.parts[0].counts == {
        "touchpoints": 2,
        "test orders": 1,
        "no block's condition holds": 1,
        "rejected": 2,
    }
    assert (report.made, report.touchpoints, report.duplicates) == (3, 3, 0)
    assert [row["name"] for row in rows_of(log)] == [
        "Order Completed",
        "Order Completed",
        "Order paid back",
    ]


def test_the_same_file_again_adds_nothing(tmp_path):
    run(tmp_path, SHOP)
    log, report = run(tmp_path, SHOP)
    assert (report.touchpoints, report.duplicates, report.rejected) == (0, 3, 2)
    assert len(rows_of(log)) == 3
    assert Rejected(log.root).count() == 2


def test_a_row_with_anything_wrong_is_kept_whole_and_makes_nothing(tmp_path):
    log, _ = run(tmp_path, SHOP)
    fourth = next(row for row in rejected_of(log) if row["row"] == 4)
    assert (fourth["column"], fourth["found"]) == ("Paid at", "soon")
    assert json.loads(fourth["fields"]) == {
        "Name": "#4",
        "Email": "d@x.com",
        "Status": "paid",
        "Paid at": "soon",
        "Cancelled at": "2026-01-05 10:00:00 +0100",
        "Total": "7",
        "Note": "x",
    }


def test_the_rest_of_the_columns_become_properties(tmp_path):
    log, _ = run(tmp_path, SHOP)
    first = rows_of(log)[0]
    assert json.loads(first["properties"]) == {"Note": "hi"}
    assert first["event_id"] == "#1:paid"
    assert first["aliases"] == [{"kind": "email", "id": "a@x.com"}]


def test_a_column_that_may_be_missing_and_one_that_is_called_so(tmp_path):
    text = """
id: shop
touchpoints:
  - {name: =Page Viewed, person: Email, ts: Paid at, properties: [News?, Phone?], when: Name = '#1'}
"""
    data = ORDERS.replace("Note", "News?")
    log, _ = run(tmp_path, text, data)
    assert [json.loads(row["properties"]) for row in rows_of(log)] == [{"News": "hi"}]


def test_a_dry_run_tells_the_same_and_writes_nothing(tmp_path):
    log, report = run(tmp_path, SHOP, dry_run=True)
    assert (report.made, report.touchpoints) == (3, 3)
    assert report.shown[0]["name"] == "Order Completed"
    assert not log.exists()


def test_lists_inside_json_are_looked_up_and_gone_through(tmp_path):
    text = """
id: web
touchpoints:
  - name: {expr: "pick(params, 'action')"}
    person: user.id
    ts: at
    when: "pick(params, 'action') is not null"
    properties: {place: user.place, all: {expr: as_json(params)}}
  - name: =Page Viewed
    each: pages
    person: user.id
    ts: each.at
    page: each.url
"""
    line = {
        "user": {"id": 7, "place": "Graz"},
        "at": 1767323045,
        "params": [
            {"key": "n", "value": {"int_value": "3"}},
            {"key": "action", "value": {"string_value": "Guide Requested"}},
        ],
        "pages": [{"url": "/a", "at": 1767323045}, {"url": "/b", "at": 1767323046}],
    }
    plain = {"user": {"id": 8}, "at": 1767323045, "params": [], "pages": []}
    data = json.dumps(line) + "\n" + json.dumps(plain) + "\n"
    log, report = run(tmp_path, text, data, "web.jsonl")
    assert [row["name"] for row in rows_of(log)] == ["Guide Requested", *["Page Viewed"] * 2]
    assert json.loads(rows_of(log)[0]["properties"]) == {"place": "Graz", "all": line["params"]}
    assert report.parts[0].counts == {"touchpoints": 1, "no block's condition holds": 1}


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("Statsu = 'paid'", "has no column 'Statsu'"),
        ("Total > 5", "Cannot compare"),
        ("exists (select 1)", "no part of an expression"),
        ("read_csv('/etc/passwd') is null", "no part of an expression"),
    ],
)
def test_a_bad_condition_is_said_with_its_place(tmp_path, condition, message):
    text = SHOP.replace("Status = 'paid'", condition)
    with pytest.raises(RecipeError, match=message) as caught:
        run(tmp_path, text)
    assert "touchpoints[0].when" in caught.value.message
