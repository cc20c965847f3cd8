"""The files of a recipe's sources, opened as the importer opens any file, and made ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from sojourn.errors import RecipeError
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.pipeline import Engine
from sojourn.store.importers.source import Broken, Source
from sojourn.store.progress import Progress
from sojourn.store.recipes.format import Recipe, SourceSpec
from sojourn.store.recipes.joining import Joiner
from sojourn.store.recipes.prepared import Prepared
from sojourn.store.recipes.reporting import LOOKED_UP, REJECTED, Part
from sojourn.store.recipes.spooling import Spool, spool
from sojourn.store.recipes.streams import Stream

Files: TypeAlias = Mapping[str, Sequence[Any]]
"""For each source the paths of its files, or a frame."""


@dataclass
class Opened:
    """What is to be read: the streams in order, the look-ups' parts of the report, broken rows."""

    streams: list[Stream] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    files: int = 0


class Opener:
    """Opens the files of a recipe."""

    def __init__(
        self,
        recipe: Recipe,
        files: Files,
        options: ImportOptions,
        now: datetime,
        tools: Engine,
        folder: Path,
        progress: Progress | None,
    ) -> None:
        self.recipe, self.files, self.options, self.now = recipe, files, options, now
        self.tools, self.folder, self.progress = tools, folder, progress
        self.spools: dict[str, Spool] = {}
        self.found = Opened()

    def opened(self) -> Opened:
        """Everything opened; sources that need all of their rows at once are made."""
        ready = [name for name in self.recipe.driving if not self._plain(name)]
        for name in self._roots(ready):
            self._spool(name)
        joiner = Joiner(self.recipe, self.spools, self.tools.cursor())
        seen: set[str] = set()
        for name in self.recipe.driving:
            spec = self.recipe.sources[name]
            if self._plain(name):
                for path in self.files[name]:
                    source = open_one(path, spec, self.options)
                    self.found.streams.append(self._stream(spec, source))
            else:
                self._prepare(name, joiner, seen)
        self._look_ups(joiner, seen)
        self.found.files = sum(len(paths) for paths in self.files.values())
        return self.found

    def _plain(self, name: str) -> bool:
        """Whether each row of its files is a row."""
        spec = self.recipe.sources[name]
        return not (spec.of or spec.group or spec.joins)

    def _roots(self, names: Sequence[str]) -> list[str]:
        """The sources read from files that these are made of."""
        waiting, found = [*names], dict[str, None]()
        while waiting:
            spec = self.recipe.sources[waiting.pop(0)]
            waiting += [*([spec.of] if spec.of else []), *(join.source for join in spec.joins)]
            if spec.of is None:
                found[spec.id] = None
        return [*found]

    def _spool(self, name: str) -> None:
        spec = self.recipe.sources[name]
        sources = [open_one(path, spec, self.options) for path in self.files[name]]
        path = self.folder / f"{name}.rows.parquet"
        made = spool(spec, sources, path, self.tools, self.progress)
        self.spools[name] = made
        if not (self._plain(name) and name in self.recipe.driving):
            self.found.broken += [made.placed(one) for one in made.broken]

    def _prepare(self, name: str, joiner: Joiner, seen: set[str]) -> None:
        spec = self.recipe.sources[name]
        path = self.folder / f"{name}.made.parquet"
        relation = joiner.written(name, path)
        root = relation.spool.spec.id
        stream = self._stream(replace(spec, leave_out=()), Prepared(relation, path))
        stream.jsons = relation.jsons
        stream.counted = {**relation.left, REJECTED: len(relation.spool.broken)}
        stream.again = root in seen
        seen.add(root)
        self.found.streams.append(stream)

    def _look_ups(self, joiner: Joiner, seen: set[str]) -> None:
        """The books of the files that are only looked up in."""
        plain = {name for name in self.recipe.driving if self._plain(name)}
        for name, made in self.spools.items():
            if name not in seen | plain:
                left = dict(joiner.relation(name).left)
                used = made.rows - len(made.broken) - sum(left.values())
                counts = {LOOKED_UP: used, **left, REJECTED: len(made.broken)}
                counts = {key: count for key, count in counts.items() if count}
                self.found.parts.append(Part(made.name, made.rows, counts))

    def _stream(self, spec: SourceSpec, source: Source) -> Stream:
        return Stream(self.recipe, spec, source, self.options, self.now)


def open_one(path: Any, spec: SourceSpec, options: ImportOptions) -> Source:
    """A file of a source; one without a header gets the one that the recipe names."""
    return open_source(path, replace(options, header=spec.header or options.header))


def files_in(recipe: Recipe, folder: Path) -> dict[str, list[Path]]:
    """The files of each source in a folder, by its patterns; raises RecipeError for none."""
    if not folder.is_dir():
        raise RecipeError(f"{folder} is no folder.", hint="A recipe takes the folder of its files.")
    found: dict[str, list[Path]] = {}
    for name, spec in recipe.sources.items():
        if spec.file is None:
            continue
        found[name] = sorted(path for path in folder.glob(spec.file) if path.is_file())
        if not found[name]:
            there = ", ".join(sorted(p.name for p in folder.iterdir())[:12])
            raise RecipeError(
                f"{recipe.origin}: {spec.where}.file: {folder} has no file {spec.file!r}.",
                hint=f"It has: {there}." if there else "It is empty.",
            )
    return found
