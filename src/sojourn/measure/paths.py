"""Whole paths: which sequences of nodes there are, and how often each.

Paths are grouped by a 64-bit hash of their nodes, and those that share one are then compared
node by node, so that no collision can merge two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Codes, Ints

Hashes = NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_POWER = 0xD6E8FEB86659FD93
_INVERSE = pow(_POWER, -1, 1 << 64)


@dataclass(frozen=True)
class Paths:
    """Distinct paths: their nodes one after another, where each begins, and how often it comes.

    `hashes` has one number a path, by which equal ones are found.
    """

    nodes: Codes
    starts: Ints
    count: Ints
    hashes: Hashes

    def __len__(self) -> int:
        return len(self.starts)

    def sequences(self) -> Iterator[list[int]]:
        """Each path's nodes."""
        ends = np.append(self.starts[1:], len(self.nodes))[: len(self)]
        nodes = self.nodes.tolist()
        for start, end in zip(self.starts.tolist(), ends.tolist(), strict=True):
            yield nodes[start:end]


def distinct_paths(nodes: Codes, starts: Ints) -> Paths:
    """Group equal paths; each path begins at one of `starts` and ends where the next begins.

    >>> found = distinct_paths(np.array([1, 2, 1, 2, 3], np.int32), np.array([0, 2, 4]))
    >>> sorted(zip(found.sequences(), found.count.tolist()))
    [([1, 2], 2), ([3], 1)]
    """
    return _grouped(Paths(nodes, starts, np.ones(len(starts), np.int64), _hashes(nodes, starts)))


def merge(parts: Sequence[Paths]) -> Paths:
    """The distinct paths of all parts together."""
    if not parts:
        return distinct_paths(np.zeros(0, np.int32), np.zeros(0, np.int64))
    ends = np.cumsum([len(part.nodes) for part in parts])
    starts = [part.starts + end - len(part.nodes) for part, end in zip(parts, ends, strict=True)]
    return _grouped(
        Paths(
            np.concatenate([part.nodes for part in parts]),
            np.concatenate(starts),
            np.concatenate([part.count for part in parts]),
            np.concatenate([part.hashes for part in parts]),
        )
    )


def _grouped(paths: Paths) -> Paths:
    """Each path once, the first of equal ones, with their counts together."""
    if not len(paths):
        return paths
    order = np.argsort(paths.hashes, kind="stable")
    sorted_hashes = paths.hashes[order]
    begins = np.flatnonzero(np.append(True, sorted_hashes[1:] != sorted_hashes[:-1]))
    if len(begins) == len(paths):
        return paths
    model = np.empty(len(paths), np.int64)
    model[order] = np.repeat(order[begins], np.diff(begins, append=len(paths)))
    length = np.diff(paths.starts, append=len(paths.nodes))
    if not _equal(paths, length, model):
        return _plain(paths)
    first = np.flatnonzero(model == np.arange(len(model)))
    total = np.bincount(model, weights=paths.count)[first].astype(np.int64)
    kept = paths.nodes[np.repeat(model == np.arange(len(model)), length)]
    begin = np.cumsum(length[first]) - length[first]
    return Paths(kept, begin, total, paths.hashes[first])


@lru_cache(maxsize=4)
def _powers(exponent: int) -> tuple[Hashes, Hashes]:
    """The powers of the multiplier and of its inverse below `2 ** exponent`, modulo `2 ** 64`."""
    both = np.empty((2, 1 << exponent), np.uint64)
    for row, base in zip(both, (_POWER, _INVERSE), strict=True):
        row[0] = 1
        row[1:] = base
        np.multiply.accumulate(row, out=row)
    return both[0], both[1]


def _hashes(nodes: Codes, starts: Ints) -> Hashes:
    """A hash of each path: the sum of its mixed nodes, each times a power of its place.

    The power is that of the place among all nodes; the inverse power of the path's first place
    makes it the place within the path.
    """
    if not len(starts):
        return np.zeros(0, np.uint64)
    mixed = np.arange(1, int(nodes.max()) + 2, dtype=np.uint64) * _MIX
    mixed ^= mixed >> np.uint64(29)
    power, inverse = _powers(len(nodes).bit_length())
    return np.asarray(np.add.reduceat(mixed[nodes] * power[: len(nodes)], starts) * inverse[starts])


def _equal(paths: Paths, length: Ints, model: Ints) -> bool:
    """Whether every path is node by node the one that stands for its group."""
    others = np.flatnonzero(model != np.arange(len(model)))
    models, lengths = model[others], length[others]
    if (length[models] != lengths).any():
        return False
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    mine = paths.nodes[np.repeat(paths.starts[others], lengths) + within]
    return bool((mine == paths.nodes[np.repeat(paths.starts[models], lengths) + within]).all())


def _plain(paths: Paths) -> Paths:
    """The same without hashes, should two different paths ever share one."""
    found: dict[tuple[int, ...], tuple[int, int]] = {}
    for place, path in enumerate(paths.sequences()):
        times, at = found.get(tuple(path), (0, place))
        found[tuple(path)] = times + int(paths.count[place]), at
    length = np.array([len(path) for path in found], np.int64)
    return Paths(
        np.concatenate([np.array(path, np.int32) for path in found]),
        np.cumsum(length) - length,
        np.array([times for times, _ in found.values()], np.int64),
        paths.hashes[[at for _, at in found.values()]],
    )
