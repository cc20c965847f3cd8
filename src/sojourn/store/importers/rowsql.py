"""The part of the conversion that DuckDB does: properties, aliases, and the id of a row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pyarrow as pa

HASHED = (
    "ts", "user_id", "device_id", "aliased", "name", "actor", "channel", "source", "medium",
    "campaign", "term", "content", "referrer", "page", "device", "user_agent", "value",
    "currency", "order_id", "referred_by", "sentiment", "text", "account", "made",
)  # fmt: skip
"""What makes two rows the same, in an order that never changes: the ids of rows depend on it."""


GIVEN = "given_aliases"
"""The block's column with the list of aliases that the file itself has."""


TEXT = (
    "case when json_valid(properties) and left(ltrim(properties), 1) = '{' then "
    "case when properties <> '{}' then properties end "
    "when properties is not null then json_object('properties', properties) end"
)
NESTED = "nullif(json_merge_patch('{}', to_json(properties))::varchar, '{}')"
MADE = "nullif(properties, '{}')"
"""Given properties as JSON: of a text that may be none, of a nested column, of what is JSON."""


def quoted(name: str) -> str:
    """A column's name as SQL has it.

    >>> print(quoted('a"b'))
    "a""b"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def files_sql(paths: Sequence[Path]) -> str:
    """Parquet files as a table in SQL."""
    listed = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false)"


def row_sql(
    columns: Collection[str],
    kinds: Sequence[str],
    extras: Sequence[tuple[str, pa.DataType]],
    source: str,
    persons: Sequence[str],
    *,
    own: str = TEXT,
) -> str:
    """The query over a view `block` for event_id, id_hash, person_hash, aliases, properties.

    The block has the log's `columns`, one column `a0`, `a1`, ... for each of the `kinds` of
    aliases, and `x0`, `x1`, ... for each of the `extras` (name and type). `persons` are the
    columns whose first value in a row is counted, each only once. `own` is how the given
    properties become JSON.
    """
    made = _properties(extras, own if "properties" in columns else None)
    parts = _hashed({*columns, "aliased", "made"}, source)
    given = quoted("event_id") if "event_id" in columns else "null"
    return f"""
        with tidy as (
            select *, {made} as made,
                {_aliased(kinds, GIVEN in columns)} as aliased
            from block
        ), named as (
            select coalesce({given}, md5(concat({", ".join(parts)})))
                as made_id, *
            from tidy
        )
        select made_id as event_id, hash(made_id) as id_hash,
            {_person(persons)} as person_hash,
            {_alias_list(kinds, GIVEN in columns)} as aliases, made as properties
        from named
    """  # noqa: S608 - made of our own names; the user's are quoted


def _person(columns: Sequence[str]) -> str:
    """The hash of the first id that a row has; null when it has none."""
    if not columns:
        return "0::ubigint"
    first = f"coalesce({', '.join(quoted(column) for column in columns)})"
    return f"case when {first} is not null then hash({first}) end"


def _hashed(known: Collection[str], source: str) -> list[str]:
    """The parts of the text that a row's id is made of; what is missing leaves no trace in it."""
    parts: list[str] = []
    constant = source
    for name in HASHED:
        constant += chr(31)
        if name in known:
            parts += [literal(constant), f"{quoted(name)}::varchar"]
            constant = ""
    return [*parts, literal(constant)]


def _properties(extras: Sequence[tuple[str, pa.DataType]], own: str | None) -> str:
    """One JSON object of the extras that have a value, and of the file's `own` properties."""
    if not extras:
        return own or "null::varchar"
    members = ", ".join(_member(f"x{i}", *extra) for i, extra in enumerate(extras))
    rest = f"nullif(concat('{{', concat_ws(',', {members}), '}}'), '{{}}')"
    if own is None:
        return rest
    return (
        f"case when properties is null then {rest} when {rest} is null then {own} "
        f"else json_merge_patch({rest}, {own})::varchar end"
    )


def _member(column: str, name: str, kind: pa.DataType) -> str:
    key = f"to_json({literal(name)})"
    there = f"{column} is not null"
    if pa.types.is_floating(kind):
        there += f" and isfinite({column})"
    value = f"to_json({column})"
    if pa.types.is_nested(kind):
        value = f"json_merge_patch('{{}}', {value})" if pa.types.is_struct(kind) else value
    return f"case when {there} then concat({key}, ':', {value}) end"


def _aliased(kinds: Sequence[str], given: bool) -> str:
    """The aliases as one text, by kind, for the row's id."""
    ordered = sorted(enumerate(kinds), key=lambda pair: pair[1])
    members = [f"{literal(kind + '=')} || a{i}" for i, kind in ordered]
    members += [f"to_json({GIVEN})::varchar"] if given else []
    if not members:
        return "null::varchar"
    return f"nullif(concat_ws(chr(29), {', '.join(members)}), '')"


def _alias_list(kinds: Sequence[str], given: bool) -> str:
    kind = "struct(kind varchar, id varchar)[]"
    if not kinds:
        return f"{GIVEN}::{kind}" if given else f"null::{kind}"
    members = ", ".join(
        f"case when a{i} is not null then {{'kind': {literal(k)}, 'id': a{i}}} end"
        for i, k in enumerate(kinds)
    )
    listed = f"list_filter([{members}], lambda one: one is not null)"
    if given:
        listed = f"list_concat(coalesce({GIVEN}, []), {listed})"
    return f"case when len({listed}) > 0 then {listed} end::{kind}"
