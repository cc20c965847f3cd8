"""From a file to the log, whole or not at all."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.errors import ImportFailed
from sojourn.store.importers import ImportOptions, import_file, run

HEAD = "user_id,timestamp,event,channel,revenue\n"
ONE = HEAD + "u1,2026-01-02T03:04:05Z,Order Completed,Email,12.50\n"


def test_a_row_of_a_file_becomes_a_row_of_the_log(desk, now):
    report = desk.bring(
        "messageId,user_id,anonymousId,email,timestamp,event,utm_source,utm_medium,referrer,"
        "page_url,device,revenue,currency,order_id,sentiment,comment,colour\n"
        "m1,0042,d1, A@B.Example ,2026-01-02T03:04:05.123456Z,Order Completed,google,cpc,"
        "https://google.com/,https://shop.example/,Mobile,12.5,eur,007,-0.5,Fine!,red\n"
    )
    (row,) = desk.log.reader(LOG_SCHEMA.names).read_all().to_pylist()
    assert row == {
        "event_id": "m1",
        "seq": 0,
        "ts": datetime(2026, 1, 2, 3, 4, 5, 123456, UTC),
        "received_at": now,
        "user_id": "0042",
        "device_id": "d1",
        "aliases": [{"kind": "email", "id": "a@b.example"}],
        "name": "Order Completed",
        "actor": "person",
        "channel": "Paid Search",
        "source": "google",
        "medium": "cpc",
        "campaign": None,
        "term": None,
        "content": None,
        "referrer": "https://google.com/",
        "page": "https://shop.example/",
        "device": "phone",
        "value": Decimal("12.5000"),
        "currency": "EUR",
        "order_id": "007",
        "referred_by": None,
        "sentiment": -0.5,
        "text": "Fine!",
        "account": None,
        "properties": '{"colour":"red"}',
        "source_id": "file",
        "month": "2026-01",
    }
    assert (report.rows_read, report.touchpoints, report.people) == (1, 1, 1)


def test_the_report_counts_every_row_once(desk):
    report = desk.bring(
        HEAD + "u1,2026-01-02,Page Viewed,,\n"
        "u1,2026-01-02,Page Viewed,,\n"
        "u1,soon,Page Viewed,,\n"
        "null,2026-01-03,Ad Viewed,,\n"
    )
    assert (report.rows_read, report.touchpoints, report.rejected) == (4, 3, 1)
    assert report.nobody == 1
    assert report.names == {"Page Viewed": 2, "Ad Viewed": 1}
    assert report.reasons == {"this is no time between the years 1 and 9999": 1}
    assert report.first_ts == datetime(2026, 1, 2, tzinfo=UTC)
    assert report.last_ts == datetime(2026, 1, 3, tzinfo=UTC)
    assert "3 touchpoints" in str(report)
    assert "rejected because: this is no time" in str(report)


def test_bots_stay_in_the_log_but_are_counted_apart(desk):
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    report = desk.bring(
        f"user_id,timestamp,event,user_agent\nu1,2026-01-02,Page Viewed,{agent}\n"
        "u2,2026-01-02,Page Viewed,Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120\n"
    )
    assert (report.bots, report.touchpoints) == (1, 1)
    assert desk.rows("device") == ["bot", "computer"]
    assert desk.rows("properties") == [None, None]


def test_whose_act_it_was_comes_from_the_name_the_file_or_the_workspace(desk):
    head = "user_id,timestamp,event"
    desk.bring(f"{head}\nu1,2026-01-02,Ad Viewed\nu1,2026-01-02,Parcel Lost\n", "a.csv")
    desk.bring(f"{head}\nu1,2026-01-03,Parcel Lost\n", "b.csv", actors={"Parcel Lost": "business"})
    desk.bring(f"{head},actor\nu1,2026-01-04,Ad Viewed,Person\nu1,2026-01-05,X,robot\n", "c.csv")
    assert desk.rows("actor") == ["business", "person", "business", "person"]
    assert desk.rejected == [(2, "an actor is person or business")]


def test_campaign_tags_in_the_address_fill_what_the_file_leaves_empty(desk):
    desk.bring(
        "user_id,timestamp,event,page_url,utm_source,gclid\n"
        "u1,2026-01-02,Page Viewed,https://a.example/?utm_source=bing&utm_medium=cpc,,\n"
        "u1,2026-01-03,Page Viewed,https://a.example/?utm_source=bing&utm_medium=cpc,google,\n"
        "u1,2026-01-04,Page Viewed,https://a.example/p,,Cj0K\n"
        "u1,2026-01-05,Page Viewed,https://a.example/p,,\n"
    )
    assert desk.rows("source", "medium", "channel") == [
        ("bing", "cpc", "Paid Search"),
        ("google", "cpc", "Paid Search"),
        (None, None, "Paid Search"),
        (None, None, "Direct"),
    ]


def test_a_channel_that_is_given_stays(desk):
    desk.bring(ONE)
    assert desk.rows("channel") == ["Email"]


def test_seq_goes_on_where_the_log_ends(desk):
    desk.bring(HEAD + "".join(f"u{i},2026-01-02,A,,\n" for i in range(3)), "a.csv")
    desk.bring(HEAD + "".join(f"u{i},2026-02-02,A,,\n" for i in range(3)), "b.csv")
    assert desk.rows("seq") == list(range(6))
    assert [f.month for f in desk.log.files()] == ["2026-01", "2026-02"]


def test_seq_follows_the_rows_of_a_big_file_whatever_the_threads_do(desk):
    count = 400_000
    lines = (
        f"u{i % 977},2026-{i % 9 + 1:02d}-02T00:00:00Z,A,Email,{'x' * (i % 90)}\n"
        for i in range(count)
    )
    report = desk.bring("user_id,timestamp,event,channel,n\n" + "".join(lines), now=None)
    assert report.touchpoints == count
    people = desk.rows("user_id")
    assert people == [f"u{i % 977}" for i in range(count)]
    assert desk.rows("seq") == list(range(count))


def test_progress_goes_up_and_is_full_only_when_the_log_has_all(desk, monkeypatch):
    seen = []

    def settle(*args, real=run.settle):
        assert seen[-1][0] == run.READ * seen[-1][1]
        return real(*args)

    monkeypatch.setattr(run, "settle", settle)
    desk.bring(ONE, progress=lambda done, total: seen.append((done, total)))
    assert [share for share in seen if share[0] == share[1]] == [seen[-1]]
    assert seen == sorted(seen)


def test_a_dry_run_tells_the_same_and_writes_nothing(desk):
    text = ONE + "u2,soon,Page Viewed,,\n"
    dry = desk.bring(text, dry_run=True)
    assert not desk.log.exists()
    assert not desk.log.root.exists()
    real = desk.bring(text)
    assert (dry.rows_read, dry.touchpoints, dry.rejected) == (2, 1, 1)
    assert (real.rows_read, real.touchpoints, real.rejected) == (2, 1, 1)
    assert "would be read" in str(dry)


def test_the_commit_carries_a_record_of_the_import(desk, now):
    desk.bring(ONE, source="till")
    (record,) = desk.log.imports()
    assert record.sha256 == hashlib.sha256(ONE.encode()).hexdigest()
    assert (record.file, record.source, record.at) == ("touches.csv", "till", now)
    assert (record.first_seq, record.last_seq) == (0, 0)
    assert (record.rows_read, record.touchpoints, record.size) == (1, 1, len(ONE))
    assert record.first_ts == record.last_ts == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert record.options["columns"]["value"] == "revenue"


def test_other_readers_can_read_the_log(desk):
    desk.bring(ONE + "u2,1999-12-31,Page Viewed,,\n")
    frame = pl.read_delta(desk.log.uri).sort("seq")
    assert frame["user_id"].to_list() == ["u1", "u2"]
    assert frame["month"].to_list() == ["2026-01", "1999-12"]
    files = [str(file.path) for file in desk.log.files()]
    found = duckdb.sql(f"select user_id, value from read_parquet({files}) order by seq")
    assert [row[0] for row in found.fetchall()] == ["u1", "u2"]
    only = pl.scan_delta(desk.log.uri).filter(pl.col("seq") == 1).collect()
    assert only["name"].to_list() == ["Page Viewed"]


def test_a_file_that_is_all_rejected_adds_nothing_but_its_record(desk):
    report = desk.bring(HEAD + "u1,2026-01-02,,Email,\nu2,2026-01-02,,Email,\n")
    assert (report.touchpoints, report.rejected) == (0, 2)
    assert desk.rows("name") == []
    assert desk.log.last_seq() == -1
    assert desk.log.last_ts() is None
    assert desk.rejected == [(1, "nothing says what happened"), (2, "nothing says what happened")]


@pytest.mark.parametrize(
    ("tz", "hour"), [("UTC", 3), ("Europe/Berlin", 2), ("America/New_York", 8)]
)
def test_times_without_a_zone_are_read_in_the_one_given(desk, tz, hour):
    desk.bring(HEAD + "u1,2026-01-02 03:04:05,A,,\n", tz=tz)
    assert desk.rows("ts") == [datetime(2026, 1, 2, hour, 4, 5, tzinfo=UTC)]


def test_an_unknown_zone_is_named_with_the_nearest(desk):
    with pytest.raises(ImportFailed, match="Europe/Berlin"):
        desk.bring(ONE, tz="Europe/Berln")


def test_clock_times_that_a_zone_skips_or_has_twice_are_noted(desk):
    report = desk.bring(
        HEAD + "u1,2026-03-29 02:30:00,A,,\nu1,2026-10-25 02:30:00,A,,\n", tz="Europe/Berlin"
    )
    assert desk.rows("ts") == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    ]
    assert len(report.warnings) == 2


def test_years_one_and_9999_are_no_trouble(desk):
    report = desk.bring(HEAD + "u1,0001-01-01T00:00:00Z,A,,\nu1,9999-12-31T23:59:59Z,A,,\n")
    assert (report.touchpoints, report.rejected) == (1, 1)
    assert desk.rows("ts", "month") == [(datetime(1, 1, 1, tzinfo=UTC), "0001-01")]
    assert desk.log.last_ts() == datetime(1, 1, 1, tzinfo=UTC)
    assert desk.rejected == [(2, "the time is more than a day in the future")]


def test_up_to_a_day_ahead_is_no_future(desk):
    report = desk.bring(HEAD + "u1,2026-11-22T12:00:00Z,A,,\nu1,2026-11-22T12:00:00.000001Z,A,,\n")
    assert (report.touchpoints, report.rejected) == (1, 1)


def test_a_constant_fills_a_column(desk):
    desk.bring(
        "who,at\n1,2026-01-02\n",
        columns={"person": "who", "ts": "at", "name": "=Order Completed", "channel": "=In Store"},
    )
    assert desk.rows("user_id", "name", "channel") == [("1", "Order Completed", "In Store")]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("user", ("X", None, None)),
        ("device", (None, "X", None)),
        ("card", (None, None, [{"kind": "card", "id": "X"}])),
        ("email", (None, None, [{"kind": "email", "id": "x"}])),
    ],
)
def test_the_person_column_holds_ids_of_the_kind_that_is_said(desk, kind, expected):
    columns = {"person": "who", "ts": "at", "name": "what"}
    text = "who,at,what\nX,2026-01-02,A\n"
    report = desk.bring(text, columns=columns, person_kind=kind)
    assert desk.rows("user_id", "device_id", "aliases") == [expected]
    assert (report.people, report.nobody) == (1, 0)


def test_nobody_has_no_usable_alias_at_all(desk):
    report = desk.bring(
        "user_id,device_id,email,timestamp,event\n"
        ",0000,,2026-01-02,A\n"
        "anonymous,d1,,2026-01-02,A\n"
        "NULL,,a@b.example,2026-01-02,A\n"
        "0,,,2026-01-02,A\n"
        "guest,,,2026-01-02,A\n",
        blocked=["guest"],
    )
    assert report.nobody == 2
    assert report.touchpoints == 5


def test_properties_gather_what_no_column_takes(desk):
    desk.bring(
        "user_id,timestamp,event,b,a,properties\n"
        'u1,2026-01-02,A,2,"say ""hi""","{""c"": 3}"\n'
        "u1,2026-01-03,A,,,{}\n"
        "u1,2026-01-04,A,,x,not json\n"
        'u1,2026-01-05,A,,,"{""z"": NaN}"\n'
    )
    found = [text and json.loads(text) for text in desk.rows("properties")]
    assert found[:2] == [{"a": 'say "hi"', "b": "2", "c": 3}, None]
    assert found[2] == {"a": "x", "properties": "not json"}
    assert found[3] == {"properties": '{"z": NaN}'}


