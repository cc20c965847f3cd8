"""The rows of one import on their way into the log: numbered, gathered, written by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sojourn.store.durable import sync_all
from sojourn.store.importers.coded import constant
from sojourn.store.importers.convert import Converted, distinct
from sojourn.store.importers.hashes import Hashes
from sojourn.store.importers.leavings import Leavings
from sojourn.store.importers.staging import STAGED, MonthFiles
from sojourn.store.importers.told import ToldFiles

CHUNK_ROWS = 500_000
CHUNK_BYTES = 64 << 20
"""So much is gathered before it is written: two of these are in memory at a time."""

CHECKPOINT_ROWS = 4_000_000
"""After so many rows a big import is put on the disk for good, to go on from if it is killed."""

SUMS = (0, 0, 0, 0, 0)
COUNTED = ("name", "channel")
BITS, PEOPLE = "bits-{}.npy", "people-{}.npy"
"""The files of a part, which is what came between two checkpoints."""


class Stage:
    """Takes converted blocks in order and gives each row its seq, from `first_seq` on.

    `state` is what an earlier stage in the same folder had put on the disk for good.
    """

    def __init__(
        self,
        folder: Path,
        import_id: str,
        source: str,
        first_seq: int,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        state = state or {}
        self.folder = folder
        self.files = MonthFiles(folder / "log", import_id, state.get("log", ()))
        self.leavings = Leavings(folder)
        self.told = ToldFiles(folder, state.get("told"))
        self.hashes = Hashes(folder, "ids", state.get("hashes", ()))
        self.source = source
        self.first_seq = first_seq
        self.next_seq = first_seq + state.get("rows", 0)
        self.records, self.skipped, self.twice, self.rounded, self.unread = state.get("sums", SUMS)
        self.parts = state.get("parts", 0)
        self.fresh = 0
        self.counts = {
            column: Counter(dict(map(tuple, state.get(column, ())))) for column in COUNTED
        }
        self._bits: list[NDArray[np.uint8]] = self._loaded(BITS)
        self._people: list[NDArray[np.uint64]] = self._loaded(PEOPLE)
        self._new_bits: list[NDArray[np.uint8]] = []
        self._new_people: list[NDArray[np.uint64]] = []
        self._tables: list[pa.Table] = []
        self._rows = self._bytes = 0
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._writing: Future[None] | None = None
        if state:
            self.leavings.restore(state["leavings"])

    def _loaded(self, name: str) -> list[NDArray[Any]]:
        return [np.load(self.folder / name.format(part)) for part in range(self.parts)]

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
        self.fresh += block.records
        self.skipped += block.skipped
        self.twice += block.twice
        self.rounded += block.rounded
        self.unread += block.unread
        self._count(block.table)
        self.hashes.add(block.ids)
        self._new_bits.append(block.bits)
        self._new_people = _gathered([*self._new_people, block.people])
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

    def _flush(self, then: Callable[[], None] = lambda: None) -> None:
        if self._writing is not None:
            self._writing.result()
        tables, self._tables = self._tables, []
        self._rows = self._bytes = 0
        self._writing = self._writer.submit(self._write, tables, then)

    def _write(self, tables: list[pa.Table], then: Callable[[], None]) -> None:
        if tables:
            self.files.write(pa.concat_tables(tables))
            pa.default_memory_pool().release_unused()
        then()

    def checkpoint(self, save: Callable[[dict[str, Any]], None]) -> None:
        """Put all rows so far on the disk for good, then `save` the state of the stage.

        That happens beside the reading; the state is what a new stage goes on from.
        """
        self.hashes.flush()
        self._bits.append(_joined(self._new_bits, np.uint8))
        self._people.append(distinct(_joined(self._new_people, np.uint64)))
        self._new_bits, self._new_people = [], []
        arrays: dict[str, NDArray[Any]] = {
            BITS.format(self.parts): self._bits[-1],
            PEOPLE.format(self.parts): self._people[-1],
        }
        self.parts += 1
        self.fresh = 0
        others = [*self.leavings.close(), *self.told.close()]
        state = self._state()

        def then() -> None:
            files = self.files.close()
            for name, array in arrays.items():
                np.save(self.folder / name, array)
            names = [each.format(i) for i in range(state["parts"]) for each in (BITS, PEOPLE)]
            arrays_there = [self.folder / name for name in (*names, *state["hashes"])]
            everything = [*files, *others, *arrays_there]
            sync_all(everything, self.folder)
            listed = [path.relative_to(self.files.folder).as_posix() for path in files]
            found = [path.relative_to(self.folder).as_posix() for path in everything]
            save({**state, "log": listed, "all": found})

        self._flush(then)

    def _state(self) -> dict[str, Any]:
        return {
            "parts": self.parts,
            "rows": self.rows,
            "sums": [self.records, self.skipped, self.twice, self.rounded, self.unread],
            "told": self.told.state(),
            "hashes": list(self.hashes.files),
            "leavings": self.leavings.state(),
            **{column: list(counts.items()) for column, counts in self.counts.items()},
        }

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
    def rows(self) -> int:
        """How many rows were numbered."""
        return self.next_seq - self.first_seq

    @property
    def bits(self) -> NDArray[np.uint8]:
        """What each row is, by seq: see `convert`."""
        return _joined([*self._bits, *self._new_bits], np.uint8)

    @property
    def people(self) -> int:
        """How many distinct ids the person column holds."""
        return len(distinct(_joined([*self._people, *self._new_people], np.uint64)))


def _joined(parts: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([*parts, np.zeros(0, kind)])


def _gathered(parts: list[NDArray[np.uint64]]) -> list[NDArray[np.uint64]]:
    """Distinct hashes, joined whenever the newer parts outgrow the first."""
    if sum(map(len, parts[1:])) > max(1_000_000, len(parts[0])):
        return [distinct(np.concatenate(parts))]
    return parts
