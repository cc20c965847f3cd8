"""JSON, one object a line or all in one array."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.errors import ImportFailed
from sojourn.store.importers import jsonlines, replay
from sojourn.store.importers.jsonarray import elements
from sojourn.store.importers.jsonlines import JsonLines, paths_in
from sojourn.store.importers.textfile import detect
from sojourn.store.rejected import Rejected

DAY = "2026-01-02T03:04:05Z"
ROW = {"userId": 42, "timestamp": DAY, "event": "A"}
SEGMENT = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "m1",
    "userId": "u1",
    "anonymousId": "d1",
    "timestamp": DAY,
    "context": {
        "page": {"url": "https://a.example/?gclid=1", "referrer": None},
        "campaign": {"name": "spring"},
        "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Mobile/15E148",
        "traits": {"email": "A@b.example"},
    },
    "properties": {"revenue": 12.5, "order_id": "007", "currency": "eur", "tags": ["a"], "n": None},
}


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_a_message_of_segment_is_understood(desk):
    report = desk.bring(lines(SEGMENT), "a.jsonl")
    assert report.format == "JSON Lines"
    found = desk.rows("event_id", "user_id", "device_id", "name", "channel", "campaign", "device")
    assert found == [("m1", "u1", "d1", "Order Completed", "Paid Search", "spring", "phone")]
    assert [str(v) for v in desk.rows("value")] == ["12.5000"]
    assert desk.rows("order_id", "currency") == [("007", "EUR")]
    assert desk.rows("aliases") == [[{"kind": "email", "id": "a@b.example"}]]


def test_properties_are_those_of_the_message_and_what_no_column_took(desk):
    desk.bring(lines(SEGMENT | {"version": 2, "none": None}), "a.jsonl")
    (found,) = map(json.loads, desk.rows("properties"))
    assert found["tags"] == ["a"]
    assert found["version"] == 2
    assert found["context"]["page"] == {"url": "https://a.example/?gclid=1"}
    assert {"n", "none", "userId", "timestamp", "event"}.isdisjoint(found)


def test_calls_for_pages_are_page_views_and_those_that_say_nothing_are_rejected(desk):
    page = {"type": "page", "userId": "u1", "timestamp": DAY}
    track = {"type": "track", "userId": "u1", "timestamp": DAY}
    desk.bring(lines(page, track, SEGMENT), "a.jsonl")
    assert desk.rows("name") == ["Page Viewed", "Order Completed"]
    assert desk.rejected == [(2, "nothing says what happened")]


def test_values_keep_their_types_in_properties_and_their_digits_as_ids(desk):
    row = ROW | {"userId": 98765432109876543, "size": 5, "fits": True, "list": [1, {"a": None}]}
    desk.bring(lines(row), "a.jsonl")
    assert desk.rows("user_id") == ["98765432109876543"]
    assert json.loads(desk.rows("properties")[0]) == {
        "size": 5,
        "fits": True,
        "list": [1, {"a": None}],
    }


BAD = {
    "no JSON": "{oops",
    "no object": "[1, 2]",
    "a text": '"u1"',
    "NaN": '{"userId": 1, "timestamp": "2026-01-02", "event": "A", "x": NaN}',
    "two objects": lines(ROW).strip() + " " + lines(ROW).strip(),
    "a raw NUL": '{"userId": 1, "event": "A\x00"}',
}


@pytest.mark.parametrize("case", BAD)
def test_a_line_that_is_no_object_is_rejected_whole(desk, case):
    report = desk.bring(lines(ROW) + "\n" + BAD[case] + "\n" + lines(ROW), "a.jsonl")
    assert (report.rows_read, report.rejected) == (3, 1)
    assert desk.rejected == [(2, "this is no JSON object")]
    rows = [row for batch in Rejected(desk.log.root).batches() for row in batch.to_pylist()]
    assert rows[0]["raw"] == BAD[case].replace("\x00", "")


def test_a_word_like_nan_in_a_text_is_fine(desk):
    report = desk.bring(lines(ROW | {"note": "gold, nan, infinite: naan"}), "a.jsonl")
    assert report.touchpoints == 1


def test_broken_letters_cost_their_line_only(desk):
    good = lines(ROW | {"note": "Größe"}).encode("utf-8").replace(b"\\u00f6\\u00df", "öß".encode())
    report = desk.bring(good * 3 + b'{"userId": 1, "note": "\xff"}\n', "a.jsonl")
    assert (report.touchpoints, report.rejected) == (3, 1)


def test_zipped_and_in_utf16_too(desk):
    desk.bring(gzip.compress(lines(ROW).encode()), "a.jsonl.gz")
    desk.bring(lines(ROW | {"userId": 43}).encode("utf-16"), "b.jsonl")
    assert desk.rows("user_id") == ["42", "43"]


def test_a_file_without_a_single_object_is_refused(desk):
    with pytest.raises(ImportFailed, match=r"is one JSON object with no list of objects"):
        desk.bring('{\n "userId": 1,\n "event": "A"\n}\n', "a.jsonl")


def test_the_size_of_the_stretches_changes_nothing(desk, monkeypatch):
    text = "".join(lines(ROW | {"userId": i, "note": "x" * (i % 50)}) for i in range(80))
    monkeypatch.setattr(jsonlines, "STRETCH", 200)
    desk.bring(text, "a.jsonl")
    assert desk.rows("user_id") == [str(i) for i in range(80)]


def test_an_array_is_read_like_lines(desk):
    rows = [ROW | {"userId": i, "note": "a]}, [{"} for i in range(50)]
    report = desk.bring(json.dumps(rows, indent=2), "a.json")
    assert (report.format, report.touchpoints) == ("JSON array", 50)
    assert desk.rows("user_id") == [str(i) for i in range(50)]
    assert desk.bring(json.dumps(rows), "b.json").duplicates == 50


def test_a_broken_array_is_refused_with_the_place(desk):
    with pytest.raises(ImportFailed, match=r"a\.json is broken at letter"):
        desk.bring(json.dumps([ROW, ROW])[:-8], "a.json")
    assert not desk.log.exists()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.lists(VALUES, max_size=8), st.integers(1, 40), st.sampled_from([None, 1]))
def test_elements_of_any_array_come_out_whole_whatever_the_stretches(values, size, indent):
    data = json.dumps(values, ensure_ascii=False, indent=indent).encode("utf-8", "surrogatepass")
    stretches = iter([data[i : i + size] for i in range(0, len(data), size)])
    found = [json.loads(each) for each in elements(lambda _: next(stretches, b""), "a.json")]
    assert found == values


def test_fields_of_fields_have_dotted_names(desk):
    found = paths_in(lines({"a": {"b": {"c": {"d": 1}}, "e": 2}, "f": [1]}, {"g": None}).encode())
    assert found == {"a.e": ("a", "e"), "g": ("g",)}
    odd = {"a.b": 1, 'q"\\': 2} | ROW
    path = desk.file(lines(odd), "a.jsonl")
    source = JsonLines(detect(path, path.read_bytes()), array=False)
    (row,) = source.sample().table.to_pylist()
    assert (row["a.b"], row['q"\\']) == ("1", "2")


def test_rejected_lines_are_exported_and_replayed_as_they_were(desk, now):
    wrong = SEGMENT | {"timestamp": "soon"}
    desk.bring(lines(SEGMENT | {"messageId": "m0"}, wrong), "a.jsonl")
    rejected = Rejected(desk.log.root)
    export = desk.folder / "out.jsonl"
    assert rejected.export(export) == 1
    row = json.loads(export.read_text())
    assert {key: row[key] for key in wrong} == wrong
    assert row["_reason"] == "this is no time between the years 1 and 9999"
    export.write_text(json.dumps(row | {"timestamp": DAY}))
    report = replay(desk.log, export, now=now)
    assert (report.touchpoints, rejected.count()) == (1, 0)
    first, second = map(json.loads, desk.rows("properties"))
    assert first == second


def test_an_event_of_ga4_is_understood(desk):
    row = {
        "event_timestamp": "1767323045123456",
        "event_name": "purchase",
        "user_pseudo_id": "1026454.42",
        "device": {"category": "mobile"},
        "traffic_source": {"source": "google", "medium": "organic", "name": "(organic)"},
        "ecommerce": {"transaction_id": "T1", "purchase_revenue": 9.5},
    }
    desk.bring(lines(row), "a.jsonl")
    found = desk.rows("device_id", "device", "channel", "order_id", "value")
    assert [(*each[:4], str(each[4])) for each in found] == [
        ("1026454.42", "phone", "Organic Search", "T1", "9.5000")
    ]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ('{"a": NaN}', {"properties": '{"a": NaN}'}),
        ('{"a": 1}', {"a": 1}),
        ({"note": "fast, informative: nano"}, {"note": "fast, informative: nano"}),
        ("plain", {"properties": "plain"}),
        ([1], {"properties": [1]}),
        ({}, None),
    ],
)
def test_properties_that_are_no_object_are_kept_as_they_are(desk, properties, expected):
    desk.bring(lines(ROW | {"properties": properties}), "a.jsonl")
    (found,) = desk.rows("properties")
    assert (found and json.loads(found)) == expected


def test_a_number_of_json_has_a_decimal_point_and_nothing_is_asked(desk):
    rows = [ROW | {"value": value} for value in (1.234, -12.345, 7, None, 20.5, "3.500")]
    report = desk.bring(lines(*rows), "a.jsonl")
    found = ["1.2340", "-12.3450", "7.0000", None, "20.5000", "3.5000"]
    assert [None if v is None else str(v) for v in desk.rows("value")] == found
    assert report.touchpoints == 6


def test_a_number_of_json_is_known_for_one_far_down_too(desk):
    rows = [ROW | {"value": i} for i in range(1500)] + [ROW | {"value": 1.234}]
    desk.bring(lines(*rows), "a.jsonl")
    assert str(desk.rows("value")[-1]) == "1.2340"


def test_a_text_in_json_may_still_be_read_in_two_ways(desk):
    with pytest.raises(ImportFailed, match=r"two ways: 1.234 \(row 2\)"):
        desk.bring(lines(ROW | {"value": 5}, ROW | {"value": "1.234"}), "a.jsonl")


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ({"properties": {"": 1, "a": {"": {"": 2}}}}, {"": 1, "a": {"": {"": 2}}}),
        ({"": 5}, {"": 5}),
        ({"": {"b": 5}, "c": {"": 5}}, {"": {"b": 5}, "c": {"": 5}}),
        (
            {"properties": {'q"': 1, "\\": 2, "$": 3, "a.b": 4}},
            {'q"': 1, "\\": 2, "$": 3, "a.b": 4},
        ),
    ],
    ids=str,
)
def test_a_field_may_have_any_name_even_none(desk, more, kept):
    desk.bring(lines({**ROW, **more}), "a.jsonl")
    [text] = desk.rows("properties")
    assert json.loads(text) == kept
