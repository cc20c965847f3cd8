"""Out of a workspace and in again: nothing is lost, and other tools can read it."""

import csv
import gzip
import json
import tempfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import sojourn as sj
from sojourn.core.touchpoint import ALIASES, LOG_SCHEMA, TIME
from sojourn.errors import QuestionError, UnknownName
from sojourn.exporting import format_of
from sojourn.store.exporters.segment import BOUGHT
from support.logs import MODEL, as_frame, random_logs

UNSHRUNK = [Phase.explicit, Phase.reuse, Phase.generate]
"""An example takes a second: making a failing one small would take many minutes."""
GIVEN_ANEW = {"seq", "source_id", "month"}
SAME = [name for name in LOG_SCHEMA.names if name not in GIVEN_ANEW]
ODD = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"),
    min_size=1,
    max_size=8,
).map(str.strip)
WORD = ODD.filter(bool)
MAYBE = st.none() | WORD
ROW = st.fixed_dictionaries(
    {
        "event_id": st.none(),
        "ts": st.integers(0, 1_760_000_000_000_000),
        "user_id": st.none() | st.sampled_from(["007", "1.0", "12345678901234567890"]) | WORD,
        "device_id": MAYBE,
        "aliases": st.none()
        | st.lists(
            st.fixed_dictionaries({"kind": st.sampled_from(["card", "email"]), "id": WORD}),
            min_size=1,
            max_size=3,
        ),
        "name": st.sampled_from(["Page Viewed", "Order Completed", "Odd, \"quoted\"", "=1+1"]),
        "actor": st.sampled_from(["person", "business"]),
        "channel": MAYBE,
        "campaign": MAYBE,
        "content": MAYBE,
        "page": MAYBE,
        "value": st.none() | st.decimals(-99_999, 99_999, places=4),
        "currency": st.none() | st.sampled_from(["EUR", "SEK"]),
        "order_id": st.none() | st.sampled_from(["1.0", "0001"]),
        "referred_by": MAYBE,
        "sentiment": st.none() | st.floats(-1, 1),
        "text": MAYBE,
        "properties": st.none()
        | st.dictionaries(WORD, st.integers() | st.booleans() | ODD, min_size=1).map(
            json.dumps
        ),
    }
)  # fmt: skip


def frame_of(rows):
    types = {
        "ts": TIME,
        "value": pa.decimal128(18, 4),
        "sentiment": pa.float64(),
        "aliases": ALIASES,
    }
    named = [{**row, "event_id": f"e{i}"} for i, row in enumerate(rows)]
    return pa.table(
        {k: pa.array([row[k] for row in named], types.get(k, pa.string())) for k in named[0]}
    )


def logged(workspace):
    """The rows of a log as they were meant, in order, without what a writer gives anew."""
    files = [str(file.path) for file in workspace.log.files()]
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    rows = con.read_parquet(files).order("ts, seq").to_arrow_table().select(SAME).to_pylist()
    for row in rows:
        row["properties"] = row["properties"] and json.loads(row["properties"])
    return rows


@settings(max_examples=6, deadline=None, phases=UNSHRUNK)
@given(st.lists(ROW, min_size=1, max_size=25))
def test_what_was_exported_and_imported_again_is_the_same_log(rows):
    workspace = sj.read(frame_of(rows), **{name: name for name in rows[0]})
    before = logged(workspace)
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("csv", "jsonl", "parquet", "csv.gz"):
            file = Path(folder) / f"log.{ending}"
            workspace.export("touchpoints", file)
            assert logged(sj.read(file)) == before, ending


