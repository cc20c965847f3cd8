"""An import that is taken back leaves the workspace as if it had never been."""

import os
import signal
import subprocess
import sys
import textwrap

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.errors import UnknownName, WorkspaceBusy
from sojourn.store import delta
from sojourn.store.importers import listed, undo
from sojourn.store.importers.leavings import joined
from sojourn.store.importers.staging import STORED, add_action
from sojourn.store.lock import WriterLock
from sojourn.workspace import Workspace

HEAD = "user_id,timestamp,event,channel,revenue\n"
JANUARY = HEAD + "u1,2026-01-02,Page Viewed,Email,\nu2,2026-01-03,Order Completed,Email,5\n"
BOTH = HEAD + "u2,2026-01-03,Order Completed,Email,5\nu3,2026-02-01,Page Viewed,Paid Search,\n"
WRONG = HEAD + "u4,soon,Page Viewed,,\nu4,2026-01-05,Page Viewed,,\nu5,late,Page Viewed,,\n"


def test_its_rows_leave_the_log_and_its_rejected_rows_their_table(desk):
    desk.bring(JANUARY, "a.csv")
    wrong = desk.bring(WRONG, "wrong.csv")
    told = undo(desk.log, wrong.import_id)
    assert (told.rows, told.rejected, told.left_rows, told.left_imports) == (1, 2, 2, 1)
    assert desk.rows("user_id") == ["u1", "u2"]
    assert desk.rejected == []
    assert [record.file for record in desk.log.imports()] == ["a.csv"]
    assert [row["file"] for row in listed(desk.log)] == ["a.csv"]


def test_what_is_left_is_said_before_and_after(desk):
    desk.bring(JANUARY, "a.csv")
    wrong = desk.bring(WRONG, "wrong.csv")
    before = undo(desk.log, wrong.import_id, dry_run=True)
    assert desk.rows("user_id") == ["u1", "u2", "u4"]
    after = undo(desk.log, wrong.import_id)
    expected = (
        f"wrong.csv, imported 2026-11-21 12:00 ({wrong.import_id}): taken back\n"
        "  1 rows of the log, 2 rejected rows\n"
        "  left: 1 imports with 2 rows, from 2026-01-02 00:00 to 2026-01-03 00:00 UTC"
    )
    assert str(after) == expected
    assert str(before) == expected.replace(": taken", ": would be taken")


def test_rows_that_a_later_import_took_for_duplicates_are_said_and_come_again(desk):
    first = desk.bring(JANUARY, "a.csv")
    second = desk.bring(BOTH, "b.csv")
    assert second.duplicates == 1
    told = undo(desk.log, first.import_id)
    assert [(later.file, count) for later, count in told.leaning] == [("b.csv", 1)]
    assert "1 rows of b.csv" in str(told)
    assert desk.rows("user_id") == ["u3"]
    again = desk.bring(BOTH, "b.csv")
    assert (again.touchpoints, again.duplicates, again.already) == (1, 1, False)
    assert sorted(desk.rows("user_id")) == ["u2", "u3"]
    assert desk.bring(BOTH, "b.csv").already


def test_rejected_rows_that_two_files_share_come_again_too(desk):
    first = desk.bring(WRONG, "a.csv")
    desk.bring(WRONG + "u6,2026-01-06,Page Viewed,,\n", "b.csv")
    undo(desk.log, first.import_id)
    assert desk.rejected == []
    desk.bring(WRONG + "u6,2026-01-06,Page Viewed,,\n", "b.csv")
    assert [row for row, _ in desk.rejected] == [1, 3]


def test_the_same_file_can_be_imported_again(desk):
    first = desk.bring(JANUARY)
    undo(desk.log, first.import_id)
    again = desk.bring(JANUARY)
    assert (again.touchpoints, again.already) == (2, False)
    assert desk.rows("seq") == [2, 3], "numbers are never given twice"


def test_mended_rows_wait_again_when_their_replay_is_taken_back(desk):
    desk.bring(WRONG, "wrong.csv")
    exported = desk.folder / "out.csv"
    workspace = Workspace(desk.log.root)
    workspace.rejected.export(exported)
    exported.write_text(exported.read_text().replace(",soon,", ",2026-01-04,"))
    report = workspace.replay(exported)
    assert (report.touchpoints, report.rejected) == (1, 1)
    workspace.undo(report.import_id)
    assert desk.rows("user_id") == ["u4"]
    assert [(row["row"], row["found"]) for row in workspace.rejected.list()] == [
        (1, "soon"),
        (3, "late"),
    ]


