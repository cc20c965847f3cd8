"""The rows of the printed tables, and the verdict on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.process import Measured

HEAD = (
    "", "seconds", "floor", "floor s", "ratio", "bar", "", "CPU ratio", "peak MiB", "floor MiB",
    "answer",
)  # fmt: skip
PEER_HEAD = (
    "", "peer", "peer s", "ours s", "times", "bar", "", "CPU times", "peer MiB", "answer",
)  # fmt: skip
Cells = tuple[str, ...]
SCAN = "scan"
"""The floor that is taken in the same process as the question."""


@dataclass(frozen=True)
class Row:
    """Our seconds beside those of the floor; `answer` says what the answer was held to."""

    name: str
    ours: Measured
    floor: Measured
    floor_name: str
    bar: float
    answer: str = ""

    @property
    def ratio(self) -> float:
        """How many times the floor's seconds ours are."""
        return self.ours.typical / self.floor.typical

    @property
    def passed(self) -> bool:
        """Whether the ratio is within its bar."""
        return self.ratio <= self.bar

    @property
    def cells(self) -> Cells:
        """The row as texts."""
        return (
            self.name,
            seconds(self.ours.typical),
            self.floor_name,
            seconds(self.floor.typical),
            f"{self.ratio:.2f}",
            f"{self.bar:g}",
            "pass" if self.passed else "short",
            f"{self.ours.typical_cpu / self.floor.typical_cpu:.2f}",
            f"{self.ours.peak:,}",
            "" if self.floor_name == SCAN else f"{self.floor.peak:,}",
            self.answer,
        )


@dataclass(frozen=True)
class PeerRow:
    """A peer's seconds beside ours; `bar` is how many times faster we mean to be, if we do."""

    name: str
    peer: str
    theirs: Measured
    ours: Measured
    bar: float | None
    answer: str = ""

    @property
    def times(self) -> float:
        """How many times our seconds theirs are."""
        return self.theirs.typical / self.ours.typical

    @property
    def passed(self) -> bool:
        """Whether we are as much faster as we mean to be."""
        return self.bar is None or self.times >= self.bar

    @property
    def cells(self) -> Cells:
        """The row as texts."""
        return (
            self.name,
            self.peer,
            seconds(self.theirs.typical),
            seconds(self.ours.typical),
            f"{self.times:.1f}",
            "" if self.bar is None else f"{self.bar:g}",
            "" if self.bar is None else "pass" if self.passed else "short",
            f"{self.theirs.typical_cpu / self.ours.typical_cpu:.1f}",
            f"{self.theirs.peak:,}",
            self.answer,
        )


def seconds(value: float) -> str:
    """Seconds with three digits that count.

    >>> seconds(0.01234), seconds(1.234), seconds(123.4)
    ('0.012', '1.23', '123')
    """
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def as_table(head: Sequence[str], rows: Sequence[Cells]) -> str:
    """Rows as a Markdown table whose columns line up in a terminal, too."""
    grid = [tuple(head), *rows]
    widths = [max(3, *(len(line[i]) for line in grid)) for i in range(len(head))]
    rule = tuple("-" * width for width in widths)
    lines = [grid[0], rule, *grid[1:]]
    return "\n".join(
        f"| {' | '.join(t.ljust(w) for t, w in zip(line, widths, strict=True))} |" for line in lines
    )