def test_segments_calls_bring_the_same_log_back(tmp_path):
    rows = [
        {"user_id": "ada", "ts": 1, "name": "Page Viewed", "page": "https://x.example/?a=1",
         "campaign": "spring", "content": "banner", "channel": "Display", "actor": "person"},
        {"user_id": "ada", "ts": 2, "name": "Order Completed", "value": Decimal("9.9900"),
         "currency": "SEK", "order_id": "0001", "properties": '{"coupon": "X", "deep": {"a": 1}}',
         "aliases": [{"kind": "email", "id": "a@example.org"}, {"kind": "card", "id": "007"}]},
        {"device_id": "d1", "ts": 3, "name": "Mention Posted", "sentiment": -0.25, "text": "hm\n",
         "referred_by": "bo", "actor": "person", "channel": "Organic Social"},
        {"user_id": "ada", "ts": 4, "name": "Message Sent", "actor": "business", "value": None},
    ]  # fmt: skip
    columns = sorted({name for row in rows for name in row})
    whole = [{**dict.fromkeys([*columns, "event_id"]), **row} for row in rows]
    workspace = sj.read(frame_of(whole), **{name: name for name in whole[0]})
    workspace.export("touchpoints", tmp_path / "calls.jsonl", "segment")
    again = logged(sj.read(tmp_path / "calls.jsonl"))
    for row in again:
        bought = {name: (row["properties"] or {}).pop(name, None) for name in BOUGHT.values()}
        assert bought["order_id"] == row["order_id"]
        row["properties"] = row["properties"] or None
    assert again == logged(workspace)


@settings(max_examples=4, deadline=None)
@given(random_logs())
def test_an_exported_log_gives_the_same_journeys(log):
    workspace = sj.read(as_frame(log))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.jsonl"
        workspace.export("touchpoints", file, journey=MODEL)
        again = sj.read(file)
        assert again.journey(MODEL).sojourns().rows == workspace.journey(MODEL).sojourns().rows


@pytest.fixture(scope="module")
def shop():
    """Ada bought and came back, Bo only looked, a robot crawled, and somebody left no trace."""
    rows = [
        ("ada", "2026-01-05T10:00:00Z", "Ad Viewed", "Display", None, "computer"),
        ("ada", "2026-01-06T10:00:00Z", "Order Completed", "Direct", "O1", "computer"),
        ("bo", "2026-01-06T11:00:00Z", "Page Viewed", "Email", None, "phone"),
        (None, "2026-01-06T12:00:00Z", "Page Viewed", "Email", None, "phone"),
        ("crawler", "2026-01-06T13:00:00Z", "Page Viewed", "Direct", None, "bot"),
        ("ada", "2026-01-20T10:00:00Z", "Order Completed", "Email", "O2", "phone"),
    ]
    columns = ("user_id", "ts", "name", "channel", "order_id", "device")
    frame = pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows])
    return sj.read(
        frame.append_column("value", pa.array([None, "9.99", None, None, None, "20.5"]))
        .append_column("currency", pa.array([None, "eur", None, None, None, "eur"]))
        .append_column("campaign", pa.array(["<spring & \"co\">", *[None] * 5]))
    )  # fmt: skip


