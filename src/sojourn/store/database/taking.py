"""From SQLite into PostgreSQL, and out of it into files that a backup keeps."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sojourn.errors import SettingsError
from sojourn.store.database.address import address_of
from sojourn.store.database.opening import claimed, elsewhere
from sojourn.store.database.schema import BOOKS, FOLDER, KEPT_PAGES, PAGES, Book
from sojourn.store.database.sqlite import Sqlite

if TYPE_CHECKING:
    from sojourn.store.database.postgres import Postgres

PASSING = ("worker",)
"""A table whose rows say nothing once they are elsewhere."""

BESIDE = ("owner", "taken")


def take_over(root: Path) -> list[str]:
    """Bring the books that lie in SQLite into the workspace's PostgreSQL database, if it has one.

    Nobody else may use them meanwhile. Each is there whole, or not at all; killed anywhere, it
    can be done again. Returns the files taken over, which are gone.
    """
    paths = [root / FOLDER / book.file for book in BOOKS]
    address = address_of(root)
    if address is None or not any(path.exists() for path in paths):
        return []
    with closing(claimed(root, address)) as database:
        found = []
        for book, path in zip(BOOKS, paths, strict=True):
            if path.exists():
                _take(database, book, path)
                found.append(path.name)
    return found


def _take(database: Postgres, book: Book, path: Path) -> None:
    database.make(book)
    with closing(Sqlite(path)) as source, database.at_once():
        if not _is_taken(database, _mark(source)):
            full = [name for name in book.tables if name not in PASSING and _any(database, name)]
            if full:
                raise SettingsError(
                    f"{database.place} has a table {full[0]} with rows in it, and {path} is there, "
                    "too.",
                    hint="Give the workspace an empty database, or remove the one you do not want.",
                )
            _copy(source, database, [*book.tables])
            database.give_on(*book.serial, after=source.given(*book.serial))
    _drop(path)


def take_over_pages(root: Path) -> bool:
    """Bring what the pages keep (accounts, answers) from SQLite, or from a backup, into the tables
    that were made for them in PostgreSQL; whether there was anything."""
    paths = [p for name in (KEPT_PAGES, PAGES) if (p := root / FOLDER / name).exists()]
    database = elsewhere(root) if paths else None
    if database is None:
        return False
    with closing(database):
        for path in paths:
            with closing(Sqlite(path)) as source, database.at_once():
                if not _is_taken(database, _mark(source)):
                    names = _of_pages([n for n in source.names() if n in database.names()])
                    database.empty(names)
                    _copy(source, database, names)
                    for table, column in database.serials(names):
                        database.give_on(table, column)
            _drop(path)
    return True


def _mark(source: Sqlite) -> str:
    """A word by which the database knows that it has taken this file over."""
    source.execute("create table if not exists taken (mark text)")
    rows = source.execute("select mark from taken").rows
    if rows:
        return str(rows[0][0])
    mark = secrets.token_hex(16)
    source.execute("insert into taken values (?)", (mark,))
    return mark


def _is_taken(database: Postgres, mark: str) -> bool:
    """Whether the file was taken over already; if not, it is from now on."""
    database.execute("create table if not exists taken (mark text primary key)")
    return not database.execute(
        "insert into taken values (?) on conflict do nothing", (mark,)
    ).changed


def _any(database: Postgres, table: str) -> bool:
    return bool(database.execute(f"select 1 from {table} limit 1").rows)  # noqa: S608 - its name


def _copy(source: Sqlite, database: Postgres, names: list[str]) -> None:
    known = source.names()
    for name in names:
        if name in known:
            there = {column for column, _ in database.columns(name)}
            columns = [column for column in source.columns(name) if column in there]
            database.load(name, columns, source.rows(name, columns))


def _of_pages(names: list[str]) -> list[str]:
    """Those of some tables that are the pages'."""
    own = {name for book in BOOKS for name in book.tables} | {*BESIDE}
    return [name for name in names if name not in own]


def _drop(path: Path) -> None:
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        each.unlink(missing_ok=True)


def dumped(root: Path, folder: Path) -> list[Path]:
    """Write a workspace's tables in PostgreSQL, as one moment has them, into files of SQLite:
    the books as they are there, and what the pages keep; none where it uses no PostgreSQL."""
    database = elsewhere(root)
    if database is None:
        return []
    files = []
    with closing(database), database.as_it_is():
        names = database.names()
        whole = [book for book in BOOKS if {*book.tables} <= {*names}]
        files += [_book(database, book, folder / book.file) for book in whole]
        files.append(_pages(database, _of_pages(names), folder / KEPT_PAGES))
    return files


def _book(database: Postgres, book: Book, path: Path) -> Path:
    file = Sqlite(path)
    with closing(file):
        file.make(book)
        with file.at_once():
            for name in book.tables:
                file.load(name, [c for c, _ in database.columns(name)], database.texts(name))
            table, column = book.serial
            file.execute("delete from sqlite_sequence where name = ?", (table,))
            given = database.given(table, column)
            file.execute("insert into sqlite_sequence values (?, ?)", (table, given))
        file.settle()
    return path


def _pages(database: Postgres, names: list[str], path: Path) -> Path:
    file = Sqlite(path)
    with closing(file):
        with file.at_once():
            for name in names:
                columns = [column for column, _ in database.columns(name)]
                listed = ", ".join(f'"{column}"' for column in columns)
                file.execute(f'create table "{name}" ({listed})')
                file.load(f'"{name}"', [f'"{c}"' for c in columns], database.texts(name))
        file.settle()
    return path


def told_of(root: Path) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every row of a workspace's PostgreSQL database, its table's name before it."""
    database = elsewhere(root)
    if database is None:
        return
    with closing(database), database.as_it_is():
        for name in database.names():
            for row in database.texts(name):
                yield name, row
