"""The ids in the log, as hashes held in memory by who imports something every second."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import run_starts

Hashed = NDArray[np.uint64]

MOST_IDS = 100_000_000
"""Of more than so many (eight bytes each) none are held."""

MOST_PARTS = 64
"""So many files are searched one by one before they are merged with the others."""


class KnownIds:
    """The hashes of the ids in files of the log, each file read once.

    Files that are gone from the log stay known: a hash only says where to look closer.
    """

    def __init__(self) -> None:
        self._read: set[Path] = set()
        self._sorted = np.zeros(0, np.uint64)
        self._parts: list[Hashed] = []

    def among(self, asked: Hashed, files: Sequence[Path], con: Any) -> Hashed | None:
        """Those of the asked hashes that an id in these files has; None where they are too many.

        `con` is a DuckDB connection, whose `hash` made the asked ones.
        """
        self.read(files, con)
        if len(self._sorted) + sum(map(len, self._parts)) > MOST_IDS:
            return None
        found = [_both(asked, part) for part in (self._sorted, *self._parts)]
        return np.unique(np.concatenate(found))

    def read(self, files: Sequence[Path], con: Any) -> None:
        """Know the ids in these files, too."""
        for file in [file for file in files if file not in self._read]:
            rows = con.read_parquet(str(file), hive_partitioning=False).select(
                "hash(event_id) as h"
            )
            self._parts.append(np.sort(np.asarray(rows.to_arrow_table()["h"])))
            self._read.add(file)
        if len(self._parts) > MOST_PARTS or sum(map(len, self._parts)) > len(self._sorted):
            everything = np.sort(np.concatenate([self._sorted, *self._parts]), kind="stable")
            self._sorted, self._parts = everything[run_starts(everything)], []


def _both(asked: Hashed, known: Hashed) -> Hashed:
    places = np.searchsorted(known, asked)
    there = places < len(known)
    there[there] = known[places[there]] == asked[there]
    return asked[there]
