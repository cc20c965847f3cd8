"""The log as its readers see it."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.errors import WorkspaceDamaged
from sojourn.store.importers import import_file
from sojourn.store.log import ImportRecord, Log, column_range, reader_schema

HEAD = "user_id,timestamp,event,channel\n"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path / "shop")


def bring(log, *rows, name="a.csv"):
    path = log.root.parent / name
    path.write_text(HEAD + "".join(f"{who},{when},A,{channel}\n" for who, when, channel in rows))
    return import_file(log, path, now=NOW)


def test_an_empty_log_answers_everything(log):
    assert not log.exists()
    assert (log.version(), log.last_seq(), log.last_ts()) == (-1, -1, None)
    assert (log.files(), log.imports()) == ([], [])
    assert log.reader(["ts", "name"]).read_all().num_rows == 0


def test_files_tell_their_month_rows_and_numbers(log):
    bring(log, ("a", "2026-02-02", "x"), ("b", "2026-01-02", "x"), ("c", "2026-02-03", "y"))
    january, february = log.files()
    assert (january.month, january.rows, january.min_seq, january.max_seq) == ("2026-01", 1, 1, 1)
    assert (february.month, february.rows) == ("2026-02", 2)
    assert (february.min_seq, february.max_seq) == (0, 2)
    assert january.path.stat().st_size == january.size
    assert log.path in january.path.parents


def test_a_reader_gives_the_columns_asked_for_in_their_types(log):
    bring(log, ("a", "2026-01-02", "x"))
    found = log.reader(LOG_SCHEMA.names).read_all()
    assert found.schema == LOG_SCHEMA
    assert log.reader(["month", "seq"]).read_all().to_pylist() == [{"month": "2026-01", "seq": 0}]
    assert log.reader(["month"]).read_all().to_pylist() == [{"month": "2026-01"}]


def test_a_reader_goes_on_after_a_seq(log):
    bring(log, *[(f"u{i}", f"2026-0{i % 2 + 1}-02", "x") for i in range(6)])
    bring(log, ("u6", "2026-03-02", "x"), name="b.csv")
    for after in range(-1, 7):
        found = log.reader(["seq"], after).read_all().column("seq").to_pylist()
        assert sorted(found) == list(range(after + 1, 7))
    assert set(log.reader(["user_id"], 4).read_all().schema.names) == {"user_id"}


def test_coded_columns_come_as_dictionaries(log):
    bring(log, ("a", "2026-01-02", "x"), ("b", "2026-02-02", "y"), ("c", "2026-02-02", ""))
    reader = log.reader(["channel", "user_id", "month"], coded=["channel", "month"])
    assert reader.schema == reader_schema(["channel", "user_id", "month"], ["channel", "month"])
    batches = list(reader)
    assert pa.types.is_dictionary(batches[0].column(0).type)
    values = [value for batch in batches for value in batch.column(0).to_pylist()]
    assert sorted(values, key=str) == [None, "x", "y"]


def test_files_fix_the_version_that_a_reader_sees(log):
    bring(log, ("a", "2026-01-02", "x"))
    files = log.files()
    bring(log, ("b", "2026-01-02", "x"), name="b.csv")
    assert log.reader(["user_id"], files=files).read_all().num_rows == 1
    assert log.reader(["user_id"]).read_all().num_rows == 2


def test_the_last_moment_is_exact_to_the_microsecond(log):
    bring(log, ("a", "2026-01-02T03:04:05.999999Z", "x"), ("b", "2025-01-01", "x"))
    assert log.last_ts() == datetime(2026, 1, 2, 3, 4, 5, 999_999, UTC)


def test_a_seq_once_given_is_never_given_again(log):
    bring(log, ("a", "2026-01-02", "x"), ("b", "2026-01-02", "x"))
    DeltaTable(log.uri).delete("user_id = 'b'")
    assert [file.max_seq for file in log.files()] == [0]
    assert log.last_seq() == 1
    bring(log, ("c", "2026-01-02", "x"), name="b.csv")
    assert [r["seq"] for r in log.reader(["seq"]).read_all().to_pylist()] == [0, 2]


def test_readers_of_delta_skip_files_by_time_and_miss_nothing(log):
    moment = "2026-01-02T03:04:05.123456Z"
    bring(log, ("a", moment, "x"), ("b", "2026-01-01", "x"))
    actions = pa.table(DeltaTable(log.uri).get_add_actions(flatten=True)).to_pylist()
    assert actions[0]["max.ts"] >= datetime(2026, 1, 2, 3, 4, 5, 123_456, UTC)
    assert actions[0]["min.ts"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert actions[0]["num_records"] == 2


def test_the_table_asks_nothing_unusual_of_its_readers(log):
    bring(log, ("a", "2026-01-02", "x"))
    protocol = DeltaTable(log.uri).protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert DeltaTable(log.uri).metadata().partition_columns == ["month"]


def test_records_survive_the_way_through_json():
    record = ImportRecord(
        "i1", "a.csv", "file", NOW, rows_read=2, first_ts=NOW, options={"tz": "UTC"}
    )
    assert ImportRecord.from_json(record.to_json()) == record
    later = record.to_json().replace('"size"', '"a field of a later version": 1, "size"')
    assert ImportRecord.from_json(later) == record


def test_imports_come_oldest_first(log):
    bring(log, ("a", "2026-01-02", "x"))
    bring(log, ("b", "2026-01-02", "x"), name="b.csv")
    assert [record.file for record in log.imports()] == ["a.csv", "b.csv"]


def test_a_damaged_log_says_so(log):
    bring(log, ("a", "2026-01-02", "x"))
    for path in (log.path / "_delta_log").glob("*.json"):
        path.write_text("{broken")
    with pytest.raises(WorkspaceDamaged):
        log.version()


def test_a_column_without_statistics_has_no_range(tmp_path):
    table = pa.table({"seq": pa.array([], pa.int64())})
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    assert column_range(pa.parquet.read_metadata(tmp_path / "a.parquet"), "seq") == (None, None)
