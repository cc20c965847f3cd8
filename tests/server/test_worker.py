"""What was received is in the log once, whatever came in and wherever the worker was killed."""

import json

import pyarrow.parquet as pq
import pytest

from sojourn.errors import ImportFailed, WorkspaceBusy
from sojourn.server.config import Config
from sojourn.server.inbox import Received
from sojourn.server.worker import Worker
from sojourn.store import suppressed
from sojourn.store.importers import ImportOptions
from sojourn.store.lock import WriterLock
from sojourn.store.recipes.choosing import How
from sojourn.workspace import Workspace

NOON = 1_780_000_000_000_000


class Killed(BaseException):
    """The worker ends here, with nothing tidied up."""


@pytest.fixture
def worker(tmp_path):
    made = Worker(tmp_path / "shop", Config())
    yield made
    made.close()


def post(worker, route, body, source="website"):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    worker.inbox.put([Received(NOON, source, route, text)])


def seen(number, **more):
    return {
        "type": "track", "event": "Product Viewed", "userId": f"u{number % 3}",
        "messageId": f"m{number}", "timestamp": "2026-05-01T10:00:00Z", **more,
    }  # fmt: skip


def rows(worker, *columns):
    reader = worker.workspace.log.reader(columns)
    return sorted(tuple(row.values()) for row in reader.read_all().to_pylist())


def test_calls_of_all_kinds_become_touchpoints_people_and_traits(worker):
    post(worker, "page", {"anonymousId": "d1", "context": {"page": {"url": "https://a.example/"}}})
    post(worker, "identify", {"userId": "u1", "anonymousId": "d1", "traits": {"plan": "gold"}})
    post(worker, "track", seen(1, event="Order Completed", properties={"revenue": 12.5}))
    assert worker.round() == 3
    assert rows(worker, "name", "source_id") == [
        ("Order Completed", "website"),
        ("Page Viewed", "website"),
    ]
    [person] = worker.workspace.people.list().rows
    assert person["person"] == "u1"
    assert worker.workspace.journey().stages().rows[4]["reached"] == 1


def test_the_same_message_counts_once_however_often_it_is_sent(worker):
    for _ in range(3):
        post(worker, "batch", {"batch": [seen(1), seen(2), seen(2)]})
        worker.round()
    assert rows(worker, "event_id") == [("m1",), ("m2",)]


def test_a_bad_call_keeps_nobody_out_and_is_kept_with_its_reason(worker):
    bad = [7, {"type": "boo"}, seen(9, properties="x"), seen(8, timestamp="soon"), None]
    post(worker, "batch", {"batch": [seen(1), *bad, seen(2)]})
    worker.round()
    assert rows(worker, "event_id") == [("m1",), ("m2",)]
    kept = worker.workspace.rejected.list().rows
    assert len(kept) == len(bad)
    assert all(row["reason"] for row in kept)


def test_a_refused_call_can_be_mended_and_replayed(worker, tmp_path):
    post(worker, "batch", {"batch": [seen(1, event=None), seen(2)]})
    worker.round()
    path = tmp_path / "mend.jsonl"
    assert worker.workspace.rejected.export(path) == 1
    row = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(row | {"event": "Mended"}) + "\n", encoding="utf-8")
    worker.workspace.replay(path)
    assert rows(worker, "event_id", "name") == [("m1", "Mended"), ("m2", "Product Viewed")]
    assert worker.workspace.rejected.count() == 0


def test_hostile_text_is_text(worker):
    texts = [
        "'; drop table inbox --",
        "<script>alert(1)</script>",
        "a\u0000b",
        "\u202e",
        "\U0001f600",
    ]
    post(worker, "batch", {"batch": [seen(i, event=text) for i, text in enumerate(texts)]})
    post(worker, "batch", b'{"batch": [{"type": "track", "event": "\\ud800", "userId": "u"}]}')
    worker.round()
    assert len(rows(worker, "name")) + worker.workspace.rejected.count() == len(texts) + 1
    assert ("<script>alert(1)</script>",) in rows(worker, "name")


def test_too_long_a_call_is_refused_alone(worker):
    post(worker, "batch", {"batch": [seen(1, properties={"x": "y" * 40_000}), seen(2)]})
    worker.round()
    assert rows(worker, "event_id") == [("m2",)]
    assert "32,768 bytes" in worker.workspace.rejected.list().rows[0]["reason"]


def test_what_no_import_takes_holds_up_nobody_else(worker, monkeypatch):
    whole = Workspace.add_with

    def picky(workspace, source, *args, **more):
        if b'"m3"' in source.read_bytes():
            raise ImportFailed("cannot read this")
        return whole(workspace, source, *args, **more)

    monkeypatch.setattr(Workspace, "add_with", picky)
    post(worker, "batch", {"batch": [seen(i) for i in range(7)]})
    worker.round()
    assert rows(worker, "event_id") == [(f"m{i}",) for i in range(7) if i != 3]
    assert "cannot read this" in worker.workspace.rejected.list().rows[0]["reason"]


