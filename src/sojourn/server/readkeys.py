"""Read keys: with one a program may read the feed, and do nothing else; kept as hashes only."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from sojourn.errors import SettingsError, UnknownName
from sojourn.server.inbox import FILE, FOLDER, NAME, now

MARK = "read_"
"""How a read key begins, so that nobody takes it for a write key, which may stand in a page."""

_TABLE = """
create table if not exists read_keys (
    hash text primary key,
    name text not null unique,
    made_at integer not null
)
"""


class ReadKeys:
    """The read keys of the workspace in a folder."""

    def __init__(self, root: Path) -> None:
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        self.path = root / FOLDER / FILE

    def _open(self) -> sqlite3.Connection:
        con = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        con.execute(_TABLE)
        return con

    def hashes(self) -> dict[str, str]:
        """The name of each key, by its hash."""
        with closing(self._open()) as con:
            return dict(con.execute("select hash, name from read_keys order by made_at, name"))

    def add(self, name: str) -> str:
        """Make a key for a reader, such as `crm`; it is shown this once."""
        if not NAME.fullmatch(name):
            raise SettingsError(
                f"A key's name is of small letters, digits, - and _; found {name[:60]!r}."
            )
        key = MARK + secrets.token_urlsafe(24)
        try:
            with closing(self._open()) as con:
                con.execute("insert into read_keys values (?, ?, ?)", (hash_of(key), name, now()))
        except sqlite3.IntegrityError:
            raise SettingsError(
                f"There is a read key {name!r} already.",
                hint="Remove it first, or take another name.",
            ) from None
        return key

    def remove(self, name: str) -> None:
        """Let a key no longer read."""
        with closing(self._open()) as con:
            gone = con.execute("delete from read_keys where name = ?", (name,)).rowcount
        if not gone:
            known = ", ".join(self.hashes().values()) or "none"
            raise UnknownName(f"There is no read key {name!r}.", hint=f"Read keys: {known}.")


def hash_of(key: str) -> str:
    """What is kept of a key: it is drawn at random, so a plain hash of it cannot be guessed.

    >>> hash_of("read_a")[:8]
    'dc975418'
    """
    return hashlib.sha256(key.encode()).hexdigest()


def name_of(key: str, hashes: dict[str, str]) -> str | None:
    """The name of a key; how long it takes tells nothing of how near a wrong one is."""
    given, found = hash_of(key), None
    for known, name in hashes.items():
        if hmac.compare_digest(known, given):
            found = name
    return found
