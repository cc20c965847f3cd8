"""What the blocks of a recipe tell of people, by the rows of the file that they are made of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Bools, Ints
from sojourn.store.importers.jsonlines import PROPERTIES, REST
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.source import Block
from sojourn.store.importers.told import Told
from sojourn.store.recipes.prepared import Woven
from sojourn.store.recipes.shaping import OWN


def traits_plan(plan: Plan) -> Plan:
    """The plan of a block as one for rows that tell of people."""
    mapping = {name: mapped for name, mapped in plan.mapping.items() if name != PROPERTIES}
    return replace(plan, mapping=mapping, people="table", made=True)


def traits_in(table: pa.Table) -> pa.Table:
    """The rows with all that came as JSON, lists, objects and the rest of a line, in one column."""
    held = [name for name in (REST, OWN) if name in table.schema.names]
    if not held:
        return table
    rows = [
        {k: v for text in texts if text for k, v in json.loads(text).items()}
        for texts in zip(*(table.column(name).to_pylist() for name in held), strict=True)
    ]
    texts = pa.array([json.dumps(row) if row else None for row in rows], pa.string())
    return table.drop_columns(held).append_column(REST, texts)


def placed(told: Told | None, at: Ints) -> Told | None:
    """The claims and traits of a block's made rows, with the places that these were made of."""
    if told is None:
        return None
    parts = []
    for table in (told.claims, told.traits):
        made = np.asarray(table.column("row")) - 1
        parts.append(table.set_column(0, table.schema.field(0), pa.array(at[made])))
    return Told(*parts)


def told_of(parts: Sequence[Told], kept: Ints, bad: Bools, block: Block) -> Told | None:
    """All that some rows tell, less what the rows that are rejected do."""
    if not parts:
        return None
    found = []
    for tables in ([told.claims for told in parts], [told.traits for told in parts]):
        table = pa.concat_tables(tables)
        rows = kept[np.asarray(table.column("row"))] if len(kept) else np.zeros(0, np.int64)
        good = ~bad[rows]
        numbers = _numbers(block)[rows[good]]
        left = table.filter(pa.array(good))
        found.append(left.set_column(0, left.schema.field(0), pa.array(numbers, pa.int64())))
    return Told(*found)


def _numbers(block: Block) -> Ints:
    """The numbers of a block's rows in the file, of groups those of their first rows."""
    if not isinstance(block, Woven):
        return block.rows
    firsts = [numbers[0] for numbers in block.numbers.to_pylist()]
    return np.array(firsts, np.int64)
