"""Distinct paths as texts, in order: the frequent first, then by text.

Texts are long and many, so they are neither sorted nor joined: paths are put in order by the
ranks of their nodes, several nodes a number, and written in that order, piece by piece.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Ints, run_starts
from sojourn.measure.paths import Paths

ARROW = " > "
PIECE = 1 << 20
"""About so many nodes are written as texts at once."""

DEEP = 32
"""After so many numbers without a difference, what is left is compared as texts."""


def in_order(paths: Paths, names: Sequence[str]) -> Ints:
    """The places of the paths: by count, descending, then by text, ascending.

    >>> from sojourn.measure.paths import distinct_paths
    >>> found = distinct_paths(np.array([1, 0, 0, 1, 0], np.int32), np.array([0, 2, 4]))
    >>> texts(found, in_order(found, ["a", "b"]), ["a", "b"]).to_pylist()
    ['a', 'a > b', 'b > a']
    """
    ranked = sorted(range(len(names)), key=names.__getitem__)
    beside = zip(ranked[1:], ranked, strict=False)
    if any(names[after].startswith(names[before]) for after, before in beside):
        return _by_text(paths, np.arange(len(paths)), names)
    rank = np.empty(len(names), np.int64)
    rank[ranked] = np.arange(1, len(names) + 1)
    order = np.argsort(-paths.count, kind="stable")
    group = np.cumsum(_changes(paths.count[order]))
    tied = np.arange(len(paths))
    for depth in range(DEEP):
        rows = order[tied]
        word = _word(paths, rows, rank, depth)
        by_word = np.lexsort((word, group[tied]))
        order[tied] = rows[by_word]
        fresh = np.ones(len(paths), bool)
        fresh[1:] = group[1:] != group[:-1]
        fresh[tied] |= _changes(word[by_word])
        group = np.cumsum(fresh)
        first = run_starts(group)
        size = np.diff(first, append=len(group))
        tied = np.flatnonzero(np.repeat(size > 1, size))
        if not len(tied):
            return order
    order[tied] = _by_text(paths, order[tied], names, group[tied])
    return order


def _changes(values: Ints) -> Ints:
    change = np.ones(len(values), bool)
    change[1:] = values[1:] != values[:-1]
    return change


def _word(paths: Paths, rows: Ints, rank: Ints, depth: int) -> Ints:
    """The ranks of some nodes of each path as one number; a path that has ended comes first."""
    bits = len(rank).bit_length()
    many = 63 // bits
    begin = paths.starts[rows] + depth * many
    end = np.append(paths.starts, len(paths.nodes))[rows + 1]
    word = np.zeros(len(rows), np.int64)
    for place in range(many):
        here = begin + place
        inside = here < end
        word = word << bits | np.where(inside, rank[paths.nodes[np.where(inside, here, 0)]], 0)
    return word


def _by_text(paths: Paths, rows: Ints, names: Sequence[str], group: Ints | None = None) -> Ints:
    """The same, by the texts themselves: where names begin alike, or paths do for long."""
    lead = -paths.count[rows] if group is None else group
    found = pa.table({"lead": lead, "text": texts(paths, rows, names), "row": rows})
    ordered = found.sort_by([("lead", "ascending"), ("text", "ascending")])
    return np.asarray(ordered["row"].to_numpy())


def texts(paths: Paths, order: Ints, names: Sequence[str]) -> pa.ChunkedArray:
    """The paths as texts, their nodes joined by ` > `, in some order."""
    labels = pa.array([*names, *(f"{ARROW}{name}" for name in names)], pa.large_string())
    length = np.diff(paths.starts, append=len(paths.nodes))[order]
    ends = np.cumsum(length)
    cuts = np.searchsorted(ends, np.arange(PIECE, ends[-1] if len(ends) else 0, PIECE))
    bounds = [0, *np.unique(cuts[cuts > 0]).tolist(), len(order)]
    pieces = list(zip(bounds, bounds[1:], strict=False))

    def piece(bound: tuple[int, int]) -> pa.Array:
        some = slice(*bound)
        return _written(paths, paths.starts[order[some]], length[some], labels)

    with ThreadPoolExecutor(max(1, min(8, os.cpu_count() or 1))) as pool:
        return pa.chunked_array(pool.map(piece, pieces), pa.string())


def _written(paths: Paths, starts: Ints, length: Ints, labels: pa.Array) -> pa.Array:
    """Paths as texts without joining them: every node but the first brings its arrow along."""
    begin = np.cumsum(length) - length
    node = np.repeat(starts - begin, length) + np.arange(length.sum())
    code = paths.nodes[node] + len(labels) // 2
    code[begin] -= len(labels) // 2
    parts = labels.take(pa.array(code))
    offsets = np.frombuffer(parts.buffers()[1], np.int64, len(code) + 1)
    bounds = offsets[np.append(begin, len(code))]
    if len(code) and bounds[-1] - bounds[0] >= np.iinfo(np.int32).max:
        whole = pa.LargeStringArray.from_buffers(
            len(starts), pa.py_buffer(bounds), parts.buffers()[2]
        )
        return whole.cast(pa.string())
    narrow = pa.py_buffer((bounds - bounds[0]).astype(np.int32))
    return pa.StringArray.from_buffers(len(starts), narrow, parts.buffers()[2])
