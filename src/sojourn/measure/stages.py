"""How many got to each stage, are there now, moved on, stalled, lapsed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sojourn.core.bucket import Bucket, Ints, stable_order
from sojourn.core.durations import DAY
from sojourn.core.incidence import LAPSED as LAPSING
from sojourn.core.incidence import MOVED as MOVING
from sojourn.core.incidence import STILL_HERE, moved_within
from sojourn.core.model import Model
from sojourn.core.table import Column, Table
from sojourn.measure import select as chosen
from sojourn.measure.notes import notes
from sojourn.measure.outlines import run
from sojourn.measure.select import Basis, Selected, columns_needed, select
from sojourn.measure.view import View

COUNTS = (
    "reached",
    "people",
    "seen",
    "entered",
    "passed_over",
    "moved_on",
    "restarted",
    "lapsed",
    "here",
    "stalled",
)
COLUMNS = (
    Column("stage", "text"),
    Column("name", "text"),
    *(
        Column(
            n,
            "integer",
            "people"
            if n == "people"
            else "sojourns"
            if n in COUNTS[3:4] + COUNTS[5:]
            else "cycles",
        )
        for n in COUNTS
    ),
    Column("conversion", "number", "share"),
    Column("moved_90d", "number", "share"),
    Column("days_to_move", "number", "days"),
)
WITHIN_DAYS = 90
CAUSE = np.array([MOVING, MOVING, LAPSING, STILL_HERE, STILL_HERE], np.int8)
"""How each outcome counts for moving on: lapsing competes, who is still here is pending."""


@dataclass(frozen=True)
class Tally:
    """One bucket's counts (a matrix of blocks and stages each) and its stays."""

    labels: Sequence[str]
    counts: dict[str, Ints]
    cell: Ints
    duration: Ints
    cause: Ints
    basis: Basis


@dataclass(frozen=True)
class StagesKernel:
    """Counts one bucket's cycles and sojourns by stage."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read."""
        return columns_needed(self.view)

    def __call__(self, bucket: Bucket) -> Tally:
        return self.of(select(self.view, bucket))

    def of(self, selected: Selected) -> Tally:
        """The counts of some people who have been walked."""
        cell, duration, cause = _stays(selected)
        blocks = selected.blocks
        counts = {**_cycle_counts(selected), **_sojourn_counts(selected)}
        return Tally(blocks.labels, counts, cell, duration, cause, selected.basis())


def _cycle_counts(selected: Selected) -> dict[str, Ints]:
    blocks, stages = selected.blocks, selected.stages
    cycles = selected.walked.cycles
    furthest, seen = cycles.furthest[blocks.index], cycles.seen[blocks.index]
    person = selected.cycle_person[blocks.index]
    size = len(blocks.labels)
    by_bit = [
        np.bincount(blocks.block[(seen >> s) & 1 == 1], minlength=size) for s in range(stages)
    ]
    order = np.lexsort((person, blocks.block)) if size > 1 else np.arange(len(person))
    keys = person[order] * size + blocks.block[order]
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    best = np.maximum.reduceat(furthest[order], first) if len(first) else furthest[:0]
    return {
        "reached": _at_least(blocks.block, furthest, size, stages),
        "people": _at_least(blocks.block[order][first], best, size, stages),
        "seen": np.stack(by_bit, axis=1).astype(np.int64),
    }


def _at_least(block: Ints, level: Ints, size: int, stages: int) -> Ints:
    """For each block and stage, how many have this level or a further one."""
    cells = np.bincount(block * (stages + 1) + level + 1, minlength=size * (stages + 1))
    matrix = cells.reshape(size, stages + 1)[:, 1:]
    return np.cumsum(matrix[:, ::-1], axis=1)[:, ::-1].astype(np.int64)


def _sojourn_counts(selected: Selected) -> dict[str, Ints]:
    blocks, stages = selected.sojourn_blocks, selected.stages
    shape = (len(blocks.labels), stages)
    cell = blocks.block * stages + selected.walked.sojourns.stage[blocks.index]
    ways = len(chosen.OUTCOME_NAMES)
    outcome = selected.ended[1][blocks.index]
    ended = np.bincount(cell * ways + outcome, minlength=shape[0] * stages * ways)

    def count(*codes: int) -> Ints:
        each: Ints = ended.reshape(*shape, ways)[:, :, codes].sum(axis=2, dtype=np.int64)
        return each

    return {
        "entered": count(*range(ways)),
        "moved_on": count(chosen.MOVED),
        "restarted": count(chosen.RESTARTED),
        "lapsed": count(chosen.LAPSED),
        "here": count(chosen.STALLED, chosen.OPEN),
        "stalled": count(chosen.STALLED),
    }


