"""Which channel or content serves which stage? Its part as first, assist and last contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np

from sojourn.core.bucket import Ints, Reals, run_starts
from sojourn.core.durations import DAY
from sojourn.core.intervals import wilson
from sojourn.core.model import Model
from sojourn.core.table import Column, Table
from sojourn.measure.notes import notes
from sojourn.measure.roles_kernel import Met, RolesKernel
from sojourn.measure.select import NONE
from sojourn.measure.stages import merge_labels, with_block
from sojourn.measure.view import View

COLUMNS = (
    Column("stage", "text"),
    Column("item", "text"),
    Column("people", "integer", "people"),
    Column("contacts", "integer", "touchpoints"),
    Column("stays", "integer", "sojourns"),
    Column("moved", "integer", "moves"),
    Column("part", "number", "share"),
    Column("first", "integer", "moves"),
    Column("assist", "integer", "moves"),
    Column("last", "integer", "moves"),
    Column("median_days_to_move", "number", "days"),
    Column("sentiment", "number", "-1..1"),
    Column("sentiment_n", "integer", "touchpoints"),
    Column("meant_for", "text"),
    Column("works_in", "text"),
)
SUMMED = ("people", "contacts", "stays", "moved", "first", "assist", "last", "sentiment_n")
FEWEST = 5
"""Moves that an item must have closed before it is said to work in a stage."""
TOLD = 5
"""How many items that work elsewhere than meant the notes name."""

CAUTION = (
    "Association, not cause: longer stays meet more, and what people meet often has a part in "
    "many moves."
)


def roles(view: View, of: str, labels: Sequence[str], meant: Mapping[str, int]) -> Table:
    """One row a stage and item met in it, the largest part in the stage's moves first.

    `labels` are the values of the column `of` in order of code; `meant` says for which stage an
    item is meant. `part` is the share of the stage's moves in whose stay it was met; `first` and
    `last`, with those of `(none)`, add up to the stage's moves.
    """
    none = list(labels).index(NONE) if NONE in labels else -1
    parts: list[Met] = view.run(RolesKernel(view, of, len(labels), none))
    blocks = merge_labels([part.blocks for part in parts], view)
    found = _merged(parts, blocks, len(view.model.stages), len(labels) + 1)
    rows: list[dict[str, Any]] = []
    told: list[str] = []
    for number, block in enumerate(blocks):
        mine = _rows(view.model, found.of(number), [*labels, NONE], meant)
        told += _elsewhere(view.model, mine)
        rows += [{**row, view.by: block} if view.by else row for row in mine]
    columns = with_block(COLUMNS, view.by)
    data = {column.name: [row[column.name] for row in rows] for column in columns}
    said = notes(view, [part.basis for part in parts], [CAUTION, *_shortened(told)])
    return Table.of("roles", columns, data, {"of": of, **said})


@dataclass(frozen=True)
class Cells:
    """What was met, a cell each: its block, stage and item, sums, and median wait (NaN: none)."""

    block: Ints
    stage: Ints
    item: Ints
    sums: Mapping[str, Ints]
    feeling: Reals
    wait: Reals

    def of(self, block: int) -> Cells:
        """The cells of one block."""
        mine = self.block == block
        sums = {name: numbers[mine] for name, numbers in self.sums.items()}
        rest = (self.block, self.stage, self.item, self.feeling, self.wait)
        one, two, three, felt, wait = (numbers[mine] for numbers in rest)
        return Cells(one, two, three, sums, felt, wait)


def _merged(parts: Sequence[Met], blocks: Sequence[str], stages: int, items: int) -> Cells:
    """All buckets' cells as one, in order of block, stage and item."""
    place = {label: number for number, label in enumerate(blocks)}

    def key(part: Met, block: Ints, stage: Ints, item: Ints) -> Ints:
        of = np.array([place[label] for label in part.blocks], np.int64)
        return (of[block] * stages + stage) * items + item if len(of) else block

    none = np.zeros(0, np.int64)
    keys = [none, *(key(part, part.block, part.stage, part.item) for part in parts)]
    cell, back = np.unique(np.concatenate(keys), return_inverse=True)

    def total(numbers: Sequence[Any]) -> Any:
        weights = np.concatenate([none, *numbers])
        return np.bincount(back, weights, minlength=len(cell))

    sums = {name: total([part.counts[name] for part in parts]).astype(np.int64) for name in SUMMED}
    waits = [none, *(key(part, *part.waits[:3]) for part in parts)]
    times = [none, *(part.waits[3] for part in parts)]
    return Cells(
        cell // items // stages,
        cell // items % stages,
        cell % items,
        sums,
        total([part.feeling for part in parts]),
        _medians(cell, np.concatenate(waits), np.concatenate(times)),
    )


