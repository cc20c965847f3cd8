"""A filled map: what a picture and a page show of it, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sojourn.maps.images import Picture

EntryKind = Literal[
    "text", "chip", "quote", "pain", "chance", "content", "measure", "feeling", "gap", "image"
]


@dataclass(frozen=True)
class Entry:
    """One thing in a cell.

    `detail` is the small print beneath `text`; `people` how many it touches and `before` how many
    in the period before; `moment` marks a moment of truth, `business` what the firm did; `opens`
    is the condition on people that finds those behind it; `key` is what a document dismisses or
    accepts it by; a feeling has `mean`, `low` and `high` from -1 to 1. `by_hand` says that
    somebody wrote it.
    """

    kind: EntryKind
    text: str
    detail: str = ""
    people: int | None = None
    before: int | None = None
    moment: bool = False
    business: bool = False
    device: str = ""
    opens: str = ""
    key: str = ""
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    by_hand: bool = False
    accepted: bool = False


@dataclass(frozen=True)
class FilledCell:
    """One cell: its entries, who looks after it, and a note."""

    entries: tuple[Entry, ...] = ()
    owner: str = ""
    note: str = ""


@dataclass(frozen=True)
class Lane:
    """One row of the map; `cells` are found by column."""

    id: str
    lane: str
    name: str
    cells: Mapping[str, FilledCell]

    def cell(self, column: str) -> FilledCell:
        """The cell of a column, an empty one where there is nothing."""
        return self.cells.get(column, FilledCell())


@dataclass(frozen=True)
class Stage:
    """One stage as a column: its steps inside, its people, and the condition that finds them."""

    id: str
    name: str
    question: str
    color: str
    purchase: bool
    people: int
    opens: str
    steps: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of what is written by hand: the stage's own, or one a step."""
        return tuple(f"{self.id}/{step}" for step in self.steps) or (self.id,)


@dataclass(frozen=True)
class FilledMap:
    """A whole map: whose it is, its stages and lanes, and what differs from another.

    `images` are its pictures by the names that entries of the kind `image` have as their `key`.
    """

    id: str
    title: str
    about: tuple[str, ...]
    journey: str
    stages: tuple[Stage, ...]
    lanes: tuple[Lane, ...]
    drift: tuple[str, ...] = ()
    simulated: bool = False
    images: Mapping[str, Picture] = field(default_factory=dict)
