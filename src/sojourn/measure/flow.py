"""What follows what? Touchpoints from `(start)` to `(end)`, as pairs or as whole paths.

Repeats are kept. Nodes are capped, never paths: what is not among the most frequent `top` counts
as `(other)`. A pair is divided by the value on the touchpoint it leaves, and the pair from
`(start)` by the value on the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import (
    Bools,
    Bucket,
    Coded,
    Codes,
    Ints,
    gather,
    run_starts,
)
from sojourn.core.frame import TouchpointFrame
from sojourn.core.stride import signs
from sojourn.core.table import Column, Table
from sojourn.errors import QuestionError
from sojourn.measure.notes import notes
from sojourn.measure.path_texts import in_order, texts
from sojourn.measure.paths import Paths, distinct_paths, merge
from sojourn.measure.personas import PERSONA, by_persona
from sojourn.measure.select import (
    NONE,
    Basis,
    Selected,
    column_for,
    columns_needed,
    rows_in_period,
    select,
)
from sojourn.measure.stages import merge_labels, with_block
from sojourn.measure.view import View

START, END, OTHER = "(start)", "(end)", "(other)"
TOP = 100

PAIR_COLUMNS = (
    Column("from", "text"),
    Column("to", "text"),
    Column("count", "integer", "times"),
    Column("people", "integer", "people"),
)
PATH_COLUMNS = (
    Column("path", "text"),
    Column("count", "integer", "cycles"),
    Column("share", "number", "share"),
)


@dataclass(frozen=True)
class Shown:
    """The touchpoints that a flow shows: their nodes, and where each journey begins."""

    row: Ints | slice
    node: Codes
    starts: Ints
    person: Ints


@dataclass(frozen=True)
class Pairs:
    """One bucket's pairs: block, from and to as one key, with counts and distinct people."""

    labels: Sequence[str]
    key: Ints
    count: Ints
    people: Ints
    empty: int
    basis: Basis


@dataclass(frozen=True)
class Nodes:
    """The values of a column as numbers: 0 start, 1 end, 2 other, 3 none, then the shown values."""

    column: str
    names: tuple[str, ...]
    number: tuple[int, ...]

    @property
    def labels(self) -> list[str]:
        """Each node's name."""
        return [START, END, OTHER, NONE, *self.names]

    @property
    def size(self) -> int:
        """How many nodes there are at most."""
        return len(self.names) + 4

    @cached_property
    def _of_code(self) -> Codes:
        return np.array([*self.number, 3], np.int32)

    def of(self, codes: Codes) -> Codes:
        """The node of each code."""
        return gather(self._of_code, codes)


def shown(selected: Selected, column: str, nodes: Nodes) -> Shown:
    """The touchpoints of the chosen cycles, hidden ones left out."""
    bucket, mask = selected.bucket, shown_rows(selected)
    row: Ints | slice = slice(None)
    starts = selected.walked.cycles.row
    if not mask.all():
        row = np.flatnonzero(mask)
        starts = run_starts(selected.walked.cycle_of[row])
    return Shown(row, nodes.of(_texts(bucket, column).codes[row]), starts, bucket.person[row])


def shown_rows(selected: Selected) -> Bools:
    """Which touchpoints are shown: of the chosen cycles, in the period, not hidden by `only`."""
    view, bucket = selected.view, selected.bucket
    mask = selected.row_kept & rows_in_period(view, bucket)
    if view.only is not None:
        mask &= view.only.mask(TouchpointFrame(bucket))
    return mask


def _texts(bucket: Bucket, column: str) -> Coded:
    values = bucket.columns[column]
    if not isinstance(values, Coded):
        raise QuestionError(f"a flow needs a column of texts; {column!r} is a number")
    return values


