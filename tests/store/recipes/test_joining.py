"""Sources that belong together: looked up, grouped, gathered, and every row accounted for."""

import json

import pytest

from sojourn.errors import RecipeError
from sojourn.store.importers import ImportOptions
from sojourn.store.log import Log
from sojourn.store.recipes.opening import files_in
from sojourn.store.recipes.reading import recipe_from_yaml
from sojourn.store.recipes.run import import_recipe
from support.imported import rejected_of, rows_of

SHOP = """
id: shop
sources:
  customers: {file: "customers*.csv"}
  items:
    file: "items.csv"
    group: [order]
    gather:
      pieces: "count(*)"
      total: sum(number(price) * number(pieces))
      products: {name: product, price: price}
      colours: gather(colour)
      last_product: last(product)
  orders:
    file: "orders.csv"
    leave_out: [{when: "state = 'test'", because: tests}]
    joins: {items: [order], customers: {customer: id}}
touchpoints:
  - from: orders
    name: =Order Completed
    person: customers.person
    ts: at
    id: "order:{order}"
    value: items.total
    properties: {products: items.products, pieces: items.pieces, colours: items.colours,
      last: items.last_product, first: items.product}
"""
FILES = {
    "orders.csv": "order,customer,at,state\n1,c1,2026-01-01,ok\n2,c2,2026-01-02,ok\n"
    "3,c1,never,ok\n4,c9,2026-01-03,test\n5,c9,2026-01-03,ok\n6,c1\n",
    "items.csv": "order,product,price,pieces,colour\n1,pen,1.10,3,red\n2,ink,5,1,\n1,cap,0.20,1,\n"
    "3,pen,1,1,\n,loose,1,1,\nbroken\n",
    "customers.csv": "id,person\nc1,ann\nc2,bob\n",
}


def run(tmp_path, text=SHOP, files=FILES, **options):
    folder = tmp_path / "files"
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_text(data, encoding="utf-8")
    recipe = recipe_from_yaml(text, "shop.yaml")
    log = Log(tmp_path / "ws")
    found = files_in(recipe, folder)
    return log, import_recipe(log, recipe, found, ImportOptions(**options))


def test_rows_find_what_belongs_to_them_in_other_files(tmp_path):
    log, _ = run(tmp_path)
    first, second, fifth = rows_of(log)
    assert json.loads(first["properties"]) == {
        "products": [{"name": "pen", "price": "1.10"}, {"name": "cap", "price": "0.20"}],
        "pieces": "2",
        "colours": ["red"],
        "last": "cap",
        "first": "pen",
    }
    assert float(first["value"]) == 3.5
    assert json.loads(second["properties"])["products"] == [{"name": "ink", "price": "5"}]
    assert (fifth["value"], fifth["properties"]) == (None, None)


def test_each_row_of_each_file_is_accounted_for(tmp_path):
    _, report = run(tmp_path)
    parts = {part.file: dict(part.counts) for part in report.parts}
    assert parts == {
        "orders.csv": {"touchpoints": 3, "tests": 1, "rejected": 2},
        "items.csv": {"looked up": 5, "rejected": 1},
        "customers.csv": {"looked up": 2},
    }
    assert report.rows_read == 6 + 6 + 2
    assert report.made == report.touchpoints == 3


def test_a_joined_row_is_rejected_as_its_own_file_has_it(tmp_path):
    log, _ = run(tmp_path)
    third = next(row for row in rejected_of(log) if row["found"] == "never")
    assert json.loads(third["fields"]) == {
        "order": "3",
        "customer": "c1",
        "at": "never",
        "state": "ok",
    }
    assert third["row"] == 3


GROUPED = """
id: lines
group: [order]
gather: {total: sum(number(price))}
touchpoints:
  - {name: =Order Completed, person: who, ts: at, value: total}
"""
LINES = (
    "order,who,at,price\n1,ann,2026-01-01,1\n2,bob,soon,2\n1,,,3\n2,,,4\n,cat,2026-01-02,5\n"
    ",cat,2026-01-02,6\n"
)


def test_lines_of_a_group_need_not_follow_each_other_and_those_of_none_stay_alone(tmp_path):
    log, report = run(tmp_path, GROUPED.replace("group", "sources:\n  rows:\n    file: l.csv\n    "
                      "group", 1).replace("gather", "    gather"), {"l.csv": LINES})  # fmt: skip
    assert [float(row["value"]) for row in rows_of(log)] == [4.0, 5.0, 6.0]
    assert report.parts[0].counts == {"touchpoints": 4, "rejected": 2}
    rejected = rejected_of(log)
    assert sorted(row["row"] for row in rejected) == [2, 4]
    assert json.loads(rejected[1]["fields"]) == {"order": "2", "price": "4"} | {
        "who": None,
        "at": None,
    }


def test_the_same_files_again_add_nothing(tmp_path):
    run(tmp_path)
    _, report = run(tmp_path)
    assert (report.touchpoints, report.duplicates) == (0, 3)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    group: [order]\n", "", "sources.items.gather: needs `group`"),
        ("joins: {items: [order],", "joins: {itms: [order],", "there is no source 'itms'"),
        ("joins: {items: [order],", "joins: {items: [ordr],", "has no column 'ordr'"),
        ("sum(number(price)", "sum(price", "sources.items"),
        ("items.total", "items.totl", "has no column 'items.totl'"),
        ('file: "orders.csv"', 'file: "order?"', "has no file 'order\\?'"),
        ('file: "orders.csv"', "of: orders", "round in a circle"),
        ("count(*)", "count(*) over ()", "no part of an expression"),
        ("sum(number(price) * number(pieces))", "read_text('x')", "no part of an expression"),
    ],
)
def test_a_wrong_recipe_is_told_with_its_place(tmp_path, old, new, message):
    assert old in SHOP
    with pytest.raises(RecipeError, match=message) as caught:
        run(tmp_path, SHOP.replace(old, new))
    assert "shop.yaml" in caught.value.message


def test_a_look_up_that_finds_two_rows_is_an_error_that_says_what_to_do(tmp_path):
    twice = FILES | {"customers.csv": "id,person\nc1,ann\nc1,bob\n"}
    with pytest.raises(RecipeError, match="2 rows with id 'c1'") as caught:
        run(tmp_path, files=twice)
    assert "group: [id]" in str(caught.value.hint)
