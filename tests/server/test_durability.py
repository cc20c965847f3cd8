"""A full disk, a log that cannot be written, a clock that jumps, a kill, a second writer: each is
said plainly, and nothing that was acknowledged is lost."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

import sojourn as sj
from sojourn.errors import BackupFailed, DatabaseFailed, ImportFailed, SojournError, WorkspaceBusy
from sojourn.server.config import Config
from sojourn.server.inbox import Received
from sojourn.server.worker import Worker
from sojourn.store import adding
from sojourn.store.lock import WriterLock
from sojourn.store.safekeeping import verify
from sojourn.store.trail import Trail
from support.databases import sqlite_only

NOON = 1_780_000_000_000_000
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")


def mount(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


@contextmanager
def mounted(folder, *arguments):
    mount(*arguments, folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def working(folder):
    worker = Worker(folder, Config())
    try:
        yield worker
    finally:
        worker.close()


def post(worker, number, at=NOON, **more):
    call = {"event": "A", "userId": "u1", "messageId": f"m{number}", **more}
    worker.inbox.put([Received(at, "web", "track", json.dumps(call).encode())])


def ids(folder):
    return sorted(sj.open(folder).log.reader(["event_id"]).read_all()["event_id"].to_pylist())


def wrong(folder):
    return [row["check"] for row in verify(folder) if not row["holds"]]


@root_only
@sqlite_only
def test_on_a_full_disk_everything_waits_and_goes_on_when_there_is_room(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=6m", "tmpfs"), working(disk / "shop") as worker:
        post(worker, 1)
        worker.round()
        (disk / "filler").write_bytes(b"x" * 100_000)
        kept = [1]

        def fill():
            for number in range(2, 10_000):
                post(worker, number, properties={"text": "y" * 20_000})
                kept.append(number)

        def drain():
            while worker.round():
                pass

        with pytest.raises(DatabaseFailed, match="full"):
            fill()
        with pytest.raises((SojournError, OSError)):
            drain()
        before = ids(disk / "shop")
        with pytest.raises(BackupFailed, match="No space left") as failed:
            sj.open(disk / "shop").backup(disk / "kept.zip")
        assert "Make room" in failed.value.hint
        assert not (disk / "kept.zip.new").exists()
        (tmp_path / "big.csv").write_text(
            "user_id,ts,name\n" + "".join(f"u{i},2026-01-01,{i * 7919}\n" for i in range(200_000))
        )
        with pytest.raises(ImportFailed, match="The log is as it was"):
            sj.open(disk / "shop").add(tmp_path / "big.csv", person="user_id", ts="ts", name="name")
        assert ids(disk / "shop") == before
        (disk / "filler").unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        while worker.round():
            pass
        assert ids(disk / "shop") == sorted(f"m{number}" for number in kept)
        assert wrong(disk / "shop") == []


@root_only
def test_while_the_log_is_read_only_calls_wait_in_the_inbox(tmp_path):
    shop = tmp_path / "shop"
    with working(shop) as worker:
        post(worker, 1)
        worker.round()
        log = shop / "log"
        with mounted(log, "--bind", log):
            mount("-o", "remount,bind,ro", log)
            post(worker, 2)
            with pytest.raises(SojournError, match="Read-only file system"):
                worker.round()
            assert worker.inbox.waiting().posts == 1
            assert sj.open(shop).people.list().column("person") == ["u1"]
        assert worker.round() == 1
    assert ids(shop) == ["m1", "m2"]
    assert wrong(shop) == []


def test_a_clock_that_jumps_back_changes_no_order_and_loses_nothing(tmp_path):
    shop = tmp_path / "shop"
    day = 86_400_000_000
    with working(shop) as worker:
        for number, at in enumerate((NOON, NOON - 30 * day, NOON - 30 * day + 1, NOON + 1)):
            post(worker, number, at=at)
            worker.round()
    rows = sj.open(shop).log.reader(["event_id", "seq", "ts"]).read_all().sort_by("seq").to_pylist()
    assert [row["event_id"] for row in rows] == ["m0", "m1", "m2", "m3"]
    assert [row["seq"] for row in rows] == [0, 1, 2, 3]
    assert rows[1]["ts"] == datetime.fromtimestamp((NOON - 30 * day) / 1e6, UTC)
    touches = sj.open(shop).people.show("u1").touchpoints
    assert [touch["event_id"] for touch in touches] == ["m1", "m2", "m0", "m3"]
    assert wrong(shop) == []


def test_imports_are_told_apart_though_the_clock_stands_still(tmp_path, monkeypatch):
    class Standing(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 1, 1, tzinfo=tz)

    monkeypatch.setattr("sojourn.store.importers.run.datetime", Standing)
    shop = sj.open(tmp_path / "shop")
    for number in range(3):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"user_id,ts,name\nu1,2026-01-0{1 + number},A\nu2,2026-01-01,B{number}\n")
        shop.add(path, person="user_id", ts="ts", name="name")
    assert len({row["import_id"] for row in shop.imports()}) == 3
    assert wrong(shop.folder) == []


KILLED = """
import os, signal, sys
import sojourn as sj
from sojourn.store import adding, build, delta, rewriting
deed, place, folder = sys.argv[1:]
adding.SMALL, adding.SHARE, build.FOLD_SHARE = 0, 0, 10**9
where = delta if place == "commit" else adding if deed == "add" else rewriting
whole = getattr(where, place)
def killed(*args, **more):
    if place == "sort_rows":
        whole(*args, **more)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(where, place, killed)
