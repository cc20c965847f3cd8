"""Saved lists of people: live ones that are asked anew, fixed ones that stay as they were.

`lists/NAME.yaml` says what the list is; a fixed one has its people beside it in `lists/NAME.csv`,
an alias with its kind a row. Both are made for people and for git.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sojourn.errors import SettingsError, UnknownName

FOLDER = "lists"
NAMED = re.compile(r"[\w][\w .-]{0,79}")
KEYS = ("kind", "people", "persona", "journey", "at", "note")
HEADER = ("kind", "id")
Kind = Literal["live", "fixed"]


@dataclass(frozen=True)
class Saved:
    """A list: what chooses its people, through which journey, made when (ISO 8601).

    A fixed list keeps the people of that moment; a live one those for whom it holds now.
    """

    name: str
    kind: Kind
    people: str | None
    persona: str | None
    journey: str
    at: str
    note: str = ""


def names(folder: Path) -> list[str]:
    """The lists there are, by name."""
    return sorted(path.stem for path in (folder / FOLDER).glob("*.yaml"))


def checked(name: str) -> str:
    """A name that can be a file's; raises SettingsError for one that cannot."""
    if not NAMED.fullmatch(name) or name.endswith("."):
        raise SettingsError(
            f"{name!r} cannot name a list.",
            hint="Letters, digits, spaces, points and hyphens can: `loyal on phones`.",
        )
    return name


def load(folder: Path, name: str) -> Saved:
    """One list; raises UnknownName where there is none, SettingsError for a file that is none."""
    path = folder / FOLDER / f"{checked(name)}.yaml"
    if not path.is_file():
        near = get_close_matches(name, names(folder), 1)
        known = ", ".join(names(folder)) or "none yet: `sojourn lists save NAME --people COND`"
        raise UnknownName(
            f"There is no list {name!r}.",
            hint=(f"Did you mean {near[0]!r}? " if near else "") + f"Lists: {known}.",
        )
    try:
        raw = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not YAML: {error}") from None
    return _saved(raw, name, path)


def _saved(raw: Any, name: str, path: Path) -> Saved:
    if not isinstance(raw, Mapping) or not all(isinstance(v, str) for v in raw.values()):
        raise SettingsError(f"{path}: found {raw!r}, expected a mapping of texts")
    for key in raw:
        if key not in KEYS:
            near = get_close_matches(str(key), KEYS, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(KEYS)}."
            raise SettingsError(f"{path}: unknown key {key!r}", hint=hint)
    kind = raw.get("kind")
    if kind not in ("live", "fixed"):
        raise SettingsError(f"{path}: kind: found {kind!r}, expected 'live' or 'fixed'")
    if kind == "live" and not {"people", "persona"} & raw.keys():
        raise SettingsError(f"{path}: a live list needs `people` or `persona`: who is in it")
    return Saved(
        name, cast(Kind, kind), raw.get("people"), raw.get("persona"), raw.get("journey", ""),
        raw.get("at", ""), raw.get("note", ""),
    )  # fmt: skip


def save(folder: Path, saved: Saved, members: Iterable[tuple[str, str]] | None = None) -> Path:
    """Write a list, and the aliases of a fixed one; one of that name before is replaced."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    path = folder / FOLDER / f"{checked(saved.name)}.yaml"
    if members is not None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([HEADER, *members])
        _write(path.with_suffix(".csv"), text.getvalue())
    else:
        path.with_suffix(".csv").unlink(missing_ok=True)
    raw = {key: getattr(saved, key) for key in KEYS if getattr(saved, key)}
    out = io.StringIO()
    YAML(typ="safe", pure=True).dump(raw, out)
    _write(path, out.getvalue())
    return path


def _write(path: Path, text: str) -> None:
    making = path.with_name(f".{path.name}.new")
    making.write_text(text, encoding="utf-8")
    os.replace(making, path)


def aliases(folder: Path, name: str) -> list[tuple[str, str]]:
    """The people of a fixed list, as kind and id."""
    path = folder / FOLDER / f"{checked(name)}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.reader(lines))
    except FileNotFoundError:
        raise SettingsError(
            f"{path} is missing: the people of the fixed list {name!r} stood in it.",
            hint="Save the list again, or remove it.",
        ) from None
    if not rows or tuple(rows[0]) != HEADER or any(len(row) != 2 for row in rows[1:] if row):
        raise SettingsError(f"{path}: expected two columns, {' and '.join(HEADER)}")
    return [(row[0], row[1]) for row in rows[1:] if row]


def remove(folder: Path, name: str) -> None:
    """Forget a list; raises UnknownName where there is none."""
    load(folder, name)
    for ending in ("yaml", "csv"):
        (folder / FOLDER / f"{name}.{ending}").unlink(missing_ok=True)
