"""How a recipe writes a value: a column, `=constant`, a template, a list of columns, or a mapping.

| written | means |
|---|---|
| `Paid at`, `event.id` | the column as it is; `Phone?` if the file has it |
| `=In Store` | always this text |
| `Order {status}` | a text with columns in it; nothing where one of them is empty |
| `[Paid at, Created at]` | the first that is not empty |
| `{expr: "number(a) + number(b)"}` | an expression |
| `/^Amount/` | the first column in whose name the pattern is found |
| `{name_of: /spent \\((\\w+)\\)/}` | what the pattern's brackets hold in the name of that column |
| `$file` | the name of the file, without its ending |
| `{of: Status, words: {paid: Order Completed}, else: =Other}` | a word for a word |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sojourn.errors import RecipeError
from sojourn.store.recipes import expression as sql
from sojourn.store.recipes.checks import fail, kind_of, mapping, text_of
from sojourn.store.recipes.expression import Expression, Name
from sojourn.store.recipes.format import Value

FILE = "$file"
NAME_OF = "name_of"
HOLE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
WORDS = ("of", "words", "else")


def value_of(raw: object, where: str) -> Value:
    """The value that a recipe writes; raises RecipeError that begins with `where`."""
    if isinstance(raw, list):
        if not raw:
            fail(where, "found an empty list, expected columns: the first filled one counts")
        parts = [as_expression(value_of(item, f"{where}[{i}]")) for i, item in enumerate(raw)]
        return Value(where, made=sql.first_of(parts, where))
    if isinstance(raw, Mapping):
        return _of_mapping(raw, where)
    if isinstance(raw, bool | int | float):
        fail(where, f"found {raw!r}, expected a column; a constant is written '={raw}'")
    text = text_of(raw, where)
    if text.startswith("="):
        return Value(where, constant=text[1:])
    if HOLE.search(text):
        return _template(text, where)
    if not text.strip():
        fail(where, "found an empty text, expected a column, =constant or a template")
    if text.endswith("?") and len(text) > 1:
        return Value(where, column=text[:-1], optional=True)
    return Value(where, column=text)


def pattern_of(name: str) -> str | None:
    """The pattern of a column that is named by one.

    >>> pattern_of("/^Amount spent/"), pattern_of("Amount")
    ('^Amount spent', None)
    """
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] == "/" else None


def as_expression(value: Value) -> Expression:
    """Any value as an expression."""
    if value.made is not None:
        return value.made
    if value.constant is not None:
        return sql.constant(value.constant, value.where)
    mark = "?" if value.optional else ""
    return sql.column(Name(((value.column or "") + mark,)), value.where)


def _template(text: str, where: str) -> Value:
    parts: list[Expression] = []
    plain = ""
    at = 0
    for hole in HOLE.finditer(text):
        plain += text[at : hole.start()]
        at = hole.end()
        if hole[0] in ("{{", "}}"):
            plain += hole[0][0]
            continue
        if not hole[1].strip():
            fail(where, f"the template {text!r} has an empty place", "Write {column}.")
        parts += [sql.constant(plain, where)] if plain else []
        parts.append(sql.column(Name((hole[1].strip(),)), where))
        plain = ""
    plain += text[at:]
    if "{" in plain and not parts:
        return Value(where, constant=plain)
    parts += [sql.constant(plain, where)] if plain else []
    return Value(where, made=sql.joined(parts, where))


def _of_mapping(raw: Mapping[Any, Any], where: str) -> Value:
    if "expr" in raw:
        mapping(raw, ("expr",), where)
        text = text_of(raw["expr"], f"{where}.expr")
        return Value(where, made=sql.expression(text, f"{where}.expr"))
    if NAME_OF in raw:
        pattern = pattern_of(text_of(mapping(raw, (NAME_OF,), where)[NAME_OF], where))
        if pattern is None:
            fail(where, f"found {kind_of(raw[NAME_OF])}, expected a /pattern/ with brackets in it")
        return Value(where, column=f"{NAME_OF} /{pattern}/")
    found = mapping(raw, ("expr", *WORDS), where)
    if "of" not in found or not isinstance(found.get("words"), Mapping):
        raise RecipeError(
            f"{where}: found {kind_of(raw)}, expected {{expr: ...}} or "
            "{of: column, words: {a: b}}"
        )
    words = {
        str(key): text_of(word, f"{where}.words.{key}") for key, word in found["words"].items()
    }
    of = as_expression(value_of(found["of"], f"{where}.of"))
    rest = as_expression(value_of(found["else"], f"{where}.else")) if "else" in found else None
    return Value(where, made=sql.looked_up(of, words, rest))
