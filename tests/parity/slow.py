"""Work that takes its time: a source and a kernel that workers can import."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Numbers:
    """A source whose buckets are their own numbers."""

    count: int

    @property
    def numbers(self):
        return list(range(self.count))

    def load(self, number, _=()):
        return number


@dataclass(frozen=True)
class Slowly:
    """A kernel that squares half a second long, and fails on one number."""

    columns: tuple = ()
    fails: int = -1

    def __call__(self, number):
        if number == self.fails:
            raise ValueError(f"no square of {number} today")
        time.sleep(0.5)
        return number * number