def test_rows_of_an_import_that_is_gone_do_not_wait_again(desk):
    wrong = desk.bring(WRONG, "wrong.csv")
    exported = desk.folder / "out.csv"
    workspace = Workspace(desk.log.root)
    workspace.rejected.export(exported)
    exported.write_text(exported.read_text().replace(",soon,", ",2026-01-04,"))
    replayed = workspace.replay(exported)
    workspace.undo(wrong.import_id)
    workspace.undo(replayed.import_id)
    assert desk.rejected == []


def test_any_table_that_names_the_import_takes_part(desk):
    report = desk.bring(JANUARY)
    desk.log.root.joinpath("costs").mkdir()
    rows = pa.table({"day": ["a", "b", "c"], "import_id": [report.import_id, "other", None]})
    write_deltalake(desk.log.root / "costs", rows)
    told = undo(desk.log, report.import_id)
    assert told.others == {"costs": 1}
    assert "1 rows of costs" in str(told)
    left = delta.open_table(desk.log.root / "costs").to_pyarrow_table()
    assert sorted(left.column("day").to_pylist()) == ["b", "c"]
    assert dict(joined(desk.log.root, report.import_id)) == {"costs": 0}


def test_a_file_that_holds_rows_of_several_imports_keeps_the_others(desk):
    first = desk.bring(JANUARY, "a.csv")
    desk.bring(HEAD + "u9,2026-01-09,Page Viewed,,\n", "b.csv")
    merge_january(desk.log)
    told = undo(desk.log, first.import_id)
    assert (told.rows, told.left_rows) == (2, 1)
    assert desk.rows("user_id", "seq") == [("u9", 2)]


def merge_january(log):
    """What a compaction would do: one file of the rows of two imports."""
    files = log.files()
    tables = [pq.ParquetFile(file.path).read() for file in files]
    path = log.path / "month=2026-01" / "merged.parquet"
    pq.write_table(pa.concat_tables(tables).cast(STORED), path)
    own = [delta.DataFile(str(f.path.relative_to(log.path)), f.size, f.rows) for f in files]
    delta.commit(log.path, LOG_SCHEMA, "month", [add_action(log.path, path)], own)


def test_an_id_may_be_shortened_but_must_be_clear(desk):
    first = desk.bring(JANUARY, "a.csv")
    desk.bring(BOTH, "b.csv")
    with pytest.raises(UnknownName, match="2 imports have an id that begins with '2026'"):
        undo(desk.log, "2026")
    with pytest.raises(UnknownName, match="There is no import ''"):
        undo(desk.log, "")
    near = first.import_id[:-1] + "_"
    with pytest.raises(UnknownName, match=f"Did you mean {first.import_id}"):
        undo(desk.log, near)
    undo(desk.log, first.import_id[:-2])
    with pytest.raises(UnknownName, match="taken back already"):
        undo(desk.log, first.import_id)


def test_nobody_takes_back_while_another_writes(desk):
    report = desk.bring(JANUARY)
    with WriterLock(desk.log.root), pytest.raises(WorkspaceBusy):
        undo(desk.log, report.import_id)
    assert len(desk.rows("user_id")) == 2


KILLED = """
    import importlib, os, signal, sys
    from sojourn.store.log import Log
    from sojourn.store.rejected import Rejected
    room = importlib.import_module("sojourn.store.importers.undo")
    die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
    {trap}
    room.undo(Log(sys.argv[1]), sys.argv[2])
"""


def killed(desk, trap, import_id):
    code = textwrap.dedent(KILLED).format(trap=trap)
    done = subprocess.run([sys.executable, "-c", code, desk.log.root, import_id], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("trap", ["room._leave_log = die", "Log.take_back = die"])
def test_killed_before_its_commit_nothing_is_taken_back(desk, trap):
    desk.bring(JANUARY, "a.csv")
    wrong = desk.bring(WRONG, "wrong.csv")
    killed(desk, trap, wrong.import_id)
    assert len(desk.rows("user_id")) == 3
    desk.bring(BOTH, "b.csv")
    assert [row for row, _ in desk.rejected] == [1, 3]
    assert not (desk.log.path / "_staging").exists()


@pytest.mark.parametrize("trap", ["room.forget = die", "Rejected.give_back = die"])
def test_killed_after_its_commit_the_next_writer_finishes(desk, trap):
    desk.bring(JANUARY, "a.csv")
    wrong = desk.bring(WRONG, "wrong.csv")
    killed(desk, trap, wrong.import_id)
    assert desk.rows("user_id") == ["u1", "u2"]
    desk.bring(BOTH, "b.csv")
    assert desk.rejected == []
    assert not (desk.log.path / "_staging").exists()


def test_killed_after_its_commit_the_next_question_finishes(desk):
    desk.bring(JANUARY, "a.csv")
    wrong = desk.bring(WRONG, "wrong.csv")
    killed(desk, "room.forget = die", wrong.import_id)
    info = Workspace(desk.log.root).info()
    assert (info.notes["touchpoints"], info.notes["people"]) == (2, 2)
    assert desk.rejected == []


@pytest.mark.skipif(os.name == "nt", reason="a whole disk cannot be filled here")
def test_a_commit_that_fails_leaves_everything(desk, monkeypatch):
    report = desk.bring(JANUARY)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(desk.log), "take_back", fail)
    with pytest.raises(OSError, match="No space"):
        undo(desk.log, report.import_id)
    assert len(desk.rows("user_id")) == 2
    assert not (desk.log.path / "_staging").exists()