def read_csv(file):
    opened = gzip.open if file.name.endswith(".gz") else open
    with opened(file, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_each_touchpoint_says_whose_it_is_and_of_which_cycle(shop, tmp_path):
    told = shop.export("touchpoints", tmp_path / "t.csv")
    rows = read_csv(tmp_path / "t.csv")
    assert (told.rows, told.left_out) == (6, 0)
    assert [(r["person"], r["cycle"]) for r in rows] == [
        ("ada", "1"), ("ada", "1"), ("bo", "1"), ("", ""), ("", ""), ("ada", "1"),
    ]  # fmt: skip
    assert rows[1]["value"] == "9.9900"
    assert rows[1]["ts"] == "2026-01-06T10:00:00.000000Z"


@pytest.mark.parametrize(
    ("filters", "orders_or_views"),
    [
        ({"people": "total_orders >= 1"}, 3),
        ({"where": "name = 'Order Completed'"}, 3),
        ({"only": "channel = 'Email'"}, 2),
        ({"start": "2026-01-06", "end": "2026-01-07"}, 4),
        ({"as_of": "2026-01-06T11:00:00Z"}, 3),
        ({"people": "total_orders = 0", "start": "2026-01-06"}, 1),
        ({"only": "name = 'Nothing'"}, 0),
    ],
)
def test_filters_choose_touchpoints(shop, tmp_path, filters, orders_or_views):
    told = shop.export("touchpoints", tmp_path / "t.parquet", **filters)
    assert told.rows == orders_or_views == pq.read_table(tmp_path / "t.parquet").num_rows


def test_moves_are_those_that_the_measure_counts(shop, tmp_path):
    shop.export("moves", tmp_path / "m.csv", journey="sales")
    rows = read_csv(tmp_path / "m.csv")
    counted = {
        (m["from_stage"], m["to_stage"] or "", m["kind"]): m["count"]
        for m in shop.journey("sales").moves()
    }
    found = [(r["from_stage"], r["to_stage"], r["kind"]) for r in rows]
    assert {each: found.count(each) for each in found} == counted
    assert [float(r["days"]) for r in rows] == [1.0, 14.0]


def test_people_are_those_of_the_list(shop, tmp_path):
    shop.export("people", tmp_path / "p.csv", people="total_orders >= 1")
    (row,) = read_csv(tmp_path / "p.csv")
    assert (row["person"], row["orders"], row["touchpoints"]) == ("ada", "2", "3")


def test_sojourns_are_those_of_the_measure(shop, tmp_path):
    shop.export("sojourns", tmp_path / "s.parquet", journey="sales")
    assert pq.read_table(tmp_path / "s.parquet").equals(
        shop.journey("sales").sojourns().to_arrow().combine_chunks()
    )


def test_a_process_log_has_a_trace_a_person_and_says_who_is_left_out(shop, tmp_path):
    told = shop.export("touchpoints", tmp_path / "t.xes")
    assert (told.rows, told.left_out) == (4, 2)
    assert "2 touchpoints of nobody or of bots" in str(told)


def test_a_trace_can_be_a_cycle(tmp_path):
    frame = {
        "user_id": ["ada"] * 2,
        "ts": ["2024-01-01Z", "2026-01-01Z"],
        "name": ["Page Viewed"] * 2,
    }
    frame["ts"] = ["2024-01-01T00:00Z", "2026-01-01T00:00Z"]
    sj.read(pa.table(frame)).export("touchpoints", tmp_path / "t.xes", case="cycle")
    text = (tmp_path / "t.xes").read_text(encoding="utf-8")
    assert text.count("<trace>") == 2
    assert '<string key="concept:name" value="ada / 2"/>' in text


def test_a_file_that_cannot_be_finished_leaves_the_old_one(shop, tmp_path, monkeypatch):
    file = tmp_path / "t.csv"
    file.write_text("what was there before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(sj.exporting.FLAT, "csv", full)
    with pytest.raises(OSError, match="No space"):
        shop.export("touchpoints", file)
    assert file.read_text() == "what was there before"
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(
    ("name", "said", "what", "found"),
    [
        ("a.csv", None, "touchpoints", "csv"),
        ("a.CSV.gz", None, "moves", "csv"),
        ("a.ndjson", None, "touchpoints", "jsonl"),
        ("a.json", "ocel", "touchpoints", "ocel"),
        ("a", "segment", "touchpoints", "segment"),
    ],
)
def test_the_ending_tells_the_format_unless_it_is_said(name, said, what, found):
    assert format_of(Path(name), said, what) == found


@pytest.mark.parametrize(
    ("name", "said", "what", "error", "words"),
    [
        ("a.xlsx", None, "touchpoints", UnknownName, "tells no format"),
        ("a.csvv", None, "touchpoints", UnknownName, "Did you mean 'csv'?"),
        ("a.csv", "parket", "touchpoints", UnknownName, "Did you mean 'parquet'?"),
        ("a.xes", None, "moves", QuestionError, "xes holds touchpoints"),
        ("a.parquet.gz", None, "touchpoints", QuestionError, "leave out .gz"),
    ],
)
def test_what_cannot_be_written_is_said(name, said, what, error, words):
    with pytest.raises(error) as caught:
        format_of(Path(name), said, what)
    assert words in str(caught.value)


def test_an_unknown_thing_to_export_names_the_nearest(shop, tmp_path):
    with pytest.raises(UnknownName, match="Did you mean 'touchpoints'"):
        shop.export("touchpoint", tmp_path / "a.csv")


def test_money_is_written_to_the_last_digit(tmp_path):
    value = Decimal("12345678901234.5678")
    frame = {"user_id": ["a"], "ts": ["2026-01-01T00:00Z"], "name": ["Order Completed"]}
    workspace = sj.read(pa.table({**frame, "value": pa.array([value])}))
    for name in ("a.csv", "a.jsonl", "a.xes", "a.jsonocel"):
        workspace.export("touchpoints", tmp_path / name)
        assert "12345678901234.5678" in (tmp_path / name).read_text()
    workspace.export("touchpoints", tmp_path / "s.jsonl", "segment")
    assert '"revenue":12345678901234.5678' in (tmp_path / "s.jsonl").read_text()
