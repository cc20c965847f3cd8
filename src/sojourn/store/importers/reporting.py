"""What an import tells of itself: the report for its user, the record for the log."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from sojourn.core.bucket import Bools
from sojourn.store.importers.clocks import EXCEL
from sojourn.store.importers.convert import IS_BOT, IS_NOBODY
from sojourn.store.importers.facts import Facts, gather
from sojourn.store.importers.jsonlines import REST
from sojourn.store.importers.oddities import Outcome, oddities
from sojourn.store.importers.options import ImportOptions, ImportReport, Mapped
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.rowsql import files_sql
from sojourn.store.importers.source import Source
from sojourn.store.importers.stage import Stage
from sojourn.store.importers.times import ASKED_UNITS
from sojourn.store.importers.zones import EPOCH
from sojourn.store.log import ImportRecord, Log, column_range

MOST_NAMES = 1000
"""So many names and channels a report lists, the most frequent first."""


FROM_AMOUNTS = (
    "The currency was taken from the amounts ($ as USD, ¥ as JPY; otherwise say `--currency =CAD`)"
)
UNREAD = (
    "telephone numbers could not be read and stay as they were given: say the region of numbers "
    "without a country code in sojourn.toml, such as region = 'AT'"
)


def fingerprint(sha256: str, mapping: Sequence[Mapped], options: ImportOptions) -> str:
    """The hash of a file's content and how it is read; "" for what is no file."""
    told = [sha256, [[m.field, m.column, m.constant] for m in mapping], options.to_json()]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest() if sha256 else ""


def report_of(
    stage: Stage,
    plan: Plan,
    keep: Bools,
    staged: Sequence[Path],
    source: Source,
    con: duckdb.DuckDBPyConnection,
    people_rows: int = 0,
    elders: Mapping[str, int] | None = None,
) -> ImportReport:
    """The report of what was staged; `keep` says which rows are no duplicates, `people_rows`
    how many of the people rows said something new, `elders` of which files rows were there."""
    report = _counted(stage, plan, keep, staged, source, con, people_rows)
    kinds = len(stage.counts["name"])
    facts = replace(_facts(report, plan, staged, con), kinds=kinds)
    outcome = Outcome(
        report.rows_read, report.duplicates, report.rejected, report.reasons, elders or {}
    )
    taken = [f"{name} ({count:,})" for name, count in facts.currencies.items()]
    named = "currency" in plan.mapping or not plan.mapping or not taken
    note = () if named else (f"{FROM_AMOUNTS}: {', '.join(taken)}.",)
    return replace(report, oddities=oddities(facts, outcome), warnings=(*report.warnings, *note))


def _counted(
    stage: Stage,
    plan: Plan,
    keep: Bools,
    staged: Sequence[Path],
    source: Source,
    con: duckdb.DuckDBPyConnection,
    people_rows: int,
) -> ImportReport:
    """The report without what looks wrong."""
    bits = stage.bits[keep]
    bots = (bits & IS_BOT) > 0
    nobody = (bits & IS_NOBODY) > 0
    first, last = _span(staged)
    return ImportReport(
        file=source.name,
        source=plan.source,
        rows_read=stage.records,
        touchpoints=int((~bots).sum()),
        duplicates=int((~keep).sum()) + stage.told.rows - people_rows,
        rejected=stage.leavings.count,
        bots=int(bots.sum()),
        people_rows=people_rows,
        nobody=int((nobody & ~bots).sum()),
        people=stage.people,
        first_ts=first,
        last_ts=last,
        names=_counts("name", stage, keep, staged, con),
        channels=_counts("channel", stage, keep, staged, con),
        reasons=dict(sorted(stage.leavings.reasons.items(), key=lambda pair: -pair[1])),
        format=source.format,
        encoding=source.encoding,
        mapping=tuple(plan.mapping.values()),
        extras=plan.extras,
        times=str(plan.times),
        warnings=tuple(_warnings(stage, plan, source)),
    )


def _facts(
    report: ImportReport, plan: Plan, staged: Sequence[Path], con: duckdb.DuckDBPyConnection
) -> Facts:
    """What was counted of the new rows, with what else the report knows of them."""
    person = plan.person
    now = EPOCH + timedelta(microseconds=plan.now)
    field = person.field if person else ""
    facts = gather(staged, con, field, now.replace(tzinfo=UTC), plan.times.zone)
    given = {each.field for each in plan.mapping.values() if each.column is not None}
    return replace(
        facts,
        person=(person.column if person else None) or "the ids",
        persons=report.people,
        nobody=report.nobody,
        names=report.names,
        name_given=not plan.mapping or "name" in given,
        time_given=not plan.mapping or "ts" in given,
    )