def test_a_frame_in_memory_is_imported_like_a_file(desk):
    frame = pa.table({"user_id": [1], "timestamp": ["2026-01-02"], "event": ["A"]})
    report = import_file(desk.log, frame, ImportOptions())
    assert report.file == "the data frame"
    assert desk.rows("user_id", "name") == [("1", "A")]


def test_hundreds_of_months_need_no_hundreds_of_open_files(desk, monkeypatch):
    monkeypatch.setattr("sojourn.store.importers.staging.MOST_OPEN", 5)
    monkeypatch.setattr("sojourn.store.importers.stage.CHUNK_ROWS", 100)
    monkeypatch.setattr("sojourn.store.importers.delimited.STRETCH", 2_000)
    rows = [(f"u{i}", f"{1990 + i % 36}-{i % 12 + 1:02d}-02") for i in range(600)]
    desk.bring(HEAD + "".join(f"{who},{when},A,,\n" for who, when in rows))
    assert desk.rows("user_id") == [who for who, _ in rows]
    assert desk.rows("month") == [when[:7] for _, when in rows]


def test_a_constant_moment_fills_the_time_of_every_row(desk):
    desk.bring("user_id,event\nu1,A\nu2,A\n", columns={"ts": "=2026-01-02 03:04"})
    assert desk.rows("ts") == [datetime(2026, 1, 2, 3, 4, tzinfo=UTC)] * 2


