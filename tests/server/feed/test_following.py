"""The worker keeps the feed: what it tells is what the workspace's own journeys are."""

import json
import random
from datetime import UTC, datetime

import pytest

from sojourn.core.durations import DAY
from sojourn.server.config import Config
from sojourn.server.inbox import Received, now
from sojourn.server.worker import Worker
from sojourn.store import adding
from sojourn.store import build as building
from sojourn.store.importers import ImportOptions, compacting
from sojourn.store.recipes.choosing import How

FOLLOW = "hourglass,social"


class Killed(BaseException):
    """The worker ends here, with nothing tidied up."""


@pytest.fixture(params=["into the buckets", "beside them"])
def worker(tmp_path, request, monkeypatch):
    """A worker whose new rows lie in the trail's buckets, or beside them until these are folded."""
    if request.param == "beside them":
        monkeypatch.setattr(adding, "SMALL", 0)
        monkeypatch.setattr(adding, "SHARE", 0)
        monkeypatch.setattr(building, "FOLD_SHARE", 10**9)
        monkeypatch.setattr(building, "ROWS_A_BUCKET", 5)
        monkeypatch.setattr(compacting, "MANY", 3)
    made = Worker(tmp_path / "shop", Config(follow=FOLLOW, pause=0.05))
    made.workspace.configure(clock="live")
    yield made
    made.close()


def sent(worker, *calls):
    body = json.dumps({"batch": calls}).encode()
    worker.inbox.put([Received(now(), "website", "batch", body)])


def call(number, user, event, days_ago=0.0, **more):
    ts = _iso(now() - int(days_ago * DAY))
    return {"type": "track", "event": event, "messageId": f"m{number}", "timestamp": ts,
            **({"userId": user} if user else {}), **more}  # fmt: skip


def _iso(micros):
    return datetime.fromtimestamp(micros / 1e6, UTC).isoformat()


def told(worker):
    rows, _ = worker.following.fold.table.read(limit=100_000)
    return rows


def standing(rows):
    found = {}
    for row in rows:
        key = tuple(row[n] for n in ("model", "person", "cycle", "stage", "kind"))
        assert (key in found) == (row["told"] != "fresh")
        if row["told"] == "corrected":
            del found[key]
        else:
            found[key] = row["at"]
    return found


def truth(worker):
    """The same from the table of sojourns, as everybody can ask for it."""
    found = {}
    as_of = worker.following.fold.table.folded().as_of
    for name in FOLLOW.split(","):
        journey = worker.workspace.journey(name, as_of=_iso(as_of))
        patience = {s.id: s.patience for s in worker.workspace.model(name).stages}
        for row in journey.sojourns().rows:
            key = (name, row["person"], row["cycle"], row["stage"])
            entered = micros(row["entered_at"])
            left = None if row["left_at"] is None else micros(row["left_at"])
            found[*key, "entered"] = entered
            if left is not None:
                found[*key, row["outcome"]] = left
            wait = patience[row["stage"]]
            if wait is not None and (left or as_of) - entered > wait:
                found[*key, "stalled"] = entered + wait
    return found


def micros(moment):
    return round(moment.timestamp() * 1_000_000)


def work(worker):
    while worker.round():
        pass
    worker._next_look = 0.0
    assert worker.tell() == ""
    assert standing(told(worker)) == truth(worker)
    worker.workspace.tidy()


def test_what_comes_in_is_told_once_and_what_is_late_as_backfill(worker):
    sent(worker, call(1, "ann", "Page Viewed"), call(2, "bob", "Page Viewed", days_ago=2))
    work(worker)
    first = told(worker)
    assert {(r["person"], r["backfill"]) for r in first if not r["replaces"]} >= {("bob", True)}
    sent(worker, call(3, "ann", "Order Completed"), call(1, "ann", "Page Viewed"))
    work(worker)
    new = [r for r in told(worker)[len(first) :] if r["model"] == "hourglass"]
    assert [(r["kind"], r["from"], r["to"], r["backfill"]) for r in new] == [
        ("moved", "know", "buy", False), ("entered", "know", "buy", False)
    ]  # fmt: skip
    before = told(worker)
    work(worker)
    assert told(worker) == before


def test_from_an_empty_workspace_on_what_comes_in_is_news(worker):
    assert worker.tell() == ""
    sent(worker, call(1, "ann", "Page Viewed"))
    work(worker)
    assert {row["backfill"] for row in told(worker)} == {False}


