"""The log's newer rows, chunk by chunk, and the few threads that work on them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.store.encode import LOG_COLUMNS, integers


def groups(paths: Iterable[str], covered: int) -> Iterator[tuple[str, int]]:
    """The row groups that hold rows newer than `covered`, by what Parquet says of them."""
    for path in paths:
        meta = pq.ParquetFile(path).metadata
        place = meta.schema.names.index("seq")
        for group in range(meta.num_row_groups):
            stats = meta.row_group(group).column(place).statistics
            if stats is None or not stats.has_min_max or stats.max > covered:
                yield path, group


def read(path: str, group: int, covered: int, coded: Collection[str]) -> pa.Table:
    """The rows of a row group that are newer than `covered`, in the log's columns."""
    texts = [*coded, "actor", "device", "user_id", "device_id"]
    file = pq.ParquetFile(path, read_dictionary=texts)
    chunk = file.read_row_group(group, list(LOG_COLUMNS), use_threads=False)
    if covered >= 0:
        chunk = chunk.filter(pa.array(integers(chunk["seq"]) > covered))
    return chunk


def threads(work: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
    """What the work gives for each task, in their order, a few at once."""
    with ThreadPoolExecutor(max_workers=max(1, min(4, cpu_count() or 1))) as pool:
        yield from pool.map(work, tasks)