@dataclass(frozen=True)
class PairsKernel:
    """Counts one bucket's pairs of neighbours."""

    view: View
    nodes: Nodes

    @property
    def columns(self) -> frozenset[str]:
        """What the walk, the filters and the nodes read."""
        return columns_needed(self.view, [self.nodes.column])

    def __call__(self, bucket: Bucket) -> Pairs:
        selected = select(self.view, bucket, "touchpoints")
        seen = shown(selected, self.nodes.column, self.nodes)
        labels, block = row_blocks(selected, seen.row)
        key = np.concatenate([_pairs(seen, self.nodes.size), seen.node[seen.starts]])
        if block is not None:
            area = self.nodes.size * self.nodes.size
            key = np.concatenate([block, block[seen.starts]]) * area + key
        person = np.concatenate([seen.person, seen.person[seen.starts]])
        key, count, people = count_people(key, person)
        kept = int(selected.kept.sum())
        return Pairs(labels, key, count, people, kept - len(seen.starts), selected.basis())


def _pairs(seen: Shown, size: int) -> NDArray[np.integer]:
    """Each touchpoint's node and the one after it in its journey, as one number."""
    after = np.empty_like(seen.node)
    after[:-1] = seen.node[1:]
    after[seen.starts[1:] - 1] = after[-1:] = 1
    wide = seen.node if size < 1 << 15 else seen.node.astype(np.int64)
    return wide * size + after


def row_blocks(selected: Selected, row: Ints | slice) -> tuple[list[str], Ints | None]:
    """The block of each shown touchpoint, by its own value; None where there is but one."""
    by = selected.view.by
    if by is None:
        return [""], None
    coded = column_for(selected, by)
    used, block = np.unique(coded.codes[row], return_inverse=True)
    return [NONE if c < 0 else coded.values[c] for c in used.tolist()], block.astype(np.int64)


def count_people(key: NDArray[np.integer], person: Ints) -> tuple[Ints, Ints, Ints]:
    """Each key once, with how often it comes and how many people have it.

    Key and person are sorted as one number, which is faster than ordering one by the other.

    >>> found = count_people(np.array([5, 7, 5, 5]), np.array([1, 1, 2, 2]))
    >>> [column.tolist() for column in found]
    [[5, 7], [3, 1], [2, 1]]
    """
    if not len(key):
        none = np.zeros(0, np.int64)
        return none, none, none
    least = person.min()
    bits = int(person.max() - least).bit_length()
    narrow = (int(key.max()) + 1) << bits <= 1 << 32
    both: NDArray[Any] = key.astype(np.uint32 if narrow else np.int64)
    both = both << bits | (person - least).astype(both.dtype)
    both.sort()
    one = both >> bits
    first, each = run_starts(one), run_starts(both)
    people = np.diff(np.searchsorted(each, first), append=len(each))
    return one[first].astype(np.int64), np.diff(first, append=len(key)), people


@dataclass(frozen=True)
class CountKernel:
    """How often each value of a column comes among the chosen touchpoints."""

    view: View
    column: str
    size: int

    @property
    def everything(self) -> bool:
        """Whether nothing chooses among the cycles; what is in one is then the lapse's to say."""
        return self.view.within == "cycle" and self.view.everything

    @property
    def columns(self) -> frozenset[str]:
        """What the filters and the nodes read, and the walk where it matters."""
        alone = frozenset([self.column])
        return alone if self.everything else columns_needed(self.view, alone)

    def __call__(self, bucket: Bucket) -> Ints:
        if self.everything:
            bucket = bucket.until(self.view.as_of)
            kept, _ = signs(bucket, self.view.rules.lapse)
        else:
            selected = select(self.view, bucket, "touchpoints")
            bucket, kept = selected.bucket, shown_rows(selected)
        codes = _texts(bucket, self.column).codes
        codes = codes if kept.all() else codes[kept]
        return np.bincount(codes + 1, minlength=self.size + 1)[1:].astype(np.int64)


def nodes_of(view: View, column: str, values: Sequence[str], top: int) -> Nodes:
    """The `top` most frequent values as nodes; the rest is `(other)`."""
    if len(values) <= top:
        chosen = list(range(len(values)))
    else:
        counts = sum(
            view.run(CountKernel(view, column, len(values))), np.zeros(len(values), np.int64)
        )
        order = sorted(range(len(values)), key=lambda i: (-int(counts[i]), values[i]))
        chosen = sorted(order[:top])
    number = np.full(len(values), 2)
    number[chosen] = np.arange(len(chosen)) + 4
    return Nodes(column, tuple(values[i] for i in chosen), tuple(number.tolist()))


