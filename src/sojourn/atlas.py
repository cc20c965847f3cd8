"""The maps of a workspace: made from templates, filled, compared, written into files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sojourn.core.table import Column, Table
from sojourn.errors import MapError
from sojourn.journey import Journey
from sojourn.maps import comparing, exporting, images, keeping
from sojourn.maps.document import MapDocument
from sojourn.maps.filled import FilledMap
from sojourn.maps.filling import fill
from sojourn.maps.keeping import Version
from sojourn.measure.notes import moment
from sojourn.moments import micros
from sojourn.pictures import Theme


@dataclass(frozen=True)
class Atlas:
    """The maps of one workspace; `ask` gives a journey, `model` is asked when a map names none."""

    folder: Path
    ask: Callable[..., Journey]
    model: str

    # Documents

    def names(self) -> list[str]:
        """The maps there are."""
        return keeping.names(self.folder)

    def new(self, name: str, journey: str | None = None, *, title: str = "", by: str = "") -> None:
        """Make a map from the template of a journey; raises MapError where there is one already."""
        if name in self.names():
            raise MapError(f"There is a map {name!r} already.", hint="Take another name.")
        text = keeping.template(journey or self.model, name, title)
        keeping.save(self.folder, name, text, by)

    def load(self, name: str) -> MapDocument:
        """A map's document."""
        return keeping.load(self.folder, name)

    def text(self, name: str) -> str:
        """A map's YAML."""
        return keeping.text_of(self.folder, name)

    def save(self, name: str, text: str, *, by: str = "") -> None:
        """Keep a map's YAML, checked with the journey that it is of; the old one is a version."""
        document = keeping.read(text, f"maps/{name}.yaml")
        fill(document, self._journey(document))
        keeping.save(self.folder, name, text, by)

    def set(
        self, name: str, lane: str, column: str, value: Any, *, part: str = "text", by: str = ""
    ) -> None:
        """Write one part of a cell: `text`, `owner`, `note`, `add`, `pin`, `dismiss`, `accept`."""
        self.save(name, keeping.changed(self.text(name), lane, column, part, value), by=by)

    def add_image(
        self, name: str, lane: str, column: str, raw: bytes, file: str, words: str, *, by: str = ""
    ) -> str:
        """Put a picture into a cell, with words for who cannot see it; its name."""
        document = self.load(name)
        if next((each.lane for each in document.lanes if each.id == lane), "") != "images":
            known = ", ".join(each.id for each in document.lanes if each.lane == "images")
            raise MapError(
                f"{name}: {lane!r} is no lane of pictures.",
                hint=f"Lanes of pictures: {known or 'none; add `images` to the lanes'}.",
            )
        if not words.strip():
            raise MapError("A picture needs words that say what is to be seen on it.")
        picture = images.taken(raw, file)
        images.keep(self.folder, picture)
        cell = document.cell(lane, column)
        told = f"{picture.name}: {' '.join(words.split())[:500]}"
        self.set(name, lane, column, [*cell.add, told], part="add", by=by)
        return picture.name

    def image(self, name: str) -> images.Picture | None:
        """A picture by the name of its file."""
        return images.load(self.folder, name)

    def _pictured(self, shown: FilledMap) -> FilledMap:
        """A map with the pictures that its cells name."""
        entries = [e for lane in shown.lanes for cell in lane.cells.values() for e in cell.entries]
        names = dict.fromkeys(entry.key for entry in entries if entry.kind == "image")
        found = {name: images.load(self.folder, name) for name in names}
        return replace(shown, images={name: each for name, each in found.items() if each})

    def remove(self, name: str, *, by: str = "") -> None:
        """Take a map away; its last state stays among its versions."""
        keeping.remove(self.folder, name, by)

    def versions(self, name: str) -> list[Version]:
        """The earlier states of a map, the newest first."""
        return keeping.versions(self.folder, name)

    def restore(self, name: str, version: str, *, by: str = "") -> None:
        """Make an earlier state the present one; the present one becomes a version."""
        text = keeping.version_text(self.folder, name, version)
        keeping.save(self.folder, name, text, by)

    def table(self) -> Table:
        """One row a map."""
        found = [self.load(name) for name in self.names()]
        columns = [Column(n, "text") for n in ("map", "title", "journey", "persona", "from", "to")]
        data = {
            "map": [each.id for each in found],
            "title": [each.title for each in found],
            "journey": [each.journey or self.model for each in found],
            "persona": [each.persona or None for each in found],
            "from": [each.start or None for each in found],
            "to": [each.end or None for each in found],
        }
        return Table.of("maps", columns, data, {})

    # Pictures

    def fill(self, name: str, beside: str | None = None, **other: Any) -> FilledMap:
        """A map filled from the log; `beside` is another map, or the same with `other` filters.

        `other` are those of a map: `persona`, `list`, `start`, `end`.
        """
        document = self.load(name)
        journey = self._journey(document)
        shown = self._pictured(fill(document, journey, self._before(document, journey)))
        if beside is None and not other:
            return shown
        against = self.load(beside) if beside else _changed(document, other)
        second = self._journey(against)
        if second.model.id != journey.model.id:
            raise MapError(
                f"{name} is of the journey {journey.model.id!r}, {against.id} of "
                f"{second.model.id!r}: only maps of one journey can be compared."
            )
        then = fill(against, second), second.stages()
        called = _called(against, document)
        said = comparing.drift((shown, journey.stages()), then, journey.model, called)
        return comparing.compared(shown, said or [f"Nothing differs beyond chance ({called})"])

    def export(
        self,
        name: str,
        file: Path | str,
        beside: str | None = None,
        *,
        theme: Theme = "light",
        **other: Any,
    ) -> Path:
        """Write a map to a file: `.svg`, `.png`, `.pdf`, `.html`, `.pptx` or `.yaml`."""
        path = Path(file)
        if path.suffix in (".yaml", ".yml"):
            path.write_text(self.text(name), encoding="utf-8")
            return path
        return exporting.save(self.fill(name, beside, **other), path, theme=theme)

    def _journey(self, document: MapDocument, **changed: Any) -> Journey:
        asked = {
            "persona": document.persona or None,
            "in_list": document.list or None,
            "start": document.start or None,
            "end": document.end or None,
            **changed,
        }
        return self.ask(document.journey or self.model, **asked)

    def _before(self, document: MapDocument, journey: Journey) -> Journey | None:
        """The journey in the period before, of the same length; None without a period."""
        if not (document.start and document.end):
            return None
        zone = journey.view.zone
        first, last = micros(document.start, zone, "from"), micros(document.end, zone, "to")
        start = moment(first) - timedelta(microseconds=last - first)
        return self._journey(document, start=start.isoformat(), end=moment(first).isoformat())


def _changed(document: MapDocument, other: dict[str, Any]) -> MapDocument:
    raw = {"persona": document.persona, "list": document.list, "from": document.start,
           "to": document.end}  # fmt: skip
    named = {"start": "from", "end": "to"}
    raw |= {named.get(key, key): value or "" for key, value in other.items()}
    return MapDocument(
        id=document.id, title=document.title, journey=document.journey, persona=raw["persona"],
        list=raw["list"], start=raw["from"], end=raw["to"], lanes=document.lanes,
        steps=document.steps, cells=document.cells,
    )  # fmt: skip


def _called(other: MapDocument, document: MapDocument) -> str:
    """What the other is called in a sentence."""
    if other.id != document.id:
        return f"in {other.title or other.id}"
    if other.persona != document.persona:
        return f"of {other.persona or 'everybody'}"
    if other.list != document.list:
        return f"of the list {other.list}" if other.list else "of all people"
    return f"from {other.start or 'the beginning'} to {other.end or 'now'}"