def _stays(selected: Selected) -> tuple[Ints, Ints, Ints]:
    """Each stay's cell, how long it has been watched, and how it ended."""
    blocks, sojourns = selected.sojourn_blocks, selected.walked.sojourns
    left, outcome = (part[blocks.index] for part in selected.ended)
    entered = selected.bucket.ts[sojourns.row[blocks.index]]
    duration = np.minimum(left, selected.view.as_of) - entered
    cell = blocks.block * selected.stages + sojourns.stage[blocks.index]
    horizon = WITHIN_DAYS * DAY
    cause = np.where(duration > horizon, STILL_HERE, CAUSE[outcome])
    return cell, np.minimum(duration, horizon + 1), cause


def stages(view: View) -> Table:
    """One row a stage (and block): how many got there, are there, moved on, stalled, lapsed.

    `reached` counts cycles whose furthest level is this stage or further, `seen` those in which
    it was seen whatever stage they were in; `entered = moved_on + restarted + lapsed + here`.
    `moved_90d` is the Aalen-Johansen incidence of moving on within 90 days, lapsing competing.
    """
    parts: list[Tally] = run(view, StagesKernel(view))
    labels = merge_labels([part.labels for part in parts], view)
    place = {label: i for i, label in enumerate(labels)}
    width = len(view.model.stages)
    matrix = {n: np.zeros((len(labels), width), np.int64) for n in COUNTS if n != "passed_over"}
    cells = []
    for part in parts:
        rows = np.array([place[label] for label in part.labels], np.int64)
        for name, values in part.counts.items():
            np.add.at(matrix[name], rows, values)
        cells.append(
            rows[part.cell // width] * width + part.cell % width if len(rows) else part.cell
        )
    matrix["passed_over"] = matrix["reached"] - matrix["entered"]
    estimates = _estimates(len(labels) * width, cells, parts)
    data = _data(view.model, labels, matrix, estimates, view.by)
    columns = with_block(COLUMNS, view.by)
    return Table.of(
        "stages", columns, data, notes(view, [p.basis for p in parts], _pending(matrix))
    )


def _estimates(
    size: int, cells: Sequence[Ints], parts: Sequence[Tally]
) -> list[tuple[float | None, float | None]]:
    if not parts:
        return [(None, None)] * size
    cell = np.concatenate(cells)
    order = stable_order(cell)
    duration = np.concatenate([p.duration for p in parts])[order]
    cause = np.concatenate([p.cause for p in parts])[order]
    ends = np.cumsum(np.bincount(cell, minlength=size))
    found = []
    for first, end in zip(np.append(0, ends)[:-1], ends, strict=True):
        found.append(moved_within(duration[first:end], cause[first:end], WITHIN_DAYS))
    return found


def _data(
    model: Model,
    labels: Sequence[str],
    matrix: dict[str, Ints],
    estimates: Sequence[tuple[float | None, float | None]],
    by: str | None,
) -> dict[str, Any]:
    width = len(model.stages)
    data: dict[str, Any] = {name: matrix[name].ravel() for name in COUNTS}
    data["stage"] = [stage.id for stage in model.stages] * len(labels)
    data["name"] = [stage.name for stage in model.stages] * len(labels)
    reached = matrix["reached"]
    data["conversion"] = [
        int(row[s + 1]) / int(row[s]) if s + 1 < width and row[s] else None
        for row in reached
        for s in range(width)
    ]
    data["moved_90d"] = [moved for moved, _ in estimates]
    data["days_to_move"] = [half for _, half in estimates]
    if by is not None:
        data[by] = [label for label in labels for _ in range(width)]
    return data


def _pending(matrix: dict[str, Ints]) -> list[str]:
    here = int(matrix["here"].sum())
    if not here:
        return []
    return [f"{here:,} stays have not ended yet; they are pending, not lost."]


def with_block(columns: Sequence[Column], by: str | None) -> list[Column]:
    """The columns with the block's first."""
    return [*([Column(by, "text")] if by is not None else []), *columns]


def merge_labels(parts: Sequence[Sequence[str]], view: View) -> list[str]:
    """Every bucket's labels, sorted; without blocks there is exactly one."""
    if view.by is None:
        return [""]
    if view.by == "persona":
        return list(view.personas)
    found = {label for labels in parts for label in labels}
    return sorted(found - {chosen.NONE}) + ([chosen.NONE] if chosen.NONE in found else [])
