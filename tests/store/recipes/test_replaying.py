"""Rows that a recipe's import rejected come in once they are mended."""

import csv

import pytest

from sojourn.errors import ImportFailed
from sojourn.workspace import Workspace

PRESET = """
id: shop
touchpoints:
  - {name: =Order Completed, person: who, ts: at, value: total}
  - {name: =Order Shipped, person: who, ts: sent, when: sent is not null}
"""
DATA = "who,at,sent,total\nann,2026-01-01,2026-01-02,1\nbob,soon,2026-01-03,2\ncat\n"
FOLDER = {
    "orders.csv": "order,customer,at\n1,c1,2026-01-01\n2,c2,soon\n",
    "customers.csv": "id,person\nc1,ann\nc2,bob\nbroken\n",
    "visits.csv": "person,at\nann,2026-01-05\nbob,later\n",
}
RECIPE = """
id: shop
sources:
  orders: {file: orders.csv, joins: {customers: {customer: id}}}
  customers: {file: customers.csv}
  visits: {file: visits.csv}
touchpoints:
  - {from: orders, name: =Order Completed, person: customers.person, ts: at}
  - {from: visits, name: =Store Visited, person: person, ts: at}
"""


def mended(file, **changes):
    """The exported rows with what was wrong put right; `changes` by what was found."""
    with file.open(newline="") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        for name, value in row.items():
            row[name] = changes.get(value, value) if not name.startswith("_") else value
    return rows


def write(file, rows):
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)


def names(ws):
    return sorted((row["name"], row["touchpoints"]) for row in ws.info().rows)


def test_a_mended_row_makes_all_that_it_should_have_made(tmp_path):
    (tmp_path / "shop.yaml").write_text(PRESET)
    (tmp_path / "data.csv").write_text(DATA)
    ws = Workspace(tmp_path / "ws")
    report = ws.add(tmp_path / "data.csv", mapping=tmp_path / "shop.yaml")
    assert (report.made, report.rejected) == (2, 2)
    out = tmp_path / "wrong.csv"
    assert ws.rejected.export(out) == 2
    rows = mended(out, soon="2026-01-02")
    rows[1] |= {"who": "cat", "at": "2026-01-03", "total": "3"}
    write(out, rows)
    report = ws.replay(out)
    assert (report.made, report.touchpoints, report.rejected) == (3, 3, 0)
    assert ws.rejected.count() == 0
    assert names(ws) == [("Order Completed", 3), ("Order Shipped", 2)]


def test_rows_of_several_files_come_in_each_by_its_own_source(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name, data in FOLDER.items():
        (folder / name).write_text(data)
    (tmp_path / "shop.yaml").write_text(RECIPE)
    ws = Workspace(tmp_path / "ws")
    ws.add_recipe(tmp_path / "shop.yaml", folder)
    listed = {(row["file"], row["row"]) for row in ws.rejected.list().rows}
    assert listed == {("orders.csv", 2), ("customers.csv", 3), ("visits.csv", 2)}
    out = tmp_path / "wrong.csv"
    ws.rejected.export(out)
    rows = mended(out, soon="2026-01-02", later="2026-01-06")
    write(out, [row for row in rows if row["_file"] != "customers.csv"])
    report = ws.replay(out)
    assert report.touchpoints == 2
    assert names(ws) == [("Order Completed", 2), ("Store Visited", 2)]
    assert [row["file"] for row in ws.rejected.list().rows] == ["customers.csv"]


def test_rows_that_are_only_looked_up_cannot_come_in_alone(tmp_path):
    test_rows_of_several_files_come_in_each_by_its_own_source(tmp_path)
    ws = Workspace(tmp_path / "ws")
    out = tmp_path / "left.csv"
    ws.rejected.export(out)
    with pytest.raises(ImportFailed, match="only looked up in"):
        ws.replay(out)


def test_a_group_is_rejected_and_comes_in_as_all_of_its_lines(tmp_path):
    (tmp_path / "lines.yaml").write_text(
        "id: lines\ngroup: [order]\ngather: {total: sum(number(price))}\n"
        "touchpoints: [{name: =Order Completed, person: who, ts: at, value: total}]\n"
    )
    (tmp_path / "data.csv").write_text(
        "order,who,at,price\n1,ann,soon,1\n2,bob,2026-01-02,5\n1,,,3\n"
    )
    ws = Workspace(tmp_path / "ws")
    ws.add(tmp_path / "data.csv", mapping=tmp_path / "lines.yaml")
    out = tmp_path / "wrong.csv"
    assert ws.rejected.export(out) == 2
    write(out, mended(out, soon="2026-01-03"))
    assert (ws.replay(out).touchpoints, ws.rejected.count()) == (1, 0)
    info = ws.info().rows
    assert [row["touchpoints"] for row in info] == [2]


def test_a_mended_json_line_leaves_the_rejected_table(tmp_path):
    (tmp_path / "shop.yaml").write_text(PRESET)
    (tmp_path / "data.jsonl").write_text(
        '{"who": "ann", "at": "2026-01-01", "sent": null, "total": 1}\n'
        '{"who": "bob", "at": "soon", "sent": null, "total": 2}\n'
    )
    ws = Workspace(tmp_path / "ws")
    assert ws.add(tmp_path / "data.jsonl", mapping=tmp_path / "shop.yaml").rejected == 1
    ws.rejected.export(tmp_path / "bad.jsonl")
    text = (tmp_path / "bad.jsonl").read_text("utf-8").replace('"soon"', '"2026-01-02"')
    (tmp_path / "bad.jsonl").write_text(text, encoding="utf-8")
    assert ws.replay(tmp_path / "bad.jsonl").touchpoints == 1
    assert ws.rejected.count() == 0
