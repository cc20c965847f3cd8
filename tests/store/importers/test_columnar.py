"""Parquet, Arrow and frames in memory."""

import datetime as dt
import json
import uuid
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from sojourn.errors import ImportFailed
from sojourn.store.importers import columnar
from sojourn.store.importers.columnar import frame, plain

TIMES = [dt.datetime(2026, 1, 2, 3, 4, 5, 123456, dt.UTC), dt.datetime(2026, 1, 3, tzinfo=dt.UTC)]
COLUMNS = {"user_id": [1, 2], "timestamp": TIMES, "event": ["A", "B"], "revenue": [1.5, None]}
TABLE = pa.table({**COLUMNS, "size": [5, None], "fits": [True, None]})


def parquet(desk, table=TABLE, **options):
    pq.write_table(table, desk.folder / "a.parquet", **options)
    return desk.folder / "a.parquet"


def feather_file(desk):
    feather.write_feather(TABLE, desk.folder / "a.feather")
    return desk.folder / "a.feather"


def stream_file(desk):
    with pa.ipc.new_stream(str(desk.folder / "a.arrows"), TABLE.schema) as out:
        out.write_table(TABLE)
    return desk.folder / "a.arrows"


SOURCES = {
    "Parquet": parquet,
    "Arrow file": feather_file,
    "Arrow stream": stream_file,
    "PyArrow table": lambda _: TABLE,
    "PyArrow batch": lambda _: TABLE.to_batches()[0],
    "PyArrow reader": lambda _: TABLE.to_reader(),
    "pandas": lambda _: TABLE.to_pandas(),
    "Polars": lambda _: pl.from_arrow(TABLE),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_of_columns_gives_the_same_rows(desk, kind):
    report = desk.bring(SOURCES[kind](desk))
    assert (report.touchpoints, report.rejected) == (2, 0)
    assert desk.rows("user_id", "ts", "name", "value") == [
        ("1", TIMES[0], "A", Decimal("1.5000")),
        ("2", TIMES[1], "B", None),
    ]
    first, second = desk.rows("properties")
    assert first in ('{"fits":true,"size":5}', '{"fits":true,"size":5.0}')
    assert second is None


def test_the_same_rows_of_a_file_and_a_frame_are_the_same(desk):
    desk.bring(parquet(desk))
    assert desk.bring(TABLE).duplicates == 2
    assert desk.bring(parquet(desk)).already


def test_a_file_is_known_by_its_content_and_a_frame_by_its_rows(desk):
    desk.bring(parquet(desk))
    desk.bring(TABLE.slice(0, 1))
    records = desk.log.imports()
    assert [bool(record.sha256) for record in records] == [True, False]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([12345.0, None, 0.5], pa.float64(), ["12345", None, "0.5"]),
        ([2**63 + 5], pa.uint64(), [str(2**63 + 5)]),
        ([7], pa.uint64(), ["7"]),
        (["a", None], pa.large_string(), ["a", None]),
        (["a", None], pa.string_view(), ["a", None]),
        ([b"a", None], pa.binary(), ["a", None]),
        ([b"\xff"], pa.binary(), ["ff"]),
        ([Decimal("1.50")], pa.decimal128(5, 2), ["1.50"]),
        ([Decimal("1.50")], pa.decimal256(50, 2), ["1.50"]),
        ([dt.date(2026, 1, 2)], pa.date32(), ["2026-01-02"]),
        ([0], pa.timestamp("ns"), ["1970-01-01T00:00:00.000000"]),
        ([0], pa.timestamp("ms", "Europe/Berlin"), ["1970-01-01T00:00:00.000000Z"]),
        ([dt.time(3, 4)], pa.time64("us"), ["03:04:00"]),
        ([uuid.UUID(int=5).bytes], pa.uuid(), [str(uuid.UUID(int=5))]),
    ],
)
def test_ids_of_any_type_become_the_texts_that_people_know(desk, values, kind, expected):
    storage = pa.array(values, pa.binary(16) if kind == pa.uuid() else kind)
    column = pa.ExtensionArray.from_storage(kind, storage) if kind == pa.uuid() else storage
    count = len(values)
    table = pa.table({"user_id": column, "timestamp": TIMES[:1] * count, "event": ["A"] * count})
    desk.bring(table)
    assert desk.rows("user_id") == expected


def test_encoded_columns_are_unpacked():
    words = pa.array(["a", "b", "a"])
    assert plain(words.dictionary_encode()).to_pylist() == ["a", "b", "a"]
    runs = pa.RunEndEncodedArray.from_arrays([2, 3], ["x", "y"])
    assert plain(runs).to_pylist() == ["x", "x", "y"]
    assert plain(pa.array([1.5], pa.float16())).type == pa.float32()


