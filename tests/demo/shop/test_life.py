"""The lives behind the log: which stage follows which, and what reaches whom."""

from itertools import pairwise

import pytest

ORDER = ["know", "like", "trust", "try", "customer"]


@pytest.fixture(scope="module")
def lives(shop) -> dict[int, list[dict]]:
    found: dict[int, list[dict]] = {}
    for stay in shop.stays.to_pylist():
        found.setdefault(stay["person"], []).append(stay)
    return found


def test_everybody_s_stays_follow_each_other_without_a_gap_but_for_having_gone(lives):
    assert len(lives) == 5000
    for stays in lives.values():
        for stay, after in pairwise(stays):
            if stay["next"] == "gone":
                assert after["stage"] == "know"
                assert (after["entered"] - stay["left"]).days >= 215
            else:
                assert (after["stage"], after["entered"]) == (stay["next"], stay["left"])


def test_people_move_one_step_at_a_time_and_a_stay_lasts_at_least_a_day(lives):
    steps = {(stay["stage"], stay["next"]) for stays in lives.values() for stay in stays}
    ahead = set(zip(ORDER, ORDER[1:], strict=False))
    assert steps == ahead | {(stage, "gone") for stage in ORDER} | {(s, None) for s in ORDER}
    for stays in lives.values():
        assert all(stay["left"] is None or stay["left"] > stay["entered"] for stay in stays)


def test_neighbours_who_walk_in_begin_with_trying_or_buying(lives, shop):
    persona = {row["person"]: row["persona"] for row in shop.people.to_pylist()}
    first = {(stays[0]["stage"], persona[person]) for person, stays in lives.items()}
    assert {("try", "neighbour"), ("customer", "neighbour")} <= first
    assert {who for stage, who in first if stage != "know"} == {"neighbour"}


def test_who_comes_back_was_silent_for_longer_than_the_models_lapse(count):
    returns = count.rows("""
        select b.person, b.entered, max(l.day) as last
        from stays as a inner join stays as b on b.person = a.person and b.stage = 'know'
            and b.entered > a."left"
        inner join log as l on l.person = b.person and l.actor = 'person' and l.day < b.entered
        where a.next = 'gone' group by all
    """)
    assert len(returns) > 20
    for row in returns:
        assert (row["entered"] - row["last"]).days > 180


def test_everybody_who_tries_is_known_by_then(count):
    assert not count.value("""
        select count(*) from stays inner join people using (person)
        where stage in ('try', 'customer') and user_id is null
    """)


def test_what_proves_trying_stands_on_the_day_of_entry_and_not_before(count):
    proves = "name in ('Product Added', 'Trial Started', 'Demo Booked', 'Store Visited')"
    rows = count.rows(f"""
        select entered, min(day) as first from (
            select person, min(entered) as entered from stays where stage = 'try' group by 1) as t
        left join (select person, day from log where {proves}) as p using (person)
        group by t.person, entered
    """)
    assert len(rows) > 500
    assert all(row["first"] == row["entered"] for row in rows)


def test_lots_fall_on_people_who_came_to_try_lately_and_have_not_bought_since(count):
    calls = count.rows("""
        select l.day, max(s.entered) as entered,
            (select max(o.day) from log as o where o.person = l.person
                and o.name = 'Order Completed' and o.day < l.day) as ordered
        from log as l
        inner join stays as s on s.person = l.person and s.stage = 'try' and s.entered < l.day
        where l.name = 'Call Made' group by l.row, l.day, l.person
    """)
    assert len(calls) > 200
    for row in calls:
        assert 0 < (row["day"] - row["entered"]).days <= 45
        assert row["ordered"] is None or row["ordered"] < row["entered"]


def test_nobody_is_called_twice_in_one_stay(count):
    assert not count.value("""
        select count(*) from (select s.person from stays as s
            inner join log as l on l.person = s.person and l.name = 'Call Made'
                and l.day > s.entered and l.day < coalesce(s."left", date '9999-01-01')
            where s.stage = 'try' group by s.person, s.entered having count(*) > 1)
    """)


def test_the_lively_go_further(count):
    bought = count.rows("""
        select cups_a_day, avg((exists (select 1 from stays where stays.person = people.person
            and stage = 'customer'))::int) as share
        from people where persona <> 'neighbour' group by 1 order by 1
    """)
    shares = [row["share"] for row in bought]
    assert shares == sorted(shares)
    assert shares[2] > 3 * shares[0]


def test_personas_behave_differently(count):
    rows = count.rows("""
        select persona,
            avg((device = 'phone')::int) filter (device in ('phone', 'computer')) as phone,
            avg((month(first_day) in (11, 12))::int) as festive,
            sum((name = 'Order Completed' and channel = 'In Store')::int)
                / sum((name = 'Order Completed' and channel is not null)::int) as counter
        from log inner join people using (person) group by 1
    """)
    by = {row["persona"]: row for row in rows}
    assert by["gift"]["phone"] > 0.6 > 0.4 > by["office"]["phone"]
    assert by["gift"]["festive"] > 1.3 * by["office"]["festive"]
    assert by["neighbour"]["counter"] > 0.5 > 0.2 > by["hobby"]["counter"]


def test_days_have_hours_and_weeks_have_days(count):
    hours = {
        row["hour"]: row["n"]
        for row in count.rows("""
            select hour(ts at time zone 'Europe/Dublin') as hour, count(*) as n from log
            where name = 'Page Viewed' and device <> 'bot' group by 1
        """)
    }
    assert hours[20] > 4 * hours[4]
    counter = count.rows("""
        select distinct hour(ts at time zone 'Europe/Dublin') as hour from log
        where name = 'Order Completed' and channel = 'In Store'
    """)
    assert {row["hour"] for row in counter} <= set(range(8, 19))
