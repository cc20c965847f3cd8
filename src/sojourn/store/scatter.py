"""Rows of the trail on their way into buckets: kept on disk between coding and sorting.

Each chunk of the log becomes one Arrow file with one record batch a bucket, so that a bucket's
rows are later read without touching anybody else's, and memory stays at one chunk a thread.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Ints


class Scatter:
    """A temporary place where rows wait, by bucket; a context manager that leaves nothing."""

    def __init__(self, folder: Path, buckets: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
        self._buckets = buckets
        self._files: list[tuple[Path, Ints]] = []

    def __enter__(self) -> Scatter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, rows: pa.Table, name: int) -> None:
        """Put rows away; `name` tells this chunk from the others."""
        if not rows.num_rows:
            return
        bucket = rows["person"].to_numpy() % self._buckets
        order = np.argsort(bucket.astype(np.int16), kind="stable")
        counts = np.bincount(bucket, minlength=self._buckets)
        ends = np.cumsum(counts)
        sorted_rows = rows.take(pa.array(order)).combine_chunks()
        path = self._folder / f"{name}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
            for start, count in zip(ends - counts, counts, strict=True):
                if count:
                    writer.write_table(sorted_rows.slice(int(start), int(count)))
        self._files.append((path, counts))

    @property
    def rows(self) -> int:
        """How many rows wait."""
        return sum(int(counts.sum()) for _, counts in self._files)

    def touched(self) -> list[int]:
        """The buckets that any row fell into."""
        total = sum((counts for _, counts in self._files), np.zeros(self._buckets, np.int64))
        return [int(number) for number in np.flatnonzero(total)]

    def read(self, number: int) -> list[pa.Table]:
        """A bucket's rows, chunk by chunk."""
        found = []
        for path, counts in self._files:
            if counts[number]:
                place = int((counts[:number] > 0).sum())
                with pa.OSFile(str(path), "rb") as source:
                    batch = pa.ipc.open_file(source).get_batch(place)
                found.append(pa.Table.from_batches([batch]))
        return found


def leftovers(folder: Path) -> Collection[Path]:
    """Temporary places that a killed build has left behind."""
    return sorted(folder.glob(".building-*"))
