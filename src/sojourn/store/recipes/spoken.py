"""What a user says beside a recipe: it wins over what the recipe says of the same field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sojourn.errors import RecipeError
from sojourn.store.importers.mapping import ALIAS, KINDS, PERSON, fields, flag
from sojourn.store.importers.options import ImportOptions
from sojourn.store.recipes.format import Entry, Kind, Recipe, Value

SIDES: Mapping[Kind, Mapping[str, str]] = {
    "people": {"ts": "ts"},
    "costs": {
        "ts": "day",
        "value": "amount",
        "channel": "channel",
        "campaign": "campaign",
        "currency": "currency",
    },
    "visibility": {"ts": "day", "page": "page", "device": "device"},
}
"""What the log's columns are called where rows are no touchpoints."""


def constants_only(options: ImportOptions) -> bool:
    """Whether the user named no column of the file, at most words for all of its rows."""
    return all(said.startswith("=") for said in options.columns.values())


def spoken(recipe: Recipe, options: ImportOptions) -> Recipe:
    """The recipe with what the user said in it.

    Raises RecipeError when the recipe asks for a word and it was not said.
    """
    for field, what in recipe.ask.items():
        if field not in options.columns:
            raise RecipeError(
                f"{recipe.name}: the file does not say {what}.",
                hint=f'Say it for all of its rows: `{flag(field)} "=..."`.',
            )
    if not options.columns:
        return recipe
    entries = tuple(
        replace(entry, fields={**entry.fields, **dict(_said(entry, options))})
        for entry in recipe.entries
    )
    return replace(recipe, entries=entries)


def _said(entry: Entry, options: ImportOptions) -> Iterator[tuple[str, Value]]:
    for key, said in options.columns.items():
        name = _field(entry, key.replace("-", "_"), options)
        if name is None:
            continue
        if said.startswith("="):
            yield name, Value(flag(key), constant=said[1:])
        else:
            yield name, Value(flag(key), column=said)


def _field(entry: Entry, key: str, options: ImportOptions) -> str | None:
    """What a flag fills in a block; None where the block has no such field."""
    if entry.kind != "touchpoints":
        return SIDES[entry.kind].get(key)
    if key == PERSON:
        return KINDS.get(options.person_kind, ALIAS + options.person_kind)
    return ALIAS + key if ALIAS + key in fields() else key
