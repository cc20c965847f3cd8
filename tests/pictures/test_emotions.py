"""The emotion picture: a curve with room, rows without, honest about who was not heard."""

import xml.etree.ElementTree as ET

import pytest

from sojourn.core.table import Column, Table
from sojourn.errors import PictureError
from sojourn.measure.emotions import FIGURES
from sojourn.pictures import emotions

NAMES = {"know": "Know", "buy": "Buy", "refer": "Refer"}


def table_of(values, of="stage", notes=None):
    rows = [
        {"n": n, "people": n, "mean": mean, "low": None if n < 2 else max(mean - 0.2, -1),
         "high": None if n < 2 else min(mean + 0.2, 1), "good": n, "neutral": 0, "bad": 0,
         "sources": f"rating {n}", of: value}
        for value, n, mean in values
    ]  # fmt: skip
    columns = [Column(of, "text"), *FIGURES]
    data = {c.name: [row[c.name] for row in rows] for c in columns}
    return Table.of("emotions", columns, data, notes or {"as_of": "2026-01-01T00:00:00.000000Z"})


def texts(svg):
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return [element.text for element in root.iter() if element.tag.endswith("text")]


@pytest.mark.parametrize("width", [320, 960, 1600])
@pytest.mark.parametrize("theme", ["light", "dark", "web"])
def test_every_stage_is_named_with_its_mean(width, theme):
    table = table_of([("know", 40, -0.25), ("buy", 1, 1.0)])
    said = texts(emotions(table, names=NAMES, theme=theme, width=width))
    assert {"Know", "Buy", "\u22120.25", "+1.00"} <= set(said)


def test_stages_where_nobody_was_heard_are_named():
    said = " ".join(texts(emotions(table_of([("know", 40, 0.1)]), names=NAMES)))
    assert "Nobody was heard in Buy, Refer." in said
    assert "fewer than 5 people" not in said


def test_a_mean_of_few_people_is_hollow_and_says_so():
    said = " ".join(texts(emotions(table_of([("know", 3, 0.1)]), names=NAMES)))
    assert "Hollow: fewer than 5 people were heard." in said


def test_many_values_are_cut_to_the_most_heard():
    table = table_of([(f"value {i:03}", i + 1, 0.0) for i in range(90)], of="content")
    said = texts(emotions(table))
    assert "value 089" in said
    assert "value 001" not in said
    assert "The 40 most heard of 90 values are shown." in " ".join(said)


def test_markup_in_a_value_stays_text():
    said = texts(emotions(table_of([("<script>&", 9, 0.5)], of="content")))
    assert "<script>&" in said


def test_nobody_heard_is_said():
    assert "Nobody has said how they feel yet." in texts(emotions(table_of([]), names=NAMES))


def test_periods_are_not_drawn_as_one():
    table = table_of([("know", 9, 0.5)])
    columns = [Column("period", "text"), *table.columns]
    data = {c.name: table.column(c.name) * 2 for c in table.columns} | {"period": ["a", "b"]}
    with pytest.raises(PictureError, match="2 by period"):
        emotions(Table.of("emotions", columns, data, {}))
