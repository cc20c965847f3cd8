"""One writer a workspace: a lock that names its holder and dies with it."""

from __future__ import annotations

import json
import os
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from sojourn.errors import WorkspaceBusy

SERVING = "server/.serving"
"""Held by a server for as long as it runs on the workspace."""


class WriterLock:
    """The right to write to the workspace in `root`, as a context manager.

    The operating system holds the lock, so it ends with its holder, however that dies. Beside
    it lies a small file that says who holds it. Raises WorkspaceBusy, naming the holder, when
    somebody else has it after `timeout` seconds.
    """

    def __init__(self, root: Path, *, timeout: float = 0, command: str | None = None) -> None:
        self.root = Path(root)
        self.timeout = timeout
        self.command = command or " ".join(sys.argv[:4]) or "python"
        self._lock = FileLock(self.root / ".lock")

    @property
    def holder_file(self) -> Path:
        """Where the holder's name lies."""
        return self.root / ".lock.json"

    def __enter__(self) -> WriterLock:
        self.root.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=self.timeout)
        except Timeout:
            raise WorkspaceBusy(
                f"{holder(self.root)} is writing to the workspace {self.root}.",
                hint="Wait for it to end, or stop it, and try again.",
            ) from None
        try:
            self.holder_file.write_text(json.dumps(self._myself()), encoding="utf-8")
        except OSError:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self.holder_file.unlink()
        self._lock.release()

    def _myself(self) -> dict[str, object]:
        return {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "command": self.command,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }


def holder(root: Path) -> str:
    """Who holds the lock of a workspace, in words."""
    try:
        who = json.loads((Path(root) / ".lock.json").read_text(encoding="utf-8"))
        return f"{who['command']} (process {who['pid']} on {who['host']}, since {who['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "Another process"


def running(root: Path) -> bool:
    """Whether a server runs on the workspace."""
    path = root / SERVING
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
