"""Reports and previews of imports as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sojourn.core.table import plain, printable

if TYPE_CHECKING:
    from sojourn.store.importers.options import ImportReport, Mapped, Preview

SHOWN = 8
"""So many names, channels or reasons a report lists."""


def report_text(report: ImportReport) -> str:
    """What an import did, as a paragraph of lines."""
    done = "would be read" if report.dry_run else "read"
    lines = [f"{report.file}: {report.rows_read:,} rows {done} ({_kind(report)})"]
    counts = (
        (report.touchpoints, "touchpoints", "new in the log"),
        (report.duplicates, "duplicates", "in the log already, not added again"),
        (report.rejected, "rejected", "kept aside: see `sojourn rejected list`"),
        (report.bots, "bots", "kept in the log, in no measure"),
        (report.withheld, "withheld", "of people who were erased, not stored"),
        (report.people_rows, "people rows", "say who is who: see `sojourn people list`"),
    )
    width = max(len(f"{count:,}") for count, _, _ in counts)
    lines += [f"  {n:>{width},} {what:<11} {why}" for n, what, why in counts if n or what[0] == "t"]
    if report.first_ts and report.last_ts:
        lines.append(f"  from {_minute(report.first_ts)} to {_minute(report.last_ts)} UTC")
    if report.people:
        lines.append(f"  {report.people:,} different people in {_person(report.mapping)}")
    if report.nobody:
        lines.append(f"  {report.nobody:,} touchpoints of nobody: their ids are missing or blocked")
    lines += _mapping(report.mapping, report.extras)
    lines += [f"  times: {report.times}"] if report.times and _timed(report.mapping) else []
    lines += _top("names", report.names) + _top("channels", report.channels)
    lines += _top("rejected because", report.reasons)
    if report.import_id and not (report.dry_run or report.already):
        lines.append(f"  to take it back: sojourn import --undo {report.import_id}")
    return "\n".join([*lines, *endings(report)])


def endings(report: ImportReport) -> list[str]:
    """The last lines of a report: rows for example, notes, and what looks wrong."""
    lines = []
    for row in report.shown if report.dry_run else ():
        lines.append("  for example:")
        lines += [f"    {name}: {_short(value)}" for name, value in row.items()]
    lines += [f"  note: {line}" for line in report.warnings]
    return lines + [f"  looks wrong: {oddity}" for oddity in report.oddities]


def preview_text(preview: Preview) -> str:
    """What an import would do, as a paragraph of lines."""
    lines = [f"{preview.file}: {_kind(preview)}; nothing is written"]
    lines += _mapping(preview.mapping, preview.extras)
    lines += [f"  times: {preview.times}"] if preview.times else []
    for row in preview.rows:
        lines.append("  row:")
        lines += [f"    {name}: {_short(value)}" for name, value in row.items()]
    return "\n".join([*lines, *(f"  note: {line}" for line in preview.problems)])


def _kind(told: ImportReport | Preview) -> str:
    return ", ".join(part for part in (told.format, told.encoding) if part)


def _person(mapping: Sequence[Mapped]) -> str:
    fields = ("user_id", "device_id")
    found = [m for f in fields for m in mapping if m.field == f]
    found += [m for m in mapping if m.field.startswith("alias:")]
    return f"{found[0].column!r}" if found else "the file"


def _timed(mapping: Sequence[Mapped]) -> bool:
    """Whether rows have times of their own; a table of customers may have none."""
    return not mapping or any(mapped.field in ("ts", "received_at") for mapped in mapping)


def _mapping(mapping: Sequence[Mapped], extras: Sequence[str]) -> list[str]:
    lines = [f"  {mapped}" for mapped in mapping]
    if extras:
        people = not any(mapped.field in ("name", "call") for mapped in mapping)
        lines.append(f"  {'traits' if people else 'properties'} <- {', '.join(extras)}")
    return ["  columns:", *(f"  {line}" for line in lines)] if lines else []


def _top(title: str, counts: Mapping[str, int]) -> list[str]:
    shown = [f"{_short(name)} ({count:,})" for name, count in list(counts.items())[:SHOWN]]
    rest = len(counts) - len(shown)
    return [f"  {title}: {', '.join(shown)}{f' and {rest} more' if rest else ''}"] if shown else []


def _minute(moment: Any) -> str:
    return str(plain(moment))[:16].replace("T", " ")


def _short(value: Any, most: int = 100) -> str:
    text = printable(str(plain(value))[: 2 * most])
    return text if len(text) <= most else text[: most - 1] + "…"
