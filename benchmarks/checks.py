"""Whether the timed answers are right: each against plain SQL over the file itself.

The SQL reads the synthetic Parquet file, so neither our import nor our trail is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.floors import connection
from benchmarks.places import Place
from benchmarks.questions import STEPS
from sojourn.measure.flow import END, START
from sojourn.store.log import Log

MOST_ROWS = 10_000_000
"""Above this the SQL would take longer than everything that is measured."""

EQUAL, UNEQUAL, UNCHECKED = "equal", "DIFFERENT", "not checked"

TOTALS = """
    select count(*), count(distinct user_id), min(ts), max(ts), sum(value), count(order_id),
           sum(hash(user_id, epoch_us(ts), name, campaign, content, page, device, order_id,
                    properties)::hugeint)
    from read_parquet({files})
"""
"""Without the channel, which the import derives where the file has none."""
FOLLOWS = """
    select name as "from", following as "to", count(*)::bigint as count,
           count(distinct user_id)::bigint as people
    from (select user_id, name, lead(name) over mine as following
          from read_parquet('{file}', file_row_number = true)
          window mine as (partition by user_id order by ts, file_row_number))
    where following is not null group by all
"""
VARIANTS = """
    select path, count(*)::bigint as count
    from (select string_agg(name, ' > ' order by ts, file_row_number) as path
          from read_parquet('{file}', file_row_number = true) group by user_id)
    group by all
"""

FUNNEL = """
    with touches as (
        select user_id, name, row_number() over (
            partition by user_id order by ts, file_row_number) as spot
        from read_parquet('{file}', file_row_number = true)
    ), step1 as (
        select user_id, min(spot) as spot from touches where name = '{steps[0]}' group by user_id
    ), step2 as (
        select user_id, min(t.spot) as spot from touches t join step1 s using (user_id)
        where t.spot > s.spot and name = '{steps[1]}' group by user_id
    ), step3 as (
        select user_id, min(t.spot) as spot from touches t join step2 s using (user_id)
        where t.spot > s.spot and name = '{steps[2]}' group by user_id
    ), step4 as (
        select user_id, min(t.spot) as spot from touches t join step3 s using (user_id)
        where t.spot > s.spot and name = '{steps[3]}' group by user_id
    )
    select (select count(*) from step1) as one, (select count(*) from step2) as two,
        (select count(*) from step3) as three, (select count(*) from step4) as four
"""
RETENTION = """
    with viewed as (
        select user_id, date_trunc('week', ts) as week from read_parquet('{file}')
        where name = 'Page Viewed' group by all
    ), cohorts as (select user_id, min(week) as cohort from viewed group by user_id)
    select strftime(cohort, '%Y-%m-%d') as cohort,
        date_diff('week', cohort, week)::bigint as period, count(*)::bigint as returned
    from viewed join cohorts using (user_id) group by all
"""
ORDERS = """
    select count(distinct (user_id, order_id)) + count(*) filter (order_id is null)
        - count(distinct user_id) filter (order_id is null)
    from read_parquet('{file}') where name = 'Order Completed'
