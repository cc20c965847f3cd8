"""What the pages of maps show, and what they change."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sojourn.maps import FilledMap, MapDocument
from sojourn.maps.document import Cell
from sojourn.maps.drawing import curve
from sojourn.maps.keeping import Version
from sojourn.maps.lanes import KINDS
from sojourn.server.studio.answers.sheet import bare
from sojourn.workspace import Workspace

MOODY = "feelings"
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Atlas:
    """The maps there are, and the journeys that a new one may be of."""

    maps: tuple[MapDocument, ...]
    broken: tuple[tuple[str, str], ...]


def atlas(workspace: Workspace) -> Atlas:
    """The maps; those whose file is wrong with what is wrong."""
    fine, broken = [], []
    for name in workspace.maps.names():
        try:
            fine.append(workspace.maps.load(name))
        except Exception as error:
            broken.append((name, str(error)))
    return Atlas(tuple(fine), tuple(broken))


@dataclass(frozen=True)
class OneMap:
    """A map's page: what is filled in, what was written, and how it was before."""

    filled: FilledMap
    document: MapDocument
    versions: tuple[Version, ...]
    curves: Mapping[str, str] = field(default_factory=dict)


def one(workspace: Workspace, name: str, beside: str, other: Pairs) -> OneMap:
    """A map, beside another or beside itself with other filters where that is asked."""
    filled = workspace.maps.fill(name, beside or None, **dict(other))
    curves = {lane.id: bare(curve(filled, lane)) for lane in filled.lanes if lane.lane == MOODY}
    versions = tuple(workspace.maps.versions(name))
    return OneMap(filled, workspace.maps.load(name), versions, curves)


def image(workspace: Workspace, name: str) -> tuple[bytes, str] | None:
    """A picture's bytes and its kind (`png`, `jpeg`); None where there is none."""
    found = workspace.maps.image(name)
    return None if found is None else (found.data, found.kind)


def add_image(
    workspace: Workspace, name: str, place: tuple[str, str], raw: bytes, file: str, words: str,
    by: str,
) -> str:  # fmt: skip
    """Put a picture into a cell; its name."""
    return workspace.maps.add_image(name, *place, raw, file, words, by=by)


def text(workspace: Workspace, name: str) -> str:
    """A map's YAML."""
    return workspace.maps.text(name)


def cell(workspace: Workspace, name: str, lane: str, column: str) -> tuple[Cell, str, bool]:
    """What is written into a cell, what belongs there, and whether that is pictures."""
    document = workspace.maps.load(name)
    kind = next((each.lane for each in document.lanes if each.id == lane), "text")
    return document.cell(lane, column), KINDS[kind].hint, kind == "images"


def new(workspace: Workspace, name: str, journey: str, title: str, by: str) -> None:
    """Make a map from a template."""
    workspace.maps.new(name, journey or None, title=title, by=by)


def write(workspace: Workspace, name: str, lane: str, column: str, parts: Pairs, by: str) -> None:
    """Write the parts of a cell."""
    for part, value in parts:
        workspace.maps.set(name, lane, column, value, part=part, by=by)


def mark(
    workspace: Workspace, name: str, lane: str, column: str, part: str, key: str, by: str
) -> None:
    """Dismiss, accept or pin what was found, or take that back."""
    cell = workspace.maps.load(name).cell(lane, column)
    kept = list(getattr(cell, part))
    kept = [each for each in kept if each != key] if key in kept else [*kept, key]
    workspace.maps.set(name, lane, column, kept, part=part, by=by)


def save(workspace: Workspace, name: str, yaml: str, by: str) -> None:
    """Keep a map's YAML."""
    workspace.maps.save(name, yaml.replace("\r\n", "\n"), by=by)


def restore(workspace: Workspace, name: str, version: str, by: str) -> None:
    """Make an earlier state the present one."""
    workspace.maps.restore(name, version, by=by)


def remove(workspace: Workspace, name: str, by: str) -> None:
    """Take a map away."""
    workspace.maps.remove(name, by=by)


def file(workspace: Workspace, name: str, form: str, theme: str) -> bytes:
    """A map as the bytes of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"map.{form}"
        shade = "dark" if theme == "dark" else "light"
        return workspace.maps.export(name, path, theme=shade).read_bytes()  # type: ignore[arg-type]
