"""A question asked of each persona's people, one after another: personas may overlap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa

from sojourn.core.condition import Condition, parse
from sojourn.core.table import Column, Table
from sojourn.measure.notes import PERSONAS_OVERLAP
from sojourn.measure.view import View

PERSONA = "persona"


def both(one: Condition | None, other: Condition) -> Condition:
    """The condition that holds where both do."""
    if one is None:
        return other
    return parse(f"({one.text}) and ({other.text})", other.scope, zone=other.zone)


def by_persona(view: View, ask: Callable[[View], Table]) -> Table:
    """The answers for each persona in one table, the persona first; notes are everybody's."""
    everybody = ask(replace(view, by=None))
    blocks = [everybody.data.slice(0, 0).add_column(0, PERSONA, pa.array([], pa.string()))]
    for name, persona in view.personas.items():
        table = ask(replace(view, by=None, people=both(view.people, persona)))
        blocks.append(table.data.add_column(0, PERSONA, pa.array([name] * len(table), pa.string())))
    remarks = [*everybody.notes.get("remarks", []), PERSONAS_OVERLAP]
    columns = (Column(PERSONA, "text"), *everybody.columns)
    said = {**everybody.notes, "remarks": remarks}
    return Table(everybody.kind, columns, pa.concat_tables(blocks), said)
