"""Which column of a file fills which column of the log: said by the user, else guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa
from ruamel.yaml import YAML

from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.errors import ImportFailed, MappingNeeded
from sojourn.store.importers.guards import holds_times, stands
from sojourn.store.importers.options import ImportOptions, Mapped

PERSON = "person"
YOU = "you said so"
ALIASES = "aliases"
"""The log's own list of aliases, where a file has it."""
OWN = frozenset({"event_id", "seq", "ts", "received_at", "name", "actor", "source_id"})
"""What every row of an export of ours has; a file with all of these is one."""
OWN_LEAVINGS = ("seq", "source_id", "person", "cycle")
"""The columns of such a file that the writer gives anew, or that were worked out."""
OURS = "an export of Sojourn's own"
ITS_NAME = "by its name"
ITS_VALUES = "the only column of times"
KINDS = {"user": "user_id", "device": "device_id"}
ALIAS = "alias:"
PEOPLE_TIMES = ("updatedat", "updated", "lastmodified", "lastmodifieddate", "modifiedat", "asof")
"""Times at which the traits in a customer table held; when somebody was created says nothing."""
PEOPLE_IDS = ("id", "contactid", "recordid")
"""What may be a customer's id in a table of customers, and elsewhere hardly."""


@cache
def synonyms() -> Mapping[str, tuple[str, ...]]:
    """For each column of the log, what other people call it, best first."""
    text = files(__package__).joinpath("columns.yaml").read_text(encoding="utf-8")
    raw = YAML(typ="safe", pure=True).load(text)
    return {field: tuple(_flat(names)) for field, names in raw.items()}


def _flat(names: Sequence[Any]) -> list[str]:
    return [n for name in names for n in (name if isinstance(name, list) else [name])]


def fields() -> tuple[str, ...]:
    """What a column can be mapped to, beside aliases of any kind (`alias:card`)."""
    return tuple(synonyms())


def folded(name: str) -> str:
    """A column's name without case, spaces and punctuation.

    >>> folded("Customer ID"), folded("context.page.url")
    ('customerid', 'contextpageurl')
    """
    return re.sub(r"[\W_]", "", name).lower()


def map_columns(sample: pa.Table, options: ImportOptions) -> tuple[Mapped, ...]:
    """The mapping for a file whose first rows are `sample`.

    Raises ImportFailed when a flag names no column, or when nothing says who, what or when.
    """
    found = _given(sample.schema.names, options)
    if leavings(sample.schema.names):
        for name in sample.schema.names:
            if name in (*LOG_SCHEMA.names, ALIASES) and name not in OWN_LEAVINGS:
                found.setdefault(name, Mapped(name, name, None, OURS))
    elif options.guess:
        _guess(sample, found, options)
    if options.guess and "ts" not in found and not options.people:
        _only_times(sample, found)
    _complain(sample.schema.names, found, people=options.people)
    order = [*fields(), *sorted(found)]
    return tuple(sorted(found.values(), key=lambda mapped: order.index(mapped.field)))


def _given(columns: Sequence[str], options: ImportOptions) -> dict[str, Mapped]:
    found: dict[str, Mapped] = {}
    for key, said in options.columns.items():
        field = _field(key, options.person_kind)
        if field in found:
            raise ImportFailed(f"Both {flag(key)} and --person fill {field}.")
        if said.startswith("=") and said not in columns:
            found[field] = Mapped(field, None, said[1:], YOU)
        else:
            found[field] = Mapped(field, _column(said, key, columns), None, YOU)
    return found


def flag(key: str) -> str:
    """The flag of the command line for a column of the log.

    >>> flag("order_id"), flag("source")
    ('--order-id', '--source-column')
    """
    return "--source-column" if key == "source" else f"--{key.replace('_', '-')}"


def _field(key: str, person_kind: str) -> str:
    if key == PERSON:
        return KINDS.get(person_kind, ALIAS + person_kind)
    name = key.replace("-", "_")
    if name in fields() or name.startswith(ALIAS) or name == ALIASES:
        return name
    if ALIAS + name in fields():
        return ALIAS + name
    near = get_close_matches(name, [PERSON, *fields()], n=1, cutoff=0.5)
    raise ImportFailed(
        f"There is no column {key!r} in the log.",
        hint=f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(fields())}.",
    )


