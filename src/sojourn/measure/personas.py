"""A question asked of each persona's people, one after another: personas may overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches

import pyarrow as pa

from sojourn.core.condition import Condition, parse
from sojourn.core.table import Column, Table
from sojourn.errors import UnknownName
from sojourn.measure.notes import PERSONAS_OVERLAP
from sojourn.measure.view import View

PERSONA = "persona"


def both(one: Condition | None, other: Condition) -> Condition:
    """The condition that holds where both do."""
    if one is None:
        return other
    return parse(f"({one.text}) and ({other.text})", other.scope, zone=other.zone)


def named(view: View, name: str) -> Condition:
    """The condition of a persona; raises UnknownName where there is none of this name."""
    if name not in view.personas:
        near = get_close_matches(name, view.personas, 1)
        hint = (f"Did you mean {near[0]!r}? " if near else "") + (
            f"Personas: {', '.join(view.personas) or 'none yet'}."
        )
        raise UnknownName(f"There is no persona {name[:80]!r}.", hint=hint)
    return view.personas[name]


def by_persona(view: View, ask: Callable[[View], Table]) -> Table:
    """The answers for each persona in one table, the persona first; notes are everybody's."""
    whole = ask(replace(view, by=None))
    parts = [
        (name, ask(replace(view, by=None, people=both(view.people, persona))))
        for name, persona in view.personas.items()
    ]
    return in_one(PERSONA, whole, parts, PERSONAS_OVERLAP)


def in_one(by: str, whole: Table, parts: Sequence[tuple[str, Table]], remark: str) -> Table:
    """The answers of all blocks as one table, the block first; notes are those of the whole.

    A column that only some answers have is empty in the others.
    """
    columns = {column.name: column for _, table in parts for column in table.columns}
    columns = {**{column.name: column for column in whole.columns}, **columns}
    rows = [whole.data.slice(0, 0), *(table.data for _, table in parts)]
    labels = pa.array([label for label, table in parts for _ in range(len(table))], pa.string())
    data = pa.concat_tables(rows, promote_options="default").add_column(0, by, labels)
    said = {**whole.notes, "remarks": [*whole.notes.get("remarks", []), remark]}
    return Table(whole.kind, (Column(by, "text"), *columns.values()), data, said)
