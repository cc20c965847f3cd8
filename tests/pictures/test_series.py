"""The picture of a course: a row a figure, what happened as numbered lines, honest ends."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from sojourn.core.table import Column, Table
from sojourn.errors import PictureError
from sojourn.pictures import series

COLUMNS = [
    Column("period", "text"),
    Column("complete", "boolean"),
    Column("arrived", "integer", "sojourns"),
    Column("arrived_before", "integer", "sojourns"),
    Column("annotations", "text"),
]


def table_of(values=(3, 5, 4), noted=(None, "New <price> & more", None), notes=None):
    size = len(values)
    data = {
        "period": [f"2026-01-{5 + 7 * i:02}" for i in range(size)],
        "complete": [True] * (size - 1) + [False],
        "arrived": list(values),
        "arrived_before": [2] * size,
        "annotations": list(noted),
    }
    notes = {"of": "try", "every": "week", "beside": "year", **(notes or {})}
    return Table.of("series", COLUMNS, data, notes)


def texts(svg):
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return [element.text for element in root.iter() if element.tag.endswith("text")]


@pytest.mark.parametrize("width", [320, 390, 960])
@pytest.mark.parametrize("theme", ["light", "dark", "web"])
def test_every_figure_has_a_row_and_what_happened_a_number(width, theme):
    said = texts(series(table_of(), names={"try": "Try"}, theme=theme, width=width))
    assert "Try, week by week" in said
    assert {"Came in", "4", "was 2", "1"} <= set(said)
    assert any("New <price> & more" in text for text in said if text)


def test_what_is_dotted_and_dashed_is_said():
    said = " ".join(text or "" for text in texts(series(table_of())))
    assert "Dotted: not whole" in said
    assert "Dashed: a year before" in said


def test_one_period_and_none_at_all_are_drawn():
    assert "Came in" in texts(series(table_of((3,), (None,))))
    assert "Nothing has happened in this time." in texts(series(table_of((0, 0), (None, None))))


def test_another_table_is_refused():
    stages = Table.of("stages", [Column("stage", "text")], {"stage": ["a"]}, {})
    with pytest.raises(PictureError, match="no course"):
        series(replace(stages))