def _column(said: str, key: str, columns: Sequence[str]) -> str:
    if said in columns:
        return said
    alike = [column for column in columns if folded(column) == folded(said)]
    if len(alike) == 1:
        return alike[0]
    near = get_close_matches(said, columns, n=1, cutoff=0.5)
    raise ImportFailed(
        f"{flag(key)} {said}: the file has no column {said!r}. It has: {_listed(columns)}.",
        hint=f"Did you mean {near[0]!r}?" if near else f'A constant is written "={said}".',
    )


def _names_of(field: str, names: Sequence[str], options: ImportOptions) -> Sequence[str]:
    """What the column may be called that fills a field; a customer table's other columns stay."""
    if field == "user_id" and PERSON in options.columns:
        return ()
    if not options.people:
        return names
    if field == "ts":
        return (*PEOPLE_TIMES, *names[:2])
    own = PEOPLE_IDS if field == "user_id" else ()
    return (*names, *own) if field in KINDS.values() or field.startswith(ALIAS) else ()


def _guess(sample: pa.Table, found: dict[str, Mapped], options: ImportOptions) -> None:
    used = {mapped.column for mapped in found.values()}
    by_name: dict[str, str] = {}
    for column in sample.schema.names:
        by_name.setdefault(folded(column), column)
    listed = ALIASES in sample.schema.names and is_alias_list(sample.schema.field(ALIASES).type)
    if listed and ALIASES not in found:
        found[ALIASES] = Mapped(ALIASES, ALIASES, None, ITS_NAME)
        used.add(ALIASES)
    for field, names in synonyms().items():
        if field in found:
            continue
        for name in _names_of(field, names, options):
            column = by_name.get(name, "")
            if not column or column in used:
                continue
            if stands(field, name, sample.column(column).combine_chunks()):
                found[field] = Mapped(field, column, None, ITS_NAME)
                used.add(column)
                break
    for field in [field for field in found if field.startswith(ALIAS)]:
        kind = field.removeprefix(ALIAS)
        others = [by_name.get(f"{where}{kind}", "") for where in ("traits", "contexttraits")]
        others = [c for c in others if c and c not in used and found[field].why == ITS_NAME]
        for number, column in enumerate(others, 2):
            found[f"{field}#{number}"] = Mapped(f"{field}#{number}", column, None, ITS_NAME)


def leavings(columns: Sequence[str]) -> list[str]:
    """The columns of an export of ours that an import leaves out; none of anybody else's file.

    >>> leavings(["event_id", "ts", "person"])
    []
    """
    own = OWN.issubset(columns)
    return [name for name in OWN_LEAVINGS if own and name in columns]


def is_alias_list(kind: pa.DataType) -> bool:
    """Whether a column's type is the log's own list of aliases: texts `kind` and `id`.

    >>> is_alias_list(pa.list_(pa.struct([("kind", pa.string()), ("id", pa.string())])))
    True
    """
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return False
    inner = kind.value_type
    return pa.types.is_struct(inner) and {field.name for field in inner} == {"kind", "id"}


def _only_times(sample: pa.Table, found: dict[str, Mapped]) -> None:
    used = {mapped.column for mapped in found.values()}
    free = [name for name in sample.schema.names if name not in used]
    times = [name for name in free if holds_times(sample.column(name).combine_chunks(), name)]
    if len(times) == 1:
        found["ts"] = Mapped("ts", times[0], None, ITS_VALUES)


def _complain(columns: Sequence[str], found: Mapping[str, Mapped], *, people: bool) -> None:
    has = f"The columns are: {_listed(columns)}."
    if "ts" not in found and not people:
        raise MappingNeeded(
            f"No column says when it happened. {has}", hint="Say which with `--ts COLUMN`."
        )
    if "name" not in found and "call" not in found and not people:
        raise MappingNeeded(
            f"No column says what happened. {has}",
            hint="Say which with `--name COLUMN`; when all rows are the same thing: "
            '`--name "=Order Completed"`.',
        )
    who = {"user_id", "device_id", ALIASES}
    if not (who & found.keys() or any(field.startswith(ALIAS) for field in found)):
        raise MappingNeeded(
            f"No column says who it was. {has}", hint="Say which with `--person COLUMN`."
        )


def _listed(columns: Sequence[str], most: int = 40) -> str:
    shown = ", ".join(columns[:most])
    return shown + (f" and {len(columns) - most} more" if len(columns) > most else "")
