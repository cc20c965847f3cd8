"""The engine of one machine: threads over buckets. NumPy and PyArrow let them run side by side."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sojourn.engine.base import Kernel, Source

Partial = TypeVar("Partial")


class LocalEngine:
    """Reads each bucket and runs the kernel on it, a few at a time.

    Memory is bounded by `threads` buckets and the partials.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or max(1, min(8, os.cpu_count() or 1))

    def run(self, source: Source, kernel: Kernel[Partial]) -> list[Partial]:
        """The partial of each bucket, in order of bucket."""

        def one(number: int) -> Partial:
            return kernel(source.load(number, kernel.columns))

        numbers = source.numbers
        if len(numbers) < 2 or self.threads == 1:
            return [one(number) for number in numbers]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(one, numbers))
