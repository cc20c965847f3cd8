"""The shop told with all its stories and with none, and plain counting that shares no code."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import duckdb
import pytest

from sojourn.demo.shop import Simulation, simulate

PEOPLE = 5000


@pytest.fixture(scope="session")
def shop() -> Simulation:
    return simulate(people=PEOPLE, seed=1)


@pytest.fixture(scope="session")
def plain_shop() -> Simulation:
    """The same shop where nothing was planted."""
    return simulate(people=PEOPLE, seed=1, stories=())


@pytest.fixture(scope="session")
def large_count() -> "Counter":
    """Many people, for rates to be told apart."""
    return Counter(simulate(people=15_000, seed=1))


@pytest.fixture(scope="session")
def small_shop() -> Simulation:
    return simulate(people=400, seed=3)


class Counter:
    """Counts in SQL on what the simulation gives out; `log` has a `person` and a `day` beside.

    Whose a touchpoint is comes from the truth about devices, cards and addresses, so what is
    counted here leans on no identity rules.
    """

    def __init__(self, told: Simulation) -> None:
        self.db = duckdb.connect()
        self.db.execute("set timezone = 'UTC'")
        for name in ("touchpoints", "people", "stays", "traits", "costs"):
            self.db.register(name, getattr(told, name))
        self.db.execute("""
            create table owners as
            select 'user' as kind, user_id as id, person from people where user_id is not null
            union all select 'device', unnest(devices), person from people
            union all select 'email', 'guest' || user_id || '@mail.example', person from people
            union all select 'card', format('C{:07d}', person), person from people;
            create table log as
            select t.*, o.person, (t.ts at time zone 'Europe/Dublin')::date as day
            from (select *, row_number() over () as row,
                    case when user_id is not null then 'user'
                        when aliases is not null then aliases[1].kind
                        when device_id is not null then 'device' end as kind,
                    coalesce(user_id, aliases[1].id, device_id) as id
                from touchpoints) as t
            left join (select kind, id, min(person) as person from owners group by all) as o
                using (kind, id)
        """)

    def rows(self, query: str) -> list[dict[str, Any]]:
        return self.db.sql(query).to_arrow_table().to_pylist()

    def value(self, query: str) -> Any:
        (row,) = self.rows(query)
        (value,) = row.values()
        return value


@pytest.fixture(scope="session")
def count(shop) -> Counter:
    return Counter(shop)


@pytest.fixture(scope="session")
def plain_count(plain_shop) -> Counter:
    return Counter(plain_shop)


@pytest.fixture(scope="session")
def small_count(small_shop) -> Counter:
    return Counter(small_shop)


@pytest.fixture(scope="session")
def recount():
    return Counter


class Strata:
    """Days at risk and moves, before and after an exposure, by stratum."""

    def __init__(self) -> None:
        self.cells: dict[Any, list[float]] = {}

    def add(self, stratum: Any, exposed: bool, days: int, moves: int) -> None:
        cell = self.cells.setdefault(stratum, [0, 0, 0, 0])
        cell[2 * exposed] += days
        cell[2 * exposed + 1] += moves

    def crude(self) -> float:
        before, moved, after, moved_after = map(sum, zip(*self.cells.values(), strict=True))
        return (moved_after / after) / (moved / before)

    def pooled(self) -> float:
        """The Mantel-Haenszel rate ratio: after over before, within strata."""
        top = bottom = 0.0
        for before, moved, after, moved_after in self.cells.values():
            if before + after:
                top += moved_after * before / (before + after)
                bottom += moved * after / (before + after)
        return top / bottom


def person_time(stays: Iterable[dict[str, Any]], end: date) -> Strata:
    """Day by day through stays: a move on a day counts as exposed if the exposure was earlier.

    Strata are the activity, the fortnight of the stay and whether a barista had called.
    """
    strata = Strata()
    for stay in stays:
        left = stay["left"] or end
        for day in range(1, (left - stay["entered"]).days + 1):
            exposed = stay["exposed"] is not None and (stay["exposed"] - stay["entered"]).days < day
            called = stay["called"] is not None and (stay["called"] - stay["entered"]).days < day
            last = day == (left - stay["entered"]).days
            moved = int(last and stay["next"] == "customer")
            strata.add((stay["cups_a_day"], day // 14, called), exposed, 1, moved)
    return strata


@pytest.fixture(scope="session")
def try_to_buy():
    """Count rates of going from Try to a first order before and after a touchpoint."""

    def counted(counter: Counter, exposure: str, *, by_call: bool = True) -> Strata:
        other = "name = 'Call Made'" if by_call else "false"
        stays = counter.rows(f"""
            select entered, "left", next, cups_a_day,
                min(day) filter ({exposure}) as exposed, min(day) filter ({other}) as called
            from stays inner join people using (person)
            left join (select person, name, content, day from log
                where name in ('Call Made', 'Ad Viewed', 'Post Viewed')) as seen
                on seen.person = stays.person and day > entered
                and day < coalesce("left", date '9999-01-01')
            where stage = 'try'
            group by stays.person, entered, "left", next, cups_a_day
        """)
        return person_time(stays, date(2026, 1, 1))

    return counted
