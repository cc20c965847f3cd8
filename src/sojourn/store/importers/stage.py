"""The rows of one import on their way into the log: numbered, gathered, written by month."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sojourn.store.importers.coded import constant
from sojourn.store.importers.convert import Converted, distinct
from sojourn.store.importers.leavings import Leavings
from sojourn.store.importers.staging import STAGED, MonthFiles
from sojourn.store.importers.told import ToldFiles

CHUNK_ROWS = 500_000
CHUNK_BYTES = 64 << 20
"""So much is gathered before it is written: two of these are in memory at a time."""


class Stage:
    """Takes converted blocks in order and gives each row its seq, from `first_seq` on."""

    def __init__(self, folder: Path, import_id: str, source: str, first_seq: int) -> None:
        self.files = MonthFiles(folder / "log", import_id)
        self.leavings = Leavings(folder)
        self.told = ToldFiles(folder)
        self.source = source
        self.first_seq = self.next_seq = first_seq
        self.records = 0
        self.skipped = self.twice = self.rounded = self.unread = 0
        self.counts: dict[str, Counter[str | None]] = {"name": Counter(), "channel": Counter()}
        self._ids: list[NDArray[np.uint64]] = []
        self._bits: list[NDArray[np.uint8]] = []
        self._people: list[NDArray[np.uint64]] = []
        self._tables: list[pa.Table] = []
        self._rows = self._bytes = 0
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._writing: Future[None] | None = None

    def add(self, block: Converted) -> None:
        """Take the rows of the next block."""
        rows = block.table.num_rows
        seq = np.arange(self.next_seq, self.next_seq + rows)
        self.next_seq += rows
        self.leavings.add(block.broken, self.records)
        self.leavings.came_in.update(block.came_in)
        if block.told is not None:
            self.told.add(block.told, self.records)
        self.records += block.records
        self.skipped += block.skipped
        self.twice += block.twice
        self.rounded += block.rounded
        self.unread += block.unread
        self._count(block.table)
        self._ids.append(block.ids)
        self._bits.append(block.bits)
        self._people = _gathered([*self._people, block.people])
        self._tables.append(self._numbered(block.table, seq))
        self._rows += rows
        self._bytes += block.table.nbytes
        if self._rows >= CHUNK_ROWS or self._bytes >= CHUNK_BYTES:
            self._flush()

    def _count(self, table: pa.Table) -> None:
        for column, counts in self.counts.items():
            found: Any = pc.value_counts(table.column(column))
            values, numbers = found.field("values").to_pylist(), found.field("counts").to_pylist()
            counts.update(dict(zip(values, numbers, strict=True)))

    def _numbered(self, table: pa.Table, seq: NDArray[np.int64]) -> pa.Table:
        columns = {name: table.column(name) for name in table.schema.names}
        columns["seq"] = pa.chunked_array([pa.array(seq)])
        columns["source_id"] = pa.chunked_array([constant(self.source, len(seq))])
        return pa.table([columns[name] for name in STAGED.names], schema=STAGED)

    def _flush(self) -> None:
        if self._writing is not None:
            self._writing.result()
        tables, self._tables = self._tables, []
        self._rows = self._bytes = 0
        if tables:
            self._writing = self._writer.submit(self._write, tables)

    def _write(self, tables: list[pa.Table]) -> None:
        self.files.write(pa.concat_tables(tables))
        pa.default_memory_pool().release_unused()

    def finish(self) -> list[Path]:
        """Write what is left; the staged files."""
        self._flush()
        if self._writing is not None:
            self._writing.result()
        self.leavings.finish()
        self.told.finish()
        return self.files.close()

    def close(self) -> None:
        """Stop writing, whatever is left."""
        self._writer.shutdown(wait=True, cancel_futures=True)
        self.files.abandon()

    @property
    def ids(self) -> NDArray[np.uint64]:
        """The hashes of all event ids, by seq."""
        return np.concatenate(self._ids) if self._ids else np.zeros(0, np.uint64)

    @property
    def bits(self) -> NDArray[np.uint8]:
        """What each row is, by seq: see `convert`."""
        return np.concatenate(self._bits) if self._bits else np.zeros(0, np.uint8)

    @property
    def people(self) -> int:
        """How many distinct ids the person column holds."""
        return len(distinct(np.concatenate(self._people))) if self._people else 0


def _gathered(parts: list[NDArray[np.uint64]]) -> list[NDArray[np.uint64]]:
    """Distinct hashes, joined whenever the newer parts outgrow the first."""
    if sum(map(len, parts[1:])) > max(1_000_000, len(parts[0])):
        return [distinct(np.concatenate(parts))]
    return parts
