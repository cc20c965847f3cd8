"""Building the trail from the log: whole, or only the buckets that new rows touch.

Each step is bounded in memory: chunks of the log are coded and scattered by bucket, then one
bucket at a time is sorted and written. Everything becomes visible in one commit.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from os import cpu_count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from sojourn.core.bucket import Bucket, Coded, Column
from sojourn.core.condition import Condition, parse
from sojourn.core.contacts import Contacts
from sojourn.core.frame import TouchpointFrame
from sojourn.core.history import ORDER_ROW, SECOND_REPORT
from sojourn.core.identity import USER, Alias, People, changed_spans
from sojourn.core.touchpoint import BUSINESS, CODED, ORDER, PERSON
from sojourn.store import claims, delta, dictionaries
from sojourn.store.encode import LOG_COLUMNS, Encoder, Unit, distinct, trail_schema
from sojourn.store.log import Log
from sojourn.store.moving import MOST_ROWS, Moved, Moves, moved_rows, moves_of
from sojourn.store.people import people_of
from sojourn.store.progress import Progress, done, part, say
from sojourn.store.scatter import Scatter, leftovers
from sojourn.store.trail import FOLDER, FORMAT, NUMBERS, PARTITION, Trail, TrailNote, integers

ROWS_A_BUCKET = 200_000
MOST_BUCKETS = 4096
MOST_TEXTS = 200_000
"""A coded column with more distinct texts than this stays text in the trail."""

ORDER_CONDITION = f"name = '{ORDER}'"
PEOPLE, CODED_ALL, WRITTEN = 0.1, 0.7, 0.98
"""How much of a build's time is over when people are known, rows are coded, buckets written."""


@dataclass(frozen=True)
class Rules:
    """What the workspace says of its trail: what an order is, whose journeys, who is nobody."""

    order: str = ORDER_CONDITION
    unit: Unit = "person"
    blocked: tuple[str, ...] = ()
    zone: str = "UTC"
    contacts: Contacts = field(default_factory=Contacts)


def up_to_date(root: Path, trail: Trail, rules: Rules) -> bool:
    """Whether the trail covers the whole log and all claims under these rules."""
    log = delta.open_table(root / "log")
    if log is None:
        return trail.version < 0
    covered = trail.note.log_version, trail.note.claims_version
    now = int(log.version()), claims.version(root)
    return trail.version >= 0 and covered == now and _same(trail.note, rules)


def _same(note: TrailNote, rules: Rules) -> bool:
    said = (note.format, note.order, note.unit, note.blocked, note.contacts)
    return said == (FORMAT, rules.order, rules.unit, rules.blocked, _written(rules.contacts))


def _written(contacts: Contacts) -> dict[str, Any]:
    """Rules as a note has them: nothing where they are the built-in ones."""
    return {} if contacts == Contacts() else contacts.to_json()


def build(
    root: Path, rules: Rules, *, whole: bool = False, progress: Progress | None = None
) -> Trail:
    """Bring the trail up to the log and give a reader of it; the caller holds the lock."""
    for rest in leftovers(root):
        shutil.rmtree(rest, ignore_errors=True)
    log = delta.open_table(root / "log")
    trail = Trail(root)
    if log is None or (up_to_date(root, trail, rules) and not whole):
        return trail
    files = delta.files_of(log)
    paths = [str(root / "log" / file.path) for file in files]
    rows = sum(file.rows for file in files)
    say(progress, "resolving people")
    told = claims.version(root)
    everybody = _everybody(root, rules, paths, told)
    done(part(progress, 0, PEOPLE))
    moves = None if whole else _moves(root, trail, rules, paths, rows, everybody)
    fold = moves is not None
    note = replace(trail.note if fold else _fresh_note(rows, rules), claims_version=told)
    replaced = None if fold else list(trail.files.values())
    while True:
        old = trail if fold else None
        work = _Work(root, paths, rules, everybody, note, old, progress, moves)
        try:
            work.run(int(log.version()), rows, replaced)
        except _Outgrown as column:
            note = replace(note, coded=tuple(c for c in note.coded if c != column.column))
        else:
            done(progress)
            return Trail(root)


def _everybody(
    root: Path, rules: Rules, paths: list[str], told: int, before_seq: int | None = None
) -> People:
    """The people of the log (up to a number) and of a version of the claims table."""
    said = claims.read(root, told)
    return people_of(paths, rules.blocked, before_seq, said, rules.contacts)


def _moves(
    root: Path, trail: Trail, rules: Rules, paths: list[str], rows: int, everybody: People
) -> Moves | None:
    """Who of those in the trail is somebody else now; None where all must be built anew."""
    note = trail.note
    if trail.version < 0 or not _same(note, rules) or _lost_rows(root, note):
        return None
    if rows > 4 * ROWS_A_BUCKET * note.buckets or _too_many(note):
        return None
    before = _everybody(root, rules, paths, note.claims_version, note.covered)
    known = dictionaries.load(root, dictionaries.PERSON)
    users = {Alias(USER, text) for text in {*before.merged, *everybody.merged}}
    aliases = {*before.steps, *everybody.steps, *users}
    changes = changed_spans(before, everybody, aliases)
    moved = {c.alias for c in changes if f"{c.before.kind}:{c.before.id}" in known}
    moves = moves_of(before, everybody, moved, paths, note.covered)
    return moves if len(moves.seqs) <= MOST_ROWS else None