def flow(view: View, values: Sequence[str], *, of: str = "name", top: int = TOP) -> Table:
    """One row a pair of neighbours within a cycle: how often, and by how many people.

    `values` are the column's texts in order of code. Without filters the counts from `(start)`
    add up to the cycles.
    """
    nodes = nodes_of(view, of, values, top)
    if view.by == PERSONA:
        return by_persona(view, lambda each: _pairs_table(each, nodes))
    return _pairs_table(view, nodes)


def _pairs_table(view: View, nodes: Nodes) -> Table:
    parts: list[Pairs] = view.run(PairsKernel(view, nodes))
    labels = merge_labels([part.labels for part in parts], view)
    key, count, people = _merged(parts, labels, nodes.size * nodes.size)
    block, pair = np.divmod(key, nodes.size * nodes.size)
    order = np.lexsort((key, -count, block))
    names = np.array(nodes.labels, object)
    data: dict[str, Any] = {
        "from": names[pair[order] // nodes.size],
        "to": names[pair[order] % nodes.size],
        "count": count[order],
        "people": people[order],
    }
    if view.by is not None:
        data[view.by] = [labels[number] for number in block[order].tolist()]
    said = notes(view, [p.basis for p in parts], _remarks(nodes, sum(p.empty for p in parts)))
    return Table.of("flow", with_block(PAIR_COLUMNS, view.by), data, said)


def _merged(parts: Sequence[Pairs], labels: Sequence[str], area: int) -> tuple[Ints, Ints, Ints]:
    """Every bucket's pairs together: block and pair as one key, times, and people."""
    place = {label: number for number, label in enumerate(labels)}
    keys, counts, people = ([np.zeros(0, np.int64)] for _ in range(3))
    for part in parts:
        blocks = np.array([place[label] for label in part.labels], np.int64)
        if len(part.key):
            keys.append(blocks[part.key // area] * area + part.key % area)
            counts.append(part.count)
            people.append(part.people)
    key, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    times, persons = (
        np.bincount(inverse, weights=np.concatenate(amounts), minlength=len(key)).astype(np.int64)
        for amounts in (counts, people)
    )
    return key, times, persons


def _remarks(nodes: Nodes, empty: int) -> list[str]:
    found = []
    if 2 in nodes.number:
        others = nodes.number.count(2)
        found.append(f"{others:,} rarer values of {nodes.column} are shown as {OTHER}.")
    if empty:
        found.append(f"{empty:,} cycles show no touchpoint and are left out.")
    return found


@dataclass(frozen=True)
class PathsKernel:
    """One bucket's distinct whole paths."""

    view: View
    nodes: Nodes

    @property
    def columns(self) -> frozenset[str]:
        """What the walk, the filters and the nodes read."""
        return columns_needed(self.view, [self.nodes.column])

    def __call__(self, bucket: Bucket) -> tuple[Paths, int, Basis]:
        selected = select(self.view, bucket, "touchpoints")
        seen = shown(selected, self.nodes.column, self.nodes)
        found = distinct_paths(seen.node, seen.starts)
        return found, int(selected.kept.sum()) - len(seen.starts), selected.basis()


def flow_paths(view: View, values: Sequence[str], *, of: str = "name", top: int = TOP) -> Table:
    """One row a whole path of a cycle, the most frequent first; `share` is of all cycles shown."""
    if view.by is not None:
        raise QuestionError(
            "whole paths cannot be divided by a column: a path has many touchpoints",
            hint="Choose cycles with --where, or people with --people.",
        )
    nodes = nodes_of(view, of, values, top)
    parts = view.run(PathsKernel(view, nodes))
    paths = merge([part[0] for part in parts])
    total = int(paths.count.sum())
    order = in_order(paths, nodes.labels)
    count = paths.count[order]
    path = texts(paths, order, nodes.labels)
    data = {"path": path, "count": count, "share": count / max(total, 1)}
    remarks = _remarks(nodes, sum(part[1] for part in parts))
    return Table.of("paths", PATH_COLUMNS, data, notes(view, [part[2] for part in parts], remarks))
