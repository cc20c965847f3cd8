"""A backup is the workspace at one moment, whoever writes meanwhile; a check finds what is lost."""

import json
import os
import shutil
import stat
import threading
import zipfile
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sojourn as sj
from sojourn.errors import BackupFailed, WorkspaceMissing
from sojourn.server.config import Config
from sojourn.server.inbox import Inbox, Received
from sojourn.server.worker import Worker
from sojourn.store.importers.undo import written
from sojourn.store.safekeeping import archive, backup, restore, verify
from support.databases import SHARED, moved_in, sqlite_only

NAMED = {"person": "user_id", "ts": "ts", "name": "name"}


def clicks(folder, number, rows=20):
    path = folder / f"{number}.csv"
    lines = [f"u{i % 7},2026-0{1 + i % 6}-01T10:00:00Z,Page {number}-{i}" for i in range(rows)]
    path.write_text("\n".join(["user_id,ts,name", *lines]) + "\n")
    return path


@pytest.fixture(scope=SHARED)
def made(tmp_path_factory):
    """A shop with everything in it: files, people, a rejected row, calls that came in and wait."""
    folder = tmp_path_factory.mktemp("made")
    shop = sj.open(folder / "shop")
    shop.add(clicks(folder, 1), **NAMED)
    (folder / "crm.csv").write_text("customer_id,email,plan\nu1,ann@example.org,gold\n")
    shop.add(folder / "crm.csv", people=True)
    (folder / "bad.csv").write_text("user_id,ts,name\nu1,2026-01-02,A\nu1,soon,A\n")
    shop.add(folder / "bad.csv", **NAMED)
    shop.lists.save("some", ids=["user:u1"])
    worker = Worker(shop.folder, Config())
    for number in range(3):
        body = {"event": "Called", "userId": "u1", "messageId": f"m{number}"}
        worker.inbox.put([Received(1, "web", "track", json.dumps(body).encode())])
        if number < 2:
            worker.round()
    worker.close()
    return shop.folder


@pytest.fixture
def shop(made, tmp_path):
    """A copy of it."""
    shutil.copytree(made, tmp_path / "shop")
    return sj.open(tmp_path / "shop")


def rows(shop):
    return shop.log.reader(["event_id", "seq", "name"]).read_all().sort_by("seq").to_pylist()


def wrong(table):
    return [row["check"] for row in table if not row["holds"]]


def test_what_is_restored_is_what_was_kept(shop, tmp_path):
    shop.backup(tmp_path / "kept.zip")
    restore(tmp_path / "kept.zip", tmp_path / "again")
    again = sj.open(tmp_path / "again")
    assert rows(again) == rows(shop)
    assert again.people.list().rows == shop.people.list().rows
    assert again.rejected.list().rows == shop.rejected.list().rows
    assert again.lists.table().rows == shop.lists.table().rows
    assert wrong(verify(tmp_path / "kept.zip")) == []
    with moved_in(again.folder), closing(Inbox(again.folder)) as inbox:
        assert [post.position for post in inbox.first(10**6)] == [3]
        assert wrong(again.verify()) == []


def test_a_restored_workspace_goes_on_where_it_was(shop, tmp_path):
    shop.backup(tmp_path / "kept.zip")
    restore(tmp_path / "kept.zip", tmp_path / "again")
    again = sj.open(tmp_path / "again")
    with moved_in(again.folder):
        with closing(Worker(again.folder, Config())) as worker:
            assert worker.round() == 1
        assert again.add(clicks(tmp_path, 1), **NAMED).already
        assert again.add(clicks(tmp_path, 2), **NAMED).touchpoints == 20
        assert [row["seq"] for row in rows(again)] == sorted({row["seq"] for row in rows(again)})
        assert wrong(again.verify()) == []


def test_a_backup_is_made_while_others_write_and_loses_nothing(shop, tmp_path):
    ready, done = threading.Event(), threading.Event()

    def write():
        worker = Worker(shop.folder, Config())
        number = 100
        while not done.is_set():
            body = {"event": "Called", "userId": "u1", "messageId": f"m{number}"}
            worker.inbox.put([Received(1, "web", "track", json.dumps(body).encode())])
            kept.append(f"m{number}")
            worker.round()
            number += 1
            if number > 101:
                ready.set()
        worker.close()

    kept = []
    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert ready.wait(60)
        before = [*kept]
        backup(shop.folder, tmp_path / "kept.zip")
    finally:
        done.set()
        writer.join()
    restore(tmp_path / "kept.zip", tmp_path / "again")
    again = sj.open(tmp_path / "again")
    with moved_in(again.folder):
        with closing(Worker(again.folder, Config())) as worker:
            while worker.round():
                pass
        ids = [row["event_id"] for row in rows(again)]
        assert set(before) <= set(ids)
        assert len(ids) == len(set(ids))
        assert wrong(again.verify()) == []


def test_a_backup_is_for_its_owner_alone(shop, tmp_path):
    shop.backup(tmp_path / "kept.zip")
    assert stat.S_IMODE((tmp_path / "kept.zip").stat().st_mode) == 0o600


