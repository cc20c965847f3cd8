"""Where the server keeps its own state: SQLite beside the inbox, or PostgreSQL by one address."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sojourn.errors import SettingsError
from sojourn.server.inbox import FOLDER

FILE = "studio.sqlite3"
SCHEMES = ("postgres", "postgresql")
WAIT = 20
"""How many seconds a write waits for another."""


def database(root: Path, url: str) -> dict[str, Any]:
    """Django's description of the database; `url` is empty for SQLite.

    >>> database(Path("shop"), "postgresql://me:secret@db.example/shop")["HOST"]
    'db.example'
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(root / FOLDER / FILE),
            "OPTIONS": {
                "timeout": WAIT,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    if parts.scheme not in SCHEMES or not name:
        raise SettingsError(
            "database_url: expected an address such as postgresql://USER:PASSWORD@HOST/DATABASE",
            hint="Leave it empty for SQLite in the workspace's folder.",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(name),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
