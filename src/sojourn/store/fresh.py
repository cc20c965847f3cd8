"""The newest rows of the trail, which no bucket's file has yet.

They lie in a few files of their own (partition -1), each with rows of many buckets. A row that
changed hands is in one of them twice: as a row of whom it belongs to now, and as *gone* from who
had it. A bucket that is written again takes its newest rows with it: they are passed over from
then on, and a file goes when every bucket has.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sojourn.core.bucket import Bools, Codes, Ints, run_starts
from sojourn.store.delta import DataFile
from sojourn.store.encode import integers
from sojourn.store.held import Held

NUMBER = -1
"""The partition that the newest rows lie in."""

GONE = -1
"""In place of an order's mark: this row is somebody else's now."""

_KEYS = ("person", "ts", "seq", "order")


class FreshFile(NamedTuple):
    """A file of newest rows, and which it is: a later one has the greater generation."""

    file: DataFile
    generation: int


class Rows(NamedTuple):
    """What some files hold: whose the rows are, when, their numbers, marks, and in which file."""

    person: Ints
    ts: Ints
    seq: Ints
    order: NDArray[np.int8]
    file: Codes

    def take(self, places: Ints) -> Rows:
        """Some of them, in this order."""
        person, ts, seq, order, file = self
        return Rows(person[places], ts[places], seq[places], order[places], file[places])

    def live(self, buckets: int, folded: Mapping[int, int], generations: Sequence[int]) -> Bools:
        """Those that count still: of a bucket that has not taken them, and not gone since."""
        upto = np.full(buckets, -1, np.int64)
        upto[list(folded)] = list(folded.values())
        open_ = np.array(generations, np.int64)[self.file] > upto[self.person % buckets]
        gone = np.flatnonzero(open_ & (self.order == GONE))
        if len(gone):
            left = {(int(self.person[i]), int(self.seq[i])): int(self.file[i]) for i in gone}
            for i in np.flatnonzero(
                open_ & (self.order != GONE) & np.isin(self.seq, self.seq[gone])
            ):
                if left.get((int(self.person[i]), int(self.seq[i])), -1) > self.file[i]:
                    open_[i] = False
        return open_


@dataclass
class Fresh:
    """The newest rows of one version of the trail; safe to share between threads.

    `files` go from the oldest to the newest; `folded` says of each bucket up to which of them it
    has taken its rows.
    """

    folder: Path
    files: tuple[FreshFile, ...] = ()
    buckets: int = 1
    folded: Mapping[int, int] = field(default_factory=dict)
    held: Held | None = None
    _found: _Sorted | None = None
    _columns: dict[str, pa.ChunkedArray] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __getstate__(self) -> dict[str, Any]:
        return {n: v for n, v in vars(self).items() if n != "_lock"} | {"held": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.RLock())

    def __len__(self) -> int:
        return sum(file.rows for file, _ in self.files)

    def counts(self) -> Ints:
        """How many newest rows each bucket has, with those that are gone from it."""
        return np.zeros(self.buckets, np.int64) if not self.files else self._sorted.counts

    def numbers(self) -> list[int]:
        """The buckets that have newest rows."""
        return [int(number) for number in np.flatnonzero(self.counts())]

    def gone(self, number: int) -> Ints:
        """The numbers in the log of the rows that are gone from a bucket's file."""
        if not self.files:
            return np.zeros(0, np.int64)
        rows = self._sorted.rows
        of, marks = self._sorted.slice(number), rows.order
        return rows.seq[of][marks[of] == GONE]

    def rows(self, number: int, columns: Collection[str]) -> pa.Table:
        """A bucket's newest rows in order, some columns of them."""
        part = self._sorted.slice(number)
        there = pa.array(np.flatnonzero(self._sorted.rows.order[part] != GONE))
        taken = {c: self._column(c).slice(part.start, part.stop - part.start) for c in columns}
        return pa.table(taken).take(there)

    def people(self, number: int, known: Collection[str]) -> tuple[Ints, Ints]:
        """Who of a bucket has rows, or lost some, in files that are not among these paths, and
        the first moment of those."""
        if not self.files:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        found, part = self._sorted, self._sorted.slice(number)
        fresh = np.array([file.path not in known for file, _ in self.files], bool)
        rows = fresh[found.rows.file[part]]
        person, ts = found.rows.person[part][rows], found.rows.ts[part][rows]
        return person[starts := run_starts(person)], ts[starts]

    def paths(self, number: int) -> list[str]:
        """The files that a bucket has newest rows in."""
        if not self.files:
            return []
        part = self._sorted.slice(number)
        return [self.files[i].file.path for i in np.unique(self._sorted.rows.file[part])]

    def needed(self, without: Collection[int]) -> set[int]:
        """The generations of the files that have rows of other buckets than these."""
        if not self.files:
            return set()
        found = self._sorted.rows
        others = ~np.isin(found.person % self.buckets, [*without])
        return {self.files[i].generation for i in np.unique(found.file[others])}

    def _column(self, name: str) -> pa.ChunkedArray:
        with self._lock:
            if name not in self._columns:
                chunks = [
                    c for file, _ in self.files for c in self._read(file, [name])[name].chunks
                ]
                column = pa.chunked_array(chunks) if chunks else pa.chunked_array([[]])
                self._columns[name] = column.take(pa.array(self._sorted.places))
            return self._columns[name]

    def _read(self, file: DataFile, columns: Sequence[str]) -> pa.Table:
        def read(names: Sequence[str]) -> pa.Table:
            return pq.ParquetFile(self.folder / file.path).read([*names], use_threads=False)

        return read(columns) if self.held is None else self.held.table(file.path, columns, read)

    @property
    def _sorted(self) -> _Sorted:
        with self._lock:
            if self._found is None:
                parts = [self._read(file, _KEYS) for file, _ in self.files]
                rows = rows_in(parts)
                generations = [generation for _, generation in self.files]
                live = rows.live(self.buckets, self.folded, generations)
                self._found = _Sorted.of(rows, live, self.buckets)
            return self._found


def rows_in(parts: Sequence[pa.Table]) -> Rows:
    """The keys of the rows of some tables, from the oldest to the newest."""
    columns = [
        np.concatenate([integers(part[name]) for part in parts]) if parts else np.zeros(0, np.int64)
        for name in _KEYS
    ]
    file = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part) for part in parts])
    person, ts, seq, order = columns
    return Rows(person, ts, seq, order.astype(np.int8), file)


@dataclass(frozen=True)
class _Sorted:
    """Rows that count, by bucket, then in the trail's order; `places` are theirs in the files."""

    rows: Rows
    places: Ints
    counts: Ints
    ends: Ints

    @classmethod
    def of(cls, rows: Rows, live: Bools, buckets: int) -> _Sorted:
        there = np.flatnonzero(live)
        keys = (rows.seq[there], rows.ts[there], rows.person[there], rows.person[there] % buckets)
        places = there[np.lexsort(keys)]
        counts = np.bincount(rows.person[places] % buckets, minlength=buckets)
        return cls(rows.take(places), places, counts, np.cumsum(counts))

    def slice(self, number: int) -> slice:
        end = int(self.ends[number])
        return slice(end - int(self.counts[number]), end)
