"""Texts grouped by their shape, so that each group is parsed as one array of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sojourn.core.bucket import Ints

MOST_SHAPES = 400
"""Real columns have a handful of shapes; beyond this many the rest is not worth the time."""

LONGEST = 80


def _classes() -> NDArray[np.uint8]:
    """Digits become `9`, letters `A`, everything else stays itself."""
    table = np.arange(256, dtype=np.uint8)
    table[ord("0") : ord("9") + 1] = ord("9")
    table[ord("A") : ord("Z") + 1] = ord("A")
    table[ord("a") : ord("z") + 1] = ord("A")
    table[128:] = ord("?")
    return table


CLASSES = _classes()


@dataclass(frozen=True)
class Group:
    """The rows of one shape, such as `9999-99-99 99:99`, and their texts as a matrix of bytes."""

    shape: str
    rows: Ints
    letters: NDArray[np.uint8]

    def number(self, start: int, end: int) -> Ints:
        """The digits between two places as one integer a row (18 digits at most)."""
        narrow: type[np.signedinteger[Any]] = np.int32 if end - start < 10 else np.int64
        value: NDArray[np.signedinteger[Any]] = np.zeros(len(self.rows), narrow)
        for place in range(start, end):
            value *= 10
            value += self.letters[:, place] - np.uint8(ord("0"))
        return value.astype(np.int64)

    def words(self, start: int, end: int) -> tuple[list[str], Ints]:
        """The distinct texts between two places, lower case, and which of them each row has."""
        part = np.ascontiguousarray(self.letters[:, start:end])
        texts, back = np.unique(part.view(f"S{end - start}").ravel(), return_inverse=True)
        return [text.decode("ascii", "replace").lower() for text in texts.tolist()], back


def groups_of(texts: pa.Array[Any]) -> Iterator[Group]:
    """Group the texts that are neither null nor longer than 80 bytes by shape.

    >>> [g.shape for g in groups_of(pa.array(["2026-01-02", "3/4/26", None]))]
    ['9/9/99', '9999-99-99']
    """
    data, starts, lengths = _buffers(texts)
    here = lengths > 0
    left = MOST_SHAPES
    for length in np.unique(lengths[here]).tolist():
        if length > LONGEST:
            return
        rows = np.flatnonzero(lengths == length)
        letters = _matrix(data, starts[rows], length)
        for group in _split(rows, letters):
            yield group
            left -= 1
            if not left:
                return


def _split(rows: Ints, letters: NDArray[np.uint8]) -> Iterator[Group]:
    classes = CLASSES[letters]
    while len(rows):
        shape = classes[0]
        same = (classes == shape).all(axis=1)
        name = shape.tobytes().decode("ascii")
        if same.all():
            yield Group(name, rows, letters)
            return
        yield Group(name, rows[same], letters[same])
        rows, letters, classes = rows[~same], letters[~same], classes[~same]


def _matrix(data: NDArray[np.uint8], starts: Ints, length: int) -> NDArray[np.uint8]:
    if len(starts) and (np.diff(starts) == length).all():
        first = int(starts[0])
        return data[first : first + len(starts) * length].reshape(-1, length)
    taken: NDArray[np.uint8] = data[starts[:, None] + np.arange(length)]
    return taken


def _buffers(texts: pa.Array[Any]) -> tuple[NDArray[np.uint8], Ints, Ints]:
    """The bytes of all texts, where each starts and how long it is (0 for null)."""
    if not len(texts):
        return np.zeros(0, np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64)
    plain = texts.cast(pa.string())
    buffers: list[Any] = plain.buffers()
    bounds = np.frombuffer(buffers[1], np.int32)[plain.offset : plain.offset + len(plain) + 1]
    starts = bounds[:-1].astype(np.int64)
    lengths = np.diff(bounds).astype(np.int64)
    if plain.null_count:
        lengths[~np.asarray(plain.is_valid())] = 0
    data = buffers[2]
    letters = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return letters, starts, lengths
