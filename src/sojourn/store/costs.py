"""What was spent: one row a day, channel, campaign and currency of each source.

The Delta table `costs/` has `day, channel, campaign, amount, currency, source, import_id`. An
export is the whole truth of its days: it replaces what the same source had said of the same
channel on them, so importing it again adds nothing and a corrected one corrects.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import WriterProperties, write_deltalake

from sojourn.core.table import Column, Table
from sojourn.core.touchpoint import MONEY
from sojourn.errors import ImportFailed, UnknownName
from sojourn.store import delta

FOLDER = "costs"
SCHEMA = pa.schema(
    [
        ("day", pa.date32()),
        ("channel", pa.string()),
        ("campaign", pa.string()),
        ("amount", MONEY),
        ("currency", pa.string()),
        ("source", pa.string()),
        ("import_id", pa.string()),
    ]
)
NEEDED = ("day", "channel", "campaign", "amount", "currency")
"""What rows to be added must have; channel, campaign and currency may be null."""

ZSTD = WriterProperties(compression="ZSTD", compression_level=1)

SETTLE = """
    with said as (
        select day, channel, campaign, sum(amount)::decimal(18, 4) as amount, currency
        from given group by all
    ), days as (
        select distinct day, channel from said
    ), before as (
        select known.* from known
        where source = $source and exists (
            from days where days.day = known.day
            and days.channel is not distinct from known.channel
        )
    )
    select coalesce(said.day, before.day) as day,
        case when said.day is null then before.channel else said.channel end as channel,
        case when said.day is null then before.campaign else said.campaign end as campaign,
        said.amount as amount,
        case when said.day is null then before.currency else said.currency end as currency,
        before.amount as was, before.import_id as was_of
    from said full outer join before
    on said.day = before.day
        and said.channel is not distinct from before.channel
        and said.campaign is not distinct from before.campaign
        and said.currency is not distinct from before.currency
"""
"""Each row said now or before of the days and channels in question: its amount then and now."""

SUMMARY = """
    select strftime(day, $format) as period, channel, campaign,
        sum(amount)::decimal(38, 4) as amount, currency, source
    from known where $source is null or source = $source
    group by all order by all
