"""Whatever goes wrong, the log is as it was, or has all of the file."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from sojourn.errors import ImportFailed, WorkspaceBusy
from sojourn.store.importers import ImportOptions, import_file, run
from sojourn.store.lock import WriterLock
from sojourn.store.log import Log

HEAD = "user_id,timestamp,event,note\n"
BEFORE = f"{HEAD}u0,2026-01-01,A,\n"
MIXED = f"{HEAD}u1,2026-01-02,A,\nu2,soon,A,\nu3,2026-02-02,A,\n"


def leftovers(log):
    """Files in the log's folder that are neither its own nor Delta's."""
    own = {file.path for file in log.files()}
    found = {p for p in log.path.rglob("*") if p.is_file() and "_delta_log" not in p.parts}
    return sorted(str(p.relative_to(log.path)) for p in found - own)


def imported(desk):
    return desk.rows("user_id"), [row for row, _ in desk.rejected], leftovers(desk.log)


def run_script(code, *args, **kwargs):
    script = textwrap.dedent(code)
    return subprocess.Popen([sys.executable, "-c", script, *map(str, args)], **kwargs)


IMPORT = """
    import sys
    from pathlib import Path
    from sojourn.store.importers import import_file, run
    from sojourn.store.log import Log
    {trap}
    import_file(Log(sys.argv[1]), Path(sys.argv[2]))
"""


def killed_at(desk, trap, content=MIXED):
    """Import in a process that kills itself where `trap` puts its foot."""
    path = desk.file(content, "mixed.csv")
    code = IMPORT.format(trap=trap)
    other = run_script(code, desk.log.root, path, stderr=subprocess.DEVNULL)
    assert other.wait(60) == -signal.SIGKILL
    return path


KILL = "import os, signal\n    die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n    "
PLACES = {
    "before staging": "run.staging_folder = die",
    "while reading": "run.converted = die",
    "after staging": "run.settle = die",
    "before the commit": "Log.commit = die",
}


@pytest.mark.parametrize("place", PLACES)
def test_killed_before_the_commit_nothing_is_there_and_the_next_import_clears_up(desk, place):
    desk.bring(BEFORE, "before.csv")
    path = killed_at(desk, KILL + PLACES[place])
    assert desk.rows("user_id") == ["u0"]
    assert desk.rejected == []
    report = desk.bring(path)
    assert (report.touchpoints, report.rejected) == (2, 1)
    assert imported(desk) == (["u0", "u1", "u3"], [2], [])


def test_killed_between_the_log_and_the_rejected_rows_the_next_import_finishes(desk):
    path = killed_at(desk, KILL + "run.take_in = die")
    assert desk.rows("user_id") == ["u1", "u3"]
    assert desk.rejected == []
    again = desk.bring(path)
    assert again.already
    assert imported(desk) == (["u1", "u3"], [2], [])


def test_killed_after_everything_nothing_is_done_twice(desk):
    path = killed_at(desk, KILL + "run.clear = die")
    assert desk.bring(path).already
    assert imported(desk) == (["u1", "u3"], [2], [])


@pytest.mark.parametrize("moment", [0.02, 0.1, 0.25])
def test_killed_at_any_moment_it_is_all_or_nothing(desk, moment):
    rows = "".join(f"u{i},2026-{i % 12 + 1:02d}-02,A,{'n' * 50}\n" for i in range(300_000))
    path = desk.file(HEAD + rows, "big.csv")
    code = IMPORT.format(trap="print('ready', flush=True)")
    other = run_script(code, desk.log.root, path, stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "ready\n"
    time.sleep(moment)
    other.kill()
    other.wait(30)
    other.stdout.close()
    assert sum(f.rows for f in desk.log.files()) in (0, 240_000, 300_000)
    desk.bring(path)
    assert sum(f.rows for f in desk.log.files()) == 300_000 - 300_000 // 12
    assert len(desk.rejected) == 10_000
    assert leftovers(desk.log) == []


def test_an_interrupt_leaves_nothing(desk, monkeypatch):
    desk.bring(BEFORE, "before.csv")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "settle", interrupt)
    with pytest.raises(KeyboardInterrupt):
        desk.bring(MIXED)
    assert imported(desk) == (["u0"], [], [])


def test_a_commit_that_fails_takes_the_files_back(desk, monkeypatch):
    desk.bring(BEFORE, "before.csv")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Log, "commit", fail)
    with pytest.raises(ImportFailed, match=r"No space left on device\. The log is as") as error:
        desk.bring(MIXED)
    assert "Make room" in error.value.hint
    assert imported(desk) == (["u0"], [], [])


def test_a_commit_that_stands_although_it_complains_counts(desk, monkeypatch):
    commit = Log.commit

    def complain(self, actions, record):
        commit(self, actions, record)
        raise OSError(28, "No space left for a checkpoint")

    monkeypatch.setattr(Log, "commit", complain)
    report = desk.bring(MIXED)
    assert report.touchpoints == 2
    assert imported(desk) == (["u1", "u3"], [2], [])


def test_rejected_rows_that_cannot_be_written_come_with_the_next_import(desk, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(run, "take_in", fail)
        with pytest.raises(ImportFailed, match="is in the log, but its 1 rejected rows"):
            desk.bring(MIXED)
    desk.bring(BEFORE, "other.csv")
    assert imported(desk) == (["u1", "u3", "u0"], [2], [])


def test_a_failure_while_reading_leaves_no_log_where_there_was_none(desk):
    with pytest.raises(ImportFailed):
        desk.bring("user_id,timestamp,event\nu1,03/04/2026,A\n")
    assert not desk.log.exists()
    assert not desk.log.path.exists()


LIMITED = """
    import resource, signal, sys
    from pathlib import Path
    from sojourn.errors import ImportFailed
    from sojourn.store.importers import import_file
    from sojourn.store.log import Log
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
    try:
        import_file(Log(sys.argv[1]), Path(sys.argv[2]))
    except ImportFailed as error:
        print(error)
        sys.exit(7)
