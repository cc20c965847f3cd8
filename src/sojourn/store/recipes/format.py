"""What a recipe says, once it was read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sojourn.store.recipes.expression import Expression

Kind: TypeAlias = Literal["touchpoints", "people", "costs", "visibility"]
SPREAD = "*"
"""The name of an object whose members become properties, or traits, by their own names."""

KINDS: tuple[Kind, ...] = ("touchpoints", "people", "costs", "visibility")


@dataclass(frozen=True)
class Value:
    """What fills one field: a column as it is, a constant, or an expression.

    `where` is its place in the recipe. An `optional` column may be missing from the file.
    """

    where: str
    column: str | None = None
    optional: bool = False
    constant: str | None = None
    made: Expression | None = None

    def __str__(self) -> str:
        if self.constant is not None:
            return f"={self.constant}"
        return self.column or (self.made.text if self.made else "")


@dataclass(frozen=True)
class Left:
    """Rows that make nothing: under which condition, and why."""

    when: Expression
    because: str


@dataclass(frozen=True)
class Join:
    """Columns of another source, `name.x`, looked up by a key: at most one row a key."""

    source: str
    mine: tuple[str, ...]
    its: tuple[str, ...]


Gathered: TypeAlias = Expression | Mapping[str, Expression]
"""What is made of the rows of a group: a sum, or a list of objects of the fields named."""


@dataclass(frozen=True)
class SourceSpec:
    """One kind of file: its pattern, or the source it is made `of`, and what is done to its rows.

    Grouped by `group`, each column is the first value that the group has, and `gather` makes
    new ones of all its rows. `header` names the columns of a file that has no header.
    """

    id: str
    file: str | None = None
    of: str | None = None
    header: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    gather: Mapping[str, Gathered] = field(default_factory=dict)
    joins: tuple[Join, ...] = ()
    leave_out: tuple[Left, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class Entry:
    """One block of a recipe: what a row of `source` becomes, under which condition.

    `each` names a list in the row, each item of which makes one. For people, `properties` are
    their traits; `rest` takes every column that nothing else in the block uses.
    """

    kind: Kind
    where: str
    source: str
    fields: Mapping[str, Value]
    properties: Mapping[str, Value] = field(default_factory=dict)
    rest: bool = False
    when: Expression | None = None
    each: tuple[str, ...] = ()
    time_format: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class Recognise:
    """By what a file is known: columns it has, columns it has not, values in its first rows.

    Each of `columns` has one or more names, any of which will do; `/pattern/` is any name in
    which the pattern is found. `abroad` are the columns of the same file in other languages, in
    which it cannot be read. With `only` it has no others than `columns`.
    """

    columns: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()
    format: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    abroad: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    only: bool = False


@dataclass(frozen=True)
class Recipe:
    """A recipe, preset or mapping: `text` is its YAML, `origin` the file it stands in.

    `ask` are fields that no file of its kind holds, and what each is: a user has to say them.
    """

    id: str
    name: str
    sources: Mapping[str, SourceSpec]
    entries: tuple[Entry, ...]
    text: str
    origin: str
    vendor: str = ""
    guide: str = ""
    notes: tuple[str, ...] = ()
    recognise: Recognise | None = None
    source: str = ""
    zone: str | None = None
    time_format: str | None = None
    decimal: str | None = None
    ask: Mapping[str, str] = field(default_factory=dict)

    @property
    def driving(self) -> list[str]:
        """The sources whose rows become something, in order."""
        return [name for name in self.sources if any(e.source == name for e in self.entries)]

    def entries_of(self, source: str) -> list[Entry]:
        """What a row of this source can become."""
        return [entry for entry in self.entries if entry.source == source]