shop = sj.open(folder)
deeds = {"rebuild": shop.rebuild, "fold": lambda: shop.fold(9), "add": shop.trail}
deeds[deed]()
"""


@pytest.mark.parametrize("place", ["sort_rows", "commit"])
@pytest.mark.parametrize("deed", ["rebuild", "fold", "add"])
def test_when_the_trail_is_killed_halfway_the_old_one_answers(tmp_path, monkeypatch, deed, place):
    monkeypatch.setattr(adding, "SMALL", 0)
    monkeypatch.setattr(adding, "SHARE", 0)
    with working(tmp_path / "shop") as worker:
        for number in range(5):
            post(worker, number)
            worker.round()
        post(worker, 5)
        if deed == "add":
            monkeypatch.setattr(worker.workspace, "refresh", lambda: None)
        worker.round()
    shop = sj.open(tmp_path / "shop")
    before = Trail(shop.folder)
    assert before.fresh.files
    command = [sys.executable, "-c", KILLED, deed, place, str(shop.folder)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert Trail(shop.folder).version == before.version
    assert len(sj.open(shop.folder).trail().load(0)) == 6
    assert wrong(shop.folder) == []
    shop.rebuild()
    assert len(shop.trail().load(0)) == 6
    assert not Trail(shop.folder).fresh.files
    assert wrong(shop.folder) == []
    assert not list(shop.folder.glob(".building-*"))


@pytest.mark.parametrize("deed", ["add", "erase", "retain", "consent", "undo"])
def test_a_second_writer_is_told_who_is_first_and_changes_nothing(tmp_path, monkeypatch, deed):
    (tmp_path / "a.csv").write_text("user_id,ts,name\nu1,2020-01-01,Page Viewed\nu2,2026-01-01,A\n")
    shop = sj.open(tmp_path / "shop")
    shop.add(tmp_path / "a.csv", person="user_id", ts="ts", name="name")
    shop.configure(retention={"touchpoints": "1 year"})
    first = shop.imports().rows[0]["import_id"]
    (tmp_path / "b.csv").write_text("user_id,ts,name\nu3,2026-01-01,Page Viewed\nu3,2026-01-02,B\n")
    ready, over = threading.Event(), threading.Event()

    def hold():
        with WriterLock(shop.folder, command="sojourn serve"):
            ready.set()
            over.wait(60)

    doing = {
        "add": lambda: shop.add(tmp_path / "b.csv", person="user_id", ts="ts", name="name"),
        "erase": lambda: shop.people.erase("u1"),
        "retain": lambda: shop.retain(dry_run=False),
        "consent": lambda: shop.people.consent("u1", "messages", True),
        "undo": lambda: shop.undo(first),
    }
    monkeypatch.setattr("sojourn.store.retention.PATIENCE", 0.1)
    monkeypatch.setattr("sojourn.people.room.PATIENCE", 0.1)
    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert ready.wait(10)
        with pytest.raises(WorkspaceBusy, match="sojourn serve"):
            doing[deed]()
    finally:
        over.set()
        holder.join()
    assert shop.people.list().column("person") == ["u1", "u2"]
    doing[deed]()
