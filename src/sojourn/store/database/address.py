"""Which database a workspace's server uses: the setting, taken apart and checked."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from sojourn.errors import SettingsError
from sojourn.settings import FILE
from sojourn.settings import SERVER as TABLE

VARIABLE = "SOJOURN_DATABASE_URL"
SETTING = "database_url"
SCHEMES = ("postgres", "postgresql")
EXPECTED = "expected an address such as postgresql://USER:PASSWORD@HOST/DATABASE"
HINT = "Leave it empty for SQLite in the workspace's folder."
OPTIONS = (
    "application_name", "channel_binding", "connect_timeout", "gssencmode", "host", "keepalives",
    "keepalives_count", "keepalives_idle", "keepalives_interval", "options", "passfile", "service",
    "sslcert", "sslcrl", "sslkey", "sslmode", "sslnegotiation", "sslrootcert",
    "target_session_attrs", "tcp_user_timeout",
)  # fmt: skip
"""What may follow the question mark of an address, as PostgreSQL's own programs take it."""


class Address(NamedTuple):
    """A PostgreSQL database, and how to reach it."""

    host: str
    port: int | None
    user: str
    password: str
    name: str
    options: Mapping[str, str]

    @property
    def told(self) -> str:
        """Where it is, without any secret."""
        port = f":{self.port}" if self.port else ""
        return f"PostgreSQL, database {self.name} at {self.host or 'this machine'}{port}"

    def parameters(self) -> dict[str, Any]:
        """What its client library takes."""
        told = {"host": self.host, "port": self.port, "user": self.user, "password": self.password}
        return {
            "dbname": self.name,
            **{key: value for key, value in told.items() if value},
            **self.options,
        }


def parsed(url: str) -> Address:
    """A database's address, taken apart. Raises SettingsError, which never repeats a password.

    >>> parsed("postgresql://me:secret@db.example:5433/shop?sslmode=require").told
    'PostgreSQL, database shop at db.example:5433'
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError(f"{SETTING}: {EXPECTED}", hint=HINT) from None
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in SCHEMES or not name:
        raise SettingsError(f"{SETTING}: {EXPECTED}", hint=HINT)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for key in options:
        if key not in OPTIONS:
            near = get_close_matches(key, OPTIONS, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(OPTIONS)}."
            raise SettingsError(f"{SETTING}: unknown option {key[:40]!r}", hint=hint)
    host = parts.hostname or options.pop("host", "")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address(host, port, user, password, name, options)


def address_of(root: Path) -> Address | None:
    """The database of a workspace's server, None for SQLite: the environment goes before the
    `[server]` table of sojourn.toml."""
    url = os.environ.get(VARIABLE)
    if url is None:
        url = _written(root / FILE)
    return parsed(url.strip()) if url.strip() else None


def _written(path: Path) -> str:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get(TABLE, {})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return ""
    found = table.get(SETTING, "") if isinstance(table, dict) else ""
    if not isinstance(found, str):
        raise SettingsError(f"{path}: {SETTING}: found {found!r}, expected a text", hint=HINT)
    return found