PLACES = [
    ("sojourn.server.worker", "taken_apart"),
    ("sojourn.workspace.Workspace", "add_with"),
    ("sojourn.store.rejected.Rejected", "refuse"),
    ("sojourn.server.inbox.Inbox", "forget"),
    ("sojourn.server.worker.Worker", "_clear"),
    ("sojourn.workspace.Workspace", "refresh"),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("place", "name"), PLACES, ids=[name for _, name in PLACES])
def test_killed_anywhere_everything_is_there_once(worker, monkeypatch, place, name, after):
    calls = [seen(i) for i in range(5)]
    post(worker, "batch", {"batch": [*calls, 7, {**seen(6), "messageId": None}]})
    original = _attribute(place, name)

    def killing(*args, **more):
        if after:
            original(*args, **more)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(f"{place}.{name}", killing)
        with pytest.raises(Killed):
            worker.round()
    post(worker, "batch", {"batch": [seen(7)]})
    worker.close()
    again = Worker(worker.workspace.folder, Config())
    while again.round():
        pass
    names = [event for (event,) in rows(again, "event_id")]
    assert [event for event in names if event.startswith("m")] == [f"m{i}" for i in (*range(5), 7)]
    assert len(names) == 7
    assert again.workspace.rejected.count() == 1
    assert again.workspace.journey().stages().notes["touchpoints"] == 7
    again.close()


def _attribute(place, name):
    module, _, owner = place.rpartition(".")
    try:
        return getattr(__import__(place, fromlist=["x"]), name)
    except ImportError:
        return getattr(getattr(__import__(module, fromlist=["x"]), owner), name)


def test_while_somebody_else_writes_it_waits_and_loses_nothing(worker):
    post(worker, "track", seen(1))
    with WriterLock(worker.workspace.folder), pytest.raises(WorkspaceBusy):
        worker.round()
    assert worker.round() == 1
    assert rows(worker, "event_id") == [("m1",)]


def test_what_came_live_and_what_a_file_says_are_the_same_touchpoints(worker, tmp_path):
    post(worker, "batch", {"batch": [seen(i) for i in range(4)]})
    worker.round()
    file = tmp_path / "export.jsonl"
    lines = [{**seen(i), "originalTimestamp": seen(i)["timestamp"],
              "receivedAt": "2026-05-01T10:00:01Z"} for i in range(6)]  # fmt: skip
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    report = worker.workspace.add_with(file, ImportOptions(), how=How(preset="segment"))
    assert (report.touchpoints, report.duplicates) == (2, 4)


def test_properties_without_a_name_hold_up_nobody(worker, monkeypatch):
    tried = list[int]()
    whole = Worker._bring_in

    def count(self, name, source, messages, apart):
        tried.append(len(messages))
        whole(self, name, source, messages, apart)

    monkeypatch.setattr(Worker, "_bring_in", count)
    odd = [{"": 1}, {"a": {"": 2}}, {"": {"": 3}}, {"a": 4}]
    post(worker, "batch", {"batch": [seen(i, properties=each) for i, each in enumerate(odd)]})
    worker.round()
    assert tried == [4]
    assert [json.loads(text) for (text,) in rows(worker, "properties")] == [
        {"": 1}, {"": {"": 3}}, {"a": 4}, {"a": {"": 2}},
    ]  # fmt: skip


def test_bad_calls_of_who_was_erased_are_kept_nowhere(worker):
    post(worker, "track", seen(1, userId="ann"))
    post(worker, "track", seen(2, userId="bob"))
    worker.round()
    worker.workspace.people.erase("ann")
    assert suppressed.suppressed(worker.workspace.folder)
    bad = {"event": {"x": 1}, "messageId": "m9"}
    post(worker, "batch", {"batch": [seen(3, userId="ann") | bad, seen(4, userId="bob") | bad]})
    worker.round()
    kept = worker.workspace.folder / "rejected"
    told = str([pq.read_table(path).to_pylist() for path in kept.rglob("*.parquet")])
    assert "bob" in told
    assert "ann" not in told


def test_an_amount_of_any_size_can_be_asked_about(worker):
    much = {"revenue": 1_700_000_000_000, "currency": "IDR", "order_id": "o1"}
    post(worker, "track", seen(1, event="Order Completed", properties=much))
    worker.round()
    [row] = worker.workspace.journey().attribution("last").rows
    assert row["value"] == 1_700_000_000_000
