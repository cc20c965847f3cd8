"""The books of an import by a recipe: every row of every file, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sojourn.store import costs
from sojourn.store.importers.convert import Converted
from sojourn.store.importers.options import ImportReport
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.source import Broken
from sojourn.store.importers.told import Told
from sojourn.store.recipes import visibility
from sojourn.store.recipes.format import Kind, Recipe
from sojourn.store.recipes.planned import Planned, Result
from sojourn.store.recipes.reporting import Part, RecipeReport, shown_row
from sojourn.store.recipes.streams import Stream

SHOWN_ROWS = 3


@dataclass
class _Book:
    file: str
    times: Mapping[str, str]
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    again: bool = False


class Ledger:
    """Counts what the rows of each file become, and keeps the rows of other tables."""

    def __init__(self, recipe: Recipe, *, several: bool) -> None:
        self.recipe = recipe
        self.several = several
        self.made = 0
        self.books: list[_Book] = []
        self.sides: dict[Kind, list[pa.Table]] = {}
        self.shown: list[dict[str, Any]] = []
        self.plans: list[Plan] = []
        self.streams = 0
        self.people: tuple[str, ...] = ()

    def begin(self, stream: Stream, planned: Planned) -> None:
        """Open the book of a file."""
        named = [p for p in planned.plans if "ts" in p.mapping]
        read = [(p.mapping["ts"].column, str(p.times)) for p in named]
        times = {column.strip(): how for column, how in read if column}
        counted = {key: count for key, count in stream.counted.items() if count}
        rows = sum(counted.values())
        book = _Book(stream.source.name, times, rows, Counter(counted), stream.again)
        self.books.append(book)
        self.plans += planned.plans
        self.streams += 1

    def add(self, result: Result) -> Converted:
        """Note what some rows became; the touchpoints among them."""
        found = result.converted
        self.made += found.table.num_rows
        book = self.books[-1]
        book.rows += found.records
        book.counts.update(result.tally)
        for side in result.sides:
            self.sides.setdefault(side.kind, []).append(side.table)
        if len(self.shown) < SHOWN_ROWS:
            rows = found.table.slice(0, SHOWN_ROWS - len(self.shown)).to_pylist()
            self.shown += [shown_row(row) for row in rows]
        return replace(found, broken=self.placed(found.broken), told=self._apart(found.told))

    def placed(self, broken: Sequence[Broken]) -> list[Broken]:
        """Broken rows with the file that they stand in, where several are read."""
        if not self.several:
            return [*broken]
        return [one if one.file else one._replace(file=self.books[-1].file) for one in broken]

    def _apart(self, told: Told | None) -> Told | None:
        """Numbers of rows that no other file has: they count the rows that say something new."""
        if told is None:
            return None
        parts = []
        for table in (told.claims, told.traits):
            rows = pc.add(table.column("row"), self.streams << 40)
            parts.append(table.set_column(0, table.schema.field(0), rows))
        return Told(*parts)

    def plan(self, source: str) -> Plan:
        """A plan that stands for all, in what is told of the import."""
        return replace(self.plans[0], source=source, mapping={}, extras=(), whole=frozenset())

    def report(
        self, told: ImportReport, looked_up: Sequence[Part], import_id: str, known: int
    ) -> RecipeReport:
        """The report with the books closed, and those of the files that were looked up in.

        `known` people rows said nothing new.
        """
        recipe = self.recipe
        values = {name: getattr(told, name) for name in told.__dataclass_fields__}
        made = [Part(b.file, b.rows, dict(b.counts), b.times, b.again) for b in self.books]
        parts = (*made, *looked_up)
        values |= {
            "import_id": import_id,
            "rows_read": sum(part.rows for part in parts if not part.again),
            "warnings": (*told.warnings, *recipe.notes),
            "times": "",
            "duplicates": told.duplicates - known,
            "shown": tuple(self.shown),
        }
        sides = tuple(
            f"{sum(table.num_rows for table in tables):,} rows of {kind}"
            for kind, tables in self.sides.items()
        )
        if told.people_rows or known:
            count = told.people_rows + known
            self.people = (f"{count:,} people rows, {told.people_rows:,} say something new",)
        return RecipeReport(
            **values,
            recipe=recipe.id,
            title=recipe.name,
            made=self.made,
            parts=parts,
            sides=(*self.people, *sides),
        )


def write_sides(root: Path, ledger: Ledger, source: str, import_id: str) -> tuple[str, ...]:
    """Write what is no touchpoint into its tables; what that did, in words.

    This comes before the log's commit, and adds nothing when done twice: whatever is cut off, the
    same import again completes it.
    """
    told: list[str] = []
    for kind, tables in ledger.sides.items():
        table = pa.concat_tables(tables, promote_options="permissive")
        if kind == "costs":
            told.append(str(costs.append(root, table, source, import_id=import_id)))
        else:
            told.append(visibility.append(root, table, source, import_id))
    return tuple(told)