def test_a_file_of_a_thousand_columns_is_only_wide(desk):
    names = [f"c{i}" for i in range(1000)]
    values = ["" if i % 3 else str(i) for i in range(1000)]
    desk.bring(f"user_id,timestamp,event,{','.join(names)}\nu1,2026-01-02,A,{','.join(values)}\n")
    expected = {name: value for name, value in zip(names, values, strict=True) if value}
    assert json.loads(desk.rows("properties")[0]) == expected


def test_columns_may_be_called_anything(desk):
    odd = ['a"b', "it's", "block", "x0", "ts ", "{}", "ü", "select", "%s", "a,b"]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in odd)
    desk.bring(f"user_id,timestamp,event,{header}\nu1,2026-01-02,A{',v' * len(odd)}\n")
    assert json.loads(desk.rows("properties")[0]) == {name.strip(): "v" for name in odd}


def test_ids_that_a_spreadsheet_made_fractions_of_are_whole_again(desk):
    report = desk.bring("user_id,timestamp,event\n17850.0,2026-01-02,A\n,2026-01-02,A\n")
    assert desk.rows("user_id") == ["17850", None]
    assert report.warnings == ("In 'user_id' 12345.0 was read as 12345.",)
    desk.bring("user_id,timestamp,event\n1.0,2026-01-02,A\nv1.0,2026-01-02,A\n", "b.csv")
    assert desk.rows("user_id")[2:] == ["1.0", "v1.0"]


def test_ids_that_name_nobody_are_no_people(desk):
    text = (
        "user_id,device_id,timestamp,event\n"
        "null,d1,2026-01-02,A\nu1,d2,2026-01-02,B\n0000,,2026-01-03,C\n,d1,2026-01-04,D\n"
        "test-me,,2026-01-04,E\n"
    )
    report = desk.bring(text, blocked=("test-me",))
    assert (report.people, report.nobody) == (1, 2)


def test_a_customer_without_an_id_is_no_person(desk):
    report = desk.bring("customer_id,email\nc1,a@b.at\nnull,c@d.at\n", people=True)
    assert (report.people_rows, report.people) == (2, 1)
    assert "times:" not in str(report)
