"""What an import by a recipe tells: of each file, what its rows became."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sojourn.core.table import plain
from sojourn.store.importers.options import ImportReport
from sojourn.store.importers.words import SHOWN, _minute, _top, endings

REJECTED = "rejected"
LOOKED_UP = "looked up"
BECAME = {
    "touchpoints": "made touchpoints",
    "people": "told of people",
    "costs": "costs",
    "visibility": "what a search engine showed",
    LOOKED_UP: "joined to others",
    REJECTED: "rejected, kept aside: see `sojourn rejected list`",
}


@dataclass(frozen=True)
class Part:
    """What the rows of one file became: `rows` is the sum of `counts`.

    `again` says that they are the rows of a file of another part, made into something else.
    """

    file: str
    rows: int
    counts: Mapping[str, int]
    times: Mapping[str, str] = field(default_factory=dict)
    again: bool = False


@dataclass(frozen=True)
class RecipeReport(ImportReport):
    """What an import by a recipe did.

    `rows_read` are those of all its files, each accounted for in `parts`. A row may make several
    touchpoints or none: `made = touchpoints + duplicates + bots + withheld`. `rejected` are rows
    of files.
    """

    recipe: str = ""
    title: str = ""
    made: int = 0
    parts: tuple[Part, ...] = ()
    sides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.parts:
            return
        for part in self.parts:
            if part.rows != sum(part.counts.values()):
                raise AssertionError(f"{part.file}: {part.rows} rows read, not all accounted for")
        if self.made != self.touchpoints + self.duplicates + self.bots + self.withheld:
            raise AssertionError(f"{self.made} touchpoints made, not all accounted for")
        if self.rejected != sum(part.counts.get(REJECTED, 0) for part in self.parts):
            raise AssertionError(f"{self.rejected} rows rejected, not all accounted for")

    def __str__(self) -> str:
        return recipe_text(self)


def recipe_text(report: RecipeReport) -> str:
    """What an import by a recipe did, as a paragraph of lines."""
    kind = ", ".join(part for part in (report.format, report.encoding) if part)
    done = "would be read" if report.dry_run else "read"
    lines = [f"{report.file}: {report.rows_read:,} rows {done} as {report.title} ({kind})"]
    for part in report.parts:
        lines += [f"  {part.file}: {part.rows:,} rows"] if len(report.parts) > 1 else []
        lines += _counted({BECAME.get(k, f"left out: {k}"): n for k, n in part.counts.items()})
        lines += _times(part.times)
    lines.append(f"  {report.made:,} touchpoints made:")
    lines += _counted(
        {
            "new in the log": report.touchpoints,
            "duplicates: in the log already, not added again": report.duplicates,
            "bots: kept in the log, in no measure": report.bots,
            "withheld: of people who were erased, not stored": report.withheld,
        }
    )
    if report.first_ts and report.last_ts:
        lines.append(f"  from {_minute(report.first_ts)} to {_minute(report.last_ts)} UTC")
    if report.people:
        lines.append(f"  {report.people:,} different people by their first id")
    if report.nobody:
        lines.append(f"  {report.nobody:,} touchpoints of nobody: their ids are missing or blocked")
    lines += [f"  {line}" for side in report.sides for line in side.splitlines()]
    lines += _top("names", report.names) + _top("channels", report.channels)
    lines += _top("rejected because", report.reasons)
    lines += endings(report)
    if report.import_id and not report.dry_run:
        lines.append(f"  to take it back: sojourn import --undo {report.import_id}")
    return "\n".join(lines)


def _times(times: Mapping[str, str]) -> list[str]:
    """How the times were read, the columns together that were read alike."""
    alike: dict[str, list[str]] = {}
    for name, how in times.items():
        alike.setdefault(how, []).append(name)
    return [f"    times: {', '.join(names)}: {how}" for how, names in alike.items() if how]


def _counted(counts: Mapping[str, int]) -> list[str]:
    told = {what: count for what, count in counts.items() if count}
    width = max((len(f"{count:,}") for count in told.values()), default=0)
    lines = [f"    {count:>{width},} {what}" for what, count in [*told.items()][:SHOWN]]
    return lines + ([f"    and {len(told) - SHOWN} more"] if len(told) > SHOWN else [])


def shown_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A made row without what is empty or only ours."""
    ours = ("received_at", "event_id")
    return {k: plain(v) for k, v in row.items() if v is not None and k not in ours}
