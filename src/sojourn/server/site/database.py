"""Where the server keeps its own state: SQLite beside the inbox, or PostgreSQL by one address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sojourn.store.database import FOLDER, PAGES, parsed

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
            "NAME": str(root / FOLDER / PAGES),
            "OPTIONS": {
                "timeout": WAIT,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    at = parsed(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": at.name,
        "USER": at.user,
        "PASSWORD": at.password,
        "HOST": at.host,
        "PORT": str(at.port or ""),
        "OPTIONS": dict(at.options),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
