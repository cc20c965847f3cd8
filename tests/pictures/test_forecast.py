"""The forecast picture: a row a figure, its last week in words, what it is compared with."""

import xml.etree.ElementTree as ET

import pytest

from sojourn.core.table import Column, Table
from sojourn.errors import PictureError
from sojourn.measure.forecast import ACTUAL, COLUMNS, WHAT_IF
from sojourn.pictures import forecast


def table_of(extra=(), scale=1.0, notes=None):
    rows = [
        {"week": week, "until": None, "figure": figure, "stage": stage, "expected": 20.0 * scale,
         "low": 15.0 * scale, "high": 25.0 * scale, "as_last": 1.0, "without": 18.0,
         "difference": 2.0, "actual": 22.0, "inside": True}
        for figure, stage in (("people", "buy"), ("orders", None))
        for week in (1, 2)
    ]  # fmt: skip
    columns = (*COLUMNS, *extra)
    data = {column.name: [row[column.name] for row in rows] for column in columns}
    return Table.of("forecast", columns, data, notes or {"back_test": "well"})


def texts(svg):
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return [element.text for element in root.iter() if element.tag.endswith("text")]


@pytest.mark.parametrize("width", [320, 960])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_figure_has_its_row(width, theme):
    said = texts(forecast(table_of(), names={"buy": "Buy"}, theme=theme, width=width))
    assert {"In Buy", "Orders", "20", "15\u201325"} <= set(said)
    assert "The next 2 weeks" in said


@pytest.mark.parametrize(
    ("extra", "words"), [(ACTUAL, "what came"), (WHAT_IF, "without the change"), ((), "Tried on")]
)
def test_the_dashed_line_is_explained(extra, words):
    assert words in " ".join(texts(forecast(table_of(extra))))


@pytest.mark.parametrize("scale", [0.0, 1e-3, 1e9])
def test_any_size_is_drawn(scale):
    assert forecast(table_of(scale=scale)).endswith("</svg>\n") or "</svg>" in forecast(
        table_of(scale=scale)
    )


def test_nothing_to_come_is_said():
    empty = Table.of("forecast", COLUMNS, {column.name: [] for column in COLUMNS}, {})
    assert "Nothing can be forecast yet." in texts(forecast(empty))


def test_another_table_is_refused():
    with pytest.raises(PictureError, match="'week'"):
        forecast(Table.of("other", [Column("x", "text")], {"x": []}, {}))
