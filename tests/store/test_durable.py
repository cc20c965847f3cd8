"""What is said to be kept is on the disk before it is said."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sojourn.store import durable
from sojourn.store.importers import ImportOptions, import_file
from sojourn.store.log import Log

CSV = "user_id,timestamp,event\nu1,2026-01-02,A\nu2,2026-02-02,A\nu3,soon,A\n"


def recorded(monkeypatch):
    """The names of what is synced, and `commit` where the log's commit begins."""
    seen = []
    names = {}

    def opened(path, *args, real=os.open):
        handle = real(path, *args)
        names[handle] = Path(path)
        return handle

    def sync(handle, real=os.fsync):
        real(handle)
        seen.append(names.get(handle))

    def commit(self, actions, record, real=Log.commit):
        seen.append("commit")
        return real(self, actions, record)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Log, "commit", commit)
    return seen


def test_data_and_folders_are_on_the_disk_before_the_commit_and_that_after_it(
    tmp_path, monkeypatch
):
    (tmp_path / "a.csv").write_text(CSV)
    seen = recorded(monkeypatch)
    log = Log(tmp_path / "shop")
    import_file(log, tmp_path / "a.csv", ImportOptions())
    before, after = seen[: seen.index("commit")], seen[seen.index("commit") + 1 :]
    files = {file.path for file in log.files()}
    assert files | {path.parent for path in files} | {log.path} <= set(before)
    assert {log.path / "_delta_log", log.path / "_delta_log" / f"{0:020}.json"} <= set(after)


def test_a_text_is_replaced_as_a_whole(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    durable.replace_text(path, "old")

    def fail(*_):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="Input/output"):
            durable.replace_text(path, "new")
    assert path.read_text() == "old"
    durable.replace_text(path, "new")
    assert path.read_text() == "new"


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace")
def test_the_system_sees_it_too(tmp_path):
    (tmp_path / "a.csv").write_text(CSV)
    code = """
        import sys
        from sojourn.store.importers import import_file
        from sojourn.store.log import Log
        import_file(Log(sys.argv[1]), sys.argv[2])
    """
    trace = tmp_path / "trace"
    calls = "-e", "trace=fsync,rename,renameat,renameat2,link,linkat"
    python = [sys.executable, "-c", textwrap.dedent(code), tmp_path / "shop", tmp_path / "a.csv"]
    command = ["strace", "-f", "-y", *calls, "-o", trace, *python]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode and "ptrace" in done.stderr:
        pytest.skip("tracing is not allowed here")
    assert done.returncode == 0, done.stderr
    lines = trace.read_text().splitlines()
    synced = [i for i, line in enumerate(lines) if "fsync(" in line and ".parquet>" in line]
    made = [i for i, line in enumerate(lines) if "_delta_log/" in line and "fsync" not in line]
    assert len(synced) >= 2
    assert made
    assert max(synced[:2]) < min(made)