def test_a_file_that_is_cleaned_up_meanwhile_makes_it_begin_anew(shop, tmp_path, monkeypatch):
    turns = []
    whole = archive._Archive.made

    def made(self, file):
        turns.append(file)
        if len(turns) == 1:
            raise FileNotFoundError("a file of an old version")
        return whole(self, file)

    monkeypatch.setattr(archive._Archive, "made", made)
    shop.backup(tmp_path / "kept.zip")
    assert len(turns) == 2
    assert wrong(verify(tmp_path / "kept.zip")) == []


@pytest.mark.parametrize("what", ["flipped", "cut", "lacking", "more"])
def test_a_damaged_backup_is_found_and_never_restored(shop, tmp_path, what):
    file = tmp_path / "kept.zip"
    shop.backup(file)
    if what == "flipped":
        raw = bytearray(file.read_bytes())
        with zipfile.ZipFile(file) as packed:
            name = next(n for n in packed.namelist() if n.startswith("log/month"))
            raw[packed.getinfo(name).header_offset + 200] ^= 255
        file.write_bytes(raw)
    elif what == "cut":
        file.write_bytes(file.read_bytes()[:-2000])
    else:
        with zipfile.ZipFile(file) as packed:
            held = {name: packed.read(name) for name in packed.namelist()}
        if what == "lacking":
            held.pop(next(n for n in held if n.startswith("log/month")))
        else:
            held["extra.txt"] = b"?"
        with zipfile.ZipFile(file, "w") as packed:
            for name, content in held.items():
                packed.writestr(name, content)
    if what == "cut":
        with pytest.raises(BackupFailed, match="damaged"):
            verify(file)
    else:
        assert wrong(verify(file))
    if what != "more":
        with pytest.raises(BackupFailed, match="damaged"):
            restore(file, tmp_path / "again")
        assert not (tmp_path / "again").exists()
        assert not (tmp_path / "again.restoring").exists()


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "c:/x", "a\\..\\b"])
def test_an_archive_cannot_write_elsewhere(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as packed:
        packed.writestr(name, "evil")
        told = {"format": 1, "at": "", "tables": {}, "files": {name: {"sha256": "", "size": 4}}}
        packed.writestr("manifest.json", json.dumps(told))
    with pytest.raises(BackupFailed, match="outside"):
        restore(tmp_path / "evil.zip", tmp_path / "deep" / "again")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["evil.zip"]


@pytest.mark.parametrize("content", [b"", b"PK", b"hello", None])
def test_what_is_no_backup_is_a_clear_error(tmp_path, content):
    file = tmp_path / "x.zip"
    if content is None:
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("a.txt", "a")
    else:
        file.write_bytes(content)
    with pytest.raises(BackupFailed, match="no backup"):
        restore(file, tmp_path / "again")
    with pytest.raises(BackupFailed, match="no file"):
        restore(tmp_path / "none.zip", tmp_path / "again")


def test_nothing_is_ever_written_over(shop, tmp_path):
    shop.backup(tmp_path / "kept.zip")
    with pytest.raises(BackupFailed, match="not empty"):
        restore(tmp_path / "kept.zip", shop.folder)
    with pytest.raises(BackupFailed, match="in the workspace itself"):
        shop.backup(shop.folder / "kept.zip")
    with pytest.raises(WorkspaceMissing):
        sj.open(tmp_path / "none").backup(tmp_path / "none.zip")
    with pytest.raises(WorkspaceMissing):
        verify(tmp_path)


def test_a_file_that_is_gone_is_found(shop):
    file = shop.log.files()[0]
    file.path.unlink()
    assert "log: files that are whole = files" in wrong(shop.verify())


def test_a_commit_that_is_gone_is_found(shop):
    (shop.folder / "log" / "_delta_log" / f"{1:020}.json").unlink()
    assert wrong(shop.verify()) == ["log: it can be read"]


def test_a_file_that_was_cut_is_found(shop):
    path = shop.log.files()[0].path
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    assert "log: files that are whole = files" in wrong(shop.verify())


def test_a_number_that_is_there_twice_is_found(shop):
    first, second = shop.log.files()[:2]
    table = pq.read_table(second.path, partitioning=None)
    same = pq.read_table(first.path, columns=["seq"], partitioning=None)["seq"].to_pylist()[0]
    at = table.schema.get_field_index("seq")
    values = pa.array([same, *table["seq"].to_pylist()[1:]])
    table = table.set_column(at, table.schema.field(at), values)
    shop.log.swap([written(shop.log, table, second.month)], [second], {})
    assert "log: rows = distinct numbers" in wrong(shop.verify())


@sqlite_only
def test_an_inbox_that_counts_anew_is_found(shop):
    for path in (shop.folder / "server").glob("server.sqlite3*"):
        path.unlink()
    Inbox(shop.folder).close()
    assert wrong(shop.verify()) == ["inbox: last number in the log is one that it gave"]


@sqlite_only
def test_a_damaged_database_is_found(shop):
    path = shop.folder / "server" / "server.sqlite3"
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))
    assert "server.sqlite3: sound" in wrong(shop.verify())


def test_after_an_import_was_undone_and_somebody_erased_all_is_accounted_for(shop):
    first = shop.imports().rows[0]["import_id"]
    shop.people.erase("u2")
    assert wrong(shop.verify()) == []
    shop.undo(first)
    assert wrong(shop.verify()) == []