def _lost_rows(root: Path, note: TrailNote) -> bool:
    """Whether rows that the trail holds are no longer in the log: an import was taken back."""
    covered = sum(file.rows for file in Log(root).files() if file.max_seq <= note.covered)
    return covered != note.rows + note.nobody + note.bots


def _too_many(note: TrailNote) -> bool:
    return any(note.sizes.get(column, 0) > 2 * MOST_TEXTS for column in note.coded)


def _fresh_note(rows: int, rules: Rules) -> TrailNote:
    wanted = max(1, -(-rows // ROWS_A_BUCKET))
    return TrailNote(
        buckets=min(MOST_BUCKETS, 1 << (wanted - 1).bit_length()),
        coded=CODED,
        order=rules.order,
        unit=rules.unit,
        blocked=rules.blocked,
        contacts=_written(rules.contacts),
    )


class _Outgrown(Exception):
    """A coded column turned out to have too many distinct texts."""

    def __init__(self, column: str) -> None:
        self.column = column


@dataclass
class _Work:
    """One build: `trail` is the reader to add to, or None to build anew."""

    root: Path
    paths: list[str]
    rules: Rules
    people: People
    note: TrailNote
    trail: Trail | None
    progress: Progress | None
    moves: Moves | None = None
    moved: Moved | None = None

    def run(self, log_version: int, log_rows: int, replaced: list[delta.DataFile] | None) -> None:
        known = {
            c: dictionaries.load(self.root, c) for c in (dictionaries.PERSON, *self.note.coded)
        }
        encoder = Encoder(self.people, known, self.note.coded, self.rules.unit)
        with Scatter(self.root, self.note.buckets) as scatter:
            last_seq, last_ts = self._code(encoder, scatter, log_rows)
            left = self._move(known, scatter)
            dictionaries.save(self.root, known)
            numbers = sorted({*scatter.touched(), *left})
            adds = [add for add in self._write(scatter, numbers) if add is not None]
        kept = sum(add[1].rows for add in adds)
        gone = (
            replaced
            if replaced is not None
            else [self.trail.files[n] for n in numbers if self.trail and n in self.trail.files]
        )
        untouched = (
            0
            if self.trail is None
            else sum(f.rows for n, f in self.trail.files.items() if n not in set(numbers))
        )
        note = replace(
            self.note,
            covered=max(self.note.covered, last_seq),
            log_version=log_version,
            rows=kept + untouched,
            nobody=self.note.nobody + encoder.nobody,
            bots=self.note.bots + encoder.bots,
            last_ts=_later(self.note.last_ts, last_ts if last_seq >= 0 else None),
            sizes={column: len(dictionary) for column, dictionary in known.items()},
        )
        schema = trail_schema(self.note.coded).append(pa.field(PARTITION, pa.int32()))
        folder = self.root / FOLDER
        delta.commit(folder, schema, PARTITION, [a for a, _ in adds], gone, note.to_json())
        if gone:
            delta.sweep(folder)

    def _code(self, encoder: Encoder, scatter: Scatter, total: int) -> tuple[int, int]:
        last_seq, last_ts, coded = -1, np.iinfo(np.int64).min, 0
        say(self.progress, "sorting by person")
        told = part(self.progress, PEOPLE, CODED_ALL)

        def one(task: tuple[int, str, int]) -> tuple[int, int, int]:
            name, path, group = task
            chunk = _read(path, group, self.note.covered, self.note.coded)
            if not chunk.num_rows:
                return -1, np.iinfo(np.int64).min, 0
            scatter.add(encoder.encode(chunk), name)
            self._check_sizes(encoder)
            return int(integers(chunk["seq"]).max()), int(integers(chunk["ts"]).max()), len(chunk)

        tasks = [(i, p, g) for i, (p, g) in enumerate(_groups(self.paths, self.note.covered))]
        for seq, ts, rows in _threads(one, tasks):
            last_seq, last_ts, coded = max(last_seq, seq), max(last_ts, ts), coded + rows
            if told:
                told(coded, total)
        return last_seq, last_ts

    def _move(self, known: dict[str, dictionaries.Dictionary], scatter: Scatter) -> set[int]:
        """Put rows that changed hands where they belong now; the buckets that they left."""
        if self.moves is None or not len(self.moves.seqs):
            return set()
        coded, unit = self.note.coded, self.rules.unit
        moved = moved_rows(self.moves, self.people, self.paths, known, coded, unit)
        scatter.add(moved.rows, -1)
        self.moved = moved
        return moved.left(self.note.buckets)

    def _kept(self, number: int, schema: pa.Schema) -> list[pa.Table]:
        """What stays in a bucket of the old trail."""
        if self.trail is None or number not in self.trail.files:
            return []
        path = self.root / FOLDER / self.trail.files[number].path
        rows = pq.ParquetFile(path).read(schema.names).cast(schema)
        if self.moved is not None:
            rows = rows.filter(pa.array(~np.isin(integers(rows["seq"]), self.moved.seqs)))
        return [rows]

    def _check_sizes(self, encoder: Encoder) -> None:
        for column in self.note.coded if self.trail is None else ():
            if len(encoder.dictionaries[column]) > MOST_TEXTS:
                raise _Outgrown(column)

    def _write(
        self, scatter: Scatter, numbers: list[int]
    ) -> list[tuple[AddAction, delta.DataFile] | None]:
        order = parse(self.rules.order, where="orders.condition", zone=self.rules.zone)
        schema = trail_schema(self.note.coded)
        texts = [n for n in schema.names if schema.field(n).type == pa.string()]

        def one(number: int) -> tuple[AddAction, delta.DataFile] | None:
            rows = pa.concat_tables([*self._kept(number, schema), *scatter.read(number)])
            if not rows.num_rows:
                return None
            rows = sort_rows(rows)
            rows = mark_orders(rows, order, self.note.coded, encoder_values)
            return delta.write_file(
                self.root / FOLDER,
                (PARTITION, str(number)),
                rows,
                row_group_size=max(len(rows), 1),
                use_dictionary=[*self.note.coded, *texts],
                write_statistics=False,
            )

        encoder_values = {c: dictionaries.values(self.root, c).to_pylist() for c in self.note.coded}
        told, adds = part(self.progress, CODED_ALL, WRITTEN), []
        for add in _threads(one, numbers):
            adds.append(add)
            if told:
                told(len(adds), len(numbers))
        return adds


def _later(one: int | None, other: int | None) -> int | None:
    known = [moment for moment in (one, other) if moment is not None]
    return max(known, default=None)


def sort_rows(rows: pa.Table) -> pa.Table:
    """Rows in the only order there is: by person, time, and the log's own number."""
    keys = (integers(rows["seq"]), integers(rows["ts"]), rows["person"].to_numpy())
    return rows.take(pa.array(np.lexsort(keys))).combine_chunks()


def mark_orders(
    rows: pa.Table, order: Condition, coded: Collection[str], values: Mapping[str, list[str]]
) -> pa.Table:
    """Say of each row whether it is an order (1), a second report of one (2), or neither (0)."""
    person = rows["person"].to_numpy()
    bucket = Bucket(
        person=person.astype(np.int64),
        ts=integers(rows["ts"]),
        own=np.asarray(rows["own"].to_numpy()),
        order=np.zeros(len(rows), np.int8),
        columns={c: _column(rows, c, coded, values) for c in order.columns if c != "ts"},
    )
    found = np.flatnonzero(order.mask(TouchpointFrame(bucket)))
    marks = np.zeros(len(rows), np.int8)
    marks[found] = ORDER_ROW
    codes, _ = distinct(rows["order_id"].take(pa.array(found)))
    named = np.flatnonzero(codes >= 0)
    keys = person[found][named].astype(np.int64) << 32 | codes[named]
    _, first = np.unique(keys, return_index=True)
    again = np.setdiff1d(np.arange(len(named)), first)
    marks[found[named[again]]] = SECOND_REPORT
    return rows.set_column(rows.schema.get_field_index("order"), "order", pa.array(marks))


def _column(
    rows: pa.Table, name: str, coded: Collection[str], values: Mapping[str, list[str]]
) -> Column:
    if name == "actor":
        return Coded((~rows["own"].to_numpy()).astype(np.int32), [PERSON, BUSINESS])
    if name in NUMBERS:
        reals = np.asarray(rows[name].cast(pa.float64()).to_numpy())
        return reals / 10_000 if name == "value" else reals
    if name in coded:
        return Coded(rows[name].fill_null(-1).to_numpy().astype(np.int32), values[name])
    return Coded(*distinct(rows[name]))


def _groups(paths: Iterable[str], covered: int) -> Iterator[tuple[str, int]]:
    """The row groups that hold rows newer than `covered`, by what Parquet says of them."""
    for path in paths:
        meta = pq.ParquetFile(path).metadata
        place = meta.schema.names.index("seq")
        for group in range(meta.num_row_groups):
            stats = meta.row_group(group).column(place).statistics
            if stats is None or not stats.has_min_max or stats.max > covered:
                yield path, group


def _read(path: str, group: int, covered: int, coded: Collection[str]) -> pa.Table:
    texts = [*coded, "actor", "device", "user_id", "device_id"]
    file = pq.ParquetFile(path, read_dictionary=texts)
    chunk = file.read_row_group(group, list(LOG_COLUMNS), use_threads=False)
    if covered >= 0:
        chunk = chunk.filter(pa.array(integers(chunk["seq"]) > covered))
    return chunk


def _threads(work: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
    with ThreadPoolExecutor(max_workers=max(1, min(4, cpu_count() or 1))) as pool:
        yield from pool.map(work, tasks)
