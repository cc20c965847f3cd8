"""How a file was read, kept as a mapping: files like it are read in the same way from now on."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sojourn.errors import RecipeError
from sojourn.store.importers import ImportOptions
from sojourn.store.importers.jsonlines import REST
from sojourn.store.importers.mapping import ALIAS, ALIASES
from sojourn.store.importers.opening import open_source
from sojourn.store.log import Log
from sojourn.store.recipes import shelf
from sojourn.store.recipes.format import SPREAD
from sojourn.store.recipes.reading import ID, recipe_from_yaml
from sojourn.store.rejected import ADDED

HEAD = """# How files like {file} are read: `sojourn import` recognises them by their columns.
# docs/guide/recipes.md says what can be written here.
"""


def save_mapping(log: Log, name: str, import_id: str, source: Any, options: ImportOptions) -> Path:
    """Keep how an import read its file in the workspace, as the mapping `name`; its file.

    Raises RecipeError for a name that is none or taken.
    """
    path = free_place(log.root, name)
    record = next(record for record in log.imports() if record.id == import_id)
    told = record.options
    if "recipe" in told:
        text = re.sub(r"(?m)^id:.*$", f"id: {name}", str(told["recipe"]), count=1)
    else:
        columns = open_source(source, options).sample().table.schema.names
        text = HEAD.format(file=record.file) + _yaml(_mapping(name, told, columns))
    recipe_from_yaml(text, path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def free_place(folder: Path, name: str) -> Path:
    """Where a mapping of this name goes."""
    if not ID.fullmatch(name):
        raise RecipeError(
            f"{name!r} is no name of a mapping: letters, digits, '-' and '_' make one."
        )
    path = folder / shelf.MAPPINGS / f"{name}.yaml"
    if path.exists():
        raise RecipeError(
            f"There is a mapping {name!r} already: {path}.", hint="Change or move it."
        )
    return path


def _mapping(name: str, told: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """The mapping as its YAML has it; ids of rows without one stay what they were."""
    people = bool(told.get("people"))
    entry: dict[str, Any] = {}
    aliases: dict[str, str] = {}
    given: str | None = None
    for field, column in told["columns"].items():
        said = _said(column, columns)
        if field.startswith(ALIAS):
            aliases[field.removeprefix(ALIAS)] = said
        elif field == "properties":
            given = None if column == REST else said
        elif field != ALIASES:
            entry["id" if field == "event_id" else field] = said
    if aliases:
        entry["aliases"] = aliases
    entry["traits" if people else "properties"] = {SPREAD: given, "rest": True} if given else "rest"
    used = {column for column in told["columns"].values() if column in columns}
    known = [c for c in columns if c in used and c not in ADDED and c != REST]
    out: dict[str, Any] = {"id": name, "source": told["source"], "recognise": {"columns": known}}
    for key in ("time_format", "decimal"):
        if told.get(key):
            out[key] = told[key]
    out["people" if people else "touchpoints"] = [entry]
    return out


def _said(column: str, columns: Sequence[str]) -> str:
    """A column, or a constant, as a recipe writes it."""
    if column in columns and re.search(r"[{}]|^=|^/.*/$", column):
        raise RecipeError(
            f"The column {column!r} has signs in its name that a mapping reads as its own.",
            hint="Rename the column, or write the mapping with {expr: ...}.",
        )
    return column


def _yaml(raw: Mapping[str, Any]) -> str:
    yaml = YAML()
    yaml.default_flow_style = False
    out = io.StringIO()
    yaml.dump(dict(raw), out)
    return out.getvalue()
