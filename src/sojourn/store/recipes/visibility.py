"""What a search engine showed: the Delta table `visibility/`, a row a day, query and page.

These rows are of no person, so they are not in the log and in no measure of people. An export is
the whole truth of its days: it replaces what the same source had said of them.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import WriterProperties, write_deltalake

from sojourn.store import delta
from sojourn.store.recipes.words import COUNTS

FOLDER = "visibility"
TEXTS = ("query", "page", "country", "device")
SCHEMA = pa.schema(
    [
        ("day", pa.date32()),
        *((name, pa.string()) for name in TEXTS),
        *((name, pa.float64()) for name in COUNTS),
        ("source", pa.string()),
        ("import_id", pa.string()),
    ]
)
ZSTD = WriterProperties(compression="ZSTD", compression_level=1)


def read(root: Path) -> pa.Table:
    """All rows, by day, query and page."""
    table = delta.open_table(root / FOLDER)
    if table is None:
        return SCHEMA.empty_table()
    found = pa.table(table.to_pyarrow_table()).select(SCHEMA.names).cast(SCHEMA)
    return found.sort_by([(name, "ascending") for name in ("day", *TEXTS)])


def append(root: Path, rows: pa.Table, source: str, import_id: str) -> str:
    """Take in rows in the place of what the source said of the same days; that in words."""
    fresh = rows.append_column("source", pa.repeat(source, rows.num_rows))
    fresh = fresh.append_column("import_id", pa.repeat(import_id, rows.num_rows))
    fresh = fresh.select(SCHEMA.names).cast(SCHEMA)
    known = read(root)
    same = pc.and_(
        pc.equal(known["source"], source),
        pc.is_in(known["day"], value_set=pc.unique(fresh["day"])),
    )
    left = known.filter(pc.invert(same))
    write_deltalake(
        root / FOLDER, pa.concat_tables([left, fresh]), mode="overwrite", writer_properties=ZSTD
    )
    delta.sweep(root / FOLDER)
    replaced = known.num_rows - left.num_rows
    return f"{fresh.num_rows:,} rows of visibility, in the place of {replaced:,}"
