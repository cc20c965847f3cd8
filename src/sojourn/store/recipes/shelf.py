"""The presets, recipes and mappings at hand: those of Sojourn, and a workspace's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from sojourn.core.table import Column, Table
from sojourn.errors import RecipeError, UnknownName
from sojourn.store.recipes.checks import yaml_of
from sojourn.store.recipes.format import Recipe
from sojourn.store.recipes.reading import recipe_from_yaml, recognise_of
from sojourn.store.recipes.recognise import Known

PRESETS, RECIPES, MAPPINGS = "presets", "recipes", "mappings"
SECTION = re.compile(r"^recognise:.*(?:\n(?:[ \t#].*)?)*", re.MULTILINE)
"""What a preset is known by, without the rest of it: reading all of every preset takes long."""


@cache
def built_in(kind: str) -> tuple[str, ...]:
    """The ids of the presets, or recipes, that come with Sojourn."""
    folder = files("sojourn") / kind
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def own(folder: Path) -> list[str]:
    """The ids of the workspace's own mappings."""
    return sorted(path.stem for path in (folder / MAPPINGS).glob("*.yaml"))


def presets(folder: Path | str = "sojourn") -> Table:
    """The presets and a workspace's mappings: id, vendor, name, and the columns that tell them.

    >>> presets().kind
    'presets'
    """
    rows = []
    place = Path(folder)
    for name in [*own(place), *built_in(PRESETS)]:
        found = recipe_named(place, name)
        by = found.recognise
        names = [" or ".join(any_of) for any_of in by.columns] if by else []
        told = ", ".join(names or by.header[:4]) if by else ""
        rows.append((name, found.vendor, found.name, told, found.guide))
    return _listed("presets", ("preset", "vendor", "name", "recognised_by", "guide"), rows)


def recipes() -> Table:
    """The recipes that come with Sojourn: id, name, and the files that each takes."""
    rows = []
    for name in built_in(RECIPES):
        found = recipe_from_yaml(_ours(RECIPES, name), f"{name}.yaml")
        sources = ", ".join(spec.file for spec in found.sources.values() if spec.file)
        rows.append((name, found.name, sources))
    return _listed("recipes", ("recipe", "name", "files"), rows)


def _listed(title: str, names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    columns = [Column(name, "text") for name in names]
    data = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    return Table.of(title, columns, data, {})


def text_of(folder: Path, asked: str | Path, kind: str = PRESETS) -> tuple[str, str]:
    """The YAML of a preset, recipe or mapping by its id or file, and the file's name."""
    path = Path(asked)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return _read(path), path.name
    mine = folder / MAPPINGS / f"{asked}.yaml"
    if mine.is_file():
        return _read(mine), mine.name
    for shelf in (kind, RECIPES if kind == PRESETS else PRESETS):
        if str(asked) in built_in(shelf):
            return _ours(shelf, str(asked)), f"{asked}.yaml"
    known = [*own(folder), *built_in(kind)]
    near = get_close_matches(str(asked), known, 1)
    listed = f"Known: {', '.join(known)}."
    raise UnknownName(
        f"There is no {kind.removesuffix('s')} {str(asked)!r}.",
        hint=f"Did you mean {near[0]!r}? {listed}" if near else listed,
    )


def recipe_named(folder: Path, asked: str | Path, kind: str = PRESETS) -> Recipe:
    """A preset, recipe or mapping by its id or file."""
    return _read_once(*text_of(folder, asked, kind))


@lru_cache(maxsize=8)
def _read_once(text: str, origin: str) -> Recipe:
    return recipe_from_yaml(text, origin)


def known(folder: Path) -> list[Known]:
    """By what each preset and each mapping of the workspace is known."""
    found = []
    for name in own(folder):
        text, origin = text_of(folder, name)
        by = recipe_from_yaml(text, origin).recognise
        found += [Known(name, by, own=True)] if by else []
    return [*found, *_known_ours()]


@cache
def _known_ours() -> tuple[Known, ...]:
    found = []
    for name in built_in(PRESETS):
        section = SECTION.search(_ours(PRESETS, name))
        if section:
            raw = yaml_of(section[0], f"{name}.yaml")
            found.append(Known(name, recognise_of(raw["recognise"])))
    return tuple(found)


def _ours(kind: str, name: str) -> str:
    return (files("sojourn") / kind / f"{name}.yaml").read_text(encoding="utf-8")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise RecipeError(f"{path} cannot be read: {reason}.") from None
