"""Mended rows of an import by a recipe come in by the same recipe, and leave the rejected table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sojourn.errors import ImportFailed
from sojourn.store.importers import ImportOptions, ImportReport, replay
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.pipeline import Progress
from sojourn.store.importers.replay import ids_in, told_of
from sojourn.store.importers.source import Source
from sojourn.store.log import Log
from sojourn.store.recipes.choosing import only_source
from sojourn.store.recipes.format import Recipe
from sojourn.store.recipes.reading import recipe_from_yaml
from sojourn.store.recipes.run import import_recipe
from sojourn.store.recipes.shelf import recipe_named
from sojourn.store.rejected import ADDED, FILE_COLUMN, Rejected

LIVE = "live-"
"""How the import of what was received and refused is called: `live-SOURCE-FIRST-LAST`."""

SEGMENT = "segment"
"""The preset that reads received calls."""


def replay_any(log: Log, file: Path | str, progress: Progress | None = None) -> ImportReport:
    """Import rows that were exported from the rejected table and mended, as they were read.

    Raises ImportFailed for rows of a file that was only looked up in: what they belong to came
    in without them.
    """
    opened = open_source(file, ImportOptions())
    ids = ids_in(opened)
    live = live_source(Rejected(log.root).origin(ids))
    if live is not None:
        calls = recipe_named(log.root, SEGMENT)
        return import_recipe(
            log, calls, {only_source(calls): [file]}, ImportOptions(source=live), progress
        )
    told = told_of(log, ids)
    if "recipe" not in told:
        return replay(log, file, progress=progress)
    recipe = recipe_from_yaml(told["recipe"], told["origin"])
    options = ImportOptions.from_json(told)
    read = [name for name, spec in recipe.sources.items() if spec.of is None]
    if len(read) == 1:
        return import_recipe(log, recipe, {read[0]: [file]}, options, progress)
    rows = _by_source(recipe, opened, told["files"])
    entries = tuple(entry for entry in recipe.entries if _root(recipe, entry.source) in rows)
    files = {name: rows.get(name, told["files"].get(name, [])) for name in read}
    return import_recipe(log, replace(recipe, entries=entries), files, options, progress)


def live_source(origins: Collection[str]) -> str | None:
    """The source of calls that were received and refused; None when they came with an import.

    >>> live_source({"live-web-site-1-20", "live-web-site-21-22"}), live_source({"20260101T1-ab"})
    ('web-site', None)
    """
    names = {each.removeprefix(LIVE).rsplit("-", 2)[0] for each in origins if each.startswith(LIVE)}
    return names.pop() if len(names) == 1 and all(o.startswith(LIVE) for o in origins) else None


def _by_source(
    recipe: Recipe, opened: Source, files: Mapping[str, Sequence[str]]
) -> dict[str, list[pa.Table]]:
    """The rows of each source, with the columns that it has."""
    blocks = [opened.parse(piece).table for piece in opened.pieces()]
    table = pa.concat_tables(blocks, promote_options="default")
    sources = {Path(path).name: name for name, paths in files.items() for path in paths}
    roots = {_root(recipe, name) for name in recipe.driving}
    found: dict[str, list[pa.Table]] = {}
    for file in pc.unique(table.column(FILE_COLUMN)).to_pylist():
        name = sources.get(file)
        if name is None or name not in roots:
            raise ImportFailed(
                f"Rows of {file} are only looked up in, so they cannot come in by themselves.",
                hint="Mend the file and import it with the others again, after `import --undo`.",
            )
        rows = table.filter(pc.equal(table.column(FILE_COLUMN), file))
        there = open_source(_path(files[name], file), ImportOptions()).sample().table.schema.names
        kept = [c for c in rows.schema.names if c in there or c in ADDED]
        found.setdefault(name, []).append(rows.select(kept))
    return found


def _path(paths: Sequence[Any], name: str) -> Path:
    """The file of this name; raises ImportFailed when it is gone."""
    path = next(Path(path) for path in paths if Path(path).name == name)
    if not path.exists():
        raise ImportFailed(
            f"{path} is gone, and these rows cannot be read without it.",
            hint="Put the files of the import back where they were.",
        )
    return path


def _root(recipe: Recipe, name: str) -> str:
    """The source with the files that a source is made of."""
    spec = recipe.sources[name]
    return name if spec.of is None else _root(recipe, spec.of)
