"""The trail: the log resolved to people, one sorted file a bucket, read as NumPy arrays.

A reader keeps the version it opened, whatever is written meanwhile. `trail/` is a plain Delta
table partitioned by bucket; what its integers mean stands in `dictionaries/`.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sojourn.core.bucket import NO_CODE, Bucket, Coded, Column, Ints, Texts
from sojourn.core.touchpoint import BUSINESS, PERSON
from sojourn.store import delta, dictionaries
from sojourn.store.encode import distinct

FOLDER = "trail"
FORMAT = 1
PARTITION = "bucket"
CORE = ("person", "ts", "own", "order")
NUMBERS = ("value", "sentiment")
ACTORS = (PERSON, BUSINESS)


@dataclass(frozen=True)
class TrailNote:
    """What a commit of the trail says of itself.

    `covered` is the log's last `seq` in it, `last_ts` the greatest `ts` of the whole log
    (microseconds): the recorded clock. `log_version` and `claims_version` are those of the tables
    that it was made of. `sizes` counts each dictionary's texts.
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

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> TrailNote:
        if raw.get("format") != FORMAT:
            return cls(format=int(raw.get("format", 0)))
        known = {**raw, "coded": tuple(raw["coded"]), "blocked": tuple(raw["blocked"])}
        return cls(**known)


class Trail:
    """One version of the trail, to be read by any number of threads."""

    def __init__(self, root: Path, version: int | None = None) -> None:
        table = delta.open_table(root / FOLDER, version)
        self.root = root
        self.version = -1 if table is None else int(table.version())
        self.note = TrailNote() if table is None else TrailNote.from_json(delta.note_of(table))
        self.files: dict[int, delta.DataFile] = {}
        for file in [] if table is None else delta.files_of(table):
            self.files[int(file.path.partition("/")[0].removeprefix(f"{PARTITION}="))] = file
        self._values: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        """All but the lock: a trail travels to other processes with the texts it remembers."""
        return {name: value for name, value in vars(self).items() if name != "_lock"}

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
        return sorted(self.files)

    @property
    def recorded(self) -> int:
        """The recorded clock: the greatest `ts` of the whole log, 0 in an empty one."""
        return self.note.last_ts or 0

    def stamp(self, number: int) -> str:
        """A text that is another as soon as the bucket holds anything else."""
        return self.files[number].path

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

    def load(self, number: int, columns: Collection[str] = ()) -> Bucket:
        """Read a bucket with the columns that a question asks for."""
        wanted = [c for c in columns if c not in (*CORE, "actor")]
        texts = [c for c in wanted if c not in self.note.coded and c not in (*NUMBERS, "seq")]
        file = pq.ParquetFile(
            self.root / FOLDER / self.files[number].path,
            read_dictionary=[c for c in texts if c != "event_id"],
            memory_map=False,
        )
        data = file.read([*CORE, *dict.fromkeys(wanted)], use_threads=False)
        own = np.asarray(data["own"].to_numpy())
        found: dict[str, Column] = {name: self._column(name, data[name]) for name in wanted}
        if "actor" in columns:
            found["actor"] = Coded((~own).astype(np.int32), ACTORS)
        return Bucket(
            person=np.asarray(data["person"].to_numpy()).astype(np.int64),
            ts=integers(data["ts"]),
            own=own,
            order=np.asarray(data["order"].to_numpy()),
            columns=found,
            number=number,
        )

    def _column(self, name: str, column: pa.ChunkedArray) -> Column:
        if name in NUMBERS:
            reals = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))
            return reals / 10_000 if name == "value" else reals
        if name == "seq":
            return integers(column).astype(np.float64)
        if name in self.note.coded:
            codes = column.fill_null(NO_CODE).to_numpy().astype(np.int32, copy=False)
            return Coded(codes, self.values(name))
        if name == "event_id":
            return Coded(np.arange(len(column), dtype=np.int32), Texts(column.combine_chunks()))
        return Coded(*distinct(column))


def integers(column: pa.ChunkedArray) -> Ints:
    """A column of whole numbers or times as 64-bit integers."""
    return np.asarray(column.cast(pa.int64()).to_numpy())


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