def _medians(cell: Ints, key: Ints, time: Ints) -> Reals:
    """The median time of each cell, NaN where it has none."""
    order = np.lexsort((time, key))
    key, time = key[order], time[order]
    begin = run_starts(key)
    count = np.diff(begin, append=len(key))
    found = np.full(len(cell), np.nan)
    middle = (time[begin + (count - 1) // 2] + time[begin + count // 2]) / 2
    found[np.searchsorted(cell, key[begin])] = middle
    return found


def _rows(
    model: Model, cells: Cells, items: Sequence[str], meant: Mapping[str, int]
) -> list[dict[str, Any]]:
    ids = [stage.id for stage in model.stages]
    moves = np.bincount(cells.stage, cells.sums["first"], minlength=len(ids)).astype(np.int64)
    works = _works_in(cells, moves, len(items) - 1)
    rows = []
    for at, (stage, code) in enumerate(zip(cells.stage.tolist(), cells.item.tolist(), strict=True)):
        sums = {name: int(numbers[at]) for name, numbers in cells.sums.items()}
        item, felt = items[code], sums["sentiment_n"]
        rows.append(
            {
                "stage": ids[stage],
                "item": item,
                **sums,
                "part": sums["moved"] / int(moves[stage]) if moves[stage] else None,
                "median_days_to_move": None if isnan(cells.wait[at]) else cells.wait[at] / DAY,
                "sentiment": float(cells.feeling[at]) / felt if felt else None,
                "meant_for": ids[meant[item]] if item in meant else None,
                "works_in": ids[works[code]] if code in works else None,
            }
        )
    rows.sort(key=lambda r: (ids.index(r["stage"]), -r["moved"], -r["people"], r["item"]))
    return rows


def _works_in(cells: Cells, moves: Ints, none: int) -> dict[int, int]:
    """The stage whose moves each item most surely closes, as the last contact before them."""
    best: dict[int, tuple[float, int]] = {}
    found = (cells.stage.tolist(), cells.item.tolist(), cells.sums["last"].tolist())
    for stage, item, closed in zip(*found, strict=True):
        if item != none and closed >= FEWEST:
            part = (at_least(closed, int(moves[stage])), -stage)
            best[item] = max(best.get(item, part), part)
    return {item: -stage for item, (_, stage) in best.items()}


def at_least(hits: int, of: int) -> float:
    """The lower end of Wilson's 95% interval of a share.

    >>> round(at_least(5, 10), 3), at_least(0, 10)
    (0.237, 0.0)
    """
    return wilson(hits, of)[0]


def _elsewhere(model: Model, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    names = {stage.id: stage.name for stage in model.stages}
    both = {
        (row["item"], row["meant_for"], row["works_in"])
        for row in rows
        if row["meant_for"] and row["works_in"] and row["meant_for"] != row["works_in"]
    }
    return [
        f"{item} is meant for {names[meant]} and works in {names[works]}."
        for item, meant, works in sorted(both)
    ]


def _shortened(told: Sequence[str]) -> list[str]:
    more = len(told) - TOLD
    rest = [f"{more:,} more work elsewhere than meant: see meant_for and works_in."]
    return [*told[:TOLD], *(rest if more > 0 else [])]
