"""Retention equals its plain definition, in any zone, and gives the published cohort table."""

import csv
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from sojourn.core.condition import parse
from sojourn.core.durations import DAY, HOUR
from sojourn.core.model import model_from_mapping
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.retention import COLUMNS, retention
from sojourn.measure.retention_calendar import number_at, periods
from sojourn.measure.retention_question import Asked, ask
from support import plain_retention as plain
from support.logs import MODEL, START, random_logs
from support.memory import view_of

RANDOM = model_from_mapping(MODEL)
RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail"
ZONES = ["UTC", "America/New_York", "Pacific/Apia", "Africa/Cairo", "America/Havana"]
moments = st.sampled_from([START, START + 20 * DAY, START + 60 * DAY + 1, START + 150 * DAY])
everies = st.sampled_from(["day", "week", "month"])
zones = st.sampled_from(ZONES)
FIRST = {
    "touchpoint": lambda _: True,
    "order": lambda t: t["name"] == "Order Completed",
    "name = 'Page Viewed'": lambda t: t["name"] == "Page Viewed",
    "channel = 'Email'": lambda t: t["channel"] == "Email",
}
BACK = {**FIRST, "touchpoint": lambda t: t["actor"] == "person"}


def sign(text):
    return text if text in ("touchpoint", "order") else parse(text)


def same(table, expected):
    rows = [{k: v for k, v in row.items() if k != "begins"} for row in table]
    assert rows == expected


@settings(max_examples=250, deadline=None)
@given(random_logs(), moments, everies, zones, st.sampled_from([*FIRST]), st.sampled_from([*BACK]))
def test_retention_is_what_one_counts_with_a_calendar(log, as_of, every, zone, first, back):
    zone = ZoneInfo(zone)
    view = replace(view_of(log, RANDOM, as_of), zone=zone)
    found = retention(view, Asked(sign(first), sign(back), every))
    cells = plain.cells(
        log, FIRST[first], BACK[back], every, zone, as_of, all_reports=back == "touchpoint"
    )
    same(found, plain.rows(*cells, every, zone, as_of))


@settings(max_examples=80, deadline=None)
@given(random_logs(), moments, everies, st.integers(0, 40), st.integers(1, 40))
def test_the_period_chooses_people_by_their_first(log, as_of, every, first, length):
    start, end = START + first * DAY, START + (first + length) * DAY
    view = view_of(log, RANDOM, as_of, start=start, end=end)
    zone = ZoneInfo("UTC")
    cells = plain.cells(log, FIRST["order"], BACK["order"], every, zone, as_of, (start, end))
    same(retention(view, Asked("order", "order", every)), plain.rows(*cells, every, zone, as_of))


@settings(max_examples=60, deadline=None)
@given(random_logs(), moments, everies)
def test_blocks_hold_the_value_on_the_first(log, as_of, every):
    table = retention(view_of(log, RANDOM, as_of, by="channel"), Asked(every=every))
    zone, blocks = ZoneInfo("UTC"), {}
    for person, touch in plain.firsts(log, FIRST["touchpoint"], as_of).items():
        blocks.setdefault(touch["channel"] or "(none)", {})[person] = log[person]
    assert set(table.column("channel")) == set(blocks)
    for label, part in blocks.items():
        mine = [
            {k: v for k, v in r.items() if k != "channel"} for r in table if r["channel"] == label
        ]
        cells = plain.cells(
            part, FIRST["touchpoint"], BACK["touchpoint"], every, zone, as_of, all_reports=True
        )
        same(mine, plain.rows(*cells, every, zone, as_of))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.datetimes(datetime(1999, 1, 1), datetime(2027, 1, 1)), min_size=1, max_size=50),
    everies,
    st.sampled_from([*ZONES, "America/Sao_Paulo", "Asia/Beirut", "Pacific/Kiritimati"]),
)
def test_every_moment_is_in_the_period_that_its_wall_clock_says(dates, every, zone):
    zone = ZoneInfo(zone)
    ts = np.array([int((d - datetime(1970, 1, 1)).total_seconds()) * 1_000_000 for d in dates])
    numbers = [number_at(int(moment), zone, every) for moment in ts]
    calendar = periods(min(numbers), max(numbers), zone, every)
    assert calendar.of(ts).tolist() == numbers
    edges = calendar.edges[:-1]
    kept = np.flatnonzero(np.diff(calendar.edges) > 0)
    assert [number_at(int(edges[i]), zone, every) for i in kept] == (kept + min(numbers)).tolist()


def visits(*times, name="Page Viewed", actor="person"):
    return [
        {
            "event_id": f"e{i}", "seq": i, "ts": int(ts), "name": name, "actor": actor,
            "channel": None, "order_id": None, "value": None, "properties": None,
        }
        for i, ts in enumerate(times)
    ]  # fmt: skip


def at(text, zone="UTC"):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1e6)


def returned(log, as_of, zone="UTC", **asked):
    table = retention(replace(view_of(log, RANDOM, as_of), zone=ZoneInfo(zone)), Asked(**asked))
    return {(row["cohort"], row["period"]): row["returned"] for row in table}


def test_the_columns_are_exactly_these():
    table = retention(view_of({"ada": visits(START)}, RANDOM, START), Asked())
    assert [c.name for c in table.columns] == [
        "cohort", "people", "period", "begins", "returned", "share", "complete",
    ]  # fmt: skip
    assert table.columns == COLUMNS


