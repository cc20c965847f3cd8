"""A grouped or joined source as a Source: blocks of which each row knows the rows it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.core.bucket import Bools, Ints
from sojourn.store.importers.columnar import SAMPLE_ROWS, Columnar
from sojourn.store.importers.source import Block, Broken, Source
from sojourn.store.recipes.joining import ROWS, Relation
from sojourn.store.recipes.spooling import ROW, Spool


@dataclass(frozen=True)
class Woven(Block):
    """Rows made of rows of files: `numbers` lists which, `spool` holds them whole."""

    numbers: Any = None
    spool: Spool | None = None


class Prepared(Columnar):
    """A relation that was written to a Parquet file."""

    def __init__(self, relation: Relation, path: Path) -> None:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            rows = file.metadata.num_rows

        def batches(size: int, _: frozenset[str]) -> Iterator[pa.RecordBatch]:
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches(batch_size=size)
            if not rows:
                yield pa.RecordBatch.from_pylist([], schema)

        kinds = dict.fromkeys(source.format for source in relation.spool.files)
        super().__init__(relation.file, ", ".join(kinds), batches, rows)
        self.relation = relation

    @property
    def size(self) -> int:
        """Bytes on disk of the files behind it."""
        return sum(source.size for source in self.relation.spool.files)

    def hashed(self) -> str:
        """The hashes of the files behind it."""
        return "+".join(source.hashed() for source in self.relation.spool.files)

    def sample(self) -> Block:
        """The first rows."""
        return self.parse(next(self._batches(SAMPLE_ROWS, frozenset())))

    def parse(self, piece: pa.RecordBatch) -> Block:
        """The rows of a batch."""
        table = pa.Table.from_batches([piece])
        numbers = table.column(ROWS).combine_chunks()
        columns = table.drop_columns([ROW, ROWS])
        rows = np.arange(1, table.num_rows + 1)
        weight = int(np.diff(np.asarray(numbers.offsets)).sum()) if len(numbers) else 0
        return Woven(columns, rows, weight, [], None, numbers, self.relation.spool)


def files_of(source: Source) -> Sequence[Source]:
    """The files behind a source: those of its rows, or itself."""
    return source.relation.spool.files if isinstance(source, Prepared) else [source]


def weights_of(block: Block) -> Ints:
    """How many rows of files each row of a block is made of."""
    if isinstance(block, Woven) and len(block.numbers):
        return np.diff(np.asarray(block.numbers.offsets)).astype(np.int64)
    return np.ones(block.table.num_rows, np.int64)


def rows_taken(block: Block, rows: Ints) -> Block:
    """Some rows of a block."""
    places = pa.array(rows)
    lines = block.lines.take(places) if block.lines is not None else None
    taken = replace(
        block,
        table=block.table.take(places),
        rows=block.rows[rows],
        records=len(rows),
        broken=[],
        lines=lines,
    )
    return replace(taken, numbers=taken.numbers.take(places)) if isinstance(taken, Woven) else taken


def woven_rows(
    block: Woven, blamed: dict[int, Broken], con: duckdb.DuckDBPyConnection
) -> list[Broken]:
    """All rows of files that the blamed rows are made of, whole, each with the reason."""
    why = {number: one for row, one in blamed.items() for number in block.numbers[row].as_py()}
    if block.spool is None or not why:
        return []
    fields = block.spool.fields(sorted(why), con)
    return [
        block.spool.placed(
            Broken(
                number,
                one.reason,
                None,
                fields[number],
                one.column,
                one.found,
                block.spool.ids.get(number),
            )
        )
        for number, one in sorted(why.items())
    ]


def woven_settled(block: Woven, bad: Bools) -> list[str]:
    """The ids of rows that had been rejected before and are no longer."""
    if block.spool is None or not block.spool.ids:
        return []
    good = block.numbers.filter(pa.array(~bad)).flatten().to_pylist()
    return [block.spool.ids[number] for number in good if number in block.spool.ids]
