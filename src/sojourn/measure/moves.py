"""From which stage to which, how many, and how fast?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bucket import Bucket, Ints, run_starts
from sojourn.core.durations import DAY
from sojourn.core.table import Column, Table
from sojourn.measure.notes import notes
from sojourn.measure.outlines import run
from sojourn.measure.select import LAPSED, OUTCOME_NAMES, Basis, Selected, columns_needed, select
from sojourn.measure.stages import merge_labels, with_block
from sojourn.measure.view import View

COLUMNS = (
    Column("from_stage", "text"),
    Column("to_stage", "text"),
    Column("kind", "text"),
    Column("count", "integer", "moves"),
    Column("people", "integer", "people"),
    Column("median_of_completed_days", "number", "days"),
)
EACH = (
    Column("person", "text"),
    Column("cycle", "integer"),
    Column("from_stage", "text"),
    Column("to_stage", "text"),
    Column("kind", "text"),
    Column("entered_at", "time"),
    Column("moved_at", "time"),
    Column("days", "number", "days"),
)
KINDS = LAPSED + 1


@dataclass(frozen=True)
class Ended:
    """One bucket's ended stays: what kind of move (a code), whose, after how long."""

    labels: Sequence[str]
    block: Ints
    move: Ints
    person: Ints
    duration: Ints
    basis: Basis


@dataclass(frozen=True)
class MovesKernel:
    """Lists one bucket's ended stays."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read."""
        return columns_needed(self.view)

    def __call__(self, bucket: Bucket) -> Ended:
        return self.of(select(self.view, bucket))

    def of(self, selected: Selected) -> Ended:
        """The ended stays of some people who have been walked."""
        blocks, sojourns = selected.sojourn_blocks, selected.walked.sojourns
        left, outcome = (part[blocks.index] for part in selected.ended)
        over = outcome <= LAPSED
        index = blocks.index[over]
        row = sojourns.row[index]
        to = sojourns.next_stage[index] + 1
        width = selected.stages + 1
        return Ended(
            labels=blocks.labels,
            block=blocks.block[over],
            move=(sojourns.stage[index] * width + to) * KINDS + outcome[over],
            person=selected.bucket.person[row],
            duration=left[over] - selected.bucket.ts[row],
            basis=selected.basis(),
        )


def moves(view: View) -> Table:
    """One row a way of leaving a stage: moving on (skips too), beginning again, or lapsing.

    `to_stage` is null unless `kind` is `moved`. The median is of completed moves only: who is
    still in the stage is not in it, so it is no estimate of how long people stay.
    """
    parts: list[Ended] = run(view, MovesKernel(view))
    labels = merge_labels([part.labels for part in parts], view)
    place = {label: i for i, label in enumerate(labels)}
    width = len(view.model.stages) + 1
    per_block = width * width * KINDS
    keys = [
        np.array([place[label] for label in p.labels], np.int64)[p.block] * per_block + p.move
        for p in parts
        if len(p.block)
    ]
    data: dict[str, list[Any]] = {c.name: [] for c in with_block(COLUMNS, view.by)}
    for key, people, days in _groups(keys, [p for p in parts if len(p.block)]):
        block, move = divmod(key, per_block)
        pair, kind = divmod(move, KINDS)
        came, went = divmod(pair, width)
        if view.by is not None:
            data[view.by].append(labels[block])
        data["from_stage"].append(view.model.stages[came].id)
        data["to_stage"].append(view.model.stages[went - 1].id if went else None)
        data["kind"].append(OUTCOME_NAMES[kind])
        data["count"].append(len(days))
        data["people"].append(people)
        data["median_of_completed_days"].append(float(np.median(days)) / DAY)
    remark = ["The median is of completed moves: who is still in the stage is not in it."]
    return Table.of(
        "moves", with_block(COLUMNS, view.by), data, notes(view, [p.basis for p in parts], remark)
    )


def each_move(sojourns: Table) -> Table:
    """One row a move of one person: the ended stays of `sojourns`, as `moves` counts them.

    `moved_at` is when the stage was left, `days` how long the stay was.
    """
    data = sojourns.to_arrow()
    over = data.filter(pc.is_valid(data["left_at"]))
    entered, left = (over[name].cast(pa.int64()) for name in ("entered_at", "left_at"))
    found = {
        "person": over["person"],
        "cycle": over["cycle"],
        "from_stage": over["stage"],
        "to_stage": over["next_stage"],
        "kind": over["outcome"],
        "entered_at": over["entered_at"],
        "moved_at": over["left_at"],
        "days": pc.divide(pc.subtract(left, entered).cast(pa.float64()), float(DAY)),
    }
    return Table("each_move", EACH, pa.table(found), sojourns.notes)


def _groups(keys: Sequence[Ints], parts: Sequence[Ended]) -> list[tuple[int, int, Ints]]:
    """Each way of leaving with its distinct people and its durations."""
    if not keys:
        return []
    key = np.concatenate(keys)
    person = np.concatenate([p.person for p in parts])
    duration = np.concatenate([p.duration for p in parts])
    order = np.lexsort((person, key))
    key, person, duration = key[order], person[order], duration[order]
    first = run_starts(key)
    fresh = np.append(True, (person[1:] != person[:-1]) | (key[1:] != key[:-1]))
    people = np.add.reduceat(fresh, first, dtype=np.int64)
    spans = zip(first, np.append(first[1:], len(key)), strict=True)
    return [
        (int(key[start]), int(count), duration[start:end])
        for (start, end), count in zip(spans, people, strict=True)
    ]
