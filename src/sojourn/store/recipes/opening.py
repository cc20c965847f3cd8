"""The files of a recipe's sources, opened as the importer opens any file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from sojourn.errors import RecipeError
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.source import Source
from sojourn.store.recipes.format import Recipe, SourceSpec

Files: TypeAlias = Mapping[str, Sequence[Any]]
"""For each source the paths of its files, or a frame."""


def opened(
    recipe: Recipe, files: Files, options: ImportOptions
) -> Iterator[tuple[str, Source, frozenset[str]]]:
    """Each file whose rows become something: its source's name, itself, its columns of JSON."""
    for name in recipe.driving:
        spec = recipe.sources[name]
        for path in files[name]:
            yield name, open_one(path, spec, options), frozenset()


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
