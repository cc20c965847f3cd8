"""The newest rows of the trail, which no bucket's file has yet.

They lie in a few files of their own (partition -1), each with rows of many buckets, and say in
which *generation* of the trail they came. A row that changed hands is there twice: as a row of
whom it belongs to now, and as *gone* from who had it. A bucket that is written again takes its
newest rows with it: they are passed over from then on, and a file goes when every bucket has.
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

from sojourn.core.bucket import Bools, Ints, run_starts
from sojourn.store.delta import DataFile
from sojourn.store.encode import integers
from sojourn.store.held import Held

NUMBER = -1
"""The partition that the newest rows lie in."""

GONE = -1
"""In place of an order's mark: this row is somebody else's now."""

GENERATION, MOVED = "generation", "moved"
"""What newest rows say besides: when they came, and whether they were somebody else's before."""

_KEYS = ("person", "ts", "seq", "order", GENERATION, MOVED)


class Rows(NamedTuple):
    """What some files hold: whose the rows are, when, their numbers, marks and generations,
    and which moved."""

    person: Ints
    ts: Ints
    seq: Ints
    order: Ints
    generation: Ints
    moved: Ints

    def take(self, places: Ints) -> Rows:
        """Some of them, in this order."""
        return Rows(*(column[places] for column in self))

    def live(self, buckets: int, folded: Mapping[int, int]) -> Bools:
        """Those that count still: of a bucket that has not taken them, and not gone since."""
        upto = np.full(buckets, -1, np.int64)
        upto[list(folded)] = list(folded.values())
        found = self.generation > upto[self.person % buckets]
        gone = np.flatnonzero(found & (self.order == GONE))
        if not len(gone):
            return found
        left = dict[tuple[int, int], int]()
        for i in gone[np.argsort(self.generation[gone], kind="stable")]:
            left[int(self.person[i]), int(self.seq[i])] = int(self.generation[i])
        again = found & (self.order != GONE) & np.isin(self.seq, self.seq[gone])
        for i in np.flatnonzero(again):
            key = int(self.person[i]), int(self.seq[i])
            found[i] = left.get(key, -1) <= self.generation[i]
        return found


