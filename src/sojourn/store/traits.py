"""Traits of people, each with its time: `plan = gold since March`.

The Delta table `traits/` has `kind, id, ts, name, value, source_id`: an alias, since when, which
trait, its value as text. The latest value at or before a moment holds; on a tie the greater text.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.core.identity import People
from sojourn.core.persons import Trait
from sojourn.errors import ImportFailed
from sojourn.store import delta, dictionaries
from sojourn.store.trail import integers

FOLDER = "traits"
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("id", pa.string()),
        ("ts", pa.timestamp("us", tz="UTC")),
        ("name", pa.string()),
        ("value", pa.string()),
        ("source_id", pa.string()),
    ]
)
_KEY = ["kind", "id", "ts", "name", "value"]


def append(root: Path, rows: pa.Table, source: str = "file") -> int:
    """Add traits that are not there yet; give how many were new.

    `rows` has `user_id` (or `kind` and `id`), `ts`, `name` and `value`.
    """
    shaped = _shaped(rows, source)
    known = read(root)
    if known.num_rows:
        marked = known.select(_KEY).append_column("known", pa.repeat(True, known.num_rows))
        joined = shaped.join(marked, keys=_KEY, join_type="left outer")
        shaped = joined.filter(pc.is_null(joined["known"])).select(SCHEMA.names)
    shaped = shaped.group_by(SCHEMA.names).aggregate([]).select(SCHEMA.names).cast(SCHEMA)
    if shaped.num_rows:
        shaped = shaped.sort_by([(name, "ascending") for name in _KEY])
        add, _ = delta.write_file(
            root / FOLDER, ("source_id", source), shaped.drop_columns("source_id")
        )
        delta.commit(root / FOLDER, SCHEMA, "source_id", [add])
    return int(shaped.num_rows)


def _shaped(rows: pa.Table, source: str) -> pa.Table:
    if "user_id" in rows.column_names:
        rows = rows.append_column("kind", pa.repeat("user", rows.num_rows))
        rows = rows.append_column("id", rows["user_id"])
    missing = [name for name in _KEY if name not in rows.column_names]
    if missing:
        raise ImportFailed(
            f"Traits need the columns user_id, ts, name and value; missing: {', '.join(missing)}."
        )
    rows = rows.select(_KEY).append_column("source_id", pa.repeat(source, rows.num_rows))
    return rows.cast(SCHEMA).drop_null()


def read(root: Path) -> pa.Table:
    """Every trait of everybody."""
    table = delta.open_table(root / FOLDER)
    if table is None:
        return SCHEMA.empty_table()
    parts = []
    for file in delta.files_of(table):
        source = file.path.partition("/")[0].removeprefix("source_id=")
        rows = pq.ParquetFile(root / FOLDER / file.path).read()
        parts.append(
            rows.append_column("source_id", pa.repeat(source, len(rows))).select(SCHEMA.names)
        )
    return pa.concat_tables(parts).cast(SCHEMA)


def names(root: Path) -> list[str]:
    """The traits that anybody has."""
    return sorted(pc.unique(read(root)["name"]).to_pylist())


def load(
    root: Path, wanted: Collection[str], people: People, keys: dictionaries.Dictionary
) -> dict[str, Trait]:
    """The traits asked for, by the key of the person they belong to."""
    table = read(root) if wanted else SCHEMA.empty_table()
    found = {}
    for name in wanted:
        rows = table.filter(pc.equal(table["name"], name))
        if not rows.num_rows:
            continue
        ts = integers(rows["ts"])
        aliases = zip(rows["kind"].to_pylist(), rows["id"].to_pylist(), ts.tolist(), strict=True)
        owners = [people.person_of((kind, text), at) for kind, text, at in aliases]
        known = [f"{o.kind}:{o.id}" for o in owners]
        person = keys.find(known)
        values = sorted(set(rows["value"].to_pylist()))
        places = {value: place for place, value in enumerate(values)}
        codes = np.array([places[v] for v in rows["value"].to_pylist()], np.int32)
        order = np.lexsort((codes, ts, person))
        order = order[person[order] >= 0]
        found[name] = Trait(person[order].astype(np.int64), ts[order], codes[order], values)
    return found
