"""Small files of the log become one a month, and nothing else changes."""

import duckdb
import pytest

import sojourn as sj
from sojourn.errors import WorkspaceBusy
from sojourn.store import delta
from sojourn.store.importers import compacting
from sojourn.store.importers.compacting import compact
from sojourn.store.lock import WriterLock
from sojourn.store.safekeeping import verify


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    monkeypatch.setattr(compacting, "MANY", 4)


def shop(folder, pieces=5):
    found = sj.open(folder)
    for number in range(pieces):
        path = folder.parent / f"{number}.csv"
        lines = [f"u{number},2026-01-0{1 + number},A", f"u{number},2026-02-01,B{number}"]
        path.write_text("\n".join(["user_id,ts,name", *lines]) + "\n")
        found.add(path, person="user_id", ts="ts", name="name")
    return found


def rows(log):
    files = [str(file.path) for file in log.files()]
    query = f"select * from read_parquet({files}) order by seq"
    return duckdb.sql(query).fetchall()


def wrong(folder):
    return [row["check"] for row in verify(folder) if not row["holds"]]


def test_every_row_is_there_once_in_order_and_the_answers_stay(tmp_path):
    found = shop(tmp_path / "shop")
    before, answers = rows(found.log), found.journey().stages().rows
    assert compact(found.log) == 10
    assert [file.month for file in found.log.files()] == ["2026-01", "2026-02"]
    assert rows(found.log) == before
    assert found.journey().stages().rows == answers
    assert wrong(found.folder) == []


def test_an_import_can_still_be_taken_back(tmp_path):
    found = shop(tmp_path / "shop")
    compact(found.log)
    second = found.imports().column("import_id")[1]
    assert found.undo(second).rows == 2
    assert len(found.imports()) == 4
    assert "B1" not in str(rows(found.log))
    assert wrong(found.folder) == []


def test_the_same_file_is_still_known(tmp_path):
    found = shop(tmp_path / "shop")
    compact(found.log)
    again = found.add(tmp_path / "0.csv", person="user_id", ts="ts", name="name")
    assert again.touchpoints == 0


def test_few_files_and_large_ones_stay_as_they_are(tmp_path, monkeypatch):
    found = shop(tmp_path / "shop", pieces=1)
    assert compact(found.log) == 0
    monkeypatch.setattr(compacting, "SMALL", 1)
    assert compact(shop(tmp_path / "other").log) == 0


def test_what_cannot_be_committed_leaves_nothing_behind(tmp_path, monkeypatch):
    found = shop(tmp_path / "shop")
    there = sorted(found.log.path.rglob("*.parquet"))

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(type(found.log), "swap", full)
    with pytest.raises(OSError, match="no space"):
        compact(found.log)
    assert sorted(found.log.path.rglob("*.parquet")) == there


def test_it_waits_for_nobody_who_writes(tmp_path):
    found = shop(tmp_path / "shop")
    with WriterLock(tmp_path / "shop", command="somebody else"), pytest.raises(WorkspaceBusy):
        compact(sj.open(tmp_path / "shop").log)
    assert len(delta.files_of(delta.open_table(found.log.path))) == 10
