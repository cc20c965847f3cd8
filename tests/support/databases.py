"""Where the servers of the tests keep their tables: SQLite, or PostgreSQL for the whole run."""

import os
import uuid
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
import pytest

from sojourn.store.database import take_over

VARIABLE = "SOJOURN_DATABASE_URL"
POSTGRES = os.environ.get(VARIABLE, "")
SHARED = "function" if POSTGRES else "module"
"""How long a workspace with a server may live: in PostgreSQL each test begins with no tables."""

sqlite_only = pytest.mark.skipif(bool(POSTGRES), reason="this is of the files of SQLite")
postgres_only = pytest.mark.skipif(not POSTGRES, reason="run by `make test-postgres`")


@contextmanager
def own_database():
    """Within, workspaces have an empty schema for themselves, where PostgreSQL is used at all."""
    if not POSTGRES:
        yield ""
        return
    name = f"test_{uuid.uuid4().hex}"
    url = f"{POSTGRES}?options={quote(f'-csearch_path={name}')}"
    with psycopg.connect(POSTGRES, autocommit=True) as con, pytest.MonkeyPatch.context() as patch:
        con.execute(f"create schema {name}")
        patch.setenv(VARIABLE, url)
        yield url
        con.execute(f"drop schema {name} cascade")


@contextmanager
def moved_in(folder):
    """Within, a workspace that was restored has its tables in a database of its own, as `sojourn
    serve` leaves it."""
    with own_database():
        take_over(folder)
        yield