FIRST = HEAD + "".join(
    f"u{i % 7},2026-01-{i % 27 + 1:02d}T{i % 24:02d}:00:00Z,"
    f"{('Page Viewed', 'Product Viewed', 'Order Completed')[i * 5 % 3]},Email,{i}\n"
    for i in range(60)
)
THIRD = FIRST.replace("2026-01", "2026-03").replace(",Email", ",Paid Search")
SECOND = (
    "user_id,device_id,timestamp,event,channel,revenue\n"
    "u1,d1,2026-02-01,Review Posted,Email,\n"
    "u2,d1,2026-02-02,Order Completed,Email,5\n"
    ",d1,2026-03-03,Order Completed,Email,7\n"
    "u99,,2027-01-01,Page Viewed,Direct,\n"
    "u98,,2026-05-01,Page Viewed,Direct,\n"
)


def answers(workspace):
    """Everything that is told, as rows; the seq and event ids of rows say nothing to anybody."""
    journey = workspace.journey("hourglass")
    tables = {
        "stages": journey.stages(),
        "moves": journey.moves(),
        "flow": journey.flow(),
        "sojourns": journey.sojourns(),
        "retention": journey.retention(),
        "attribution": journey.attribution(),
        "info": workspace.info(),
        "rejected": workspace.rejected.list(),
    }
    told = {}
    for name, table in tables.items():
        rows = [{k: v for k, v in row.items() if k != "rejected_id"} for row in table]
        told[name] = (sorted(map(repr, rows)), dict(table.notes))
    return told


def test_answers_are_those_of_a_workspace_that_never_had_the_import(tmp_path):
    for name, text in (("a", FIRST), ("b", SECOND), ("c", THIRD)):
        (tmp_path / f"{name}.csv").write_text(text)
    had, never = Workspace(tmp_path / "had"), Workspace(tmp_path / "never")
    had.add(tmp_path / "a.csv")
    middle = had.add(tmp_path / "b.csv")
    had.add(tmp_path / "c.csv")
    different = answers(had)
    had.undo(middle.import_id)
    for name in ("a", "c"):
        never.add(tmp_path / f"{name}.csv")
    assert answers(had) == answers(never)
    assert answers(had) != different
    assert all(row["holds"] for row in had.doctor())


def test_people_that_a_customer_table_had_joined_are_apart_again(tmp_path):
    touches = tmp_path / "a.csv"
    touches.write_text(
        "email,timestamp,event\na@b.example,2026-01-02,A\nc@d.example,2026-01-02,A\n"
    )
    table = tmp_path / "crm.csv"
    table.write_text("customer_id,email,plan\n1,a@b.example,gold\n1,c@d.example,\n")
    workspace = Workspace(tmp_path / "shop")
    workspace.add(touches, preset="none")
    report = workspace.add(table, people=True)
    assert workspace.info().notes["people"] == 1
    told = workspace.undo(report.import_id)
    assert told.others["claims"] == 2
    assert told.others["traits"] == 1
    assert workspace.info().notes["people"] == 2


def test_a_log_that_is_empty_again_says_so(tmp_path):
    (tmp_path / "a.csv").write_text(JANUARY)
    workspace = Workspace(tmp_path / "shop")
    report = workspace.add(tmp_path / "a.csv")
    told = workspace.undo(report.import_id)
    assert (told.left_rows, told.left_from) == (0, None)
    with pytest.raises(Exception, match="has no touchpoints"):
        workspace.info()
    workspace.add(tmp_path / "a.csv")
    assert workspace.info().notes["touchpoints"] == 2


def test_other_readers_no_longer_see_the_rows(desk):
    report = desk.bring(JANUARY, "a.csv")
    desk.bring(HEAD + "u9,2026-01-09,Page Viewed,,\n", "b.csv")
    undo(desk.log, report.import_id)
    files = delta.open_table(desk.log.path).file_uris()
    assert duckdb.read_parquet(files).select("user_id").fetchall() == [("u9",)]
