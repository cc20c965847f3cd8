"""`sojourn feed`: what was told, page by page, for eyes and for programs."""

import csv
import json

import pytest

from cli.test_serve import run
from sojourn.errors import UnknownName, WorkspaceMissing
from sojourn.server.config import Config
from sojourn.server.inbox import Received, now
from sojourn.server.worker import Worker


@pytest.fixture
def shop(tmp_path):
    """Two people who came, and one who bought."""
    worker = Worker(tmp_path, Config())
    calls = [("ann", "Page Viewed"), ("bob", "Page Viewed"), ("ann", "Order Completed")]
    batch = [{"type": "track", "event": event, "userId": user} for user, event in calls]
    worker.inbox.put([Received(now(), "web", "batch", json.dumps({"batch": batch}).encode())])
    worker.workspace.configure(clock="live")
    worker.round()
    assert worker.tell() == ""
    worker.close()
    return tmp_path


def rows(shop, *words):
    return json.loads(run(shop, "feed", "--format", "json", *words))["rows"]


def test_the_newest_rows_are_shown_oldest_first(shop):
    every = rows(shop, "--after", "0")
    assert [row["position"] for row in every] == [1, 2, 3, 4]
    assert rows(shop, "--limit", "2") == every[2:]
    assert {(r["person"], r["kind"], r["to"]) for r in every} == {
        ("ann", "entered", "know"), ("bob", "entered", "know"),
        ("ann", "moved", "buy"), ("ann", "entered", "buy"),
    }  # fmt: skip


def test_a_reader_goes_on_from_the_note(shop):
    found = json.loads(run(shop, "feed", "--format", "json", "--after", "0", "--limit", "3"))
    assert [r["position"] for r in found["rows"]] == [1, 2, 3]
    assert found["notes"]["next"] == 3
    assert rows(shop, "--after", "3")[0]["position"] == 4


def test_kinds_and_models_are_chosen(shop):
    assert {row["kind"] for row in rows(shop, "--kind", "moved")} == {"moved"}
    assert rows(shop, "--model", "circle") == []
    with pytest.raises(UnknownName, match="hourglas'"):
        run(shop, "feed", "--model", "hourglas")


def test_it_is_a_table_and_a_csv_too(shop):
    assert "entered" in run(shop, "feed")
    assert len(list(csv.DictReader(run(shop, "feed", "--format", "csv").splitlines()))) == 4


def test_without_a_server_it_is_said_how_to_begin(tmp_path):
    with pytest.raises(WorkspaceMissing, match="no feed"):
        run(tmp_path, "feed")
    assert not (tmp_path / "server").exists()