"""


@pytest.mark.parametrize("most", [10_000, 300_000, 900_000])
def test_a_full_disk_fails_plainly_and_changes_nothing(desk, most):
    desk.bring(BEFORE, "before.csv")
    rows = "".join(f"u{i},2026-03-02,A,{hash(str(i))}\n" for i in range(60_000))
    path = desk.file(HEAD + rows, "big.csv")
    pipe = {"stdout": subprocess.PIPE, "text": True}
    other = run_script(LIMITED, desk.log.root, path, most, **pipe)
    told, _ = other.communicate(timeout=60)
    assert other.returncode == 7, told
    assert "big.csv could not be imported" in told
    assert "Traceback" not in told
    assert imported(desk) == (["u0"], [], [])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_fails_plainly(desk):
    desk.log.root.mkdir()
    desk.log.root.chmod(0o500)
    with pytest.raises(ImportFailed, match="Permission denied"):
        desk.bring(BEFORE)
    desk.log.root.chmod(0o700)


def test_a_file_that_may_not_be_read_fails_plainly(desk, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    path = desk.file(BEFORE)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ImportFailed, match=r"cannot be read: Permission denied"):
        desk.bring(path)


def test_two_writers_at_once_are_refused_the_second(desk):
    with WriterLock(desk.log.root, command="the first"):
        with pytest.raises(WorkspaceBusy, match="the first"):
            desk.bring(BEFORE)
        dry = import_file(desk.log, desk.file(BEFORE), ImportOptions(dry_run=True))
    assert dry.touchpoints == 1
    assert not desk.log.exists()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are read from /proc")
def test_memory_stays_bounded(desk):
    rows = "".join(f"u{i % 5000},2026-03-02,A,{'x' * 200}{i}\n" for i in range(600_000))
    path = desk.file(HEAD + rows, "big.csv")
    code = (
        IMPORT.format(trap="")
        + """
    print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    """
    )
    other = run_script(code, desk.log.root, path, stdout=subprocess.PIPE, text=True)
    told, _ = other.communicate(timeout=120)
    assert other.returncode == 0
    assert int(told) < 900 * 1024