def test_a_day_may_have_twenty_three_or_twenty_five_hours():
    new_york = "America/New_York"
    spring = at("2026-03-08T00:00", new_york)
    log = {"ada": visits(spring, spring + 23 * HOUR - 1), "bob": visits(spring, spring + 23 * HOUR)}
    found = returned(log, spring + 30 * HOUR, new_york, every="day")
    assert found == {("2026-03-08", 0): 2, ("2026-03-08", 1): 1}
    autumn = at("2026-11-01T00:00", new_york)
    log = {"ada": visits(autumn, autumn + 25 * HOUR - 1), "bob": visits(autumn, autumn + 25 * HOUR)}
    found = returned(log, autumn + 30 * HOUR, new_york, every="day")
    assert found == {("2026-11-01", 0): 2, ("2026-11-01", 1): 1}


def test_the_month_is_the_reports_and_not_the_machines():
    log = {"ada": visits(at("2026-01-31T23:30"), at("2026-02-15T00:00"))}
    as_of = at("2026-02-20T00:00")
    assert returned(log, as_of) == {("2026-01", 0): 1, ("2026-01", 1): 1}
    assert returned(log, as_of, "Europe/Stockholm") == {("2026-02", 0): 1}


def test_a_period_is_complete_when_its_last_instant_is_known():
    log = {"ada": visits(at("2026-01-10T00:00"))}

    def complete(as_of):
        return retention(view_of(log, RANDOM, as_of), Asked()).column("complete")

    assert complete(at("2026-02-01T00:00") - 2) == [False]
    assert complete(at("2026-02-01T00:00") - 1) == [True]
    assert complete(at("2026-02-01T00:00")) == [True, False]
    table = retention(view_of(log, RANDOM, at("2026-02-01T00:00")), Asked())
    assert any("was not over" in remark for remark in table.notes["remarks"])


def test_who_is_only_written_to_does_not_come_back():
    log = {"ada": visits(START, START + 40 * DAY, actor="business")}
    assert set(returned(log, START + 50 * DAY).values()) == {1, 0}


def test_most_ends_every_cohort_there():
    log = {"ada": visits(*(START + month * 31 * DAY for month in range(10)))}
    found = returned(log, START + 300 * DAY, most=2)
    assert found == {("2023-11", 0): 1, ("2023-11", 1): 1, ("2023-11", 2): 1}


def test_a_first_cohort_that_the_log_begins_in_is_pointed_out():
    table = retention(view_of({"ada": visits(START)}, RANDOM, START), Asked())
    assert any("The log begins in 2023-11" in remark for remark in table.notes["remarks"])


def test_a_hundred_thousand_touchpoints_and_nobody_at_all_are_no_trouble():
    busy = {"ada": visits(*(START + i * HOUR // 100 for i in range(100_000)))}
    assert returned(busy, START + 60 * DAY)["2023-11", 1] == 1
    assert returned({"ada": visits(*[START] * 1000)}, START) == {("2023-11", 0): 1}
    assert len(retention(view_of(busy, RANDOM, START - 1), Asked())) == 0
    assert len(retention(view_of(busy, RANDOM, START), Asked(first="order"))) == 0


def test_too_many_rows_are_refused_before_they_are_made():
    log = {f"p{i}": visits(START + i * DAY) for i in range(10)}
    view = view_of(log, RANDOM, START + 290_000 * DAY)
    with pytest.raises(QuestionError, match="rows"):
        retention(view, Asked(every="day"))


def test_personas_are_counted_apart_though_they_overlap():
    log = {"ada": visits(START, START + 40 * DAY), "bob": visits(START)}
    personas = {"back": parse("did('Page Viewed', 30)", "people"), "all": parse("true", "people")}
    view = view_of(log, RANDOM, START + 45 * DAY, by="persona", personas=personas)
    found = {(r["persona"], r["period"]): r["returned"] for r in retention(view, Asked())}
    assert found == {("back", 0): 1, ("back", 1): 1, ("all", 0): 2, ("all", 1): 1}


def test_words_are_read_with_help_for_those_that_are_wrong():
    names = ["Trial Started"]
    made = ask("Trial Started", "order", "week", 4, names=names, zone="UTC")
    assert made == Asked(parse("name = 'Trial Started'"), "order", "week", 4)
    assert ask("Touchpoint", None, "day", None, names=names, zone="UTC").back == "touchpoint"
    with pytest.raises(UnknownName, match=r"no period 'weeks'[\s\S]*'week'"):
        ask("order", None, "weeks", None, names=names, zone="UTC")
    with pytest.raises(QuestionError, match="-1 periods"):
        ask("order", None, "day", -1, names=names, zone="UTC")


@pytest.mark.skipif(not RETAIL.is_dir(), reason="the online_retail data are not on this machine")
def test_the_published_cohort_table_of_a_gift_shop_comes_out(tmp_path):
    lines = pq.read_table(RETAIL / "online_retail.parquet")
    lines = lines.filter(pc.is_valid(lines["CustomerID"]))
    baskets = lines.group_by(["CustomerID", "InvoiceDate"]).aggregate([])
    frame = pa.table(
        {
            "user_id": pc.cast(pc.cast(baskets["CustomerID"], pa.int64()), pa.string()),
            "ts": pc.cast(baskets["InvoiceDate"], pa.timestamp("us", "UTC")),
            "name": pa.array(["Order Completed"] * len(baskets)),
        }
    )
    workspace = sj.open(tmp_path)
    workspace.add(frame)
    found = {
        (row["cohort"], row["period"]): row["returned"]
        for row in workspace.journey("sales").retention("order")
    }
    with (RETAIL / "oracle_monthly_cohort_counts.csv").open() as file:
        expected = {
            (row["c"], int(since)): int(float(count))
            for row in csv.DictReader(file)
            for since, count in row.items()
            if since != "c" and count
        }
    assert len(expected) == 91
    assert found == expected
