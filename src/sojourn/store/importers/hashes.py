"""The hashes of very many ids, in bounded memory: sorted stretches on disk, compared by range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Hashed = NDArray[np.uint64]

STRETCH = 4_000_000
"""So many hashes are gathered in memory before they are sorted and written."""

RANGE = 4_000_000
"""About so many are compared at a time."""


class Hashes:
    """A growing multitude of 64-bit hashes; `name` tells its files in `folder` from others."""

    def __init__(self, folder: Path, name: str, files: Sequence[str] = ()) -> None:
        self.folder = folder
        self.name = name
        self.files = list(files)
        self._parts: list[Hashed] = []
        self._gathered = 0
        self.count = sum(len(self._open(file)) for file in self.files)

    def add(self, hashes: Hashed) -> None:
        """Take some more."""
        self._parts.append(hashes)
        self._gathered += len(hashes)
        self.count += len(hashes)
        if self._gathered >= STRETCH:
            self.flush()

    def flush(self) -> None:
        """Write down what was gathered."""
        if self._gathered:
            file = f"{self.name}-{len(self.files)}.npy"
            np.save(self.folder / file, np.sort(np.concatenate(self._parts)))
            self.files.append(file)
        self._parts, self._gathered = [], 0

    def _open(self, file: str) -> Hashed:
        found: Hashed = np.load(self.folder / file, mmap_mode="r")
        return found

    def ranges(self, parts: int) -> Iterator[Hashed]:
        """All hashes in order, in so many ranges of about the same size."""
        self.flush()
        stretches = [self._open(file) for file in self.files]
        bounds = [(2**64 * i // parts) for i in range(1, parts)]
        places = [
            [0, *np.searchsorted(each, np.array(bounds, np.uint64)).tolist(), len(each)]
            for each in stretches
        ]
        for i in range(parts):
            found = [s[at[i] : at[i + 1]] for s, at in zip(stretches, places, strict=True)]
            yield np.sort(np.concatenate([*found, np.zeros(0, np.uint64)]))


def doubtful(new: Hashes, known: Hashes) -> Hashed:
    """The hashes that are there twice among the new ones, or among them and the known ones.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     new, known = Hashes(Path(folder), "new"), Hashes(Path(folder), "known")
    ...     new.add(np.array([5, 3, 5, 9], np.uint64)); known.add(np.array([9, 9, 1], np.uint64))
    ...     doubtful(new, known).tolist()
    [5, 9]
    """
    parts = 1 + (new.count + known.count) // RANGE
    found = []
    for here, there in zip(new.ranges(parts), known.ranges(parts), strict=True):
        twice = here[1:][here[1:] == here[:-1]]
        places = np.searchsorted(there, here)
        again = here[places < len(there)]
        again = again[there[places[places < len(there)]] == again]
        found.append(np.unique(np.concatenate([twice, again])))
    return np.concatenate(found)
