"""Which preset a file is of, by its columns and first values; never a silent guess."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from sojourn.errors import RecipeError
from sojourn.store.importers.delimited import Delimited
from sojourn.store.importers.guards import texts
from sojourn.store.importers.jsonlines import JsonLines
from sojourn.store.importers.mapping import folded
from sojourn.store.importers.source import Source
from sojourn.store.recipes.format import Recognise
from sojourn.store.recipes.values import pattern_of

LOOKED_AT = 200
"""So many rows of the beginning count."""

NEARLY = 3
"""From so many columns on, a file without one or two others is nearly of a preset."""


@dataclass(frozen=True)
class Look:
    """What is seen of a file: its format, columns (nested ones with dots), and first values."""

    format: str
    columns: frozenset[str]
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    width: int = 0
    first: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Known:
    """A preset that could be meant: its id, what it is known by, and if it is the user's own."""

    id: str
    by: Recognise
    own: bool = False


@dataclass(frozen=True)
class Verdict:
    """Which preset fits, or which nearly does and what it misses."""

    id: str | None = None
    nearly: str | None = None
    missing: tuple[str, ...] = ()


def look_at(source: Source) -> Look:
    """What can be seen of a file in its first rows."""
    block = source.sample()
    table = block.table.slice(0, LOOKED_AT)
    if isinstance(source, JsonLines) and block.lines is not None:
        found: dict[str, list[str]] = {}
        for line in block.lines.slice(0, LOOKED_AT).to_pylist():
            for path, value in _paths(json.loads(line)):
                found.setdefault(path, [])
                if value is not None and not isinstance(value, (dict, list)):
                    found[path].append(str(value))
        return Look("json", frozenset(found), found)
    columns = {name for f in table.schema for name in _fields(f.name, f.type)}
    values = {name: texts(table.column(name).combine_chunks()) for name in table.schema.names}
    kind = "csv" if isinstance(source, Delimited) else "parquet"
    first = [[str(v or "") for v in row.values()] for row in table.to_pylist()]
    return Look(kind, frozenset(columns), values, len(table.schema.names), first)


def recognised(look: Look, known: Sequence[Known]) -> Verdict:
    """The preset that asks for the most of what the file has; the user's own before ours.

    Raises RecipeError when two presets fit equally well, and for a file whose columns are called
    in a language in which it cannot be read.
    """
    scored = [(score, one) for one in known if (score := _score(look, one.by))]
    if not scored:
        _complain_of_language(look, known)
        return _nearly(look, known)
    scored = [pair for pair in scored if pair[1].own] or scored
    best = max(score for score, _ in scored)
    winners = [one for score, one in scored if score == best]
    if len(winners) > 1:
        listed = " and like ".join(one.id for one in winners)
        choices = " or ".join(f"`--preset {one.id}`" for one in winners)
        raise RecipeError(
            f"This file looks like {listed}.", hint=f"Say which: {choices}, or `--preset none`."
        )
    return Verdict(winners[0].id)


def _alike(look: Look, by: Recognise) -> bool:
    """Whether the format is right; a table is one in a workbook or a frame, too."""
    return by.format in (None, look.format) or (by.format, look.format) == ("csv", "parquet")


def _complain_of_language(look: Look, known: Sequence[Known]) -> None:
    there = {folded(name) for name in look.columns}
    for one in known:
        for language, columns in one.by.abroad.items():
            if all(_has(look, there, names) for names in columns):
                wanted = ", ".join(names[0].strip("/^") for names in one.by.columns)
                raise RecipeError(
                    f"This is a file of {one.id} in {language}. Its columns should be called: "
                    f"{wanted}.",
                    hint="Set the account's language to English and export it again; "
                    "`--preset none` reads it as any file.",
                )


def _score(look: Look, by: Recognise) -> int:
    """How many columns were asked for and found; 0 when anything speaks against it."""
    if not _alike(look, by):
        return 0
    if by.header:
        return len(by.header) if _headless(look, by) else 0
    there = {folded(name) for name in look.columns}
    if any(folded(name) in there for name in by.without):
        return 0
    if by.only and len(there) > len(by.columns):
        return 0
    if not all(_has(look, there, names) for names in by.columns):
        return 0
    names = {folded(name): name for name in look.values}
    for column, pattern in by.values.items():
        seen = look.values.get(names.get(folded(column), ""), ())
        if not seen or not all(re.fullmatch(pattern, value) for value in seen):
            return 0
    return len(by.columns) + len(by.values)


def _has(look: Look, there: Collection[str], names: Sequence[str]) -> bool:
    """Whether a file has any of some columns."""
    for name in names:
        pattern = pattern_of(name)
        if pattern is None and folded(name) in there:
            return True
        if pattern is not None and any(
            re.search(pattern, one, re.IGNORECASE) for one in look.columns
        ):
            return True
    return False


def _headless(look: Look, by: Recognise) -> bool:
    """Whether a file without a header has as many fields, with such values."""
    if look.format != "csv" or look.width != len(by.header):
        return False
    for column, pattern in by.values.items():
        if column not in by.header:
            return False
        place = by.header.index(column)
        seen = [row[place] for row in look.first if row[place]]
        if not seen or not all(re.fullmatch(pattern, value) for value in seen):
            return False
    return True


def _nearly(look: Look, known: Sequence[Known]) -> Verdict:
    there = {folded(name) for name in look.columns}
    best: tuple[int, str, tuple[str, ...]] | None = None
    for one in known:
        if not _alike(look, one.by) or len(one.by.columns) <= NEARLY:
            continue
        missing = tuple(
            names[0].strip("/^") for names in one.by.columns if not _has(look, there, names)
        )
        had = len(one.by.columns) - len(missing)
        fits = had >= NEARLY and len(missing) <= max(1, len(one.by.columns) // 3)
        if fits and (best is None or had > best[0]):
            best = (had, one.id, missing)
    return Verdict() if best is None else Verdict(None, best[1], best[2])


def _paths(value: Any, above: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every field of a JSON object with its dotted name, lists and objects too."""
    if not isinstance(value, dict) or depth > 4:
        return
    for key, inner in value.items():
        path = f"{above}{key}"
        yield path, inner
        yield from _paths(inner, f"{path}.", depth + 1)


def _fields(name: str, kind: pa.DataType) -> Iterator[str]:
    yield name
    if pa.types.is_struct(kind):
        for i in range(kind.num_fields):
            inner = kind.field(i)
            yield from _fields(f"{name}.{inner.name}", inner.type)
