"""Whole paths: which sequences of nodes there are, and how often each.

Paths are grouped by a 64-bit hash of their nodes and their length, and then compared node by
node, so that no collision can merge two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Ints

_MIX = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIER = 0xD6E8FEB86659FD93 | 1


@dataclass(frozen=True)
class Paths:
    """Distinct paths: their nodes one after another, where each begins, and how often it comes."""

    nodes: Ints
    starts: Ints
    count: Ints

    def __len__(self) -> int:
        return len(self.starts)

    def sequences(self) -> Iterator[list[int]]:
        """Each path's nodes."""
        ends = np.append(self.starts[1:], len(self.nodes))[: len(self)]
        nodes = self.nodes.tolist()
        for start, end in zip(self.starts.tolist(), ends.tolist(), strict=True):
            yield nodes[start:end]


def distinct_paths(nodes: Ints, starts: Ints, count: Ints | None = None) -> Paths:
    """Group equal paths; each path begins at one of `starts` and ends where the next begins.

    >>> found = distinct_paths(np.array([1, 2, 1, 2, 3]), np.array([0, 2, 4]))
    >>> sorted(zip(found.sequences(), found.count.tolist()))
    [([1, 2], 2), ([3], 1)]
    """
    weight = np.ones(len(starts), np.int64) if count is None else count
    if not len(starts):
        return Paths(nodes[:0], starts, weight)
    length = np.diff(np.append(starts, len(nodes)))
    key = _hashes(nodes, starts)
    order = np.lexsort((length, key))
    fresh = np.append(True, (np.diff(key[order]) != 0) | (np.diff(length[order]) != 0))
    first = order[np.flatnonzero(fresh)]
    group = np.empty(len(starts), np.int64)
    group[order] = np.cumsum(fresh) - 1
    if not _equal(nodes, starts, length, first[group]):
        return _plain(nodes, starts, weight)
    total = np.bincount(group, weights=weight, minlength=len(first)).astype(np.int64)
    return _gathered(nodes, starts[first], length[first], total)


def merge(parts: Sequence[Paths]) -> Paths:
    """The distinct paths of all parts together."""
    lengths = [len(part.nodes) for part in parts]
    offsets: Sequence[int] = np.cumsum([0, *lengths[:-1]]).tolist() if parts else []
    empty = np.zeros(0, np.int64)
    return distinct_paths(
        np.concatenate([empty, *(p.nodes for p in parts)]),
        np.concatenate([empty, *(p.starts + o for p, o in zip(parts, offsets, strict=True))]),
        np.concatenate([empty, *(p.count for p in parts)]),
    )


def _hashes(nodes: Ints, starts: Ints) -> NDArray[np.uint64]:
    """A hash of each path: the sum of its mixed nodes, each times a power of its place."""
    place = np.arange(len(nodes)) - np.repeat(starts, np.diff(np.append(starts, len(nodes))))
    powers = np.empty(int(place.max()) + 1, np.uint64)
    powers[0] = 1
    powers[1:] = np.uint64(_MULTIPLIER)
    np.multiply.accumulate(powers, out=powers)
    mixed = nodes.astype(np.uint64) + np.uint64(1)
    mixed *= _MIX
    mixed ^= mixed >> np.uint64(29)
    return np.asarray(np.add.reduceat(mixed * powers[place], starts))


def _equal(nodes: Ints, starts: Ints, length: Ints, model: Ints) -> bool:
    """Whether every path is node by node the one that stands for its group."""
    shift = np.repeat(starts[model] - starts, length)
    return bool((nodes[np.arange(len(nodes)) + shift] == nodes).all())


def _gathered(nodes: Ints, starts: Ints, length: Ints, count: Ints) -> Paths:
    begin = np.cumsum(length) - length
    rows = np.arange(int(length.sum())) + np.repeat(starts - begin, length)
    return Paths(nodes[rows], begin, count)


def _plain(nodes: Ints, starts: Ints, weight: Ints) -> Paths:
    """The same without hashes, should two different paths ever share one."""
    found: dict[bytes, int] = {}
    ends = np.append(starts[1:], len(nodes))
    for start, end, times in zip(starts, ends, weight, strict=True):
        path = nodes[start:end].tobytes()
        found[path] = found.get(path, 0) + int(times)
    flat = [np.frombuffer(path, np.int64) for path in found]
    length = np.array([len(path) for path in flat], np.int64)
    return Paths(np.concatenate(flat), np.cumsum(length) - length, np.array(list(found.values())))
