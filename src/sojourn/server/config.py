"""How the server runs: one frozen value from `[server]` in sojourn.toml and `SOJOURN_*`.

An environment variable goes before the file, the file before the default. Everything is checked
at the start, and an error names the setting and where it was made.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sojourn.errors import SettingsError
from sojourn.settings import FILE, SERVER
from sojourn.store.database import parsed

PREFIX = "SOJOURN_"
WORKSPACE = PREFIX + "WORKSPACE"
"""The environment variable that names the workspace's folder."""

DEFAULT, IN_FILE, IN_ENVIRONMENT = "default", FILE, "environment"


@dataclass(frozen=True)
class Config:
    """The server's settings.

    `host` and `port` are where it listens; `pause` is how many seconds touchpoints may wait
    before they are brought into the log; `call_bytes`, `batch_bytes` and `batch_calls` bound what
    is received at once, `waiting_bytes` what may wait to be written down before clients are asked
    to come back later; `origins` are the sites whose pages may send (`*`: all). `site_url` is the
    address by which people reach the pages (`https://journeys.example.com`), `hosts` further names
    that the server answers to, `upload_bytes` bounds a file sent to a page, and `database_url`
    names a PostgreSQL database for the server's own state. `follow` names the models whose moves
    are told in the feed (`*`: all; empty: the workspace's journey and its own models).
    `posts_per_second` and `reads_per_second` bound how often a write key may post and a read key
    ask, `streams` how many may listen to the feed at once.
    """

    host: str = "127.0.0.1"
    port: int = 8710
    pause: float = 0.5
    call_bytes: int = 32_768
    batch_bytes: int = 512_000
    batch_calls: int = 2_500
    waiting_bytes: int = 64_000_000
    origins: str = "*"
    upload_bytes: int = 500_000_000
    site_url: str = ""
    hosts: str = ""
    database_url: str = ""
    follow: str = ""
    posts_per_second: int = 100_000
    reads_per_second: int = 50
    streams: int = 100

    @property
    def allowed_hosts(self) -> list[str]:
        """The names that a page may be asked by."""
        named = [name.strip() for name in self.hosts.split(",") if name.strip()]
        own = urlsplit(self.site_url).hostname if self.site_url else None
        near = ["localhost", "127.0.0.1", "[::1]"]
        open_to_all = [self.host] if self.host not in ("0.0.0.0", "::") else []  # noqa: S104
        return [*dict.fromkeys([*near, *open_to_all, *([own] if own else []), *named])]


LEAST: Mapping[str, float] = {
    "port": 1,
    "pause": 0.05,
    "call_bytes": 1_000,
    "batch_bytes": 1_000,
    "batch_calls": 1,
    "waiting_bytes": 1_000_000,
    "upload_bytes": 1_000_000,
    "posts_per_second": 1,
    "reads_per_second": 1,
    "streams": 0,
}
MOST: Mapping[str, float] = {
    "port": 65_535,
    "pause": 3_600,
    "call_bytes": 1_000_000,
    "batch_bytes": 32_000_000,
    "batch_calls": 100_000,
    "waiting_bytes": 4_000_000_000,
    "upload_bytes": 100_000_000_000,
    "posts_per_second": 1_000_000,
    "reads_per_second": 1_000_000,
    "streams": 10_000,
}
SECRET = ("database_url",)
"""What is never shown."""


def load(folder: Path, environ: Mapping[str, str], **flags: Any) -> Config:
    """The server's settings for a workspace; `flags` that are not None go before everything."""
    return Config(**{name: value for name, (value, _) in told(folder, environ, **flags).items()})


def told(folder: Path, environ: Mapping[str, str], **flags: Any) -> dict[str, tuple[Any, str]]:
    """Each setting with where it was made: a flag, the environment, the file, or the default."""
    written = _written(folder / FILE)
    found: dict[str, tuple[Any, str]] = {}
    for each in fields(Config):
        name, variable = each.name, PREFIX + each.name.upper()
        if flags.get(name) is not None:
            raw, source = flags[name], "flag"
        elif variable in environ:
            raw, source = environ[variable], f"{IN_ENVIRONMENT} {variable}"
        elif name in written:
            raw, source = written[name], IN_FILE
        else:
            raw, source = each.default, DEFAULT
        found[name] = _checked(name, raw, each.default, source), source
    return found


def _written(path: Path) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8")).get(SERVER, {})
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise SettingsError(
            f"found the file {path.parent}, expected a workspace's folder"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None
    if not isinstance(raw, dict):
        raise SettingsError(f"{path}: {SERVER}: found {raw!r}, expected a table [{SERVER}]")
    known = [each.name for each in fields(Config)]
    for key in raw:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
            raise SettingsError(f"{path}: unknown setting {SERVER}.{key}", hint=hint)
    return raw


def _checked(name: str, raw: Any, default: Any, source: str) -> Any:
    kind = type(default)
    if kind is str:
        if not isinstance(raw, str) or (default and not raw.strip()):
            raise SettingsError(f"{source}: {name}: found {raw!r}, expected a text")
        return _said(name, raw.strip(), source)
    low, high = LEAST[name], MOST[name]
    try:
        if isinstance(raw, bool):
            raise ValueError
        value = kind(raw)
        if value != float(raw) or not low <= value <= high:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        number = "a whole number" if kind is int else "a number"
        expected = f"{number} from {low:g} to {high:,g}"
        raise SettingsError(f"{source}: {name}: found {raw!r}, expected {expected}") from None
    return value


def _said(name: str, raw: str, source: str) -> str:
    if name == "site_url":
        return _address(raw.rstrip("/"), source)
    if name == "database_url" and raw:
        try:
            parsed(raw)
        except SettingsError as error:
            raise SettingsError(f"{source}: {error.message}", hint=error.hint) from None
    return raw


def _address(raw: str, source: str) -> str:
    parts = urlsplit(raw)
    if raw and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path):
        raise SettingsError(
            f"{source}: site_url: found {raw!r}, expected https:// and a name, without a path"
        )
    return raw
