"""Writing buckets: all of them, or those that new rows fall into and that lie beside.

Each step is bounded in memory: chunks of the log are coded and scattered by bucket, then one
bucket at a time is sorted and written. Everything becomes visible in one commit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from deltalake.transaction import AddAction

from sojourn.core.condition import parse
from sojourn.core.identity import People
from sojourn.store import chunks, delta, dictionaries
from sojourn.store.encode import Encoder, integers, trail_schema
from sojourn.store.marks import mark_orders, sort_rows
from sojourn.store.moving import Moved, Moves, moved_rows
from sojourn.store.progress import Progress, part, say
from sojourn.store.rules import Rules
from sojourn.store.scatter import Scatter
from sojourn.store.trail import FOLDER, PARTITION, Trail, TrailNote

MOST_TEXTS = 200_000
"""A coded column with more distinct texts than this stays text in the trail."""

PEOPLE, CODED_ALL, WRITTEN = 0.1, 0.7, 0.98
"""How much of a build's time is over when people are known, rows are coded, buckets written."""


class Outgrown(Exception):
    """A coded column turned out to have too many distinct texts."""

    def __init__(self, column: str) -> None:
        self.column = column


@dataclass
class Rewriting:
    """One writing of buckets: of a trail that there is, or (None) of all anew.

    `known` are the dictionaries, which grow; `also` are buckets that are written in any case.
    """

    root: Path
    paths: Sequence[str]
    rules: Rules
    people: People
    note: TrailNote
    trail: Trail | None
    known: dict[str, dictionaries.Dictionary]
    progress: Progress | None = None
    moves: Moves | None = None
    moved: Moved | None = None
    also: Collection[int] = ()

    def run(self, log_rows: int, replaced: Sequence[delta.DataFile] = ()) -> None:
        """Write the buckets in one commit; `replaced` are files that go besides theirs."""
        encoder = Encoder(self.people, self.known, self.note.coded, self.rules.unit)
        with Scatter(self.root, self.note.buckets) as scatter:
            last_seq, last_ts = self._code(encoder, scatter, log_rows)
            new = scatter.rows
            left = self._move(scatter)
            dictionaries.save(self.root, self.known)
            numbers = sorted({*scatter.touched(), *left, *self.also})
            adds = [add for add in self._write(scatter, numbers) if add is not None]
        note = replace(
            self.note,
            covered=max(self.note.covered, last_seq),
            rows=self.note.rows + new,
            nobody=self.note.nobody + encoder.nobody,
            bots=self.note.bots + encoder.bots,
            last_ts=_later(self.note.last_ts, last_ts if last_seq >= 0 else None),
            sizes={column: len(dictionary) for column, dictionary in self.known.items()},
        )
        note, gone = self._folded(note, numbers)
        gone = [*gone, *replaced]
        schema = trail_schema(self.note.coded).append(pa.field(PARTITION, pa.int32()))
        folder = self.root / FOLDER
        delta.commit(folder, schema, PARTITION, [a for a, _ in adds], gone, note.to_json())
        if gone:
            delta.sweep(folder)

    def _folded(
        self, note: TrailNote, numbers: Sequence[int]
    ) -> tuple[TrailNote, list[delta.DataFile]]:
        """The note of a trail whose buckets took in what lay beside them, and the files that go."""
        if self.trail is None:
            return note, []
        gone = [self.trail.files[n] for n in numbers if n in self.trail.files]
        kept = self.trail.fresh.needed(numbers)
        gone += [file for file in self.trail.fresh.files if file not in kept]
        folded = {**note.folded, **{str(number): note.generation for number in numbers}}
        same = {} if self.paths else {str(n): self.trail.stamp(n) for n in numbers}
        return replace(note, folded=folded if kept else {}, before=same), gone

    def _code(self, encoder: Encoder, scatter: Scatter, total: int) -> tuple[int, int]:
        last_seq, last_ts, coded = -1, np.iinfo(np.int64).min, 0
        say(self.progress, "sorting by person")
        told = part(self.progress, PEOPLE, CODED_ALL)

        def one(task: tuple[int, str, int]) -> tuple[int, int, int]:
            name, path, group = task
            chunk = chunks.read(path, group, self.note.covered, self.note.coded)
            if not chunk.num_rows:
                return -1, np.iinfo(np.int64).min, 0
            scatter.add(encoder.encode(chunk), name)
            self._check_sizes(encoder)
            return int(integers(chunk["seq"]).max()), int(integers(chunk["ts"]).max()), len(chunk)

        tasks = [(i, p, g) for i, (p, g) in enumerate(chunks.groups(self.paths, self.note.covered))]
        for seq, ts, rows in chunks.threads(one, tasks):
            last_seq, last_ts, coded = max(last_seq, seq), max(last_ts, ts), coded + rows
            if told:
                told(coded, total)
        return last_seq, last_ts

    def _move(self, scatter: Scatter) -> set[int]:
        """Put rows that changed hands where they belong now; the buckets that they left."""
        if self.moves is None:
            return set()
        coded, unit = self.note.coded, self.rules.unit
        moved = moved_rows(self.moves, self.people, self.paths, self.known, coded, unit)
        if moved is None:
            return set()
        scatter.add(moved.rows, -1)
        self.moved = moved
        return moved.left(self.note.buckets)

    def _kept(self, number: int, schema: pa.Schema) -> list[pa.Table]:
        """What stays in a bucket of the old trail."""
        if self.trail is None:
            return []
        parts = self.trail.kept(number, schema)
        if self.moved is None:
            return parts
        seqs = self.moved.seqs
        return [part.filter(pa.array(~np.isin(integers(part["seq"]), seqs))) for part in parts]

    def _check_sizes(self, encoder: Encoder) -> None:
        for column in self.note.coded if self.trail is None else ():
            if len(encoder.dictionaries[column]) > MOST_TEXTS:
                raise Outgrown(column)

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
            rows = mark_orders(rows, order, self.note.coded, values)
            return delta.write_file(
                self.root / FOLDER,
                (PARTITION, str(number)),
                rows,
                row_group_size=max(len(rows), 1),
                use_dictionary=[*self.note.coded, *texts],
                write_statistics=False,
            )

        values = {column: self.known[column].values for column in self.note.coded}
        told, adds = part(self.progress, CODED_ALL, WRITTEN), []
        for add in chunks.threads(one, numbers):
            adds.append(add)
            if told:
                told(len(adds), len(numbers))
        return adds


def _later(one: int | None, other: int | None) -> int | None:
    known = [moment for moment in (one, other) if moment is not None]
    return max(known, default=None)
