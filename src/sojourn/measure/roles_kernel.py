"""What people met in each stage, and whether it opened, helped or closed their stay in it.

A contact is a touchpoint of the person, or one of the business that reaches out to them, that
has a value in the column asked about. It belongs to the stay in which it happens: from the
touchpoint that entered the stage up to, not including, the one that ended the stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, Reals, run_starts
from sojourn.core.frame import TouchpointFrame
from sojourn.core.history import SECOND_REPORT
from sojourn.core.touches import SERVICE
from sojourn.measure.select import MOVED, RESTARTED, Basis, Selected, columns_needed, select
from sojourn.measure.view import View


@dataclass(frozen=True)
class Met:
    """One bucket's cells, each a block, a stage and an item of `labels` (the last is none).

    A cell counts people, contacts, stays in which the item was met and those that ended in a
    move; of these, how often it was the first, the last, or another contact. `wait_cell` and
    `wait` are a move each: from the first contact with the item in the stay to the move.
    """

    blocks: Sequence[str]
    block: Ints
    stage: Ints
    item: Ints
    counts: dict[str, Ints]
    feeling: Reals
    waits: tuple[Ints, Ints, Ints, Ints]
    basis: Basis


@dataclass(frozen=True)
class RolesKernel:
    """Counts what was met in each stage of one bucket; `items` are the column's values."""

    view: View
    of: str
    items: int
    none: int
    """The code of a value that is called `(none)`, or -1."""

    @property
    def columns(self) -> frozenset[str]:
        """What the walk, the filters and the contacts read."""
        return columns_needed(self.view, {"name", "sentiment", self.of})

    def __call__(self, bucket: Bucket) -> Met:
        selected = select(self.view, bucket)
        return _counted(selected, _pairs(self, selected))


@dataclass(frozen=True)
class Pairs:
    """A stay and an item met in it, in order of stay; the item is `items` where none was met."""

    stay: Ints
    item: Ints
    since: Ints
    contacts: Ints
    first: Bools
    last: Bools
    feelings: Ints
    feeling: Reals


def _pairs(kernel: RolesKernel, selected: Selected) -> Pairs:
    bucket, stays = selected.bucket, selected.walked.sojourns
    column = bucket.columns[kernel.of]
    assert isinstance(column, Coded)  # noqa: S101 - checked where the question is asked
    stay = stay_of_rows(selected)
    kept = (column.codes >= 0) & (column.codes != kernel.none) & (stay >= 0) & _contacts(bucket)
    if selected.view.only is not None:
        kept &= selected.view.only.mask(TouchpointFrame(bucket))
    rows = np.flatnonzero(kept)
    stay, item = stay[rows], column.codes[rows].astype(np.int64)
    begins = run_starts(stay)
    ends = np.append(begins[1:], len(stay))[: len(begins)] - 1
    opened = np.full(len(stays), kernel.items)
    closed = opened.copy()
    opened[stay[begins]], closed[stay[begins]] = item[begins], item[ends]
    empty = np.flatnonzero(opened == kernel.items)
    key = np.append(stay, empty) * (kernel.items + 1) + np.append(item, kernel.items + 0 * empty)
    pair, at, back, contacts = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    of, what = np.divmod(pair, kernel.items + 1)
    since = np.append(bucket.ts[rows], 0 * empty)[at]
    felt = np.append(np.asarray(bucket.columns["sentiment"])[rows], np.full(len(empty), np.nan))
    known = ~np.isnan(felt)
    return Pairs(
        of,
        what,
        since,
        np.where(what < kernel.items, contacts, 0),
        what == opened[of],
        what == closed[of],
        np.bincount(back[known], minlength=len(pair)),
        np.bincount(back[known], felt[known], minlength=len(pair)).astype(np.float64),
    )


def stay_of_rows(selected: Selected) -> Ints:
    """The sojourn that each row belongs to, -1 where it is in none."""
    walked = selected.walked
    row, cycle = walked.sojourns.row, walked.sojourns.cycle
    stay = np.searchsorted(row, np.arange(len(selected.bucket)), side="right") - 1
    mine = (walked.cycle_of >= 0) & (np.append(cycle, -1)[stay] == walked.cycle_of)
    return np.where(mine, stay, -1)


def _contacts(bucket: Bucket) -> Bools:
    names = bucket.columns["name"]
    assert isinstance(names, Coded)  # noqa: S101 - names are always texts
    service = np.array([*(text in SERVICE for text in names.values), False], bool)[names.codes]
    return (bucket.own | ~service) & (bucket.order != SECOND_REPORT)


def _counted(selected: Selected, pairs: Pairs) -> Met:
    """The pairs of the chosen stays, added up by block, stage and item."""
    blocks, stays = selected.sojourn_blocks, selected.walked.sojourns
    start = np.searchsorted(pairs.stay, blocks.index)
    count = np.searchsorted(pairs.stay, blocks.index, side="right") - start
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    pair = np.repeat(start, count) + within
    stay, item = pairs.stay[pair], pairs.item[pair]
    block, stage = np.repeat(blocks.block, count), stays.stage[stay]
    width = int(item.max(initial=0)) + 1
    key, cell = np.unique((block * selected.stages + stage) * width + item, return_inverse=True)
    rest, what = np.divmod(key, width)
    left, outcome = selected.ended
    moved = np.isin(outcome[stay], (MOVED, RESTARTED))
    first, last = moved & pairs.first[pair], moved & pairs.last[pair]
    person = selected.bucket.person[stays.row[stay]]
    numbers = {
        "people": _distinct(cell, person, len(key)),
        "contacts": _sums(cell, pairs.contacts[pair], len(key)),
        "stays": np.bincount(cell, minlength=len(key)),
        "moved": np.bincount(cell[moved], minlength=len(key)),
        "first": np.bincount(cell[first], minlength=len(key)),
        "assist": np.bincount(cell[moved & ~first & ~last], minlength=len(key)),
        "last": np.bincount(cell[last], minlength=len(key)),
        "sentiment_n": _sums(cell, pairs.feelings[pair], len(key)),
    }
    feeling = np.bincount(cell, pairs.feeling[pair], minlength=len(key)).astype(np.float64)
    met = moved & (pairs.contacts[pair] > 0)
    wait = left[stay[met]] - pairs.since[pair[met]]
    return Met(
        blocks=blocks.labels,
        block=rest // selected.stages,
        stage=rest % selected.stages,
        item=what,
        counts=numbers,
        feeling=feeling,
        waits=(block[met], stage[met], item[met], wait),
        basis=selected.basis(),
    )


def _sums(cell: Ints, numbers: Ints, size: int) -> Ints:
    return np.rint(np.bincount(cell, numbers, minlength=size)).astype(np.int64)


def _distinct(cell: Ints, person: Ints, size: int) -> Ints:
    order = np.lexsort((person, cell))
    cell, person = cell[order], person[order]
    fresh = np.ones(len(cell), bool)
    fresh[1:] = (cell[1:] != cell[:-1]) | (person[1:] != person[:-1])
    return np.bincount(cell[fresh], minlength=size)