def test_merges_splits_imports_and_their_undoing_are_told_as_corrections(worker, tmp_path):
    sent(worker, call(1, None, "Page Viewed", 3, anonymousId="phone"),
         call(2, "ann", "Page Viewed", 2), call(3, "bob", "Order Completed", 1))  # fmt: skip
    work(worker)
    assert {r["person"] for r in told(worker)} == {"phone", "ann", "bob"}
    sent(worker, call(4, "ann", "Product Viewed", 0.5, anonymousId="phone"))
    work(worker)
    gone = [r for r in told(worker) if r["told"] == "corrected"]
    assert {r["person"] for r in gone} == {"phone"}
    file = tmp_path / "old.jsonl"
    lines = [
        {**call(10 + i, "bob", "Order Completed", 0.01), "receivedAt": _iso(now())}
        for i in range(2)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    report = worker.workspace.add_with(file, ImportOptions(), how=How(preset="segment"))
    before = len(told(worker))
    work(worker)
    imported = told(worker)[before:]
    assert imported
    assert all(row["backfill"] for row in imported if row["told"] == "fresh")
    people = worker.workspace.people
    people.merge("ann", "bob", by="me")
    work(worker)
    assert "bob" not in {key[1] for key in standing(told(worker))}
    people.unmerge("ann", "bob", by="me")
    work(worker)
    people.split("ann", "phone", by="me")
    work(worker)
    assert {"ann", "bob"} <= {key[1] for key in standing(told(worker))}
    worker.workspace.undo(report.import_id)
    work(worker)


def test_in_any_order_with_repeats_and_kills_it_is_what_the_whole_walk_says(worker, monkeypatch):
    rng = random.Random(3)
    names = ["Page Viewed", "Product Viewed", "Order Completed", "Email Opened", "Message Sent"]
    calls = [
        call(i, f"u{rng.randrange(5)}" if rng.random() < 0.7 else None, rng.choice(names),
             rng.choice([0, 0.1, 2, 40, 250]), anonymousId=f"d{rng.randrange(6)}")
        for i in range(60)
    ]  # fmt: skip
    rng.shuffle(calls)
    for i in range(0, 60, 12):
        sent(worker, *calls[i : i + 12], *rng.sample(calls, 3))
        if i % 24 == 0:
            with monkeypatch.context() as patch:

                def die(*_):
                    raise Killed

                patch.setattr("sojourn.server.feed.table.FeedTable.keep", die)
                worker.round()
                worker._next_look = 0.0
                with pytest.raises(Killed):
                    worker.tell()
        work(worker)


def test_a_model_that_cannot_be_read_is_followed_as_it_was(worker, caplog):
    own = worker.workspace.folder / "models"
    sent(worker, call(1, "ann", "Page Viewed"))
    work(worker)
    own.mkdir(exist_ok=True)
    before = len(told(worker))
    (own / "social.yaml").write_text("id: social\nstages: 7\n", encoding="utf-8")
    worker._next_look = 0.0
    assert worker.tell() == ""
    assert len(told(worker)) == before
    assert "followed as it was" in caplog.text


def test_an_edited_model_is_told_anew_as_backfill(worker):
    sent(worker, call(1, "ann", "Page Viewed"), call(2, "ann", "Email Opened"))
    work(worker)
    before = len(told(worker))
    text, _ = worker.workspace.model_text("hourglass")
    own = worker.workspace.folder / "models"
    own.mkdir(exist_ok=True)
    (own / "hourglass.yaml").write_text(text.replace("30 days", "31 days"), encoding="utf-8")
    work(worker)
    new = told(worker)[before:]
    assert {r["model"] for r in new} == {"hourglass"}
    assert {r["told"] for r in new} == {"corrected", "fresh"}
    assert all(r["backfill"] for r in new)


def test_the_clock_stands_still_while_touchpoints_wait(worker):
    sent(worker, call(1, "ann", "Page Viewed", 29.999))
    work(worker)
    since = now() - DAY
    worker.following.look(since)
    assert worker.following.fold.table.folded().as_of >= since


def test_what_holds_the_feed_up_is_said_and_holds_up_nothing_else(worker, monkeypatch):
    def full(*_):
        raise OSError("no room")

    monkeypatch.setattr(worker.following, "look", full)
    sent(worker, call(1, "ann", "Page Viewed"))
    assert worker.round() == 1
    assert worker.tell() == "the feed waits: no room"
