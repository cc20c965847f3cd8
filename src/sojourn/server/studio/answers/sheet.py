"""A sheet: the answer to a page's one question, with its picture and its plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sojourn.core.table import Table

WIDE, NARROW = 960, 390
"""The two widths in which a page draws: for a desk and for a phone."""


@dataclass(frozen=True)
class Drawing:
    """A picture in its two widths, as SVG text whose colours are the page's own."""

    wide: str
    narrow: str


@dataclass(frozen=True)
class Sheet:
    """What a page shows: the table behind it, drawings, sentences, and what each row opens.

    `opens` holds one condition on people a row (empty: none), by which their list is found;
    `names` are those of the stages by their ids; `rows` is how many rows there are where the table
    holds only the first of them.
    """

    table: Table
    drawings: tuple[Drawing, ...] = ()
    lead: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    rows: int = -1

    def __post_init__(self) -> None:
        # What draws a table is no data, and does not go from one process to another.
        object.__setattr__(self, "table", replace(self.table, plotter=None))
        if self.rows < 0:
            object.__setattr__(self, "rows", len(self.table))


def drawn(picture: Callable[[int], str]) -> Drawing:
    """A picture drawn in both widths; `picture(width)` gives SVG text of the theme `web`."""
    return Drawing(bare(picture(WIDE)), bare(picture(NARROW)))


def bare(svg: str) -> str:
    """The picture without its style sheet, which the page has as a file."""
    start, end = svg.find("<style>"), svg.find("</style>")
    return svg if start < 0 else svg[:start] + svg[end + len("</style>") :]
