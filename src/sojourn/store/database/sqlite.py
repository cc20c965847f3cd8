"""Tables in a file of SQLite, which is synced to the disk at each commit."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sojourn.errors import DatabaseFailed
from sojourn.store.database.base import Done
from sojourn.store.database.schema import Book

WAIT = 30
"""So many seconds a write waits for another."""

WORDS = {
    "{serial}": "integer primary key autoincrement",
    "{key}": "integer primary key",
    "{blob}": "blob",
    "{cross}": "cross join",
}
BY_INDEX = re.compile(r"\{by:(\w+)\}")


class Sqlite:
    """One file, opened."""

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        self.place = str(path)
        with _told(self.place):
            self._con = sqlite3.connect(
                f"{path.absolute().as_uri()}{'?mode=ro' if reading else ''}",
                uri=True,
                timeout=WAIT,
                isolation_level=None,
                check_same_thread=False,
            )
            if reading:
                return
            self._con.execute("pragma journal_mode = wal")
            self._con.execute("pragma synchronous = full")
            self._con.execute("pragma secure_delete = on")

    def make(self, book: Book) -> None:
        """Make the tables of a book that are not there yet."""
        with _told(self.place):
            self._con.executescript(said(book.making))

    def execute(self, query: str, args: Sequence[Any] = ()) -> Done:
        """Do a statement."""
        with _told(self.place), closing(self._con.cursor()) as cursor:
            cursor.execute(said(query), args)
            return Done(cursor.fetchall(), cursor.rowcount)

    def many(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        """Do a statement for each row."""
        with _told(self.place), closing(self._con.cursor()) as cursor:
            return int(cursor.executemany(said(query), rows).rowcount)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add many rows."""
        marks = ", ".join("?" * len(columns))
        self.many(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)  # noqa: S608

    @contextmanager
    def at_once(self, alone: str = "") -> Iterator[None]:  # noqa: ARG002 - only one ever writes
        """All or nothing."""
        with _told(self.place):
            self._con.execute("begin immediate")
        try:
            yield
            with _told(self.place):
                self._con.execute("commit")
        except BaseException:
            # A full disk has rolled it back already.
            if self._con.in_transaction:
                self._con.execute("rollback")
            raise

    def hold(self, table: str) -> bool:  # noqa: ARG002 - the workspace's lock sees to it
        """Nobody else has the file: one server runs on a workspace's folder."""
        return True

    def given(self, table: str, column: str) -> int:  # noqa: ARG002 - a table has one
        """The last number given."""
        if "sqlite_sequence" not in self.names():
            return 0
        rows = self.execute("select seq from sqlite_sequence where name = ?", (table,)).rows
        return int(rows[0][0]) if rows else 0

    def names(self) -> list[str]:
        """The tables that are there."""
        query = "select name from sqlite_master where type = 'table' order by name"
        return [name for (name,) in self.execute(query).rows]

    def columns(self, table: str) -> list[str]:
        """A table's columns, in order."""
        rows = self.execute("select name from pragma_table_info(?)", (table,)).rows
        return [name for (name,) in rows]

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Every row of a table, one after the other."""
        listed = ", ".join(f'"{column}"' for column in columns)
        with _told(self.place), closing(self._con.cursor()) as cursor:
            yield from cursor.execute(f'select {listed} from "{table}"')  # noqa: S608 - its names

    def shed(self, table: str) -> None:  # noqa: ARG002 - the file is written anew
        """Write the file anew, and empty its journal."""
        self.execute("vacuum")
        self.execute("pragma wal_checkpoint(truncate)")

    def settle(self) -> None:
        """Be one file, without a journal beside it."""
        self.execute("pragma journal_mode = delete")

    def close(self) -> None:
        """Let go of the file."""
        self._con.close()


def said(query: str) -> str:
    """A statement in SQLite's words."""
    if "{" not in query:
        return query
    for word, mine in WORDS.items():
        query = query.replace(word, mine)
    return BY_INDEX.sub(r"indexed by \1", query)


@contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise DatabaseFailed(f"{place}: {error}") from error
