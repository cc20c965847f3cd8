"""The Table: what a reader, a notebook, a program and another library get from an answer."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import duckdb
import pandas
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.table import Column, Table, as_html, as_text, iso, plain

COLUMNS = [
    Column("stage", "text"),
    Column("people", "integer", "people"),
    Column("conversion", "number", "share"),
    Column("days", "number", "days"),
    Column("at", "time"),
    Column("value", "money"),
]
MOMENT = datetime(2026, 3, 1, 12, 0, 0, 250, tzinfo=UTC)


@pytest.fixture
def table():
    data = {
        "stage": ["know", "<b>"],
        "people": [1234567, 0],
        "conversion": [0.256, None],
        "days": [12.5, None],
        "at": [MOMENT, None],
        "value": [Decimal("9.99"), None],
    }
    return Table.of(
        "demo", COLUMNS, data, {"as_of": "now", "remarks": ["one", "two"], "none": None}
    )


def test_json_has_plain_values_and_no_nan(table):
    said = json.loads(json.dumps(table.to_json()))
    assert said["columns"][1] == {"name": "people", "type": "integer", "unit": "people"}
    assert said["rows"][0] == {
        "stage": "know", "people": 1234567, "conversion": 0.256, "days": 12.5,
        "at": "2026-03-01T12:00:00.000250Z", "value": 9.99,
    }  # fmt: skip
    assert said["rows"][1]["conversion"] is None
    assert said["notes"]["remarks"] == ["one", "two"]


def test_a_number_that_is_none_in_numpy_is_none_here():
    table = Table.of("demo", [Column("x", "number")], {"x": [float("nan"), 1.0]}, {})
    assert table.column("x") == [None, 1.0]
    assert plain(float("inf")) is None


def test_text_is_aligned_with_units_and_notes(table):
    lines = as_text(table).splitlines()
    assert lines[0].split() == ["stage", "people", "conversion", "days", "at", "value"]
    assert lines[1].split() == ["share"]
    assert "1,234,567" in lines[3]
    assert "25.6%" in lines[3]
    assert "9.99" in lines[3]
    assert lines[4].split() == ["<b>", "0", "-", "-", "-", "-"]
    assert lines[-2:] == ["note: one", "note: two"]
    assert str(table) == repr(table) == as_text(table)


def test_text_shows_the_first_rows_and_says_how_many_more():
    table = Table.of("demo", [Column("n", "integer")], {"n": list(range(25))}, {})
    assert "... 5 more rows" in as_text(table)
    assert len(table) == 25


def test_html_escapes_every_text(table):
    assert "<b>" not in as_html(table)
    assert "&lt;b&gt;" in table._repr_html_()


def test_other_libraries_take_it_as_it_is(table):
    assert polars.DataFrame(table)["people"].to_list() == [1234567, 0]
    assert isinstance(table.to_pandas(), pandas.DataFrame)
    answer = table.to_arrow()  # noqa: F841 - DuckDB finds it by its name
    assert duckdb.sql("select sum(people) from answer").fetchall() == [(1234567,)]
    assert table.to_arrow().num_rows == 2


def test_rows_can_be_looped_over(table):
    assert [row["stage"] for row in table] == ["know", "<b>"]


def test_a_table_without_a_picture_says_so(table):
    with pytest.raises(AttributeError, match="demo"):
        table.plot()


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_times_are_always_27_characters_in_utc(moment):
    text = iso(moment.replace(tzinfo=timezone(timedelta(hours=2))))
    assert len(text) == 27
    assert text.endswith("Z")
    assert datetime.fromisoformat(text).astimezone(UTC) == moment.replace(
        tzinfo=timezone(timedelta(hours=2))
    )


def test_what_would_steer_a_terminal_is_written_out():
    told = Table.of("t", [Column("a", "text")], {"a": ["red\x1b[31m\x07", "fine é"]}, {})
    assert "\x1b" not in as_text(told)
    assert "red\\x1b[31m\\x07" in as_text(told)
    assert "fine é" in as_text(told)