"""
PERIODS = {"day": "%Y-%m-%d", "month": "%Y-%m", "all": "all"}
COLUMNS = (
    Column("period", "text"),
    Column("channel", "text"),
    Column("campaign", "text"),
    Column("amount", "money", "money"),
    Column("currency", "text"),
    Column("source", "text"),
)


@dataclass(frozen=True)
class CostReport:
    """What an import of costs did to the rows of its source.

    `rows` were given; rows of one day, channel, campaign and currency are added up first.
    `removed` rows were said of the same days before and are no longer. `amounts` is what was
    given, by currency, in words.
    """

    source: str
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    first_day: date | None = None
    last_day: date | None = None
    amounts: str = "nothing"
    remarks: tuple[str, ...] = ()
    import_id: str = ""

    def __str__(self) -> str:
        days = f" of {self.first_day} to {self.last_day}" if self.first_day else ""
        done = (
            f"  {self.added:,} added, {self.changed:,} changed, {self.unchanged:,} as they were, "
            f"{self.removed:,} no longer there"
        )
        head = f"{self.rows:,} rows of costs{days}, source {self.source}: {self.amounts}"
        return "\n".join([head, done, *(f"  note: {remark}" for remark in self.remarks)])


def read(root: Path) -> pa.Table:
    """All costs, by day, channel, campaign, currency and source."""
    table = delta.open_table(root / FOLDER)
    if table is None:
        return SCHEMA.empty_table()
    found = pa.table(table.to_pyarrow_table()).select(SCHEMA.names).cast(SCHEMA)
    order = [(n, "ascending") for n in ("day", "channel", "campaign", "currency", "source")]
    return found.sort_by(order)


def append(
    root: Path,
    rows: pa.Table,
    source: str = "file",
    *,
    instead: bool = False,
    import_id: str | None = None,
) -> CostReport:
    """Take in what a source says was spent, and say what that changed.

    `rows` has `day` (a date), `channel`, `campaign`, `amount` and `currency`. They replace what
    the same source said of the same channel on the same days. Raises ImportFailed when none of
    the campaigns that they would replace is among them, because that is rather another export
    than a corrected one; `instead` says that it is. The caller holds the writer's lock.
    """
    given, known = _shaped(rows), read(root)
    report = CostReport(source, given.num_rows, import_id=import_id or _new_id())
    settled = _settled(given, known, source)
    now, was = pc.is_valid(settled["amount"]), pc.is_valid(settled["was"])
    same = pc.fill_null(pc.equal(settled["amount"], settled["was"]), False)
    gone = settled.filter(pc.invert(now))
    if gone.num_rows and not instead:
        _refuse_others(gone, settled.filter(now), source)
    report = _counted(report, given, (now, was, same))
    if report.added or report.changed or report.removed:
        mine = pc.if_else(same, settled["was_of"], report.import_id)
        fresh = settled.select(NEEDED).append_column("source", pa.repeat(source, len(settled)))
        fresh = fresh.append_column("import_id", mine).filter(now).cast(SCHEMA)
        _write(root, pa.concat_tables([_without(known, settled, source), fresh]))
    return report


def summary(root: Path, every: str = "month", source: str | None = None) -> Table:
    """What was spent by period (`day`, `month` or `all`), channel, campaign, currency, source."""
    if every not in PERIODS:
        known = ", ".join(PERIODS)
        raise UnknownName(f"Costs have no period {every!r}.", hint=f"There are: {known}.")
    rows = read(root)
    with duckdb.connect() as con:
        con.register("known", rows)
        asked = {"format": PERIODS[every], "source": source}
        found = con.sql(SUMMARY, params=asked).to_arrow_table()
    data = {column.name: found[column.name].to_pylist() for column in COLUMNS}
    return Table.of("costs", COLUMNS, data, {"rows": rows.num_rows, "total": spent(found)})


def spent(rows: pa.Table) -> str:
    """The sum of `amount` by currency, in words."""
    sums = rows.group_by("currency").aggregate([("amount", "sum")]).to_pylist()
    said = [f"{row['amount_sum']:,.2f} {row['currency'] or '(no currency)'}" for row in sums]
    return ", ".join(sorted(said)) or "nothing"


def remove(root: Path, source: str) -> int:
    """Forget what a source said was spent; how many rows that were. The caller holds the lock."""
    known = read(root)
    mine = pc.equal(known["source"], source)
    count = int(pc.sum(mine).as_py() or 0)
    if not count:
        sources = ", ".join(sorted(pc.unique(known["source"]).to_pylist())) or "none"
        raise UnknownName(f"There are no costs of source {source!r}.", hint=f"Sources: {sources}.")
    _write(root, known.filter(pc.invert(mine)))
    return count


def _settled(given: pa.Table, known: pa.Table, source: str) -> pa.Table:
    try:
        with duckdb.connect() as con:
            con.register("given", given)
            con.register("known", known)
            return con.sql(SETTLE, params={"source": source}).to_arrow_table()
    except duckdb.ConversionException:
        raise ImportFailed("The amounts of one day and campaign together are too large.") from None


def _new_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"


def _shaped(rows: Any) -> pa.Table:
    table = rows if isinstance(rows, pa.Table) else pa.table(rows)
    missing = [name for name in NEEDED if name not in table.column_names]
    if missing:
        raise ImportFailed(
            f"Costs need the columns {', '.join(NEEDED)}; missing: {', '.join(missing)}."
        )
    try:
        table = table.select(NEEDED).cast(pa.schema([SCHEMA.field(name) for name in NEEDED]))
    except pa.ArrowException as error:
        raise ImportFailed(f"These costs cannot be read: {error}") from None
    for name in ("day", "amount"):
        empty = pc.is_null(table[name])
        if pc.any(empty).as_py():
            row = pc.index(empty, True).as_py() + 1
            raise ImportFailed(f"Row {row} of the costs has no {name}.")
    return table


def _refuse_others(gone: pa.Table, said: pa.Table, source: str) -> None:
    """Raise when costs would go of which not one campaign is among those said now."""
    pair = ["channel", "campaign"]
    pairs = {tuple(row.values()) for row in said.select(pair).to_pylist()}
    again = any(tuple(row.values()) in pairs for row in gone.select(pair).to_pylist())
    if again or pc.any(pc.is_valid(said["was"])).as_py():
        return
    first = gone.sort_by([("day", "ascending")]).to_pylist()[0]
    raise ImportFailed(
        f"Source {source!r} already has costs of {first['channel'] or 'no channel'} on "
        f"{first['day']}, of campaign {first['campaign']!r}, and of no campaign of this file: "
        f"{gone.num_rows:,} rows would be replaced.",
        hint="If it is another account's export, name it with --source NAME; if it corrects the "
        "earlier one, say --replace.",
    )


def _counted(report: CostReport, given: pa.Table, is_: tuple[Any, Any, Any]) -> CostReport:
    now, was, same = (column.to_numpy() for column in is_)
    days = pc.min_max(given["day"]).as_py()
    return replace(
        report,
        added=int((now & ~was).sum()),
        changed=int((now & was & ~same).sum()),
        unchanged=int(same.sum()),
        removed=int((was & ~now).sum()),
        first_day=days["min"],
        last_day=days["max"],
        amounts=spent(given),
    )


def _without(known: pa.Table, settled: pa.Table, source: str) -> pa.Table:
    """What is known, less the days and channels of this source that are said anew."""
    days = {(r["day"], r["channel"]) for r in settled.select(["day", "channel"]).to_pylist()}
    places = zip(
        known["source"].to_pylist(),
        known["day"].to_pylist(),
        known["channel"].to_pylist(),
        strict=True,
    )
    other = [of != source or (day, channel) not in days for of, day, channel in places]
    return known.filter(pa.array(other, pa.bool_()))


def _write(root: Path, rows: pa.Table) -> None:
    path = root / FOLDER
    write_deltalake(path, rows.cast(SCHEMA), mode="overwrite", writer_properties=ZSTD)
    delta.sweep(path)
