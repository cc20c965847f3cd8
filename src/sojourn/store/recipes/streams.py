"""The files of a recipe, opened, and planned block by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb

from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.pipeline import Engine, in_order
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.source import Source
from sojourn.store.importers.textfile import NotUtf8
from sojourn.store.importers.times import Undecided
from sojourn.store.progress import Progress
from sojourn.store.recipes.columns import columns_of
from sojourn.store.recipes.format import Entry, Recipe, SourceSpec
from sojourn.store.recipes.leftout import Sieve
from sojourn.store.recipes.planned import BlockPlanner, Planned
from sojourn.store.recipes.prepared import files_of
from sojourn.store.recipes.shaping import Shaper


@dataclass
class Stream:
    """One file whose rows become something, by the blocks of its source.

    `jsons` are columns that hold JSON, `counted` rows that became something before; `again`
    says that the rows of the file are counted elsewhere too.
    """

    recipe: Recipe
    spec: SourceSpec
    source: Source
    options: ImportOptions
    now: datetime
    jsons: frozenset[str] = frozenset()
    counted: Mapping[str, int] = field(default_factory=dict)
    again: bool = False
    planners: list[BlockPlanner] = field(default_factory=list)

    def open(self, con: duckdb.DuckDBPyConnection) -> None:
        """Look at the first rows: which columns there are, how they are written."""
        first = self.source.sample()
        columns = columns_of(self.source, first.table, self.jsons)
        self.sieve = Sieve(self.spec.leave_out, columns, f"{self.spec.where}.leave_out")
        entries = self.recipe.entries_of(self.spec.id)
        shapers = [Shaper(entry, columns) for entry in entries]
        for shaper in [*shapers, *([self.sieve.shaper] if self.sieve.shaper else [])]:
            shaper.check(con)
        wanted = {c for shaper in shapers for c in shaper.wanted}
        wanted |= set(self.sieve.shaper.wanted) if self.sieve.shaper else set()
        self.source.want(sorted(wanted))
        self.planners = [
            BlockPlanner(shaper, self.source, self._options(shaper.entry), self.now)
            for shaper in shapers
        ]
        for planner in self.planners:
            planner.look(first, 0, con)

    def _options(self, entry: Entry) -> ImportOptions:
        """The user's word, else the block's, else the recipe's."""
        said = self.options
        return replace(
            said,
            time_format=said.time_format or entry.time_format or self.recipe.time_format,
            tz=entry.zone or self.recipe.zone or said.tz,
            decimal=said.decimal or self.recipe.decimal,
        )

    def planned(self) -> Planned:
        """The blocks with their plans; raises Undecided when the whole file must be seen."""
        plans: list[Plan] = [planner.plan() for planner in self.planners]
        shapers = [planner.shaper for planner in self.planners]
        return Planned(self.recipe, self.spec.id, self.sieve, shapers, plans)

    def look_at_all(self, tools: Engine, progress: Progress | None) -> None:
        """Take the evidence of the whole file, for the blocks that are still undecided."""
        open_ones = [planner for planner in self.planners if _undecided(planner)]
        for planner in open_ones or self.planners:
            planner.again()
        before = 0
        try:
            for block in in_order(self.source, lambda block: block, progress):
                for planner in open_ones or self.planners:
                    planner.look(block, before, tools.cursor())
                before += block.records
        except NotUtf8:
            self.source.settle_encoding()
            self.look_at_all(tools, progress)
            return
        for planner in open_ones or self.planners:
            planner.whole = True


def _undecided(planner: BlockPlanner) -> bool:
    try:
        planner.plan()
    except Undecided:
        return True
    return False


class Bundle:
    """Several files as one, for what is told of an import."""

    def __init__(self, name: str, read: Sequence[Source]) -> None:
        self.name = name
        self.sources = sources = [file for source in read for file in files_of(source)]
        self.notes = [f"{s.name}: {n}" if len(sources) > 1 else n for s in sources for n in s.notes]
        self.format = ", ".join(dict.fromkeys(source.format for source in sources))
        known = dict.fromkeys(s.encoding for s in sources if s.encoding)
        self.encoding = ", ".join(known) or None
        self.total = sum(source.total for source in read)
        self.done = 0

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(source.size for source in self.sources)

    def hashed(self) -> str:
        """The hashes of all files."""
        return "+".join(source.hashed() for source in self.sources)
