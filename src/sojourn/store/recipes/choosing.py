"""A file on its way in: by the preset that it is of, by a mapping, or as any file."""

from __future__ import annotations

from collections import abc
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from sojourn.errors import ImportFailed, RecipeError, SojournError
from sojourn.store.importers import ImportOptions, ImportReport, import_file
from sojourn.store.importers.opening import open_source
from sojourn.store.log import Log
from sojourn.store.progress import Progress
from sojourn.store.recipes import opening, shelf
from sojourn.store.recipes.format import Recipe
from sojourn.store.recipes.reading import ROWS, recipe_from_mapping
from sojourn.store.recipes.recognise import Known, Look, look_at, recognised
from sojourn.store.recipes.run import check_files, import_recipe
from sojourn.store.recipes.spoken import constants_only

NONE = "none"
Named: TypeAlias = str | Path | Recipe
"""A recipe, by its id, its YAML file or itself."""

Mapping: TypeAlias = str | Path | abc.Mapping[str, Any]
"""A mapping of one's own: the name of a saved one, a YAML file, or what it would hold."""

Files: TypeAlias = str | Path | abc.Mapping[str, Any]
"""The files of a recipe: their folder, or the paths or frames by source."""


@dataclass(frozen=True)
class How:
    """What a user says of the way to read files: a preset, a mapping of their own, a recipe."""

    preset: str | None = None
    mapping: Mapping | None = None
    recipe: Named | None = None


@dataclass(frozen=True)
class Choice:
    """How a file is read: by a recipe or, without one, as any file; and what to say of that."""

    recipe: Recipe | None = None
    notes: tuple[str, ...] = ()


def choose(
    folder: Path,
    source: Any,
    options: ImportOptions,
    how: How,
) -> Choice:
    """The recipe for a file: the mapping or preset that was named, else the one it is of.

    Where columns were named, or with the preset "none", it is read as any file; words for all
    rows (`=...`) go with any preset.
    """
    preset, mapping = how.preset, how.mapping
    if mapping is not None:
        if isinstance(mapping, abc.Mapping):
            return Choice(recipe_from_mapping(mapping))
        return Choice(shelf.recipe_named(folder, mapping))
    if preset is not None and preset != NONE:
        return Choice(shelf.recipe_named(folder, preset))
    if preset == NONE or options.people or not options.guess or not constants_only(options):
        return Choice()
    known = shelf.known(folder)
    look = _looked(source, options, known)
    if look is None:
        return Choice()
    verdict = recognised(look, known)
    if verdict.id is not None:
        found = shelf.recipe_named(folder, verdict.id)
        note = f"recognised as {found.name} by its columns; `--preset none` reads it as any file"
        return Choice(found, (note,))
    if verdict.nearly is not None:
        missing = ", ".join(repr(name) for name in verdict.missing)
        return Choice(None, (f"looks like {verdict.nearly}, but has no column {missing}",))
    return Choice()


def _looked(source: Any, options: ImportOptions, known: abc.Sequence[Known]) -> Look | None:
    """What is seen of a file, if need be with the columns of a preset whose files name none."""
    headers = [one.by.header for one in known if one.by.header]
    for header in [(), *headers]:
        with suppress(SojournError):
            return look_at(open_source(source, replace(options, header=header or options.header)))
    return None


def bring_in(
    log: Log,
    source: Any,
    options: ImportOptions,
    progress: Progress | None = None,
    how: How | None = None,
) -> ImportReport:
    """Import a file or a frame, by its preset where it is of one; a dry run only tells.

    With a recipe, `source` is the folder of its files, or the files by source.
    """
    how = how or How()
    if how.recipe is not None:
        return bring_in_folder(log, how.recipe, source, options, progress)
    chosen = choose(log.root, source, options, how)
    if chosen.recipe is not None:
        name = only_source(chosen.recipe)
        found = import_recipe(log, chosen.recipe, {name: [source]}, options, progress)
        return replace(found, warnings=(*found.warnings, *chosen.notes))
    try:
        report = import_file(log, source, options, progress)
        return replace(report, warnings=(*report.warnings, *chosen.notes))
    except ImportFailed as error:
        told = [f"The file {note}." for note in chosen.notes]
        error.hint = " ".join([*told, *([error.hint] if error.hint else [])]) or None
        raise


def bring_in_folder(
    log: Log,
    recipe: Named,
    files: Files,
    options: ImportOptions,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the files of a recipe: those of a folder, or those named for each source."""
    if not isinstance(recipe, Recipe):
        recipe = shelf.recipe_named(log.root, recipe, shelf.RECIPES)
    if isinstance(files, abc.Mapping):
        for name in files:
            if name not in recipe.sources:
                raise RecipeError(f"{recipe.origin} has no source {name!r}.",
                                  hint=f"It has: {', '.join(recipe.sources)}.")  # fmt: skip
        found: opening.Files = {name: _listed(each) for name, each in files.items()}
    else:
        found = opening.files_in(recipe, Path(files))
    check_files(recipe, found)
    return import_recipe(log, recipe, found, options, progress)


def only_source(recipe: Recipe) -> str:
    """The one source of a recipe that is read from a file; raises RecipeError for several."""
    read = [name for name, spec in recipe.sources.items() if spec.of is None]
    if len(read) != 1:
        raise RecipeError(
            f"{recipe.origin} reads {len(read)} files: {', '.join(read)}.",
            hint=f"Import their folder: `sojourn import --recipe {recipe.id} FOLDER`.",
        )
    return read[0] or ROWS


def _listed(files: Any) -> abc.Sequence[Any]:
    return files if isinstance(files, (list, tuple)) else [files]
