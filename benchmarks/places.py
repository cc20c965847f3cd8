"""Where a benchmark's files lie: `benchmarks/.data/<size>/`, kept from run to run."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks import synthetic

HERE = Path(__file__).parent
HOME = HERE / ".data"
ENVIRONMENTS = HERE / ".envs"
MOST_CSV_ROWS = 10_000_000
"""Above this no CSV is written: the log of 100 M would take 12 GB as text."""

UNITS = {"k": 1_000, "m": 1_000_000}


@dataclass(frozen=True)
class Place:
    """The folder of one size: the files, the workspace made of them, answers and scratch."""

    rows: int
    folder: Path

    @property
    def parquet(self) -> Path:
        """The log as Parquet."""
        return self.folder / "touchpoints.parquet"

    @property
    def csv(self) -> Path:
        """The same rows as CSV."""
        return self.folder / "touchpoints.csv"

    @property
    def lines(self) -> Path:
        """The same rows as JSON Lines."""
        return self.folder / "touchpoints.jsonl"

    @property
    def has_csv(self) -> bool:
        """Whether this size is measured from CSV and JSON Lines, too."""
        return self.rows <= MOST_CSV_ROWS

    @property
    def workspace(self) -> Path:
        """The workspace whose journeys are asked about."""
        return self.folder / "workspace"

    @property
    def scratch(self) -> Path:
        """For files that are written only to be timed."""
        return self.folder / "scratch"

    def answer(self, name: str) -> Path:
        """Where the answer to a question is kept to be compared."""
        return self.folder / "answers" / f"{name}.parquet"

    def make(self) -> None:
        """Write the synthetic files unless they are there."""
        whole = self.folder / "complete"
        said = f"{self.rows} {synthetic.VERSION}"
        if whole.is_file() and whole.read_text(encoding="utf-8") == said:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self.scratch, self.folder / "answers"):
            folder.mkdir(parents=True)
        synthetic.write(self.rows, self.parquet, self.csv if self.has_csv else None)
        whole.write_text(said, encoding="utf-8")


def place_of(size: str, home: Path = HOME) -> Place:
    """The place of a size written like `20k`, `1m` or `10m`.

    >>> place_of("1m").rows, place_of("20K").rows
    (1000000, 20000)
    """
    number, unit = size[:-1], size[-1:].lower()
    if not number.isdigit() or unit not in UNITS or not int(number):
        raise ValueError(f"found the size {size!r}, expected one like 200k, 1m or 10m")
    return Place(int(number) * UNITS[unit], home / size.lower())
