"""How far an import had got when it was killed, and whether it may go on from there.

A manifest lies in the import's staging folder once some of the file is staged for good. It holds
what the file was (path, size, the hash of what was read of it), how it was read, how many pieces
of it are staged, and what the stage needs to go on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from sojourn.store.durable import replace_text
from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.source import Place, Source

FILE = "manifest.json"
FORMAT = 1
"""Counts up when staged pieces mean something else than they did."""


@dataclass(frozen=True)
class Manifest:
    """What a killed import left: see the module. `looks` are how its file had to be looked at."""

    id: str
    path: str
    size: int
    changed: int
    total: int
    now: str
    reading: str
    first_seq: int
    place: Place
    looks: tuple[str, ...] = ()
    stage: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def moment(self) -> datetime:
        """When the import began: it is the moment of all of its rows."""
        return datetime.fromisoformat(self.now)

    @property
    def share(self) -> float:
        """How much of the file is staged, from 0 to 1."""
        return min(self.place.done / self.total, 1.0) if self.total else 0.0

    def save(self, folder: Path) -> None:
        """Write it for good; what it speaks of must be there already."""
        replace_text(folder / FILE, json.dumps(asdict(self)))

    def whole(self, folder: Path) -> bool:
        """Whether all that it speaks of is there."""
        return all((folder / name).is_file() for name in self.stage["all"])

    def other_file(self, source: Source) -> str | None:
        """Why this file is not the one that was being read; None when it seems to be."""
        if source.size != self.size:
            return f"the file had {self.size:,} bytes then and has {source.size:,} now"
        if not self.place.mark and changed(source) != self.changed:
            return "the file was written again since"
        return None


def load(folder: Path) -> Manifest | None:
    """The manifest in a staging folder; None without one that can be read."""
    try:
        raw = json.loads((folder / FILE).read_text(encoding="utf-8"))
        raw |= {"place": Place(*raw["place"]), "looks": tuple(raw["looks"])}
        known = {each.name for each in fields(Manifest)}
        found = Manifest(**{key: value for key, value in raw.items() if key in known})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.format == FORMAT and found.whole(folder) else None


def changed(source: Source) -> int:
    """When a source's file was last written, in nanoseconds; 0 for what is no file."""
    return source.path.stat().st_mtime_ns if source.path else 0


def reading_of(plan: Plan, options: ImportOptions) -> str:
    """The hash of everything that decides what the rows of a file become, but the file."""
    told = {each.name: getattr(plan, each.name) for each in fields(plan) if each.name != "now"}
    text = json.dumps([_plain(told), _plain(options.to_json()), FORMAT])
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A value as JSON, the same for the same content whatever its order in memory."""
    if isinstance(value, Mapping):
        return sorted([str(key), _plain(each)] for key, each in value.items())
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return repr(value)