def test_a_pandas_frame_with_mixed_columns_and_odd_names(desk):
    data = pd.DataFrame(
        [["u1", "2026-01-02", "A", "x"], [7, "2026-01-03", "B", None]],
        columns=["user_id", "timestamp", "event", 5],
        index=pd.Index([9, 8], name="ignored"),
    )
    desk.bring(data)
    assert desk.rows("user_id", "properties") == [("u1", '{"5":"x"}'), ("7", None)]


def test_a_pandas_index_that_was_written_along_is_left_out(desk):
    data = pd.DataFrame({"user_id": [1], "timestamp": TIMES[:1], "event": ["A"]}, index=["odd"])
    data.to_parquet(desk.folder / "a.parquet")
    desk.bring(desk.folder / "a.parquet")
    assert desk.rows("properties") == [None]


def test_nested_columns_become_json(desk):
    table = pa.table(
        {
            "user_id": [1],
            "timestamp": TIMES[:1],
            "event": ["A"],
            "properties": [{"rating": 5, "none": None}],
            "tags": [["a", "b"]],
            "when": TIMES[1:],
            "odd": [float("nan")],
        }
    )
    desk.bring(table)
    assert desk.rows("properties") == [
        '{"tags":["a","b"],"when":"2026-01-03T00:00:00.000000Z","rating":5}'
    ]


def test_a_nested_value_that_no_json_holds_stays_a_text(desk):
    odd = [{"score": float("nan")}]
    table = pa.table({"user_id": [1], "timestamp": TIMES[:1], "event": ["A"], "odd": odd})
    desk.bring(table)
    assert json.loads(desk.rows("properties")[0]) == {"properties": '{"odd":{"score":NaN}}'}


def test_rejected_rows_keep_their_values(desk):
    desk.bring(TABLE.set_column(2, "event", pa.array([None, "B"])))
    assert desk.rejected == [(1, "nothing says what happened")]


def test_progress_goes_up_to_all_rows(desk):
    seen = []
    desk.bring(TABLE, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert len(seen) > 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (5, "A int cannot be imported"),
        (pd.Series([1]), "A pandas Series cannot be imported"),
        (pl.LazyFrame({"a": [1]}), r"Call `.collect\(\)` first"),
        (TABLE.slice(0, 0), "has no rows"),
    ],
)
def test_what_holds_no_rows_is_refused(desk, data, message):
    with pytest.raises(ImportFailed, match=message):
        desk.bring(data)


def test_a_damaged_file_is_refused(desk):
    path = parquet(desk)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ImportFailed, match=r"a\.parquet could not be imported"):
        desk.bring(path)
    assert not desk.log.exists()


def test_big_batches_are_taken_in_pieces():
    table = pa.table({"a": range(200_000)})
    pieces = list(frame(table).pieces())
    assert max(piece.num_rows for piece in pieces) <= 65_536
    assert sum(piece.num_rows for piece in pieces) == 200_000


def test_a_batch_carries_only_the_texts_of_its_own_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(columnar, "BATCH_ROWS", 100)
    people = [f"u{i}" for i in range(1000)]
    table = pa.table({"user_id": people, "ts": ["2026-01-01"] * 1000, "name": ["A"] * 1000})
    pq.write_table(table, tmp_path / "many.parquet")
    source = columnar.parquet(tmp_path / "many.parquet")
    source.code(["user_id", "name"])
    blocks = [source.parse(piece).table.column("user_id").chunk(0) for piece in source.pieces()]
    assert [len(block.dictionary) for block in blocks] == [100] * 10
    assert [text for block in blocks for text in block.to_pylist()] == people


def test_a_name_that_is_there_twice_may_say_who_but_a_column_of_lists_may_not(desk):
    path = desk.folder / "odd.parquet"
    arrays = [
        pa.array([[1], [2]]),
        pa.array(["a", "b"]),
        pa.array(["A", "B"]),
        pa.array(["x", "y"]),
    ]
    times = pa.array([dt.datetime(2026, 1, 2)] * 2, pa.timestamp("us"))
    pq.write_table(pa.table([*arrays, times], names=["who", "id", "what", "id", "when"]), path)
    columns = {"ts": "when", "name": "what"}
    assert desk.bring(path, columns={**columns, "person": "id_2"}).touchpoints == 2
    assert desk.rows("user_id") == ["x", "y"]
    with pytest.raises(ImportFailed, match="could not be imported"):
        desk.bring(path, columns={**columns, "person": "who"})
