"""Opening the server's tables where they are, and only those that are the workspace's own."""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sojourn.errors import DatabaseFailed, MissingExtra, SettingsError
from sojourn.store.database.address import VARIABLE, Address, address_of
from sojourn.store.database.base import Database
from sojourn.store.database.schema import FOLDER, Book
from sojourn.store.database.sqlite import Sqlite
from sojourn.store.durable import replace_text
from sojourn.store.secret import known_secret, secret_of

if TYPE_CHECKING:
    from sojourn.store.database.postgres import Postgres

NOTE = "database.json"
"""Says in the workspace that its server's tables are in PostgreSQL, and where."""

OWNER = """
create table if not exists owner (
    one integer primary key check (one = 1),
    workspace text not null
)
"""


def opened(root: Path, book: Book) -> Database:
    """A connection to a book of the workspace in a folder, whose tables are made if need be.

    Raises DatabaseFailed when the database cannot be reached, SettingsError for one that is
    another workspace's, and where the setting no longer says where the tables are.
    """
    address = address_of(root)
    path = root / FOLDER / book.file
    if address is None:
        _check_note(root)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = Sqlite(path)
        file.make(book)
        return file
    if path.exists():
        raise DatabaseFailed(
            f"{path} is not in {address.told} yet.",
            hint="Start `sojourn serve` once with the setting: it takes it over.",
        )
    database = claimed(root, address)
    database.make(book)
    return database


def existing(root: Path, book: Book) -> Database | None:
    """A connection to a book of the workspace in a folder, None where it has none yet."""
    if (root / FOLDER / book.file).is_file():
        return opened(root, book)
    database = elsewhere(root)
    if database is None or {*book.tables} <= {*database.names()}:
        return database
    database.close()
    return None


def last_given(root: Path, book: Book) -> int | None:
    """The last number that a book gave; None where it is not there. Nothing is written."""
    path = root / FOLDER / book.file
    if path.is_file():
        with closing(Sqlite(path, reading=True)) as file:
            return file.given(*book.serial)
    database = existing(root, book)
    if database is None:
        return None
    with closing(database):
        return database.given(*book.serial)


def elsewhere(root: Path) -> Postgres | None:
    """The PostgreSQL database that a workspace's server uses; None where it uses none.

    One that it never used is not made its own by asking.
    """
    address = address_of(root)
    if address is None:
        _check_note(root)
        return None
    database = _connected(address)
    try:
        owner = _owner(database)
        if owner == _name(known_secret(root)):
            return database
        if (root / FOLDER / NOTE).exists():
            raise _not_its_own(database, root, owner)
    except BaseException:
        database.close()
        raise
    database.close()
    return None


def claimed(root: Path, address: Address) -> Postgres:
    """A connection to the workspace's PostgreSQL database; what is nobody's becomes its own."""
    database = _connected(address)
    try:
        mine = _name(secret_of(root))
        path = root / FOLDER / NOTE
        if not _owner(database) and not path.exists():
            database.make_alone(OWNER)
            database.execute("insert into owner values (1, ?) on conflict do nothing", (mine,))
        owner = _owner(database)
        if owner != mine:
            raise _not_its_own(database, root, owner)
        note = json.dumps({"tables": address.told}) + "\n"
        if not path.is_file() or path.read_text(encoding="utf-8") != note:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Several that begin at once write the same.
            with suppress(FileNotFoundError):
                replace_text(path, note)
    except BaseException:
        database.close()
        raise
    return database


def _connected(address: Address) -> Postgres:
    try:
        module = import_module("sojourn.store.database.postgres")
    except ImportError:
        raise MissingExtra(
            "PostgreSQL needs the server's packages.", hint="pip install 'sojourn[server]'"
        ) from None
    database: Postgres = module.Postgres(address)
    return database


def _name(secret: bytes) -> str:
    """What stands in the database for the workspace: nobody can tell its secret from it."""
    return hmac.new(secret, b"database", hashlib.sha256).hexdigest()[:32]


def _owner(database: Postgres) -> str | None:
    if "owner" not in database.names():
        return None
    rows = database.execute("select workspace from owner").rows
    return str(rows[0][0]) if rows else None


def _not_its_own(database: Postgres, root: Path, owner: str | None) -> SettingsError:
    if owner is None:
        return SettingsError(
            f"{database.place} is empty; the server's tables of {root} are in {_noted(root)}.",
            hint="Bring them there with pg_dump. To begin anew without them, remove "
            f"{root / FOLDER / NOTE}.",
        )
    return SettingsError(
        f"{database.place} is another workspace's, not that of {root}.",
        hint="Give each workspace a database, or a schema by ?options=-csearch_path%3DNAME. "
        "A collector beside it needs its hash.key.",
    )


def _noted(root: Path) -> str:
    """Where the tables of a workspace are that has a note of it; nothing for one without."""
    try:
        return str(json.loads((root / FOLDER / NOTE).read_text(encoding="utf-8"))["tables"])
    except FileNotFoundError:
        return ""
    except (ValueError, KeyError, TypeError):
        return "PostgreSQL"


def _check_note(root: Path) -> None:
    told = _noted(root)
    if told:
        raise SettingsError(
            f"The server's tables of {root} are in {told}, and database_url is not set.",
            hint=f"Set {VARIABLE}. To go back to SQLite, restore a backup without it.",
        )
