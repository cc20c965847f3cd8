"""The trail: the log resolved to people, one sorted file a bucket, read as NumPy arrays.

A reader keeps the version it opened, whatever is written meanwhile. `trail/` is a plain Delta
table partitioned by bucket; what its integers mean stands in `dictionaries/`. Rows that came in
since a bucket was written lie beside it, and are merged into it when it is read.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.core.bucket import NO_CODE, Bucket, Coded, Column, Ints, Texts
from sojourn.core.claims import USER
from sojourn.core.touchpoint import BUSINESS, PERSON
from sojourn.store import delta, dictionaries, fresh, merging
from sojourn.store.dictionaries import Dictionary
from sojourn.store.encode import NUMBERS, distinct, integers, trail_schema
from sojourn.store.fresh import Fresh
from sojourn.store.held import Held
from sojourn.store.merging import Merge, in_order, joined, merge_of

FOLDER = "trail"
FORMAT = 2
PARTITION = "bucket"
CORE = ("person", "ts", "own", "order")
ACTORS = (PERSON, BUSINESS)
EVERYWHERE = -1
"""In place of a bucket's number: people of several."""


@dataclass(frozen=True)
class TrailNote:
    """What a commit of the trail says of itself.

    `covered` is the log's last `seq` in it, `last_ts` the greatest `ts` of the whole log
    (microseconds): the recorded clock. `log_version` and `claims_version` are those of the tables
    that it was made of. `sizes` counts each dictionary's texts. `generation` counts how often
    newest rows were put beside the buckets, `folded` says up to which generation each bucket holds
    its rows, `before` which stamp buckets had that last took in such rows, and nothing else.
    """

    format: int = FORMAT
    buckets: int = 1
    covered: int = -1
    log_version: int = -1
    claims_version: int = -1
    rows: int = 0
    nobody: int = 0
    bots: int = 0
    last_ts: int | None = None
    coded: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    order: str = ""
    unit: str = "person"
    blocked: tuple[str, ...] = ()
    contacts: Mapping[str, Any] = field(default_factory=dict)
    generation: int = 0
    folded: Mapping[str, int] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> TrailNote:
        if raw.get("format") != FORMAT:
            return cls(format=int(raw.get("format", 0)))
        known = {**raw, "coded": tuple(raw["coded"]), "blocked": tuple(raw["blocked"])}
        return cls(**known)


