"""The inbox: what was received and acknowledged, until it is in the log.

A table that is synced to the disk at each commit, so that what is in it outlives a kill and a
power cut. Beside it lie the write keys and the worker's last sign of life.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sojourn.errors import SettingsError, UnknownName, WorkspaceBusy
from sojourn.store.database import FOLDER, SERVER, opened

MOST = 100_000
"""So many posts are read at once, however small they are."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


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
        self._tables = opened(root, SERVER)

    def close(self) -> None:
        """Let go of the database."""
        self._tables.close()

    def mine(self) -> bool:
        """Whether this connection is the one that may bring the inbox into a log, from now on."""
        return self._tables.hold("inbox")

    def put(self, posts: Sequence[Received]) -> None:
        """Keep these in one commit; when it returns they are on the disk."""
        rows = [(p.received_at, p.source, p.route, p.body) for p in posts]
        query = "insert into inbox (received_at, source, route, body) values (?, ?, ?, ?)"
        with self._tables.at_once(alone="inbox"):
            self._tables.many(query, rows)

    def first(self, most_bytes: int, upto: int | None = None) -> list[Received]:
        """The oldest that wait, of so many bytes or one; with `upto` all to that position."""
        if upto is None:
            upto = self._as_much_as(most_bytes)
        query = (
            "select received_at, source, route, body, position from inbox "
            "where position <= ? order by position"
        )
        return [Received(*row) for row in self._tables.execute(query, (upto,)).rows]

    def _as_much_as(self, most_bytes: int) -> int:
        """The last position of the oldest posts that have so many bytes, or of the first."""
        query = "select position, length(body) from inbox order by position limit ?"
        last, size = -1, 0
        for position, length in self._tables.execute(query, (MOST,)).rows:
            size += length
            if last >= 0 and size > most_bytes:
                break
            last = position
        return last

    def forget(self, upto: int) -> None:
        """Let go of everything up to a position: it is in the log."""
        self._tables.execute("delete from inbox where position <= ?", (upto,))

    def withhold(self, source: str, calls: Mapping[str, int]) -> None:
        """Count calls that were not kept, by the purpose whose consent was lacking."""
        day = datetime.now(UTC).date().isoformat()
        self._tables.many(
            "insert into withheld values (?, ?, ?, ?) on conflict (day, source, purpose) "
            "do update set calls = withheld.calls + excluded.calls",
            [(day, source, purpose, count) for purpose, count in calls.items()],
        )

    def withheld(self) -> list[tuple[str, str, str, int]]:
        """How many calls were not kept for want of consent: day, source, purpose and calls."""
        query = "select day, source, purpose, calls from withheld order by day, source, purpose"
        return self._tables.execute(query).rows

    def alive(self, problem: str = "") -> None:
        """The worker's sign of life, and what holds it up."""
        self._tables.execute(
            "insert into worker values (1, ?, ?) on conflict (one) do update "
            "set at = excluded.at, problem = excluded.problem",
            (now(), problem),
        )

    def waiting(self) -> Waiting:
        """What waits."""
        [inbox] = self._tables.execute("select count(*), min(received_at) from inbox").rows
        [worker] = self._tables.execute("select at, problem from worker").rows or [(None, "")]
        return Waiting(*inbox, *worker)

    def keys(self) -> dict[str, str]:
        """The name of each write key."""
        query = "select key, name from write_keys order by made_at, name"
        return dict(self._tables.execute(query).rows)

    def add_key(self, name: str) -> str:
        """Make a write key for a source, such as `website`; its name marks what it brings."""
        if not NAME.fullmatch(name):
            raise SettingsError(
                f"A key's name is of small letters, digits, - and _; found {name[:60]!r}."
            )
        key = secrets.token_urlsafe(18)
        query = "insert into write_keys values (?, ?, ?) on conflict do nothing"
        if not self._tables.execute(query, (key, name, now())).changed:
            raise SettingsError(
                f"There is a key {name!r} already.", hint="Remove it first, or take another name."
            )
        return key

    def remove_key(self, name: str) -> None:
        """Let a key no longer write."""
        if not self._tables.execute("delete from write_keys where name = ?", (name,)).changed:
            known = ", ".join(self.keys().values()) or "none"
            raise UnknownName(f"There is no key {name!r}.", hint=f"Keys: {known}.")


def taken(root: Path) -> WorkspaceBusy:
    """What to say when the inbox is somebody else's to empty."""
    return WorkspaceBusy(
        f"Another server brings the inbox of {root} into its log.",
        hint="Start this one with `sojourn serve --collector-only`, or stop the other.",
    )


def now() -> int:
    """The present, in microseconds since 1970."""
    return time.time_ns() // 1_000
