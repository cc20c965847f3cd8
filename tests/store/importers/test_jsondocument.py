"""A JSON document with a list in it: which files are such, and what their rows are."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.errors import ImportFailed
from sojourn.store.importers import ImportOptions, jsondocument
from sojourn.store.importers.jsondocument import items_of
from sojourn.store.importers.opening import open_source

PAGE = {"total": 2, "reviews": [{"id": "007", "stars": 5}, {"id": "8", "text": 'a "b"\n]}'}]}


def written(tmp_path, data, name="page.json", indent=2):
    path = tmp_path / name
    text = data if isinstance(data, str) else json.dumps(data, indent=indent)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def rows_of(path):
    source = open_source(path, ImportOptions())
    lines = [line for piece in source.pieces() for line in source.parse(piece).lines]
    return source, [json.loads(str(line)) for line in lines]


@pytest.mark.parametrize(("name", "indent"), [("a.json", 2), ("a.json", None), ("a.json.gz", 1)])
def test_the_items_of_the_list_are_the_rows(tmp_path, name, indent):
    source, rows = rows_of(written(tmp_path, PAGE, name, indent))
    assert rows == PAGE["reviews"]
    assert source.format == "JSON document"
    assert source.notes == ["The rows are the 2 items of 'reviews'."]


def test_one_object_a_line_stays_what_it_is(tmp_path):
    text = '{"id": 1, "items": [{"a": 1}]}\n{"id": 2, "items": [{"a": 2}]}\n'
    source, rows = rows_of(written(tmp_path, text))
    assert (source.format, [row["id"] for row in rows]) == ("JSON Lines", [1, 2])


def test_a_single_event_is_not_taken_apart(tmp_path):
    event = {"name": "x", "params": [{"key": "a"}], "device": {"category": "mobile"}}
    source, rows = rows_of(written(tmp_path, event, indent=None))
    assert (source.format, rows) == ("JSON Lines", [event])


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"a": [{"x": 1}], "b": [{"y": 1}]}, r"2 lists \(a, b\) of objects"),
        ({"a": 1, "b": [1, 2]}, "no list of objects"),
        ('{\n "a": [{"x": 1},\n {"x": ]\n}', "is no JSON: Expecting value: line 3"),
        ('{\n "a": [{"x": 1}]\n', "is no JSON"),
        ("{\n" + '"a": {' * 100_000, "nested too deeply"),
    ],
)
def test_what_has_not_one_list_is_an_error_that_says_so(tmp_path, data, told):
    with pytest.raises(ImportFailed, match=told):
        open_source(written(tmp_path, data), ImportOptions())


def test_a_document_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(jsondocument, "LARGEST", 100)
    with pytest.raises(ImportFailed, match="one JSON object of more than"):
        open_source(written(tmp_path, {"rows": [{"a": "x" * 200}]}), ImportOptions())


def test_numbers_and_texts_stay_as_they_are_written():
    text = '{"rows": [{"n": 1.10, "big": 12345678901234567890, "t": "\\u00e9"}]}'
    assert items_of(text, "a") == (
        "rows", [b'{"n": 1.10, "big": 12345678901234567890, "t": "\\u00e9"}']
    )  # fmt: skip


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=6)
NAMES = st.text(max_size=4)
VALUES = st.recursive(
    PLAIN,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(NAMES, one, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), min_size=1, max_size=4),
    st.sampled_from([None, 0, 3]),
)
def test_whatever_the_items_are_they_come_out_whole(items, indent):
    text = json.dumps({"count": len(items), "rows": items}, indent=indent)
    key, found = items_of(text, "any")
    assert (key, [json.loads(one) for one in found]) == ("rows", items)
