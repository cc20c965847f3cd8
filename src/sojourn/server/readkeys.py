"""Read keys: with one a program may read the feed, and do nothing else; kept as hashes only."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import closing
from pathlib import Path

from sojourn.errors import SettingsError, UnknownName
from sojourn.server.inbox import NAME, now
from sojourn.store.database import SERVER, Database, opened

MARK = "read_"
"""How a read key begins, so that nobody takes it for a write key, which may stand in a page."""


class ReadKeys:
    """The read keys of the workspace in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _open(self) -> closing[Database]:
        return closing(opened(self.root, SERVER))

    def hashes(self) -> dict[str, str]:
        """The name of each key, by its hash."""
        with self._open() as tables:
            query = "select hash, name from read_keys order by made_at, name"
            return dict(tables.execute(query).rows)

    def add(self, name: str) -> str:
        """Make a key for a reader, such as `crm`; it is shown this once."""
        if not NAME.fullmatch(name):
            raise SettingsError(
                f"A key's name is of small letters, digits, - and _; found {name[:60]!r}."
            )
        key = MARK + secrets.token_urlsafe(24)
        query = "insert into read_keys values (?, ?, ?) on conflict do nothing"
        with self._open() as tables:
            made = tables.execute(query, (hash_of(key), name, now())).changed
        if not made:
            raise SettingsError(
                f"There is a read key {name!r} already.",
                hint="Remove it first, or take another name.",
            )
        return key

    def remove(self, name: str) -> None:
        """Let a key no longer read."""
        with self._open() as tables:
            gone = tables.execute("delete from read_keys where name = ?", (name,)).changed
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
