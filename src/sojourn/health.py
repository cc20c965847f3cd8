"""What is in a workspace, and does it add up? The equalities that every answer rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.history import ORDER_ROW
from sojourn.core.table import Column, Table, iso
from sojourn.core.touchpoint import BOT
from sojourn.journey import Journey
from sojourn.measure.attribution_tally import UNITS
from sojourn.measure.notes import moment
from sojourn.measure.referred import referred
from sojourn.store.log import Log
from sojourn.store.trail import Trail

INFO_COLUMNS = (
    Column("name", "text"),
    Column("actor", "text"),
    Column("touchpoints", "integer", "touchpoints"),
    Column("first", "time"),
    Column("last", "time"),
)
CHECK_COLUMNS = (
    Column("check", "text"),
    Column("one_side", "integer"),
    Column("other_side", "integer"),
    Column("holds", "boolean"),
)


@dataclass(frozen=True)
class Check:
    """Two ways to count the same thing."""

    what: str
    one: int
    other: int


def info(log: Log, trail: Trail, clock: str, now: int) -> Table:
    """One row a touchpoint name, the most frequent first; the notes describe the whole log."""
    rows = _query(
        log,
        """
        select name, min(actor) as actor, count(*) as touchpoints,
            min(ts) as "first", max(ts) as "last"
        from log
        where coalesce(device, '') <> ? group by name order by 3 desc, 1
        """,
        [BOT],
    )
    names = [column.name for column in INFO_COLUMNS]
    data = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    imports = log.imports()
    last = trail.note.last_ts
    notes = {
        "clock": clock,
        "as_of": None if last is None else iso(moment(now)),
        "touchpoints": sum(int(str(count)) for count in data["touchpoints"]),
        "people": len(_persons(trail)),
        "nobody": trail.note.nobody,
        "bots": trail.note.bots,
        "imports": len(imports),
        "rejected": sum(record.rejected for record in imports),
        "buckets": trail.note.buckets,
    }
    return Table.of("info", INFO_COLUMNS, data, notes)


def _persons(trail: Trail) -> set[int]:
    found: set[int] = set()
    for number in trail.numbers:
        bucket = trail.load(number)
        found.update(bucket.person[bucket.starts].tolist())
    return found


def _query(log: Log, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
    files = [str(file.path) for file in log.files()]
    if not files:
        return []
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.read_parquet(files, hive_partitioning=False).create_view("log")
        rows = con.sql(sql, params=list(values)).to_arrow_table()
        return [tuple(row.values()) for row in rows.to_pylist()]


def doctor(log: Log, trail: Trail, journeys: Sequence[Journey]) -> Table:
    """One row an equality: both sides, and whether it holds."""
    checks = [*_log_checks(log, trail), *_credit_checks(trail, journeys[:1])]
    for journey in journeys:
        checks += [*_journey_checks(journey), *_feeling_checks(journey)]
    checks += [check for journey in journeys[:1] for check in _referral_checks(journey)]
    data = {
        "check": [check.what for check in checks],
        "one_side": [check.one for check in checks],
        "other_side": [check.other for check in checks],
        "holds": [check.one == check.other for check in checks],
    }
    return Table.of("doctor", CHECK_COLUMNS, data, {})


def _log_checks(log: Log, trail: Trail) -> Iterator[Check]:
    for record in log.imports():
        parts = record.touchpoints + record.duplicates + record.rejected + record.bots
        parts += record.people_rows + record.withheld
        what = (
            f"import {record.file}: "
            "rows read = touchpoints + duplicates + rejected + bots + people rows + withheld"
        )
        yield Check(what, record.rows_read, parts)
    counted = _query(log, "select count(*), count(distinct event_id), count(distinct seq) from log")
    rows, ids, seqs = (int(str(n)) for n in counted[0]) if counted else (0, 0, 0)
    note = trail.note
    yield Check(
        "touchpoints = people's + nobody's + bots'", rows, note.rows + note.nobody + note.bots
    )
    yield Check("every event_id is unique", rows, ids)
    yield Check("every seq is unique", rows, seqs)
    yield Check("the trail holds the rows that it says", note.rows, _trail_rows(trail))


def _trail_rows(trail: Trail) -> int:
    return trail.held_rows


def _credit_checks(trail: Trail, journeys: Sequence[Journey]) -> Iterator[Check]:
    """Orders and spending, which no model of the journey changes."""
    for journey in journeys if "channel" in trail.note.coded else ():
        orders = sum(int((trail.load(number).order == ORDER_ROW).sum()) for number in trail.numbers)
        credited = journey.attribution("last")
        found = round(sum(credited.column("conversions")))
        yield Check("attribution: conversions = orders in the log", found, orders)
        costs = journey.view.costs()
        if not len(costs):
            continue
        last = moment(journey.view.as_of).astimezone(journey.view.zone).date()
        later = pc.greater(costs["day"], pa.scalar(last, pa.date32()))
        shown = sum(value for value in credited.column("cost") if value is not None)
        yield Check(
            "costs shown + not shown = costs recorded (in ten-thousandths)",
            int(shown * UNITS) + _units(costs.filter(later)),
            _units(costs),
        )


def _units(costs: pa.Table) -> int:
    return int((pc.sum(costs["amount"]).as_py() or 0) * UNITS)


def _journey_checks(journey: Journey) -> Iterator[Check]:
    name = journey.model.id
    stages, moves, flow = journey.stages(), journey.moves(), journey.flow()
    sojourns = journey.sojourns()
    notes = stages.notes
    by_kind = dict.fromkeys(("moved", "restarted", "lapsed"), 0)
    for row in moves:
        by_kind[row["kind"]] += row["count"]
    for column, kind in (("moved_on", "moved"), ("restarted", "restarted"), ("lapsed", "lapsed")):
        yield Check(
            f"{name}: stages.{column} = moves ({kind})", sum(stages.column(column)), by_kind[kind]
        )
    yield Check(f"{name}: sum of entered = sojourns", sum(stages.column("entered")), len(sojourns))
    ended = sum(sum(stages.column(c)) for c in ("moved_on", "restarted", "lapsed", "here"))
    yield Check(
        f"{name}: entered = moved_on + restarted + lapsed + here",
        sum(stages.column("entered")),
        ended,
    )
    begun = sum(row["count"] for row in flow if row["from"] == "(start)")
    yield Check(f"{name}: flow from (start) = cycles", begun, notes["cycles"])
    on = len(set(sojourns.column("person")))
    yield Check(
        f"{name}: people = on the journey + without evidence",
        notes["people"],
        on + notes["people_without_evidence"],
    )
    fit = journey.check()
    neck = journey.model.neck
    name_of_neck = journey.model.stages[neck].name
    yield Check(
        f"{name}: cycles seen at {name_of_neck} = cycles with an order",
        stages.rows[neck]["seen"],
        int(fit.notes["cycles_with_an_order"]),
    )


def _referral_checks(journey: Journey) -> Iterator[Check]:
    """Who was brought by whom, which no model of the journey changes."""
    notes = journey.referrals().notes
    said = referred(replace(journey.view, within="person"))
    parts = ("brought", "brought_by_unknown", "left_out")
    what = "people with a referred_by = brought + by somebody unknown + left out"
    yield Check(what, said, sum(notes[part] for part in parts))


def _feeling_checks(journey: Journey) -> Iterator[Check]:
    felt, by_name = journey.emotions(), journey.emotions("name")
    what = f"{journey.model.id}: feelings by stage = feelings by name"
    yield Check(what, sum(felt.column("n")), sum(by_name.column("n")))
