"""What looks wrong is said, with numbers and an example; ordinary data are left alone."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sojourn.store.importers.facts import Facts
from sojourn.store.importers.oddities import Outcome, oddities

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
NOTHING = Outcome(1000)


def usual(**changes):
    """The facts of a shop in which nothing is odd."""
    days = {date(2026, 1, 1) + timedelta(i): 90 + i % 20 for i in range(60)}
    facts = Facts(
        rows=sum(days.values()), midnight=3, first=FIRST, last=FIRST + timedelta(59),
        latest=FIRST + timedelta(59), days=days, person="visitor", person_field="user_id",
        persons=800, top_person="u7", top_rows=40, known=6000, kinds=12, nobody=10,
        names={"Page Viewed": 5000, "Order Completed": 900}, amounts=900, middle=20.0, high=300.0,
        most=2000.0, cents=700, cents_middle=19.0, currencies={"EUR": 900},
    )  # fmt: skip
    return replace(facts, **changes)


def codes(facts, outcome=NOTHING):
    return [oddity.code for oddity in oddities(facts, outcome)]


def test_nothing_is_said_of_ordinary_data():
    assert codes(usual()) == []
    assert codes(Facts()) == []


DAYS = usual().days
GAP = {day: n for day, n in DAYS.items() if not date(2026, 1, 20) <= day <= date(2026, 1, 31)}
STRAY = {date(2023, 5, 1): 2, **DAYS}
SPIKE = {**DAYS, date(2026, 2, 14): 3000}
ODD = {
    "before 2000": ({"early": 7, "first": datetime(1970, 1, 1, tzinfo=UTC)}, "7 rows are from"),
    "future": ({"future": 5}, "5 rows are in the future"),
    "one moment": ({"last": FIRST, "first": FIRST}, "of one moment, 2026-01-01 00:00"),
    "midnight": ({"midnight": 5000}, r"5,000 of 5,970 rows (84%) are at midnight"),
    "gap": ({"days": GAP}, "Nothing from 2026-01-20 to 2026-01-31 (12 days)"),
    "spike": ({"days": SPIKE, "rows": 9000}, "2026-02-14 has 3,000 rows, 30 times"),
    "one person": ({"persons": 1}, "of one person, 'u7' in 'visitor'"),
    "one id": ({"top_rows": 300}, "'u7' in 'visitor' has 300 of 5,970 rows (5%), others 7"),
    "nobody": ({"nobody": 4000}, "4,000 of 5,970 rows (67%) are nobody's"),
    "e-mails": ({"emails": 4000}, "--person-kind email"),
    "rounded ids": ({"rounded_ids": {"order_id": (9, "1.2E+15")}}, "such as 1.2E+15: DIFFERENT"),
    "one name": ({"kinds": 1, "names": {"hit": 5970}}, "Every row is 'hit'"),
    "many names": ({"kinds": 4000}, "4,000 different names in 5,970 rows ('Page Viewed'"),
    "mojibake": ({"spoiled": {"name": (3, "CafÃ© besucht")}}, "such as 'CafÃ© besucht'"),
    "control characters": ({"control": {"text": (3, "a\x07b")}}, r"such as 'a\x07b'"),
    "long text": ({"longest": {"name": 5000}}, "longest value of name has 5,000"),
    "currencies": ({"currencies": {"EUR": 800, "USD": 100}}, "2 currencies: EUR (800), USD (100)"),
    "no currency": ({"without_currency": 40}, "40 of 900 amounts name no currency"),
    "amounts": ({"large": 200, "large_example": 1999.0}, "200 of 900 amounts are whole"),
}  # fmt: skip


@pytest.mark.parametrize("code", ODD)
def test_what_is_odd_is_said_with_its_numbers(code):
    changes, text = ODD[code]
    found = oddities(usual(**changes), NOTHING)
    assert [oddity.code for oddity in found] == [code]
    assert text in str(found[0])


def test_a_lost_decimal_point_is_said():
    (found,) = oddities(usual(most=900_000.0), NOTHING)
    assert "lost its decimal point" in str(found)


def test_a_week_without_a_row_is_said_where_every_day_has_some():
    week = {day: n for day, n in DAYS.items() if not date(2026, 1, 20) <= day < date(2026, 1, 27)}
    (found,) = oddities(usual(days=week), NOTHING)
    assert "Nothing from 2026-01-20 to 2026-01-26 (7 days)" in str(found)


def test_rows_far_away_from_all_others_are_counted():
    (found,) = oddities(usual(days=STRAY), NOTHING)
    assert "only 2 rows are before it" in str(found)


NEARLY = {
    "closed at weekends": {"days": {d: n for d, n in DAYS.items() if d.weekday() < 5}},
    "six days away": {
        "days": {d: n for d, n in DAYS.items() if d.month > 1 or d.day > 6 or d.day == 1}
    },
    "a week of holidays in a shop that is closed at weekends": {
        "days": {
            d: n
            for d, n in DAYS.items()
            if d.weekday() < 5 and not date(2026, 2, 2) <= d < date(2026, 2, 7)
        }
    },
    "a week of holidays in a shop open twice a week": {
        "days": {date(2026, 1, 1) + timedelta(i * 4 + 7 * (i > 8)): 60 for i in range(16)}
    },
    "a good day": {"days": {**DAYS, date(2026, 2, 14): 700}},
    "a good customer": {"top_rows": 200},
    "few people": {"persons": 20, "top_rows": 1000},
    "a few days without a time": {"midnight": 2000},
    "a constant moment that was said": {"last": FIRST, "first": FIRST, "time_given": False},
    "a constant name that was said": {"kinds": 1, "name_given": False},
    "a hundred names": {"kinds": 100},
    "a big order": {"most": 200_000.0},
    "some big orders": {"large": 4},
    "yen among euros": {"large": 200, "currencies": {"EUR": 700, "JPY": 200}},
    "whole amounts only": {"cents": 0, "cents_middle": 0.0, "large": 0},
    "some nobodies": {"nobody": 2000},
    "some e-mails": {"emails": 100},
    "e-mails in a column of e-mails": {"emails": 5000, "person_field": "alias:email"},
    "only a handful": {"rows": 10, "midnight": 10, "persons": 1, "nobody": 9},
}


@pytest.mark.parametrize("case", NEARLY)
def test_what_is_only_nearly_odd_is_left_alone(case):
    assert codes(usual(**NEARLY[case])) == (["currencies"] if "yen" in case else [])


def test_many_duplicates_are_said_with_the_files_that_had_them():
    outcome = Outcome(1000, duplicates=300, elders={"may.csv": 250, "june.csv": 40})
    (found,) = oddities(usual(), outcome)
    assert "300 of 1,000 rows (30%) were there already: 250 of may.csv, 40 of june.csv" in str(
        found
    )
    (found,) = oddities(usual(), Outcome(1000, duplicates=300))
    assert "in the file itself" in str(found)
    assert codes(usual(), Outcome(1000, duplicates=100)) == []


def test_many_rejected_rows_are_said_with_their_reason():
    outcome = Outcome(1000, rejected=60, reasons={"the time is missing": 55, "other": 5})
    (found,) = oddities(usual(), outcome)
    assert "60 of 1,000 rows (6%) were rejected, 55 of them because the time is missing" in str(
        found
    )
    assert codes(usual(), Outcome(1000, rejected=40, reasons={"x": 40})) == []


def messy(rows=900, seed=3):
    """A file in which most things are wrong, and what a plain count says of it."""
    rng = random.Random(seed)
    lines, days, people, money = [], Counter(), Counter(), Counter()
    for i in range(rows):
        who = "robot" if i % 9 == 0 else f"u{rng.randrange(200)}"
        day = date(2026, 1, 1) + timedelta(rng.randrange(20) + 40 * (i % 2))
        value, currency = (f"{rng.randrange(5, 30)}.50", rng.choice(["EUR", "USD"]))
        if i % 10 == 0:
            value = str(1500 + i)
        clock = "00:00:00" if i % 3 else "10:17:00"
        lines.append(f"{who},{day} {clock},Order Completed,{value},{currency},CafÃ© {i}\n")
        days[day] += 1
        people[who] += 1
        money[currency] += 1
    return (
        "user_id,timestamp,event,revenue,currency,comment\n" + "".join(lines),
        days,
        people,
        money,
    )


def test_a_messy_file_is_told_what_a_plain_count_finds(desk):
    text, days, people, money = messy()
    report = desk.bring(text, tz="Europe/Vienna")
    found = {oddity.code: str(oddity) for oddity in report.oddities}
    assert set(found) == {
        "midnight", "gap", "one id", "one name", "mojibake", "currencies",
    }  # fmt: skip
    assert f"'robot' in 'user_id' has {people['robot']} of 900 rows" in found["one id"]
    assert "600 of 900 rows (67%) are at midnight" in found["midnight"]
    assert "Nothing from 2026-01-21 to 2026-02-09 (20 days)" in found["gap"]
    assert "900 values of text" in found["mojibake"]
    assert all(f"{name} ({count})" in found["currencies"] for name, count in money.items())
    one = desk.bring(text.replace(",USD,", ",EUR,"), "one.csv", source="one")
    assert "90 of 900 amounts are whole" in str(one.oddities[-1])
    assert sum(days.values()) == report.touchpoints


def test_ids_that_a_spreadsheet_rounded_are_said_loudly(desk):
    report = desk.bring(
        "user_id,timestamp,event,order_id\n1.23457E+15,2026-01-02 10:00,A,9.8E+15\n"
        "1.23457E+15,2026-01-03 10:00,A,\n"
    )
    told = [str(oddity) for oddity in report.oddities]
    assert "2 values of user_id" in told[0]
    assert "DIFFERENT PEOPLE OR ORDERS ARE NOW ONE" in told[0]
    assert "9.8E+15" in told[1]
    assert desk.rows("user_id") == ["1.23457E+15"] * 2
    assert "looks wrong: 2 values" in str(report)


def test_people_of_any_kind_are_looked_at(desk):
    rows = "".join(f"{i % 100},2026-01-{i % 28 + 1:02d} 10:00,A{i % 5}\n" for i in range(600))
    rows += "0042,2026-01-05 11:00,A\n" * 200
    columns = {"person": "card", "ts": "at", "name": "what"}
    report = desk.bring("card,at,what\n" + rows, columns=columns, person_kind="card")
    assert [oddity.code for oddity in report.oddities] == ["spike", "one id"]
    assert "'0042' in 'card' has 200 of 800 rows" in str(report.oddities[1])


def test_duplicates_name_the_file_that_brought_them(desk):
    head = "user_id,timestamp,event\n"
    rows = [f"u{i},2026-01-02 10:{i:02d},A{i % 3}\n" for i in range(40)]
    desk.bring(head + "".join(rows[:30]), "may.csv")
    report = desk.bring(head + "".join(rows[10:]), "june.csv")
    assert "20 of 30 rows (67%) were there already: 20 of may.csv" in str(report.oddities[0])


def test_a_dry_run_tells_exactly_what_the_import_does_and_three_rows(desk):
    text, *_ = messy()
    text += "u1,soon,Order Completed,5,EUR,\n"
    dry = desk.bring(text, dry_run=True)
    assert not desk.log.root.exists()
    real = desk.bring(text)
    assert len(dry.shown) == 3
    assert dry.shown[0]["user_id"] == "robot"
    same = replace(dry, dry_run=False, shown=(), import_id=real.import_id, seconds=real.seconds)
    assert same == real
    printed = [line for line in str(dry).splitlines() if "for example" not in line]
    missing = [line for line in str(real).splitlines()[1:] if line not in printed]
    assert missing == [f"  to take it back: sojourn import --undo {real.import_id}"]
