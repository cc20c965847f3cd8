"""The rows that a recipe leaves out, each with the reason that it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from sqlglot import exp

from sojourn.core.bucket import Ints
from sojourn.store.importers.source import Block
from sojourn.store.recipes.columns import Columns
from sojourn.store.recipes.expression import Expression
from sojourn.store.recipes.format import Entry, Left, Value
from sojourn.store.recipes.shaping import Shaper


@dataclass
class Sieve:
    """The `leave_out` of a source; the first reason that holds is the one that counts."""

    left: Sequence[Left]
    columns: Columns
    where: str

    def __post_init__(self) -> None:
        ifs = [
            exp.If(this=one.when.tree.copy(), true=exp.Literal.string(str(i)))
            for i, one in enumerate(self.left)
        ]
        self.shaper = None
        if ifs:
            case = exp.Case(ifs=ifs, default=exp.Null())
            value = Value(self.where, made=Expression("leave_out", self.where, case))
            entry = Entry("touchpoints", self.where, "", {"reason": value})
            self.shaper = Shaper(entry, self.columns)

    @property
    def reasons(self) -> list[str]:
        """Why rows are left out."""
        return [one.because for one in self.left]

    def apply(self, block: Block, con: duckdb.DuckDBPyConnection) -> Ints:
        """For each row the number of the reason that leaves it out, -1 for none."""
        if self.shaper is None or not block.table.num_rows:
            return np.full(block.table.num_rows, -1)
        found = self.shaper.apply(block, con).table.column(0)
        return np.asarray(found.cast("int64").fill_null(-1))
