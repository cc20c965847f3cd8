"""What a database does for the server, whichever it is.

Statements are written once. What the two say in different words stands in braces: `{serial}` for
a number that is given in order and never twice, `{key}`, `{blob}`, `{cross}` and `{by:INDEX}` for
a join whose order and index are meant, where the database lets one say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol


class Done(NamedTuple):
    """What a statement gave: its rows, and how many it changed."""

    rows: list[tuple[Any, ...]]
    changed: int


class Database(Protocol):
    """One connection; what is written outside of `at_once` is committed by itself.

    Everything raises DatabaseFailed when the database does not do it.
    """

    place: str
    """Where it is, without any secret."""

    def execute(self, query: str, args: Sequence[Any] = ()) -> Done:
        """Do a statement, in which `?` stands for each of the arguments."""
        ...

    def many(self, query: str, rows: Iterable[Sequence[Any]]) -> int:
        """Do a statement for each of some rows; how many it changed."""
        ...

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add many rows to a table."""
        ...

    def at_once(self, alone: str = "") -> AbstractContextManager[None]:
        """What is written within is committed whole, or not at all; synced when it is left.

        With `alone`, nobody else writes to that table meanwhile.
        """
        ...

    def hold(self, table: str) -> bool:
        """Be the one who empties a table, for as long as this connection lasts; False while
        another connection is."""
        ...

    def given(self, table: str, column: str) -> int:
        """The last number that a `{serial}` column gave, 0 before the first."""
        ...

    def names(self) -> list[str]:
        """The tables that are there."""
        ...

    def shed(self, table: str) -> None:
        """Leave nothing on the disk of rows that were taken out of a table."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
