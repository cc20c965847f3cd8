"""The inbox: what was received and acknowledged, until it is in the log.

A table in SQLite that is synced to the disk at each commit, so that what is in it outlives a
kill and a power cut. Beside it lie the write keys and the worker's last sign of life.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sojourn.errors import SettingsError, UnknownName

FOLDER = "server"
FILE = "server.sqlite3"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

_TABLES = """
create table if not exists inbox (
    position integer primary key autoincrement,
    received_at integer not null,
    source text not null,
    route text not null,
    body blob not null
);
create table if not exists write_keys (
    key text primary key,
    name text not null unique,
    made_at integer not null
);
create table if not exists worker (
    one integer primary key check (one = 1),
    at integer not null,
    problem text not null
);
create table if not exists withheld (
    day text not null,
    source text not null,
    purpose text not null,
    calls integer not null,
    primary key (day, source, purpose)
);
"""


@dataclass(frozen=True)
class Received:
    """What was posted at a route: when (microseconds), with which key, and its bytes."""

    received_at: int
    source: str
    route: str
    body: bytes
    position: int = 0


@dataclass(frozen=True)
class Waiting:
    """How much is not in the log yet, since when (microseconds), and the worker's sign of life."""

    posts: int
    since: int | None
    worker_at: int | None
    problem: str


class Inbox:
    """The inbox of the workspace in a folder; one connection, for one thread at a time."""

    def __init__(self, root: Path) -> None:
        self.folder = root / FOLDER
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / FILE
        self._con = sqlite3.connect(
            self.path, timeout=30, isolation_level=None, check_same_thread=False
        )
        self._con.execute("pragma journal_mode = wal")
        self._con.execute("pragma synchronous = full")
        self._con.execute("pragma secure_delete = on")
        self._con.executescript(_TABLES)

    def close(self) -> None:
        """Let go of the file."""
        self._con.close()

    def put(self, posts: Sequence[Received]) -> None:
        """Keep these in one commit; when it returns they are on the disk."""
        rows = [(p.received_at, p.source, p.route, p.body) for p in posts]
        with closing(self._con.cursor()) as cursor:
            cursor.execute("begin immediate")
            try:
                cursor.executemany(
                    "insert into inbox (received_at, source, route, body) values (?, ?, ?, ?)",
                    rows,
                )
                cursor.execute("commit")
            except BaseException:
                # A full disk has rolled it back already.
                if self._con.in_transaction:
                    cursor.execute("rollback")
                raise

    def first(self, most_bytes: int, upto: int | None = None) -> list[Received]:
        """The oldest that wait, of so many bytes or one; with `upto` all to that position."""
        found, size = list[Received](), 0
        query = "select position, received_at, source, route, body from inbox order by position"
        with closing(self._con.cursor()) as cursor:
            for position, at, source, route, body in cursor.execute(query):
                size += len(body)
                if (upto is not None and position > upto) or (
                    upto is None and found and size > most_bytes
                ):
                    break
                found.append(Received(at, source, route, body, position))
        return found

    def forget(self, upto: int) -> None:
        """Let go of everything up to a position: it is in the log."""
        self._con.execute("delete from inbox where position <= ?", (upto,))

    def withhold(self, source: str, calls: Mapping[str, int]) -> None:
        """Count calls that were not kept, by the purpose whose consent was lacking."""
        day = datetime.now(UTC).date().isoformat()
        self._con.executemany(
            "insert into withheld values (?, ?, ?, ?) on conflict (day, source, purpose) "
            "do update set calls = calls + excluded.calls",
            [(day, source, purpose, count) for purpose, count in calls.items()],
        )

    def withheld(self) -> list[tuple[str, str, str, int]]:
        """How many calls were not kept for want of consent: day, source, purpose and calls."""
        return self._con.execute("select * from withheld order by day, source, purpose").fetchall()

    def alive(self, problem: str = "") -> None:
        """The worker's sign of life, and what holds it up."""
        self._con.execute(
            "insert into worker values (1, ?, ?) on conflict (one) do update "
            "set at = excluded.at, problem = excluded.problem",
            (now(), problem),
        )

    def waiting(self) -> Waiting:
        """What waits."""
        posts, since = self._con.execute("select count(*), min(received_at) from inbox").fetchone()
        worker = self._con.execute("select at, problem from worker").fetchone() or (None, "")
        return Waiting(posts, since, *worker)

    def keys(self) -> dict[str, str]:
        """The name of each write key."""
        return dict(self._con.execute("select key, name from write_keys order by made_at, name"))

    def add_key(self, name: str) -> str:
        """Make a write key for a source, such as `website`; its name marks what it brings."""
        if not NAME.fullmatch(name):
            raise SettingsError(
                f"A key's name is of small letters, digits, - and _; found {name[:60]!r}."
            )
        key = secrets.token_urlsafe(18)
        try:
            self._con.execute("insert into write_keys values (?, ?, ?)", (key, name, now()))
        except sqlite3.IntegrityError:
            raise SettingsError(
                f"There is a key {name!r} already.", hint="Remove it first, or take another name."
            ) from None
        return key

    def remove_key(self, name: str) -> None:
        """Let a key no longer write."""
        gone = self._con.execute("delete from write_keys where name = ?", (name,)).rowcount
        if not gone:
            known = ", ".join(self.keys().values()) or "none"
            raise UnknownName(f"There is no key {name!r}.", hint=f"Keys: {known}.")


def now() -> int:
    """The present, in microseconds since 1970."""
    return time.time_ns() // 1_000
