"""Where the columns that a recipe names are found in a file, whatever kind of file it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sojourn.errors import RecipeError
from sojourn.store.importers.jsonlines import REST, JsonLines
from sojourn.store.importers.mapping import folded
from sojourn.store.importers.source import Source
from sojourn.store.importers.texts import as_text
from sojourn.store.recipes.expression import Name
from sojourn.store.recipes.values import FILE, NAME_OF, pattern_of
from sojourn.store.rejected import ADDED

LINE = "line"
ITEM = "item"
EACH = "each"
"""How a block calls the one item of the list in `each: list`."""


@dataclass(frozen=True)
class Spot:
    """Where a column is: a `column` of the file, a `path` in its JSON `root`, or nowhere.

    What is the same for all rows, such as the file's name, is a `constant`.
    """

    column: str | None = None
    root: str | None = None
    path: tuple[str, ...] = ()
    constant: str | None = None

    @property
    def flat(self) -> bool:
        """Whether it is a column of the file as it stands."""
        return self.column is not None


NOWHERE = Spot()


@dataclass(frozen=True)
class Columns:
    """The columns of one source: `nested` hold lists or objects, `json` says that rows are JSON.

    `jsons` are columns of text that hold JSON, `paths` the known fields of JSON objects.
    """

    file: str
    names: tuple[str, ...]
    nested: frozenset[str] = frozenset()
    jsons: frozenset[str] = frozenset()
    json: bool = False
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def find(self, name: Name, where: str, *, each: bool = False) -> Spot:
        """Where a column is; raises RecipeError with the nearest one when it is nowhere.

        `each` says that the row has an item of a list, whose fields are `each.x`.
        """
        *parts, last = name.parts
        own = ".".join(name.parts) in self.names
        optional = last.endswith("?") and len(last) > 1 and not own
        parts = [*parts, last[:-1] if optional else last]
        dotted = ".".join(parts)
        told = self._of_names(dotted, where)
        if told is not None:
            return told
        if each and dotted.split(".")[0] == EACH:
            return Spot(root=ITEM, path=tuple(dotted.split(".")[1:]))
        flat = self._flat(dotted)
        if flat is not None:
            return flat
        words = dotted.split(".")
        for size in range(len(words) - 1, 0, -1):
            root = ".".join(words[:size])
            if root in self.nested or root in self.jsons:
                return Spot(root=root, path=tuple(words[size:]))
        if self.json:
            return Spot(root=LINE, path=self.paths.get(dotted, tuple(words)))
        if optional:
            return NOWHERE
        raise self._missing(dotted, where)

    def _of_names(self, dotted: str, where: str) -> Spot | None:
        """What the names tell: the file's own, and of the columns the first of a pattern."""
        if dotted == FILE:
            return Spot(constant=re.sub(r"(\.gz)?$", "", self.file).rsplit(".", 1)[0])
        asked = dotted.removeprefix(f"{NAME_OF} ")
        pattern = pattern_of(asked)
        if pattern is None:
            return None
        found = next(
            (m for m in (re.search(pattern, n, re.IGNORECASE) for n in self.names) if m), None
        )
        if found is None:
            raise self._missing(asked, where)
        if asked == dotted:
            return self._flat(found.string)
        return Spot(constant=found[1] if found.re.groups else found[0])

    def _flat(self, dotted: str) -> Spot | None:
        if dotted in self.names:
            held = dotted in self.nested or dotted in self.jsons
            return Spot(root=dotted) if held else Spot(column=dotted)
        if self.json:
            return None
        alike = [name for name in self.names if folded(name) == folded(dotted)]
        return self._flat(alike[0]) if len(alike) == 1 else None

    def _missing(self, dotted: str, where: str) -> RecipeError:
        near = get_close_matches(dotted, self.names, 1, 0.5)
        listed = ", ".join(self.names[:40]) + (" ..." if len(self.names) > 40 else "")
        return RecipeError(
            f"{where}: {self.file} has no column {dotted!r}. It has: {listed}.",
            hint=f"Did you mean {near[0]!r}?" if near else None,
        )


def columns_of(source: Source, sample: pa.Table, jsons: frozenset[str] = frozenset()) -> Columns:
    """The columns of a source by its first rows."""
    is_json = isinstance(source, JsonLines)
    names = [n for n in sample.schema.names if n not in ADDED and n != REST]
    nested = {n for n in names if pa.types.is_nested(sample.schema.field(n).type)}
    paths: Mapping[str, tuple[str, ...]] = source.paths if isinstance(source, JsonLines) else {}
    return Columns(
        source.name, tuple(names), frozenset(nested), jsons & {*names}, is_json, dict(paths)
    )


def pointer(path: tuple[str, ...]) -> str:
    """A path as DuckDB's JSON functions take it.

    >>> print(pointer(("a", 'b"c')))
    $."a"."b\\"c"
    """
    return "$" + "".join("." + json.dumps(key, ensure_ascii=False) for key in path)


def item_sql(spot: Spot) -> str:
    """The list that `each` goes through, as rows of JSON."""
    root = root_sql(f"f {spot.column}") if spot.flat else root_sql(spot.root)
    return f"unnest(json_extract({root}, {_quoted(pointer(spot.path) + '[*]')}))"


def spot_sql(spot: Spot, *, whole: bool, column: str, root: str = "") -> str:
    """The SQL of what is at a spot: as JSON when `whole`, else as a text, empty ones null.

    `column` is what the file's own column is called in the query, `root` what its JSON is.
    """
    if spot.flat:
        valid = f"json_valid({column}::varchar)"
        return f"case when {valid} then {column}::json end" if whole else column
    if spot.constant is not None:
        return f"to_json({_quoted(spot.constant)})" if whole else _quoted(spot.constant)
    if spot.root is None:
        return "null::json" if whole else "null::varchar"
    root = root or root_sql(spot.root)
    if not spot.path:
        return f"{root}::json" if whole else f"nullif(trim({root}::json->>'$'), '')"
    if whole:
        return f"json_extract({root}, {_quoted(pointer(spot.path))})"
    return f"nullif(trim(json_extract_string({root}, {_quoted(pointer(spot.path))})), '')"


def told(column: Any) -> Any:
    """A column as the texts that expressions see: times without a fraction that is 0."""
    texts = as_text(column)
    if pa.types.is_timestamp(column.type):
        texts = pc.replace_substring_regex(texts, r"\.0+(Z?)$", r"\1")
    return texts


def root_sql(root: str | None) -> str:
    """What the query calls the JSON of a line, an item, or a nested column."""
    return '"' + str(root).replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