@dataclass
class Fresh:
    """The newest rows of one version of the trail; safe to share between threads.

    `folded` says of each bucket up to which generation it has taken its rows.
    """

    folder: Path
    files: tuple[DataFile, ...] = ()
    buckets: int = 1
    folded: Mapping[int, int] = field(default_factory=dict)
    held: Held | None = None
    _found: _Sorted | None = None
    _columns: dict[str, dict[str, pa.ChunkedArray]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __getstate__(self) -> dict[str, Any]:
        return {n: v for n, v in vars(self).items() if n != "_lock"} | {"held": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.RLock())

    def __len__(self) -> int:
        return sum(file.rows for file in self.files)

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

    def rows(self, number: int, columns: Collection[str], whose: Ints | None = None) -> pa.Table:
        """A bucket's newest rows in order, some columns of them; with `whose` only of people."""
        if not self.files:
            return pa.table({name: pa.chunked_array([[]]) for name in columns})
        part = self._sorted.slice(number)
        there = self._sorted.rows.order[part] != GONE
        if whose is not None:
            there &= np.isin(self._sorted.rows.person[part], whose)
        return self._at(self._sorted.places[part][there], list(dict.fromkeys(columns)))

    def needs(self, number: int) -> list[str]:
        """The columns of a bucket's file, of those that a merge can do without, that its newest
        rows ask for."""
        found = self._sorted.rows.take(self._sorted.at(number))
        gone = (found.order == GONE).any()
        needed = {"seq": gone or found.moved.any(), "order_id": gone or (found.order > 0).any()}
        return [name for name, need in needed.items() if need]

    def people(self, number: int, after: int) -> tuple[Ints, Ints]:
        """Who of a bucket has rows, or lost some, since a generation, and the first moment of
        those."""
        if not self.files:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        found = self._sorted.rows.take(self._sorted.at(number))
        rows = found.generation > after
        person, ts = found.person[rows], found.ts[rows]
        return person[starts := run_starts(person)], ts[starts]

    def generation(self, number: int) -> int:
        """The generation of a bucket's newest row, -1 where it has none."""
        if not self.files:
            return -1
        return int(self._sorted.rows.generation[self._sorted.slice(number)].max(initial=-1))

    def needed(self, without: Collection[int]) -> list[DataFile]:
        """The files that have rows of other buckets than these."""
        if not self.files:
            return []
        found = self._sorted
        others = found.places[~np.isin(found.rows.person % self.buckets, [*without])]
        ends = np.cumsum([file.rows for file in self.files])
        return [self.files[i] for i in np.unique(np.searchsorted(ends, others, side="right"))]

    def _at(self, places: Ints, columns: Sequence[str]) -> pa.Table:
        """Some rows by their places in the files, of which no other rows are looked at."""
        ends = np.cumsum([file.rows for file in self.files])
        which = np.searchsorted(ends, places, side="right")
        parts, came = [], []
        for i, file in enumerate(self.files):
            mine = np.flatnonzero(which == i)
            rows = pa.array(places[mine] - (ends[i] - file.rows))
            parts.append(self._columns_of(file, columns).take(rows))
            came.append(mine)
        order = np.argsort(np.concatenate(came), kind="stable")
        return pa.concat_tables(parts).take(pa.array(order))

    def _columns_of(self, file: DataFile, columns: Sequence[str]) -> pa.Table:
        """Columns of a file, each read once."""
        with self._lock:
            known = self._columns.setdefault(file.path, {})
            missing = [name for name in columns if name not in known]
            if missing:
                read = self._read(file, missing)
                known |= {name: read[name] for name in missing}
            return pa.table({name: known[name] for name in columns})

    def _read(self, file: DataFile, columns: Sequence[str]) -> pa.Table:
        def read(names: Sequence[str]) -> pa.Table:
            return pq.ParquetFile(self.folder / file.path).read([*names], use_threads=False)

        return read(columns) if self.held is None else self.held.table(file.path, columns, read)

    @property
    def _sorted(self) -> _Sorted:
        with self._lock:
            if self._found is None:
                rows = rows_in([self._read(file, _KEYS) for file in self.files])
                self._found = _Sorted.of(rows, rows.live(self.buckets, self.folded), self.buckets)
            return self._found


def rows_in(parts: Sequence[pa.Table]) -> Rows:
    """The keys of the rows of some tables, one after the other."""
    none = np.zeros(0, np.int64)
    return Rows(*(np.concatenate([none, *(integers(p[name]) for p in parts)]) for name in _KEYS))


def _order_of(whose: Ints, ts: Ints, seq: Ints) -> NDArray[np.intp]:
    """The order by whose, moment and number of rows that stand as they came in: of most people they
    came in order, so only those of the others are sorted by more than whose they are."""
    order = np.argsort(whose, kind="stable")
    by, at, number = whose[order], ts[order], seq[order]
    later = (at[1:] > at[:-1]) | ((at[1:] == at[:-1]) & (number[1:] >= number[:-1]))
    mixed = by[1:][(by[1:] == by[:-1]) & ~later]
    if len(mixed):
        rows = np.flatnonzero(np.isin(by, mixed))
        order[rows] = order[rows][np.lexsort((number[rows], at[rows], by[rows]))]
    return order


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
        there = there[np.argsort(rows.generation[there], kind="stable")]
        person, ts, seq = rows.person[there], rows.ts[there], rows.seq[there]
        places = there[_order_of(person % buckets * (person.max(initial=0) + 1) + person, ts, seq)]
        counts = np.bincount(rows.person[places] % buckets, minlength=buckets)
        return cls(rows.take(places), places, counts, np.cumsum(counts))

    def slice(self, number: int) -> slice:
        end = int(self.ends[number])
        return slice(end - int(self.counts[number]), end)

    def at(self, number: int) -> Ints:
        """The places of a bucket's rows."""
        part = self.slice(number)
        return np.arange(part.start, part.stop)