"""
"""Orders without an id are each one of their own."""


def said(right: bool) -> str:
    """A verdict as the table has it."""
    return EQUAL if right else UNEQUAL


def same_rows(one: pa.Table, other: pa.Table) -> bool:
    """Whether two tables hold the same rows in whatever order."""
    names = one.column_names
    if set(names) != set(other.column_names) or one.num_rows != other.num_rows:
        return False
    keys = [(name, "ascending") for name in names]
    return bool(one.sort_by(keys).equals(other.select(names).cast(one.schema).sort_by(keys)))


def between(flow: pa.Table) -> pa.Table:
    """The pairs of a flow that are neither from the start nor to the end."""
    inner = [came != START and went != END for came, went in _pairs(flow)]
    return flow.filter(pa.array(inner, pa.bool_()))


def _pairs(flow: pa.Table) -> list[tuple[str, str]]:
    return list(zip(flow["from"].to_pylist(), flow["to"].to_pylist(), strict=True))


def _query(place: Place, sql: str) -> pa.Table:
    with connection(place.scratch) as con:
        return con.sql(sql.format(file=place.parquet, steps=STEPS)).to_arrow_table()


def log_holds_the_file(place: Place, workspace: str) -> str:
    """Counts, sums and a hash of the columns, of the log and of the file it came from."""
    files = [str(file.path) for file in Log(place.folder / workspace).files()]
    with connection(place.scratch) as con:
        found, expected = (
            con.sql(TOTALS.format(files=names)).to_arrow_table().to_pylist()
            for names in (files, [str(place.parquet)])
        )
    return said(found == expected)


def _follows(place: Place, answers: Mapping[str, pa.Table]) -> bool:
    return same_rows(between(answers["follows"]), _query(place, FOLLOWS))


def _variants(place: Place, answers: Mapping[str, pa.Table]) -> bool:
    return same_rows(answers["variants"].select(["path", "count"]), _query(place, VARIANTS))


def _stages(_: Place, answers: Mapping[str, pa.Table]) -> bool:
    """Every way out of a stage counted once, and as many stays as the walk alone finds."""
    rows = answers["stages"].to_pylist()
    ways = ("moved_on", "restarted", "lapsed", "here")
    adds_up = all(row["entered"] == sum(row[way] for way in ways) for row in rows)
    entered = sum(row["entered"] for row in rows)
    return adds_up and entered == answers["walk"]["sojourns"][0].as_py()


def _flow(name: str) -> Callable[[Place, Mapping[str, pa.Table]], bool]:
    """Every cycle begins and ends once, and each touchpoint leaves by one pair."""

    def check(_: Place, answers: Mapping[str, pa.Table]) -> bool:
        pairs = zip(_pairs(answers[name]), answers[name]["count"].to_pylist(), strict=True)
        counted = list(pairs)
        begun = sum(count for (came, _), count in counted if came == START)
        ended = sum(count for (_, went), count in counted if went == END)
        return begun == ended == answers["walk"]["cycles"][0].as_py()

    return check


def _funnel(place: Place, answers: Mapping[str, pa.Table]) -> bool:
    """As many people at each step of a funnel that has no window."""
    expected = _query(place, FUNNEL).to_pylist()[0]
    return answers["open funnel"]["people"].to_pylist() == list(expected.values())


def _retention(place: Place, answers: Mapping[str, pa.Table]) -> bool:
    """The cells in which anybody came back."""
    found = answers["retention by week"].select(["cohort", "period", "returned"])
    some = found.filter(pc.greater(found["returned"], 0))
    return same_rows(some, _query(place, RETENTION))


def _attribution(place: Place, answers: Mapping[str, pa.Table]) -> bool:
    """Every model divides all orders, each counted once."""
    orders = next(iter(_query(place, ORDERS).to_pylist()[0].values()))
    sums = answers["attribution"].group_by("model").aggregate([("conversions", "sum")])
    return all(abs(total - orders) < 1e-6 for total in sums["conversions_sum"].to_pylist())


CHECKS: Mapping[str, tuple[str, Callable[[Place, Mapping[str, pa.Table]], bool], bool]] = {
    "follows": ("SQL", _follows, True),
    "variants": ("SQL", _variants, True),
    "open funnel": ("SQL", _funnel, True),
    "retention by week": ("SQL", _retention, True),
    "attribution": ("SQL's orders", _attribution, True),
    "stages": ("adds up", _stages, False),
    "flow of names": ("adds up", _flow("flow of names"), False),
    "flow of pages, top 100": ("adds up", _flow("flow of pages, top 100"), False),
}
"""To what each answer is held, how, and whether that takes long."""


def answer_is_right(place: Place, name: str) -> str:
    """What the answer to a question was held to, and whether it stood."""
    if name not in CHECKS:
        return ""
    against, check, slow = CHECKS[name]
    if slow and place.rows > MOST_ROWS:
        return UNCHECKED
    needed = {name, "walk"} if not slow else {name}
    missing = [other for other in needed if not place.answer(other).is_file()]
    if missing:
        return UNCHECKED
    try:
        right = check(place, {other: pq.read_table(place.answer(other)) for other in needed})
    except duckdb.OutOfMemoryException:
        return UNCHECKED
    return f"{said(right)} ({against})"
