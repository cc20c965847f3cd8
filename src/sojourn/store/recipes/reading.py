"""From the YAML of a recipe to a checked Recipe."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from sojourn.errors import RecipeError
from sojourn.store.importers.mapping import ALIAS, synonyms
from sojourn.store.importers.mapping import KINDS as PERSON_KINDS
from sojourn.store.importers.mapping import fields as log_fields
from sojourn.store.recipes import expression as sql
from sojourn.store.recipes.checks import fail, kind_of, mapping, nearest, text_of, texts, yaml_of
from sojourn.store.recipes.expression import Expression
from sojourn.store.recipes.format import (
    KINDS,
    SPREAD,
    Entry,
    Gathered,
    Join,
    Kind,
    Left,
    Recipe,
    Recognise,
    SourceSpec,
    Value,
)
from sojourn.store.recipes.values import as_expression, pattern_of, value_of

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
ROWS = "rows"
"""The only source of a preset, unless it names its own."""

SHAPING = ("header", "group", "gather", "joins", "leave_out")
TOP = (
    "id", "name", "vendor", "guide", "notes", "recognise", "source", "zone", "time_format",
    "decimal", "ask", "sources", *SHAPING, *KINDS,
)  # fmt: skip
SOURCE_KEYS = ("file", "of", *SHAPING)
ANY = "any "
"""Before a column of the log: every name that it is known by."""

RECOGNISE = ("columns", "without", "format", "values", "header", "abroad", "only")
COMMON = ("from", "when", "each", "time_format", "zone")
PEOPLE_FIELDS = ("person", "person_kind", "aliases", "user_id", "device_id", "ts")
COSTS = ("day", "channel", "campaign", "amount", "currency")
VISIBILITY = (
    "day", "query", "page", "country", "device", "clicks", "impressions", "ctr",
    "position",
)  # fmt: skip
NEEDED: Mapping[Kind, tuple[str, ...]] = {
    "touchpoints": ("ts", "name"),
    "people": (),
    "costs": ("day", "amount"),
    "visibility": ("day",),
}


def recipe_from_yaml(text: str, origin: str = "recipe") -> Recipe:
    """Read a recipe from YAML; `origin`, a file's name, opens every error.

    >>> recipe_from_yaml('''
    ... id: till
    ... touchpoints:
    ...   - {name: =Order Completed, person: card, ts: day}
    ... ''').entries[0].source
    'rows'
    """
    raw = yaml_of(text, origin)
    try:
        return _recipe(raw, text, origin)
    except RecipeError as error:
        raise RecipeError(f"{origin}: {error.message}", hint=error.hint) from None


def recipe_from_mapping(raw: Mapping[str, Any], origin: str = "mapping") -> Recipe:
    """A recipe from the mapping that its YAML would give."""
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(dict(raw), text)
    return recipe_from_yaml(text.getvalue(), origin)


def _recipe(raw: object, text: str, origin: str) -> Recipe:
    if not isinstance(raw, Mapping):
        fail("the file", f"found {kind_of(raw)}, expected keys such as id, touchpoints")
    top = mapping(raw, TOP, "")
    recipe_id = text_of(top.get("id"), "id")
    if not ID.fullmatch(recipe_id):
        fail("id", f"found {recipe_id!r}, expected letters, digits, '-' and '_'")
    sources = _sources(top)
    entries = tuple(entry for kind in KINDS for entry in _entries(top, kind, sources))
    if not entries:
        fail("touchpoints", f"found nothing, expected at least one of {', '.join(KINDS)}")
    return Recipe(
        id=recipe_id,
        name=_said(top, "name", recipe_id),
        sources=sources,
        entries=entries,
        text=text,
        origin=origin,
        vendor=_said(top, "vendor"),
        guide=_said(top, "guide"),
        notes=texts(top.get("notes", []), "notes"),
        recognise=recognise_of(top["recognise"]) if "recognise" in top else None,
        source=_said(top, "source", recipe_id),
        zone=_said(top, "zone") or None,
        time_format=_said(top, "time_format") or None,
        decimal=_said(top, "decimal") or None,
        ask=_asked(top.get("ask", {})),
    )


def _said(raw: Mapping[str, Any], key: str, default: str = "") -> str:
    return text_of(raw[key], key) if key in raw else default


def _asked(raw: object) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        fail("ask", f"found {kind_of(raw)}, expected what to say by field")
    return {str(key): text_of(what, f"ask.{key}") for key, what in raw.items()}


def recognise_of(raw: object) -> Recognise:
    """By what a file is known, as a recipe says it."""
    found = mapping(
        raw, ("columns", "without", "format", "values", "header", "abroad", "only"), "recognise"
    )
    values = found.get("values", {})
    if not isinstance(values, Mapping):
        fail("recognise.values", f"found {kind_of(values)}, expected patterns by column")
    header = texts(found.get("header", []), "recognise.header")
    columns = _columns(found.get("columns", []), "recognise.columns")
    if not columns and not header:
        fail("recognise.columns", "found nothing, expected the columns that tell such a file")
    kind = _said(found, "format") or None
    if kind not in (None, "csv", "json", "parquet"):
        fail("recognise.format", f"found {kind!r}, expected csv, json or parquet")
    patterns = {str(k): _pattern(v, f"recognise.values.{k}") for k, v in values.items()}
    without = _without(texts(found.get("without", []), "recognise.without"))
    abroad = found.get("abroad", {})
    if not isinstance(abroad, Mapping):
        fail("recognise.abroad", f"found {kind_of(abroad)}, expected columns by language")
    other = {str(k): _columns(v, f"recognise.abroad.{k}") for k, v in abroad.items()}
    only = found.get("only", False)
    if not isinstance(only, bool):
        fail("recognise.only", f"found {kind_of(only)}, expected true or false")
    return Recognise(columns, without, kind, patterns, header, other, only)


def _without(names: tuple[str, ...]) -> tuple[str, ...]:
    """Columns that a kind of file has not; `any user_id` is whatever that column may be called."""
    found: list[str] = []
    for name in names:
        field = name.removeprefix(ANY)
        known = synonyms().get(field) if name.startswith(ANY) else None
        if name.startswith(ANY) and known is None:
            fail(
                "recognise.without",
                f"the log has no column {field!r}",
                nearest(field, log_fields()),
            )
        found += known or [name]
    return tuple(found)


def _columns(raw: object, where: str) -> tuple[tuple[str, ...], ...]:
    """The columns of a kind of file; of those in a list of their own any will do."""
    items = raw if isinstance(raw, list) else [raw]
    found = tuple(texts(item, f"{where}[{i}]") for i, item in enumerate(items))
    for name in (name for names in found for name in names if pattern_of(name)):
        _pattern(name[1:-1], where)
    return found


def _pattern(raw: object, where: str) -> str:
    text = text_of(raw, where)
    try:
        re.compile(text)
    except re.error as error:
        fail(where, f"{text!r} is no regular expression: {error}")
    return text


def _sources(top: Mapping[str, Any]) -> dict[str, SourceSpec]:
    raw = top.get("sources")
    if raw is None:
        alone = {key: top[key] for key in SHAPING if key in top}
        return {ROWS: _source(ROWS, alone, "rows")}
    for key in SHAPING:
        if key in top:
            fail(key, "belongs to one of the sources, as there are `sources`")
    if not isinstance(raw, Mapping) or not raw:
        fail("sources", f"found {kind_of(raw)}, expected sources by name")
    found: dict[str, SourceSpec] = {}
    for name, spec in raw.items():
        if not isinstance(name, str) or not ID.fullmatch(name):
            fail("sources", f"found the name {name!r}, expected letters, digits, '-' and '_'")
        found[name] = _source(name, spec, f"sources.{name}")
    for spec in found.values():
        _check_source(spec, found)
    return found


def _source(name: str, raw: object, where: str) -> SourceSpec:
    found = mapping(raw, SOURCE_KEYS, where)
    gather = found.get("gather", {})
    if not isinstance(gather, Mapping):
        fail(f"{where}.gather", f"found {kind_of(gather)}, expected expressions by name")
    group = texts(found.get("group", []), f"{where}.group")
    if gather and not group:
        fail(f"{where}.gather", "needs `group`, the columns that rows of one group share")
    made = {str(key): _gathered(one, f"{where}.gather.{key}") for key, one in gather.items()}
    joins = found.get("joins", {})
    if not isinstance(joins, Mapping):
        fail(f"{where}.joins", f"found {kind_of(joins)}, expected keys by source")
    return SourceSpec(
        id=name,
        file=_said(found, "file") or None,
        of=_said(found, "of") or None,
        header=texts(found.get("header", []), f"{where}.header"),
        group=group,
        gather=made,
        joins=tuple(_join(str(k), v, f"{where}.joins.{k}") for k, v in joins.items()),
        leave_out=_left_out(found.get("leave_out", []), f"{where}.leave_out"),
        where=where,
    )


def _gathered(raw: object, where: str) -> Gathered:
    if isinstance(raw, Mapping):
        if not raw:
            fail(where, "found nothing, expected the fields of each item")
        return {str(k): as_expression(value_of(v, f"{where}.{k}")) for k, v in raw.items()}
    return sql.expression(text_of(raw, where), where, aggregates=True)


def _join(source: str, raw: object, where: str) -> Join:
    if isinstance(raw, Mapping):
        if not raw:
            fail(where, "found nothing, expected {my column: its column}")
        mine = tuple(text_of(key, where) for key in raw)
        return Join(source, mine, tuple(text_of(v, f"{where}.{k}") for k, v in raw.items()))
    shared = texts(raw, where)
    if not shared:
        fail(where, "found nothing, expected the columns that both have")
    return Join(source, shared, shared)


def _left_out(raw: object, where: str) -> tuple[Left, ...]:
    if not isinstance(raw, list):
        fail(where, f"found {kind_of(raw)}, expected a list of {{when: ..., because: ...}}")
    found = []
    for i, item in enumerate(raw):
        one = mapping(item, ("when", "because"), f"{where}[{i}]")
        when = sql.expression(text_of(one.get("when"), f"{where}[{i}].when"), f"{where}[{i}].when")
        found.append(Left(when, text_of(one.get("because"), f"{where}[{i}].because")))
    return tuple(found)


def _check_source(spec: SourceSpec, known: Mapping[str, SourceSpec]) -> None:
    others = [*([spec.of] if spec.of else []), *(join.source for join in spec.joins)]
    for other in others:
        if other not in known:
            fail(spec.where, f"there is no source {other!r}", nearest(other, [*known]))
    if bool(spec.file) == bool(spec.of):
        fail(spec.where, "needs either `file`, a pattern, or `of`, another source")
    waiting, seen = [spec.id], 0
    while waiting:
        seen += 1
        here = known[waiting.pop()]
        others = [here.of or "", *(join.source for join in here.joins)]
        waiting += [other for other in others if other in known]
        if spec.id in waiting or seen > 1000:
            fail(spec.where, "the sources go round in a circle: it is made of itself")


def _entries(top: Mapping[str, Any], kind: Kind, sources: Mapping[str, SourceSpec]) -> list[Entry]:
    raw = top.get(kind, [])
    if not isinstance(raw, list):
        fail(kind, f"found {kind_of(raw)}, expected a list of blocks")
    return [_entry(item, kind, f"{kind}[{i}]", sources) for i, item in enumerate(raw)]


def _known(kind: Kind) -> tuple[str, ...]:
    if kind == "touchpoints":
        plain = [name for name in log_fields() if not name.startswith(ALIAS)]
        return ("person", "person_kind", "aliases", "id", *plain, "properties", *COMMON)
    if kind == "people":
        return (*PEOPLE_FIELDS, "traits", *COMMON)
    return (*(COSTS if kind == "costs" else VISIBILITY), *COMMON)


def _entry(raw: object, kind: Kind, where: str, sources: Mapping[str, SourceSpec]) -> Entry:
    found = mapping(raw, _known(kind), where)
    for name in NEEDED[kind]:
        if name not in found and not (name == "name" and "call" in found):
            fail(f"{where}.{name}", "found nothing, expected a column, =constant or a template")
    source = found.get("from", next(iter(sources)) if len(sources) == 1 else None)
    if source not in sources:
        problem = f"found {kind_of(source)}, expected one of {', '.join(sources)}"
        fail(f"{where}.from", problem, nearest(str(source), [*sources]))
    holder = "properties" if kind == "touchpoints" else "traits"
    properties, rest = _properties(found.get(holder, {}), f"{where}.{holder}")
    when = found.get("when")
    when = str(when).lower() if isinstance(when, bool) else when
    return Entry(
        kind=kind,
        where=where,
        source=source,
        fields=_fields(found, kind, where),
        properties=properties,
        rest=rest,
        when=_condition(when, f"{where}.when"),
        each=tuple(_said(found, "each").split(".")) if "each" in found else (),
        time_format=_said(found, "time_format") or None,
        zone=_said(found, "zone") or None,
    )


def _condition(raw: object, where: str) -> Expression | None:
    return None if raw is None else sql.expression(text_of(raw, where), where)


def _fields(found: Mapping[str, Any], kind: Kind, where: str) -> dict[str, Value]:
    person_kind = text_of(found.get("person_kind", "user"), f"{where}.person_kind")
    fields: dict[str, Value] = {}
    for key, raw in found.items():
        if key in (*COMMON, "person_kind", "aliases", "traits"):
            continue
        if key == "properties":
            continue
        name = {"id": "event_id"}.get(key, key) if kind == "touchpoints" else key
        if key == "person":
            name = PERSON_KINDS.get(person_kind, ALIAS + person_kind)
        fields[name] = value_of(raw, f"{where}.{key}")
    aliases = found.get("aliases", {})
    if not isinstance(aliases, Mapping):
        fail(f"{where}.aliases", f"found {kind_of(aliases)}, expected columns by kind")
    for key, raw in aliases.items():
        name = PERSON_KINDS.get(str(key), f"{ALIAS}{key}")
        if name in fields:
            fail(f"{where}.aliases.{key}", f"the {key} is said twice")
        fields[name] = value_of(raw, f"{where}.aliases.{key}")
    who = [name for name in fields if name in PERSON_KINDS.values() or name.startswith(ALIAS)]
    if kind in ("touchpoints", "people") and not who:
        fail(f"{where}.person", "found nothing, expected who it was: person or aliases")
    return fields


def _properties(raw: object, where: str) -> tuple[dict[str, Value], bool]:
    """Properties or traits: `rest`, a list of columns, or values by name."""
    if raw == "rest":
        return {}, True
    if isinstance(raw, list):
        names = [text_of(item, f"{where}[{i}]") for i, item in enumerate(raw)]
        rest = "rest" in names
        found = {n.rstrip("?"): value_of(n, where) for n in names if n != "rest"}
        return found, rest
    if isinstance(raw, str):
        return {SPREAD: value_of(raw, where)}, False
    if not isinstance(raw, Mapping):
        fail(where, f"found {kind_of(raw)}, expected a list of columns, or values by name")
    found = {str(k): value_of(v, f"{where}.{k}") for k, v in raw.items() if k != "rest"}
    return found, raw.get("rest") is True
