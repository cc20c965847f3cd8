"""What every kind of file gives to the importer: blocks of rows, in the order of the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Ints


class Broken(NamedTuple):
    """A row that goes to the rejected table: its number, why, and all that was read of it.

    `fields` are its values by the file's columns; a row that could not be taken apart has
    `raw`, its text, instead. `column` and `found` say what was wrong with which value, `file`
    where it stood when several are read together.
    """

    row: int
    reason: str
    raw: str | None = None
    fields: Mapping[str, Any] | None = None
    column: str | None = None
    found: str | None = None
    rejected_id: str | None = None
    file: str | None = None


@dataclass(frozen=True)
class Block:
    """Some rows of a file: `rows` are their numbers, counted from 1 within the block.

    `records` counts them together with those in `broken`; `lines` are the texts of the rows
    where the table does not hold all of what they say.
    """

    table: pa.Table
    rows: Ints
    records: int
    broken: list[Broken] = field(default_factory=list)
    lines: pa.Array[Any] | None = None

    def head(self, rows: int) -> Block:
        """The first rows alone."""
        if self.records <= rows:
            return self
        kept = self.rows <= rows
        lines = self.lines.filter(pa.array(kept)) if self.lines is not None else None
        broken = [one for one in self.broken if one.row <= rows]
        return Block(self.table.filter(pa.array(kept)), self.rows[kept], rows, broken, lines)


class Place(NamedTuple):
    """Where a source stands: pieces given, bytes (or rows) read for them, the hash of those."""

    pieces: int = 0
    done: int = 0
    mark: str = ""


class Source(Protocol):
    """A file or frame that can be read from its beginning more than once.

    `pieces` gives stretches of it in order, cheaply; `parse` turns one into a block and may run
    on any thread. `done` tells, of `total` bytes or rows, how much was read.
    """

    name: str
    format: str

    @property
    def encoding(self) -> str | None:
        """What the letters are written in; None where that is no question."""

    total: int
    done: int

    notes: list[str]

    looked: bool
    """Whether rows that name the columns again were looked for in all of the file."""

    @property
    def path(self) -> Path | None:
        """Where the file lies; None for what is no file that could be read again."""

    @property
    def size(self) -> int:
        """Bytes on disk; 0 for what is no file."""

    def mark(self) -> str:
        """The hash of all that was read so far; "" where nothing is hashed while it is read."""

    def hashed(self) -> str:
        """The SHA-256 of the file; "" for what is no file."""

    def settle_encoding(self) -> None:
        """Look at the whole file, whose beginning told nothing of its encoding."""

    def look_for_headers(self) -> None:
        """Look at the whole file for rows that name the columns again."""

    def want(self, columns: Sequence[str], amounts: Collection[str] = ()) -> None:
        """Give only these columns from now on, where that is less work.

        Numbers that the format itself writes with a decimal point are given, in the columns of
        `amounts`, so that nobody takes the point for that of thousands.
        """

    def code(self, columns: Collection[str]) -> None:
        """Give the texts of these columns coded from now on, where that is less work."""

    def sample(self) -> Block:
        """The first rows, as `parse` gives them."""

    def pieces(self) -> Iterator[Any]:
        """Stretches of the file, in order."""

    def parse(self, piece: Any) -> Block:
        """The rows of one piece."""


def joined(blocks: Sequence[Block]) -> Block:
    """Blocks that follow each other as one."""
    if len(blocks) == 1:
        return blocks[0]
    rows, broken, before = [], [], 0
    for block in blocks:
        rows.append(block.rows + before)
        broken += [one._replace(row=one.row + before) for one in block.broken]
        before += block.records
    table = pa.concat_tables([block.table for block in blocks])
    return Block(table, np.concatenate(rows), before, broken)


def numbered(table: pa.Table) -> Block:
    """A block of rows without any broken ones."""
    return Block(table, np.arange(1, table.num_rows + 1), table.num_rows)
