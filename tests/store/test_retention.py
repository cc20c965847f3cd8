"""What is older than its period goes, from every file, and nothing else does."""

import json
from datetime import UTC, datetime, timedelta

import pytest

import sojourn as sj
from sojourn.core.retention import before
from sojourn.errors import SettingsError
from sojourn.server.config import Config
from sojourn.server.inbox import Inbox, Received, now
from sojourn.server.worker import Worker
from sojourn.store.safekeeping import verify

CLICKS = """user_id,ts,name,text
old,2022-01-05T10:00:00Z,Review Posted,long ago it was good
old,2023-11-30T10:00:00Z,Page Viewed,
ann,2023-12-01T10:00:00Z,Review Posted,a word that was said in winter
ann,2025-01-10T10:00:00Z,Review Posted,a word that was said of late
bob,2025-12-31T10:00:00Z,Page Viewed,
"""


@pytest.fixture
def shop(tmp_path):
    shop = sj.open(tmp_path / "shop")
    (tmp_path / "clicks.csv").write_text(CLICKS)
    shop.add(tmp_path / "clicks.csv")
    (tmp_path / "bad.csv").write_text("user_id,ts,name\nann,soon,A\nann,2025-01-01,A\n")
    shop.add(tmp_path / "bad.csv", person="user_id", ts="ts", name="name")
    return shop


def texts_in(folder):
    """Every byte below a folder that is a table's, decoded."""
    import pyarrow.parquet as pq

    return "".join(
        str(pq.read_table(p, partitioning=None).to_pylist()) for p in folder.rglob("*.parquet")
    )


def test_a_dry_run_tells_what_would_go_and_changes_nothing(shop):
    shop.configure(
        retention={"touchpoints": "25 months", "texts": "12 months", "rejected": "90 days"}
    )
    told = shop.retain()
    going = [(row["kind"], row["goes"]) for row in told]
    assert going == [("touchpoints", 1), ("texts", 2), ("rejected", 0)]
    assert told.rows[0]["older_than"] == datetime(2023, 11, 30, 10, tzinfo=UTC)
    assert len(shop.people.list()) == 3


def test_what_is_over_goes_and_all_is_accounted_for(shop):
    shop.configure(retention={"touchpoints": "25 months", "texts": "24 months"})
    gone = {row["kind"]: row["goes"] for row in shop.retain(dry_run=False)}
    assert gone == {"touchpoints": 1, "texts": 1}
    ts = shop.log.reader(["ts", "text"]).read_all().sort_by("ts").to_pylist()
    assert [f"{row['ts']:%Y-%m-%d}" for row in ts if row["text"]] == ["2025-01-10"]
    assert f"{ts[0]['ts']:%Y-%m-%d}" == "2023-11-30"
    everything = texts_in(shop.folder)
    assert "long ago" not in everything
    assert "said in winter" not in everything
    assert "said of late" in everything
    assert all(row["holds"] for row in verify(shop.folder))
    assert all(row["holds"] for row in shop.doctor())
    assert [row["goes"] for row in shop.retain(dry_run=False)] == [0, 0]


def test_who_has_nothing_left_is_in_no_dictionary(shop):
    shop.configure(retention={"touchpoints": "24 months"})
    shop.retain(dry_run=False)
    assert shop.people.list().column("person") == ["ann", "bob"]
    assert "user:old" not in texts_in(shop.folder)


def test_rejected_rows_go_by_when_they_came_in(shop, monkeypatch):
    shop.configure(retention={"rejected": "90 days"})
    assert [row["goes"] for row in shop.retain(dry_run=False)] == [0]
    later = datetime.now(UTC) + timedelta(days=91)

    class Later(datetime):
        @classmethod
        def now(cls, _=None):
            return later

    monkeypatch.setattr("sojourn.store.retention.datetime", Later)
    assert [row["goes"] for row in shop.retain()] == [1]
    assert [row["goes"] for row in shop.retain(dry_run=False)] == [1]
    assert shop.rejected.count() == 0


def test_calls_that_nobody_could_bring_in_go_in_the_end(shop):
    shop.configure(retention={"inbox": "7 days"})
    inbox = Inbox(shop.folder)
    week = 7 * 86_400_000_000
    inbox.put([Received(now() - week - 60_000_000, "web", "track", b"{}")])
    inbox.put([Received(now(), "web", "track", b"{}")])
    assert [row["goes"] for row in shop.retain()] == [1]
    shop.retain(dry_run=False)
    assert [post.position for post in inbox.first(100)] == [2]
    inbox.close()


def test_the_worker_does_it_once_a_day(shop):
    shop.configure(retention={"touchpoints": "24 months"})
    worker = Worker(shop.folder, Config())
    try:
        worker.retain()
        assert len(shop.people.list()) == 2
        (shop.folder.parent / "again.csv").write_text(
            "user_id,ts,name\nzoe,2020-01-01,A\nzoe,2020-01-02,B\n"
        )
        shop.add(shop.folder.parent / "again.csv", person="user_id", ts="ts", name="name")
        worker.retain()
        assert len(shop.people.list()) == 3
    finally:
        worker.close()


def test_without_periods_everything_is_kept(shop):
    told = shop.retain(dry_run=False)
    assert told.rows == []
    assert told.notes["remarks"]
    assert len(shop.people.list()) == 3


@pytest.mark.parametrize(
    ("periods", "said"),
    [
        ({"touchpoint": "1 day"}, "one of touchpoints"),
        ({"texts": "soon"}, "not a period"),
        ({"texts": "0 months"}, "longer than nothing"),
        ({"texts": 3}, "table of texts"),
    ],
)
def test_a_wrong_period_is_a_clear_error(shop, periods, said):
    with pytest.raises(SettingsError, match=said):
        shop.configure(retention=periods)


@pytest.mark.parametrize("months", [1, 11, 12, 25, 600])
def test_months_are_those_of_the_calendar(months):
    found = before(datetime(2024, 2, 29, 8, tzinfo=UTC), f"{months} months")
    assert (2024 - found.year) * 12 + 2 - found.month == months
    assert found.day == (29 if found.month != 2 or found.year % 4 == 0 else 28)


def test_no_address_that_a_call_came_from_is_ever_stored(shop):
    worker = Worker(shop.folder, Config())
    ip = "203.0.113.77"
    context = {"ip": ip, "page": {"url": "https://a.example/"}}
    calls = [
        {"type": "track", "event": "A", "userId": "ann", "context": context},
        {"type": "identify", "userId": "ann", "context": context, "traits": {"plan": "x"}},
        {"type": "page", "userId": "ann", "context": context},
        {"type": "track", "event": "", "userId": "ann", "context": context},
    ]
    try:
        body = json.dumps({"batch": calls, "context": context}).encode()
        worker.inbox.put([Received(now(), "web", "batch", body)])
        cut = json.dumps(calls[0]).encode()[:-3]
        worker.inbox.put([Received(now(), "web", "track", cut)])
        worker.round()
        worker.round()
    finally:
        worker.close()
    assert ip not in texts_in(shop.folder)
    assert shop.rejected.count() == 3


def test_a_column_of_addresses_in_a_file_is_left_out_unless_it_is_asked_for(tmp_path):
    (tmp_path / "a.csv").write_text(
        "user_id,ts,name,Client IP,plan\nann,2026-01-01,A,203.0.113.77,gold\n"
    )
    shop = sj.open(tmp_path / "shop")
    shop.add(tmp_path / "a.csv")
    [row] = shop.log.reader(["properties"]).read_all().to_pylist()
    assert json.loads(row["properties"]) == {"plan": "gold"}
