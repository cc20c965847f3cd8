"""Rows to ask conditions about, one at a time, all at once, and in DuckDB."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from sojourn.core.bucket import Coded, Ints
from sojourn.core.condition import NULL_TIME, Condition, FrameColumn, Ref, Times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/Prague", "America/St_Johns")


def coded(texts: Sequence[str | None]) -> Coded:
    """Texts as a coded column."""
    values = sorted({text for text in texts if text is not None})
    codes = [-1 if text is None else values.index(text) for text in texts]
    return Coded(np.array(codes, np.int32), values)


def in_micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


class Rows:
    """A frame made of one list a column, which counts how often it is asked."""

    def __init__(self, lists: Mapping[Ref, Sequence[Any]]) -> None:
        self.lists = lists
        self.asked: list[Ref] = []

    def __len__(self) -> int:
        return len(next(iter(self.lists.values())))

    def column(self, ref: Ref) -> FrameColumn:
        self.asked.append(ref)
        values = self.lists[ref]
        some = next((value for value in values if value is not None), "")
        if isinstance(some, str):
            return coded(values)
        if isinstance(some, bool):
            return np.array(values, bool)
        if isinstance(some, datetime):
            moments = [NULL_TIME if v is None else in_micros(v) for v in values]
            return Times(np.array(moments, np.int64))
        return np.array([np.nan if v is None else v for v in values], np.float64)

    def some(self, ref: Ref, rows: Ints) -> None:
        """Always all of a column."""

    def getter(self, row: int) -> Callable[[Ref], Any]:
        """How the scalar evaluator reads one row."""
        return lambda ref: self.lists[ref][row]

    def tested(self, condition: Condition) -> list[bool]:
        """The scalar evaluator's answer for every row."""
        return [condition.test(self.getter(row)) for row in range(len(self))]


TEXTS = [None, "", "a", "b", "A", "ab", "aB%", "a_b", "b$a", " a ", "é", "É", "日本", "10", "-2.5"]
TEXTS += ["1e3", "4.0", "x1", "'", "Order Completed", "Page Viewed", "1_000", "nan", " 7 ", "0x1"]
NUMBERS = [None, 0.0, 1.0, 2.0, -1.0, 0.5, 2.5, -2.5, 3.25, 100.0, 0.1]
JSONS = [
    None, "", "not json", "[1]", "{}", '{"rating": 4}', '{"rating": 4.5}', '{"rating": "5"}',
    '{"rating": null}', '{"rating": true}', '{"rating": "a", "by": {"name": "b"}}',
    '{"by": {"name": "a", "age": 3}}', '{"by": [1, 2]}', '{"my key": "a", "rating": 3}',
    '{"rating": {"a":  1, "b" : [true, "a b"]}}', '{"rating": 1} trailing', '{"rating": 01}',
]  # fmt: skip
PEOPLE = {"stage": TEXTS, "cycle": NUMBERS, "days_in_stage": NUMBERS, "stalled": [True, False]}


def moments(draw: random.Random, count: int) -> list[datetime | None]:
    """Times of every hour of two years, some of them midnight in UTC, some unknown."""
    found: list[datetime | None] = [None]
    for _ in range(count - 1):
        hours = draw.randrange(2 * 365 * 24)
        seconds = draw.choice((0, 0, draw.random() * 3600))
        found.append(datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=hours, seconds=seconds))
    return found


@pytest.fixture(scope="session")
def touchpoints() -> Rows:
    """300 touchpoints with every kind of value, nulls among them."""
    draw = random.Random(7)
    pick = lambda values: [draw.choice(values) for _ in range(300)]  # noqa: E731 - one line a use
    texts = {Ref(name): pick(TEXTS) for name in ("name", "channel", "text")}
    numbers = {Ref(name): pick(NUMBERS) for name in ("value", "nth", "gap_days")}
    rest = {Ref("properties"): pick(JSONS), Ref("ts"): pick(moments(draw, 60))}
    return Rows({**texts, **numbers, **rest})


@pytest.fixture(scope="session")
def people() -> Rows:
    """200 people."""
    draw = random.Random(8)
    lists: dict[Ref, Sequence[Any]] = {
        Ref(name): [draw.choice(values) for _ in range(200)] for name, values in PEOPLE.items()
    }
    lists[Ref("lapsed")] = [draw.random() < 0.5 for _ in range(200)]
    lists[Ref("traits", ("plan",))] = [draw.choice(TEXTS) for _ in range(200)]
    lists[Ref("did", (), ("a", 30))] = [draw.random() < 0.3 for _ in range(200)]
    lists[Ref("first_seen")] = [draw.choice(moments(draw, 40)) for _ in range(200)]
    return Rows(lists)


MACROS = r"""
create macro number(x) as case
    when regexp_full_match(trim(x), '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?')
     and isfinite(try_cast(trim(x) as double)) then try_cast(trim(x) as double) end;
"""


@pytest.fixture(scope="session")
def ask_duckdb(touchpoints: Rows, people: Rows) -> Iterator[Callable[..., list[bool | None]]]:
    """What DuckDB says about each row: true, false or null."""
    connection = duckdb.connect()
    connection.execute(MACROS).fetchall()
    for name, rows in (("touchpoint", touchpoints), ("people", people)):
        columns = {"_".join(map(str, (r.name, *r.path))): list(v) for r, v in rows.lists.items()}
        table = pa.table({"i": range(len(rows)), **columns})
        connection.register("given", table)
        sound = ", case when json_valid(properties) then properties end as sound"
        more = sound if name == "touchpoint" else ""
        connection.execute(f"create table {name} as select *{more} from given").fetchall()

    def ask(sql: str, scope: str = "touchpoint", zone: str = "UTC") -> list[bool | None]:
        connection.execute(f"set timezone = '{zone}'").fetchall()
        found = connection.execute(f"select ({sql}) from {scope} order by i").fetchall()
        return [row[0] for row in found]

    yield ask
    connection.close()
