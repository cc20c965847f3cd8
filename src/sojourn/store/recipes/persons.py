"""What a recipe tells of people: their traits, each since a moment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sojourn.store import traits


def write_people(root: Path, tables: Sequence[pa.Table], source: str) -> str:
    """Add the traits of the rows to their first id; what that did, in words."""
    parts: list[pa.Table] = []
    for table in tables:
        ids = [name for name in table.schema.names if name.startswith("id:")]
        kinds = [pa.repeat(name.removeprefix("id:"), table.num_rows) for name in ids]
        filled = [table.column(name).is_valid() for name in ids]
        kind = pc.coalesce(*(pc.if_else(ok, k, None) for ok, k in zip(filled, kinds, strict=True)))
        who = pc.coalesce(*(table.column(name) for name in ids))
        for name in table.schema.names:
            if name.startswith("trait:"):
                trait = pa.repeat(name.removeprefix("trait:"), table.num_rows)
                columns = {"kind": kind, "id": who, "ts": table.column("ts")}
                parts.append(pa.table({**columns, "name": trait, "value": table.column(name)}))
    rows = pa.concat_tables(parts).drop_null() if parts else None
    new = traits.append(root, rows, source) if rows is not None and rows.num_rows else 0
    return f"{sum(table.num_rows for table in tables):,} people told of, {new:,} traits new"
