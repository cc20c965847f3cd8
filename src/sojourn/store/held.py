"""Columns of buckets held in memory from one version of the trail to the next.

A file never changes, so what was read of it once may be kept as long as there is room.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection

import pyarrow as pa

MOST_BYTES = 1_500_000_000


class Held:
    """The columns of files, up to so many bytes; those asked for longest ago go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._tables: OrderedDict[str, pa.Table] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def table(
        self, path: str, columns: Collection[str], read: Callable[[list[str]], pa.Table]
    ) -> pa.Table:
        """Some columns of a file, of which `read` reads those that are not held."""
        with self._lock:
            table = self._tables.pop(path, None)
            if table is not None:
                self._tables[path] = table
        known = [] if table is None else table.column_names
        missing = [name for name in dict.fromkeys(columns) if name not in known]
        if missing:
            table = self._joined(path, table, read(missing))
        assert table is not None or not columns  # noqa: S101 - what was missing has been read
        return table.select([*dict.fromkeys(columns)])

    def _joined(self, path: str, table: pa.Table | None, more: pa.Table) -> pa.Table:
        both = more
        if table is not None:
            both = pa.table({n: t[n] for t in (table, more) for n in t.column_names})
        with self._lock:
            before = self._tables.pop(path, None)
            self._bytes += both.nbytes - (0 if before is None else before.nbytes)
            self._tables[path] = both
            while self._bytes > self.most_bytes and len(self._tables) > 1:
                _, gone = self._tables.popitem(last=False)
                self._bytes -= gone.nbytes
        return both

    def keep_only(self, paths: Collection[str]) -> None:
        """Let go of every file but these."""
        with self._lock:
            for path in [path for path in self._tables if path not in paths]:
                self._bytes -= self._tables.pop(path).nbytes