def by_file(log: Log, elders: Mapping[str, int]) -> dict[str, int]:
    """How many rows were there already, by the file that brought them; `elders` has imports."""
    counts: Counter[str] = Counter()
    for record in log.named(elders):
        counts[record.file] += elders[record.id]
    return {file: count for file, count in counts.most_common() if count}


def repeated(before: ImportRecord, source: Source, mapping: tuple[Mapped, ...]) -> ImportReport:
    """The report of a file that was imported before: all that was good is there already."""
    return ImportReport(
        file=source.name,
        source=before.source,
        rows_read=before.rows_read,
        duplicates=before.rows_read - before.rejected,
        rejected=before.rejected,
        first_ts=before.first_ts,
        last_ts=before.last_ts,
        format=source.format,
        encoding=source.encoding,
        mapping=mapping,
        import_id=before.id,
        already=True,
        warnings=(f"This file was imported on {before.at:%Y-%m-%d} already.",),
    )


def withheld_of(report: ImportReport, rows: int) -> ImportReport:
    """The report with rows of erased people, which were taken out with the duplicates."""
    return replace(report, duplicates=report.duplicates - rows, withheld=rows) if rows else report


def record_of(
    report: ImportReport,
    stage: Stage,
    plan: Plan,
    options: ImportOptions,
    source: Source,
    at: datetime,
) -> ImportRecord:
    """The record that the commit carries."""
    sha256 = source.hashed()
    rows = stage.next_seq > stage.first_seq
    return ImportRecord(
        id=report.import_id,
        file=report.file,
        source=report.source,
        at=at,
        fingerprint=fingerprint(sha256, report.mapping, options),
        sha256=sha256,
        size=source.size,
        rows_read=report.rows_read,
        touchpoints=report.touchpoints,
        duplicates=report.duplicates,
        rejected=report.rejected,
        bots=report.bots,
        people_rows=report.people_rows,
        withheld=report.withheld,
        nobody=report.nobody,
        first_seq=stage.first_seq if rows else None,
        last_seq=stage.next_seq - 1 if rows else None,
        first_ts=report.first_ts,
        last_ts=report.last_ts,
        options=_settled(options, plan).to_json(),
    )


def _settled(options: ImportOptions, plan: Plan) -> ImportOptions:
    """The options that read such rows in the same way again, with nothing left to guess."""
    said = [mapped for mapped in plan.mapping.values() if mapped.column != REST]
    columns = {mapped.field: mapped.column or f"={mapped.constant}" for mapped in said}
    times = plan.times
    asked = times.unit if times.unit in ASKED_UNITS else None
    return replace(
        options,
        columns=columns,
        person_kind="user",
        time_format=times.pattern or times.order or asked,
        decimal=plan.money.mark,
        encoding=None,
        guess=False,
        header=(),
        sheet=None,
    )


def _span(staged: Sequence[Path]) -> tuple[datetime | None, datetime | None]:
    ranges = [column_range(pq.read_metadata(path), "ts") for path in staged]
    return min((low for low, _ in ranges), default=None), max((h for _, h in ranges), default=None)


def _counts(
    column: str, stage: Stage, keep: Bools, staged: Sequence[Path], con: duckdb.DuckDBPyConnection
) -> dict[str, int]:
    """How often each value was added, most frequent first."""
    counts = stage.counts[column]
    if not keep.all():
        query = f"select {column}, count(*) from {files_sql(staged)} group by 1"  # noqa: S608
        counts = Counter(dict(con.sql(query).fetchall() if staged else []))
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] or ""))
    return {"(none)" if value is None else value: n for value, n in ordered[:MOST_NAMES]}


def _warnings(stage: Stage, plan: Plan, source: Source) -> list[str]:
    zone = plan.times.zone
    told = [
        (stage.skipped, f"times that the clocks of {zone} skipped in spring were put later"),
        (stage.twice, f"times that came twice in {zone} in autumn were taken for the first"),
        (stage.rounded, "amounts with more than four decimals were rounded"),
        (stage.unread, UNREAD),
    ]
    lines = [f"{count:,} {what}." for count, what in told if count]
    whole = [plan.mapping[name].column for name in sorted(plan.whole)]
    lines += [f"In {column!r} 12345.0 was read as 12345." for column in whole]
    if source.encoding and not source.encoding.startswith("utf"):
        lines.append(
            f"The letters were read as {source.encoding}: if they look wrong, say how "
            "they are written with `--encoding`."
        )
    if plan.money.doubt:
        lines.append(
            f"Amounts such as {plan.money.doubt} were read as whole numbers in thousands; if the "
            "comma stands before decimals, say `--decimal comma`."
        )
    if EXCEL in (plan.times.unit or "").split("+"):
        lines.append(
            "The times were read as days of a spreadsheet that counts from 1900; if they are four "
            "years early, it counts from 1904: `--time-format excel-1904`."
        )
    return [*source.notes, *lines]
