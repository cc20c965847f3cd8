"""Blocks through threads: parsed and converted side by side, handed on in the file's order."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from sojourn.store.importers.source import Block, Place, Source
from sojourn.store.progress import Progress as Progress

Result = TypeVar("Result")

WORKERS = min(4, os.cpu_count() or 1)
AHEAD = 1
"""How many pieces more than workers are in flight: each costs memory."""

MEMORY_LIMIT = "512MB"


class Engine:
    """One DuckDB in memory, a cursor a thread; what does not fit goes to the folder `spill`."""

    def __init__(self, spill: Path) -> None:
        self._con = duckdb.connect()
        self._con.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        self._con.execute("set threads = 1")
        self._con.execute("set temp_directory = ?", [str(spill)])
        self._local = threading.local()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """This thread's own cursor."""
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._con.cursor()
        cursor: duckdb.DuckDBPyConnection = self._local.cursor
        return cursor

    def widen(self) -> None:
        """Let one query use all cores, once blocks no longer do."""
        self._con.execute(f"set threads = {WORKERS}")

    def close(self) -> None:
        """Give back its memory."""
        self._con.close()


@contextmanager
def engine(spill: Path) -> Iterator[Engine]:
    """An Engine that is closed at the end."""
    found = Engine(spill)
    try:
        yield found
    finally:
        found.close()


class Changed(Exception):
    """The beginning of a file is not what it was when its pieces were staged."""


def in_order(
    source: Source, work: Callable[[Block], Result], progress: Progress | None
) -> Iterator[Result]:
    """What `work` makes of each block of the source, in order, a few at a time."""
    return (result for _, result in placed(source, work, progress))


def placed(
    source: Source,
    work: Callable[[Block], Result],
    progress: Progress | None,
    begin: Place | None = None,
) -> Iterator[tuple[Place, Result]]:
    """The same, each with the place after its piece, from the place `begin` on.

    Raises Changed when the source does not read up to there as it did.
    """

    def task(piece: Any) -> Result:
        return work(source.parse(piece))

    pending: deque[tuple[Place, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="import")
    try:
        for place, piece in _from(source, begin or Place(), progress):
            pending.append((place, pool.submit(task, piece)))
            if len(pending) > WORKERS + AHEAD:
                yield _next(pending, source, progress)
        while pending:
            yield _next(pending, source, progress)
        if progress:
            progress(source.total, source.total)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _next(
    pending: deque[tuple[Place, Future[Result]]], source: Source, progress: Progress | None
) -> tuple[Place, Result]:
    place, future = pending.popleft()
    result = future.result()
    if progress:
        progress(place.done, source.total)
    return place, result


def _from(source: Source, begin: Place, progress: Progress | None) -> Iterator[tuple[Place, Any]]:
    """The pieces after a place, each with the place after it."""
    number = 0
    for number, piece in enumerate(source.pieces(), 1):
        if number > begin.pieces:
            yield Place(number, source.done, source.mark()), piece
        elif number == begin.pieces and (source.done, source.mark()) != begin[1:]:
            raise Changed
        elif progress:
            progress(source.done, source.total)
    if number < begin.pieces:
        raise Changed
