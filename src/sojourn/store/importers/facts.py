"""Counts over the rows of one import, in a few scans, from which one sees what looks wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from sojourn.core.touchpoint import BOT
from sojourn.store.importers.rowsql import files_sql, literal, quoted

ROUNDED_ID = r"^[0-9](\.[0-9]+)?[eE]\+[0-9]{1,2}$"
"""An id of many digits as a spreadsheet writes it: 1.23457E+15."""

SPOILED = r"Ã[\x{80}-\x{BF}]|Ã[^\x00-\x7fÀ-ÿ]|â€|Â[\x{80}-\x{BF}]"
"""UTF-8 that was once read as if it were Western European: `CafÃ©`."""

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
IDS = ("user_id", "device_id", "order_id", "referred_by", "account")
SAMPLE = 200_000
"""So many rows, the first, are looked at for what takes long to see."""

QUARTER, HOUR = 900_000_000, 3_600_000_000
"""Midnight is on a quarter of an hour everywhere; for counting days hours are exact enough."""

MODERN = "'2000-01-01T00:00:00Z'::timestamptz"
WORDS = ("name", "campaign", "text", "properties")


@dataclass(frozen=True)
class Facts:
    """What was counted of the rows that would be new in the log, bots left out.

    Texts and the spread of amounts are those of the first rows (SAMPLE) alone.
    `days` are rows by calendar day in the zone of the file; `person` is the file's column of
    people, `top_person` the id with the most rows, who has `top_rows`. `middle` and `high` are
    the median and the 99th percentile of amounts without their sign; `cents` those with
    decimals, `large` whole ones at least fifty times the median of these.
    """

    rows: int = 0
    midnight: int = 0
    future: int = 0
    latest: datetime | None = None
    first: datetime | None = None
    last: datetime | None = None
    early: int = 0
    days: Mapping[date, int] = field(default_factory=dict)
    person: str = ""
    person_field: str = ""
    persons: int = 0
    nobody: int = 0
    top_person: str | None = None
    top_rows: int = 0
    emails: int = 0
    known: int = 0
    rounded_ids: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    spoiled: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    control: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    longest: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, int] = field(default_factory=dict)
    kinds: int = 0
    name_given: bool = True
    time_given: bool = True
    amounts: int = 0
    without_currency: int = 0
    currencies: Mapping[str, int] = field(default_factory=dict)
    middle: float = 0.0
    high: float = 0.0
    most: float = 0.0
    cents: int = 0
    large: int = 0
    large_example: float = 0.0
    cents_middle: float = 0.0


def gather(
    staged: Sequence[Path], con: duckdb.DuckDBPyConnection, person: str, now: datetime, zone: str
) -> Facts:
    """Count what the staged files hold.

    `person` is the log's column that tells people apart, or "" where it is not one alone.
    """
    if not staged:
        return Facts()
    who = _who(person)
    all_rows = f"from {files_sql(staged)} where device is distinct from {literal(BOT)}"
    row = _one(con, f"select {_counted(who)} {all_rows}", {"now": now})
    first_seq = con.sql(f"select min(seq) {all_rows}").fetchall()[0][0] or 0
    sample = f"{all_rows} and seq < {first_seq + SAMPLE}"
    row |= _one(con, f"select {_sampled()} {sample}", {})
    found: dict[str, Any] = {
        "rounded_ids": _pairs(row, "rounded", IDS),
        "spoiled": _pairs(row, "spoiled", WORDS),
        "control": _pairs(row, "control", WORDS),
        "longest": {name: row.pop(f"longest_{name}") or 0 for name in WORDS},
    }
    top = (row.pop("tops") or [None])[0]
    facts = Facts(**row, **found, person_field=person, top_person=top)
    more = _more(all_rows, con, facts, who, zone)
    return replace(facts, **more)


def _who(person: str) -> str:
    """The id that tells people apart, as SQL."""
    if person in IDS:
        return quoted(person)
    if person.startswith("alias:"):
        kind = literal(person.removeprefix("alias:"))
        return f"list_filter(aliases, lambda one: one.kind = {kind})[1].id"
    return "coalesce(user_id, device_id, aliases[1].id)"


def _one(con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any]) -> dict[str, Any]:
    return dict(con.sql(sql, params=values).to_arrow_table().to_pylist()[0])


def _counted(who: str) -> str:
    """What is counted over all rows, in one scan."""
    parts = [
        "count(*) as rows",
        "count(*) filter (where ts > $now) as future",
        "max(ts) as latest, min(ts) as first, max(ts) as last",
        f"count(*) filter (where ts < {MODERN}) as early",
        f"approx_top_k({who}, 1) as tops",
        f"count(*) filter (where contains({who}, '@')) as emails, count({who}) as known",
        "count(value) as amounts",
        "count(*) filter (where value is not null and currency is null) as without_currency",
        "coalesce(max(abs(value))::double, 0) as most",
        "count(*) filter (where value % 1 <> 0) as cents",
    ]
    parts += [_found(name, ROUNDED_ID, "rounded", f"contains({name}, 'E+')") for name in IDS]
    return ", ".join(parts)


def _sampled() -> str:
    """What is counted over the first rows alone, because it takes long."""
    size = "abs(value)::double"
    parts = [
        f"coalesce(approx_quantile({size}, 0.5) filter (where value <> 0), 0) as middle",
        f"coalesce(approx_quantile({size}, 0.99) filter (where value <> 0), 0) as high",
        f"coalesce(approx_quantile({size}, 0.5) filter (where value % 1 <> 0), 0) as cents_middle",
    ]
    for name in WORDS:
        maybe = " or ".join(f"contains({name}, '{mark}')" for mark in ("Ã", "â€", "Â"))
        parts.append(_found(name, SPOILED, "spoiled", f"({maybe})"))
        parts.append(_found(name, CONTROL, "control", "true"))
    parts += [f"max(strlen({name})) as longest_{name}" for name in WORDS]
    return ", ".join(parts)


def _found(name: str, pattern: str, what: str, maybe: str) -> str:
    """How many texts of a column fit a pattern, and one of them; `maybe` is quick to tell."""
    test = f"{maybe} and regexp_matches({name}, {literal(pattern)})"
    return (
        f"count(*) filter (where {test}) as {what}_{name}, "
        f"left(min({name}) filter (where {test}), 400) as {what}_{name}_one"
    )


def _pairs(row: dict[str, Any], what: str, names: Sequence[str]) -> dict[str, tuple[int, str]]:
    pairs = {n: (row.pop(f"{what}_{n}"), row.pop(f"{what}_{n}_one")) for n in names}
    return {name: pair for name, pair in pairs.items() if pair[0]}


def _more(
    rows: str, con: duckdb.DuckDBPyConnection, facts: Facts, who: str, zone: str
) -> dict[str, Any]:
    """What depends on the first counts: rows by day, of the busiest id, and of large amounts."""
    slot = f"select epoch_us(ts) // {QUARTER} * {QUARTER} as slot, count(*) as n {rows}"
    there = f"timezone({literal(zone)}, make_timestamptz(slot))"
    exact = f"({slot} and epoch_us(ts) % {QUARTER} = 0 group by slot)"
    midnight = con.sql(f"select sum(n) from {exact} where {there} = date_trunc('day', {there})")  # noqa: S608
    hours = f"({slot} and ts >= {MODERN} group by slot)".replace(str(QUARTER), str(HOUR))
    days = con.sql(f"select {there}::date as day, sum(n)::bigint from {hours} group by day")  # noqa: S608
    bound = 50 * facts.cents_middle
    test = f"value % 1 = 0 and abs(value) >= {bound!r}"
    parts = [
        f"count(*) filter (where {who} = $top)",
        f"count(*) filter (where {test})",
        f"min(abs(value)) filter (where {test})",
    ]
    query = f"select {', '.join(parts)} {rows}"
    top, large, example = con.sql(query, params={"top": facts.top_person}).fetchall()[0]
    priced = "value is not null and currency is not null"
    money = con.sql(
        f"select currency, count(*) {rows} and {priced} group by all order by 2 desc, 1"
    )
    return {
        "midnight": int(midnight.fetchall()[0][0] or 0),
        "days": dict(days.fetchall()),
        "top_rows": top,
        "large": large if bound else 0,
        "large_example": float(example or 0),
        "currencies": dict(money.fetchall()),
    }
