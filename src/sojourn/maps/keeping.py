"""Maps as files of a workspace: `maps/NAME.yaml`, with every earlier version beside them.

The files are made for people and for git: a change touches the lines that it must, comments stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from sojourn.errors import MapError, UnknownName
from sojourn.maps.document import NAMED, MapDocument, document_of
from sojourn.store.durable import replace_text
from sojourn.store.written import dumped, parsed

FOLDER, VERSIONS = "maps", ".versions"
STAMP = "%Y%m%dT%H%M%S.%fZ"
LIST_PARTS = ("add", "pin", "dismiss", "accept")


@dataclass(frozen=True)
class Version:
    """An earlier state of a map: its id, when it was replaced, and by whom."""

    id: str
    at: datetime
    by: str


def names(folder: Path) -> list[str]:
    """The maps there are."""
    return sorted(path.stem for path in (folder / FOLDER).glob("*.yaml"))


def text_of(folder: Path, name: str) -> str:
    """The YAML of a map; raises UnknownName where there is none."""
    path = _path(folder, name)
    if not path.is_file():
        near = get_close_matches(name, names(folder), 1)
        known = ", ".join(names(folder)) or "none yet: `sojourn map new NAME`"
        hint = (f"Did you mean {near[0]!r}? " if near else "") + f"Maps: {known}."
        raise UnknownName(f"There is no map {name!r}.", hint=hint)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MapError(f"{path}: cannot be read: {error}") from None


def load(folder: Path, name: str) -> MapDocument:
    """A map's document, checked."""
    return read(text_of(folder, name), f"{FOLDER}/{name}.yaml")


def read(text: str, origin: str) -> MapDocument:
    """The document of a YAML text; raises MapError with the line for a text that is none."""
    return document_of(parsed(text, origin, MapError), origin)


def save(folder: Path, name: str, text: str, by: str = "") -> MapDocument:
    """Check a map's text and keep it; the one before becomes a version."""
    origin = f"{FOLDER}/{name}.yaml"
    document = read(text, origin)
    if document.id != name:
        raise MapError(
            f"{origin}: id: found {document.id!r}, expected {name!r}, as the file is named.",
            hint="Rename the file, or the id in it.",
        )
    path = _path(folder, name)
    if path.is_file():
        before = path.read_text(encoding="utf-8")
        if before == text:
            return document
        _keep(folder, name, before, by)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, text)
    return document


def template(journey: str, name: str, title: str = "") -> str:
    """The YAML of a new map: the template of a built-in journey, or the barest for another."""
    found = files("sojourn.maps") / "templates" / f"{journey}.yaml"
    if not found.is_file():
        return dumped({"id": name, "title": title, "journey": journey})
    raw = parsed(found.read_text(encoding="utf-8"), f"{journey}.yaml", MapError)
    raw["id"] = name
    if title:
        raw["title"] = title
    return dumped(raw)


def changed(text: str, lane: str, column: str, part: str, value: Any) -> str:
    """The YAML with one part of a cell set; an empty value takes it out.

    `part` is `text`, `owner`, `note`, or one of the lists `add`, `pin`, `dismiss`, `accept`.
    """
    raw = parsed(text, "the map", MapError)
    cells = raw.setdefault("cells", CommentedMap())
    columns = cells.setdefault(lane, CommentedMap())
    cell = columns.get(column)
    if not isinstance(cell, Mapping):
        old = "add" if isinstance(cell, list) else "text"
        cell = CommentedMap() if cell is None else CommentedMap({old: cell})
    if value:
        cell[part] = value
    else:
        cell.pop(part, None)
    _settle(columns, column, cell)
    if not columns:
        del cells[lane]
    return dumped(raw)


def _settle(columns: Any, column: str, cell: Any) -> None:
    """A cell in its shortest form: a text alone is a text, nothing is nothing."""
    if not cell:
        columns.pop(column, None)
    elif list(cell) == ["text"]:
        columns[column] = cell["text"]
    else:
        columns[column] = cell


def versions(folder: Path, name: str) -> list[Version]:
    """The earlier states of a map, the newest first."""
    found = []
    for path in (folder / FOLDER / VERSIONS / name).glob("*.yaml"):
        stamp, _, by = path.stem.partition("--")
        try:
            at = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append(Version(path.stem, at, by))
    return sorted(found, key=lambda version: version.id, reverse=True)


def version_text(folder: Path, name: str, version: str) -> str:
    """The YAML of an earlier state."""
    known = [each.id for each in versions(folder, name)]
    if version not in known:
        near = get_close_matches(version, known, 1)
        hint = f"Did you mean {near[0]!r}?" if near else None
        raise UnknownName(f"{name} has no version {version!r}.", hint=hint)
    path = folder / FOLDER / VERSIONS / name / f"{version}.yaml"
    return path.read_text(encoding="utf-8")


def remove(folder: Path, name: str, by: str = "") -> None:
    """Take a map away; its last state stays among its versions."""
    _keep(folder, name, text_of(folder, name), by)
    _path(folder, name).unlink()


def _keep(folder: Path, name: str, text: str, by: str) -> None:
    kept = folder / FOLDER / VERSIONS / name
    kept.mkdir(parents=True, exist_ok=True)
    who = re.sub(r"[^A-Za-z0-9@._-]", "", by)[:60]
    replace_text(kept / f"{datetime.now(UTC):{STAMP}}--{who}.yaml", text)


def _path(folder: Path, name: str) -> Path:
    if not NAMED.fullmatch(name):
        raise MapError(
            f"{name[:80]!r} cannot name a map.", hint="Small letters, digits and hyphens can."
        )
    return folder / FOLDER / f"{name}.yaml"
