"""Traits of people, each with its time: `plan = gold since March`.

The Delta table `traits/` has `kind, id, ts, name, value, type, source_id, import_id`: an alias,
since when, which trait, its value as text, and whether that is a `text` or a `number`. The
latest value at or before a moment holds; on a tie the greater text. By its import a trait can be
taken back.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import write_deltalake

from sojourn.core.identity import People
from sojourn.core.persons import Trait
from sojourn.core.touchpoint import TIME
from sojourn.errors import ImportFailed
from sojourn.store import delta, dictionaries
from sojourn.store.claims import BY_HAND
from sojourn.store.encode import integers

FOLDER = "traits"
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("id", pa.string()),
        ("ts", TIME),
        ("name", pa.string()),
        ("value", pa.string()),
        ("type", pa.string()),
        ("source_id", pa.string()),
        ("import_id", pa.string()),
    ]
)
TEXT, NUMBER = "text", "number"
_KEY = ["kind", "id", "ts", "name", "value"]


def append(root: Path, rows: pa.Table, source: str = "file", import_id: str = BY_HAND) -> int:
    """Add traits that are not there yet; give how many were new.

    `rows` has `user_id` (or `kind` and `id`), `ts`, `name` and `value`, and may have `type`.
    """
    shaped = _shaped(rows, source, import_id)
    known = read(root)
    if known.num_rows:
        marked = known.select(_KEY).append_column("known", pa.repeat(True, known.num_rows))
        joined = shaped.join(marked, keys=_KEY, join_type="left outer")
        shaped = joined.filter(pc.is_null(joined["known"])).select(SCHEMA.names)
    shaped = shaped.group_by(SCHEMA.names).aggregate([]).select(SCHEMA.names).cast(SCHEMA)
    if shaped.num_rows:
        renew(root)
        shaped = shaped.sort_by([(name, "ascending") for name in _KEY])
        add, _ = delta.write_file(
            root / FOLDER, ("import_id", import_id), shaped.drop_columns("import_id")
        )
        delta.commit(root / FOLDER, SCHEMA, "import_id", [add])
    return int(shaped.num_rows)


def _shaped(rows: pa.Table, source: str, import_id: str) -> pa.Table:
    if "user_id" in rows.column_names:
        rows = rows.append_column("kind", pa.repeat("user", rows.num_rows))
        rows = rows.append_column("id", rows["user_id"])
    missing = [name for name in _KEY if name not in rows.column_names]
    if missing:
        raise ImportFailed(
            f"Traits need the columns user_id, ts, name and value; missing: {', '.join(missing)}."
        )
    kind: Any = pa.repeat(TEXT, rows.num_rows)
    kind = pc.coalesce(rows["type"], TEXT) if "type" in rows.column_names else kind
    rows = rows.select(_KEY).append_column("type", kind)
    for name, value in (("source_id", source), ("import_id", import_id)):
        rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
    return rows.cast(SCHEMA).drop_null()


def read(root: Path) -> pa.Table:
    """Every trait of everybody."""
    table = delta.open_table(root / FOLDER)
    if table is None:
        return SCHEMA.empty_table()
    [partition] = table.metadata().partition_columns
    parts = []
    for file in delta.files_of(table):
        rows = pq.ParquetFile(root / FOLDER / file.path).read()
        rows = rows.append_column(partition, pa.repeat(delta.partition_of(file), len(rows)))
        defaults = {"type": TEXT, "import_id": BY_HAND}
        for name in set(defaults) - set(rows.schema.names):
            rows = rows.append_column(name, pa.repeat(defaults[name], len(rows)))
        parts.append(rows.select(SCHEMA.names).cast(SCHEMA))
    return pa.concat_tables([SCHEMA.empty_table(), *parts])


def renew(root: Path) -> None:
    """Bring a table that was written before imports were known into today's columns."""
    table = delta.open_table(root / FOLDER)
    if table is not None and table.metadata().partition_columns != ["import_id"]:
        write_deltalake(
            root / FOLDER,
            read(root),
            mode="overwrite",
            schema_mode="overwrite",
            partition_by=["import_id"],
        )


def remove_import(root: Path, import_id: str) -> int:
    """Take back the traits of an import, in one commit; how many there were."""
    renew(root)
    table = delta.open_table(root / FOLDER)
    files = [] if table is None else delta.files_of(table)
    gone = [file for file in files if delta.partition_of(file) == import_id]
    if gone:
        delta.commit(root / FOLDER, SCHEMA, "import_id", [], gone)
    return sum(file.rows for file in gone)


def version(root: Path) -> int:
    """The version of the table; -1 while there is none."""
    table = delta.open_table(root / FOLDER)
    return -1 if table is None else int(table.version())


def names(root: Path) -> list[str]:
    """The traits that anybody has."""
    return sorted(pc.unique(read(root)["name"]).to_pylist())


def load(
    root: Path,
    wanted: Collection[str],
    people: People,
    keys: dictionaries.Dictionary,
    *,
    latest: int | None = None,
) -> dict[str, Trait]:
    """The traits asked for, by the key of the person they belong to.

    Those later than `latest` (microseconds) hold from it on, in the order of their own times.
    """
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
        since = ts[order] if latest is None else np.minimum(ts[order], latest)
        found[name] = Trait(person[order].astype(np.int64), since, codes[order], values)
    return found
