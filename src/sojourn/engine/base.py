"""The contract between questions and whoever runs them.

A question is a kernel, a pure function from one bucket to a small partial result, and the
columns it reads. An engine decides where buckets come from and who runs the kernel; what it
gives back are the partials, in order of bucket. No question knows which engine ran it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol, TypeVar, runtime_checkable

from sojourn.core.bucket import Bucket

Partial = TypeVar("Partial", covariant=True)


@runtime_checkable
class Kernel(Protocol[Partial]):
    """One question's work on one bucket; it can be pickled and has no state."""

    @property
    def columns(self) -> Collection[str]:
        """The columns that a bucket must hold, beside those that it always does."""
        ...

    def __call__(self, bucket: Bucket) -> Partial: ...


class Source(Protocol):
    """Where buckets come from: a version of the trail, or arrays in memory."""

    @property
    def numbers(self) -> list[int]: ...

    def load(self, number: int, columns: Collection[str] = ()) -> Bucket: ...


class Engine(Protocol):
    """Runs a kernel over every bucket of a source."""

    def run(self, source: Source, kernel: Kernel[Any]) -> list[Any]:
        """The partial of each bucket, in order."""
        ...
