"""One writer at a time, and a dead one is nobody's obstacle."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from sojourn.errors import WorkspaceBusy
from sojourn.store.lock import WriterLock, holder


def hold(root):
    """Another process that holds the lock until its input ends."""
    code = f"""
        import sys
        from pathlib import Path
        from sojourn.store.lock import WriterLock
        with WriterLock(Path({str(root)!r}), command="sojourn serve"):
            print("held", flush=True)
            sys.stdin.read()
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    other = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], **pipes)
    assert other.stdout.readline() == "held\n"
    return other


def finish(other):
    other.stdin.close()
    other.stdout.close()
    other.wait(10)


def test_the_second_writer_is_told_who_the_first_is(tmp_path):
    other = hold(tmp_path)
    with pytest.raises(WorkspaceBusy, match=rf"sojourn serve \(process {other.pid} on ") as error:
        WriterLock(tmp_path).__enter__()
    assert "Wait for it" in error.value.hint
    finish(other)
    with WriterLock(tmp_path):
        pass


def test_two_locks_in_one_process_keep_apart_too(tmp_path):
    with WriterLock(tmp_path, command="first"), pytest.raises(WorkspaceBusy, match="first"):
        WriterLock(tmp_path).__enter__()


def test_the_lock_of_a_killed_holder_is_taken_over(tmp_path):
    other = hold(tmp_path)
    os.kill(other.pid, signal.SIGKILL)
    other.wait(10)
    finish(other)
    assert "sojourn serve" in holder(tmp_path)
    with WriterLock(tmp_path, command="the next"):
        assert "the next" in holder(tmp_path)


def test_a_lock_makes_its_folder_and_leaves_no_name_behind(tmp_path):
    with WriterLock(tmp_path / "new"):
        assert str(os.getpid()) in holder(tmp_path / "new")
    assert holder(tmp_path / "new") == "Another process"


def test_an_unreadable_name_is_no_trouble(tmp_path):
    (tmp_path / ".lock.json").write_text("{")
    assert holder(tmp_path) == "Another process"