class Trail:
    """One version of the trail, to be read by any number of threads.

    What is `held` in memory of files is taken from there, and kept there for the next version;
    `names` are its people, where the one who writes them remembers them.
    """

    def __init__(
        self,
        root: Path,
        held: Held | None = None,
        names: Dictionary | None = None,
    ) -> None:
        table = delta.open_table(root / FOLDER)
        self.root = root
        self.held = held
        self.names = names
        self.version = -1 if table is None else int(table.version())
        self.note = TrailNote() if table is None else TrailNote.from_json(delta.note_of(table))
        self.files: dict[int, delta.DataFile] = {}
        newest = list[delta.DataFile]()
        for file in [] if table is None else delta.files_of(table):
            number = int(delta.partition_of(file))
            if number == fresh.NUMBER:
                newest.append(file)
            else:
                self.files[number] = file
        self.fresh = Fresh(
            root / FOLDER,
            tuple(newest),
            self.note.buckets,
            {int(number): upto for number, upto in self.note.folded.items()},
            held,
        )
        self._merges: dict[int, Merge] = {}
        self._values: dict[str, list[str]] = {}
        self._shown: pa.StringArray | None = None
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        """All but the lock: a trail travels to other processes with the texts it remembers."""
        return {n: v for n, v in vars(self).items() if n != "_lock"} | {"held": None, "names": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def remember(self, columns: Collection[str]) -> None:
        """Read the texts of the coded ones among these columns now, to have them elsewhere."""
        for column in columns:
            if column in self.note.coded:
                self.values(column)

    @property
    def numbers(self) -> list[int]:
        """The buckets that hold anybody."""
        return sorted({*self.files, *self.fresh.numbers()})

    @property
    def paths(self) -> list[str]:
        """The files that the trail lies in, by their place in its folder."""
        return [file.path for file in self.files.values()] + [
            file.path for file in self.fresh.files
        ]

    @property
    def held_rows(self) -> int:
        """How many rows the buckets hold, counted in their files."""
        if not self.fresh.files:
            return sum(file.rows for file in self.files.values())
        return sum(len(self.load(number)) for number in self.numbers)

    @property
    def recorded(self) -> int:
        """The recorded clock: the greatest `ts` of the whole log, 0 in an empty one."""
        return self.note.last_ts or 0

    def stamp(self, number: int) -> str:
        """A text that is another as soon as the bucket holds anything else."""
        return f"{self.base(number)} {self.fresh.generation(number)}"

    def since(self, number: int, stamp: str) -> tuple[Ints, Ints] | None:
        """Who of a bucket has other rows than when it had this stamp, and from which moment on;
        None where that may be anybody."""
        base, generation = stamp.rsplit(" ", 1)
        if stamp != self.note.before.get(str(number)) and base != self.base(number):
            return None
        return self.fresh.people(number, int(generation))

    def base(self, number: int) -> str:
        """The path of a bucket's own file, empty for one that has none yet."""
        return self.files[number].path if number in self.files else ""

    def values(self, column: str) -> list[str]:
        """The texts of a coded column, in order of their codes."""
        with self._lock:
            if column not in self._values:
                count = self.note.sizes.get(column, 0)
                self._values[column] = dictionaries.values(self.root, column, count).to_pylist()
            return self._values[column]

    def people(self) -> pa.StringArray:
        """Everybody's id with its kind (`user:42`), in order of their keys."""
        return dictionaries.values(
            self.root, dictionaries.PERSON, self.note.sizes.get(dictionaries.PERSON, 0)
        )

    def shown_people(self) -> pa.StringArray:
        """Everybody's id as users see it, in order of their keys."""
        return shown_ids(self.people())

    def shown(self, key: int) -> str | None:
        """Somebody's id as users see it; None for nobody."""
        if self.names is None:
            with self._lock:
                if self._shown is None:
                    self._shown = self.shown_people()
            return self._shown[key].as_py() if key < len(self._shown) else None
        if key >= len(self.names):
            return None
        text = self.names.values[key]
        kind, _, bare = text.partition(":")
        twice = (f"{other}:{bare}" in self.names for other in self.names.kinds() if other != kind)
        return text if kind != USER and any(twice) else bare

    def load(self, number: int, columns: Collection[str] = ()) -> Bucket:
        """Read a bucket with the columns that a question asks for."""
        wanted = _read_of(columns)
        data, merge = self._data(number, wanted)
        if merge is None:
            return self._bucket(data, columns, number)
        whole = self._bucket(data, columns, number)
        return replace(whole.at(merge.take.astype(np.intp)), order=merge.order)

    def of(self, people: Ints, columns: Collection[str] = ()) -> Bucket:
        """All touchpoints of some people (ascending keys), whichever buckets they are in."""
        names = [*dict.fromkeys([*_read_of(columns), *merging.KEYS])]
        # Of nobody nothing is looked at, as who is whom mostly stays as it was.
        there = {*self.numbers} if len(people) else set[int]()
        parts = [of_people(self._empty(names), people)]
        for number, theirs in by_bucket(people, self.note.buckets):
            if number in there:
                parts.append(self._stayed(of_people(self._file(number, names), theirs), number))
                if self.fresh.counts()[number]:
                    parts.append(of_people(self.fresh.rows(number, names, theirs), theirs))
        rows = in_order(pa.concat_tables(parts).combine_chunks())
        return self._bucket(rows, columns, EVERYWHERE)

    def sizes(self, people: Ints) -> Ints:
        """About how many touchpoints people (ascending keys) have: those in buckets' files."""
        found = np.zeros(len(people), np.int64)
        for number, theirs in by_bucket(people, self.note.buckets):
            person = self._file(number, ["person"])["person"].to_numpy()
            low, high = (np.searchsorted(person, theirs, side) for side in ("left", "right"))
            found[np.searchsorted(people, theirs)] = high - low
        return found

    def _bucket(self, data: pa.Table, columns: Collection[str], number: int) -> Bucket:
        own = np.asarray(data["own"].to_numpy())
        wanted = [c for c in columns if c not in (*CORE, "actor")]
        found: dict[str, Column] = {name: self._column(name, data[name]) for name in wanted}
        if "actor" in columns:
            found["actor"] = Coded((~own).astype(np.int32), ACTORS)
        person = np.asarray(data["person"].to_numpy()).astype(np.int64)
        order = np.asarray(data["order"].to_numpy())
        return Bucket(person, integers(data["ts"]), own, order, found, number)

    def kept(self, number: int, schema: pa.Schema) -> list[pa.Table]:
        """A bucket's rows as they lie in its file and beside it, in no common order."""
        newer = self.fresh.rows(number, schema.names).cast(schema)
        if number not in self.files:
            return [newer]
        rows = self._file(number, schema.names, plain=True).cast(schema)
        return [self._stayed(rows, number), newer]

    def _stayed(self, rows: pa.Table, number: int) -> pa.Table:
        """Rows of a bucket's file without those that are somebody else's now."""
        gone = self.fresh.gone(number)
        if not len(gone):
            return rows
        return rows.filter(pa.array(~np.isin(integers(rows["seq"]), gone)))

    def _data(self, number: int, columns: list[str]) -> tuple[pa.Table, Merge | None]:
        """Rows of the file, then the newer ones, and how they become one where there are any."""
        if not self.fresh.counts()[number]:
            return self._file(number, columns), None
        known = self._merges.get(number)
        needed = self.fresh.needs(number) if known is None else ()
        file = self._file(number, [*dict.fromkeys([*columns, *needed])])
        newer = self.fresh.rows(number, [*dict.fromkeys([*columns, *merging.KEYS])])
        merge = known or merge_of(file, newer, self.fresh.gone(number))
        with self._lock:
            self._merges[number] = merge
        return pa.table({name: joined(file[name], newer[name]) for name in columns}), merge

    def _file(self, number: int, columns: Collection[str], *, plain: bool = False) -> pa.Table:
        """Some columns of a bucket's own file; `plain` texts are not coded."""
        if number not in self.files:
            return self._empty(columns)
        path = self.files[number].path

        def read(names: Collection[str]) -> pa.Table:
            coded = [] if plain else self._repeating(names)
            file = pq.ParquetFile(
                self.root / FOLDER / path, read_dictionary=coded, memory_map=False
            )
            return file.read([*names], use_threads=False)

        if self.held is None or plain:
            return read(columns)
        return self.held.table(path, columns, read)

    def _repeating(self, columns: Collection[str]) -> list[str]:
        """Those of the columns that are read with their distinct texts beside them."""
        numbers = (*self.note.coded, *NUMBERS, *CORE, "seq", "event_id")
        return [name for name in columns if name not in numbers]

    def _empty(self, columns: Collection[str]) -> pa.Table:
        """Some columns of a file that has no rows."""
        rows, texts = trail_schema(self.note.coded).empty_table(), self._repeating(columns)
        return pa.table(
            {n: rows[n].dictionary_encode() if n in texts else rows[n] for n in columns}
        )

    def _column(self, name: str, column: pa.ChunkedArray) -> Column:
        if name in NUMBERS:
            # An amount may have more digits than fit: its last ones are lost then.
            loose = column.cast(pa.float64(), safe=False)
            reals = np.asarray(loose.to_numpy(zero_copy_only=False))
            return reals / 10_000 if name == "value" else reals
        if name == "seq":
            return integers(column).astype(np.float64)
        if name in self.note.coded:
            codes = column.fill_null(NO_CODE).to_numpy().astype(np.int32, copy=False)
            return Coded(codes, self.values(name))
        if name == "event_id":
            return Coded(np.arange(len(column), dtype=np.int32), Texts(column.combine_chunks()))
        return Coded(*distinct(column))


def by_bucket(people: Ints, buckets: int) -> Iterator[tuple[int, Ints]]:
    """People's keys by the bucket that they are in, in their order."""
    for number in np.unique(people % buckets):
        yield int(number), people[people % buckets == number]


def of_people(rows: pa.Table, people: Ints) -> pa.Table:
    """The rows of these people (ascending keys), of rows in the trail's order, texts as such."""
    person = rows["person"].to_numpy()
    low, high = (np.searchsorted(person, people, side) for side in ("left", "right"))
    counts = high - low
    starts = np.repeat(low - np.cumsum(counts) + counts, counts)
    found = rows.take(pa.array(starts + np.arange(len(starts))))
    plain = [f.with_type(getattr(f.type, "value_type", f.type)) for f in found.schema]
    return found.cast(pa.schema(plain))


def _read_of(columns: Collection[str]) -> list[str]:
    return [*CORE, *dict.fromkeys(c for c in columns if c not in (*CORE, "actor"))]


def shown_ids(people: pa.StringArray) -> pa.StringArray:
    """Everybody's id as users see it: without its kind, unless two people would look the same."""
    if not len(people):
        return people
    bare = pc.replace_substring_regex(people, "^[^:]*:", "")
    if pc.count_distinct(bare).as_py() == len(people):
        return bare
    counts = pc.value_counts(bare)
    twice = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    keep = pc.and_(pc.is_in(bare, twice), pc.invert(pc.starts_with(people, "user:")))
    return pc.if_else(keep, people, bare)
