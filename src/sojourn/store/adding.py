"""Adding to the trail what is new, beside its buckets: they are not written again.

The new rows, and those that changed hands, go into a small file of their own, which readers merge
with the buckets. Each new file takes along those before it that are not twice as large, so there
are only ever a few; a row is written as often as its number of rows can be doubled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from sojourn.core.condition import Condition
from sojourn.core.identity import People
from sojourn.store import chunks, delta, dictionaries, fresh
from sojourn.store.encode import Encoder, Unit, integers, trail_schema
from sojourn.store.fresh import GENERATION, GONE, MOVED, rows_in
from sojourn.store.marks import mark_orders, sort_rows
from sojourn.store.moving import Moved
from sojourn.store.trail import FOLDER, PARTITION, Trail, TrailNote

SMALL = 50_000
"""A trail of so few rows is written again as quickly as another file is."""

SHARE = 20
"""Rows are put beside the buckets when there are so many times as many in the trail."""

MOST_FRESH = 800_000
"""So many rows may lie beside the buckets."""


def worth_it(note: TrailNote, beside: int, more: int) -> bool:
    """Whether so many new rows are better put beside the buckets than into them."""
    return note.rows >= SMALL and more * SHARE <= note.rows and beside + more <= MOST_FRESH


@dataclass
class Adding:
    """One addition to a trail; `known` are its dictionaries, which grow."""

    trail: Trail
    people: People
    known: dict[str, dictionaries.Dictionary]
    order: Condition
    unit: Unit

    def add(self, paths: Sequence[str], moved: Moved | None, note: TrailNote) -> None:
        """Put the log's rows that the trail lacks, and those that moved, beside the buckets.

        `note` is the trail's, with the versions of the log and the claims that it then is of.
        """
        encoder = Encoder(self.people, self.known, note.coded, self.unit)
        parts = [
            chunks.read(path, group, note.covered, note.coded)
            for path, group in chunks.groups(paths, note.covered)
        ]
        new = [encoder.encode(part) for part in parts if len(part)]
        mine = [] if moved is None else [moved.rows]
        rows = self._marked(pa.concat_tables([trail_schema(note.coded).empty_table(), *new, *mine]))
        came = np.arange(len(rows)) >= sum(map(len, new))
        if moved is not None:
            rows = pa.concat_tables([rows, gone_rows(moved, note.coded)])
            came = np.append(came, np.zeros(len(moved.rows), bool))
        dictionaries.save(self.trail.root, self.known)
        seqs = [int(integers(part["seq"]).max()) for part in parts if len(part)]
        last = [int(integers(part["ts"]).max()) for part in parts if len(part)]
        note = replace(
            note,
            covered=max([note.covered, *seqs]),
            rows=note.rows + sum(len(part) for part in new),
            nobody=note.nobody + encoder.nobody,
            bots=note.bots + encoder.bots,
            last_ts=max([*last, *([] if note.last_ts is None else [note.last_ts])], default=None),
            sizes={column: len(dictionary) for column, dictionary in self.known.items()},
            generation=note.generation + 1,
        )
        self._commit(rows.append_column(MOVED, pa.array(came)), note)

    def _marked(self, rows: pa.Table) -> pa.Table:
        """Orders are marked each by itself; who reported one twice is found when read."""
        values = {column: self.known[column].values for column in self.trail.note.coded}
        alone = rows.set_column(
            rows.schema.get_field_index("order_id"), "order_id", pa.nulls(len(rows), pa.string())
        )
        marks = mark_orders(alone, self.order, self.trail.note.coded, values)["order"]
        return rows.set_column(rows.schema.get_field_index("order"), "order", marks)

    def _commit(self, rows: pa.Table, note: TrailNote) -> None:
        folder = self.trail.root / FOLDER
        taken = delta.taken_along(self.trail.fresh.files, len(rows))
        adds = list[AddAction]()
        if len(rows):
            newest = pa.repeat(pa.scalar(note.generation, pa.int32()), len(rows))
            add, _ = delta.write_file(
                folder,
                (PARTITION, str(fresh.NUMBER)),
                self._together(taken, rows.append_column(GENERATION, newest)),
                use_dictionary=True,
                write_statistics=False,
            )
            adds.append(add)
        schema = trail_schema(note.coded).append(pa.field(PARTITION, pa.int32()))
        delta.commit(folder, schema, PARTITION, adds, taken, note.to_json())

    def _together(self, taken: Sequence[delta.DataFile], rows: pa.Table) -> pa.Table:
        """The rows of some files that still count, and new ones, in the trail's order."""
        folder, names = self.trail.root / FOLDER, rows.schema.names
        parts = [pq.ParquetFile(folder / f.path).read(names).cast(rows.schema) for f in taken]
        live = rows_in([*parts, rows]).live(self.trail.note.buckets, self.trail.fresh.folded)
        return sort_rows(pa.concat_tables([*parts, rows]).filter(pa.array(live)))


def gone_rows(moved: Moved, coded: Sequence[str]) -> pa.Table:
    """A row for each that moved, which says that who had it has it no more."""
    schema, count = trail_schema(coded), len(moved.rows)
    told = {
        "person": pa.array(moved.were, pa.int32()),
        "ts": moved.rows["ts"],
        "seq": moved.rows["seq"],
        "own": moved.rows["own"],
        "order": pa.array(np.full(count, GONE, np.int8)),
    }
    columns = [told[f.name] if f.name in told else pa.nulls(count, f.type) for f in schema]
    return pa.table(
        [column.cast(f.type) for column, f in zip(columns, schema, strict=True)], schema
    )
