"""Who brought whom, and how the referred differ, equals the plain definition on random logs."""

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sojourn as sj
from sojourn.core.condition import parse
from sojourn.core.model import model_from_mapping
from sojourn.measure.referrals import advocates, by_shown_id, compared
from sojourn.measure.referred import referred
from support import plain_referrals
from support.logs import MODEL, random_logs
from support.memory import view_of

MODEL_OF = model_from_mapping(MODEL)
NAMED = [None, None, None, "p0", "p1", "p2", "p3", "p4", "ghost", "null"]


@st.composite
def logs_with_referrals(draw):
    """Some touchpoints say who brought the person; orders have currencies, some are refunded."""
    return {
        person: [{**touch, **_told(draw, touch)} for touch in touches]
        for person, touches in draw(random_logs()).items()
    }


def _told(draw, touch):
    told = {"referred_by": draw(st.sampled_from(NAMED)), "currency": None}
    if touch["name"] == "Order Completed":
        told["currency"] = draw(st.sampled_from(["EUR", "EUR", "USD"]))
        told["value"] = draw(st.sampled_from([None, 10.5, 20.0]))
        told["properties"] = draw(st.sampled_from([None, {"discount": 2.5}, {"discount": 0}]))
    if touch["name"] == "Odd":
        told |= {"name": "Order Refunded", "order_id": "o1", "value": -30.25, "actor": "business"}
    return told


def the_end(log):
    return max(touch["ts"] for touches in log.values() for touch in touches)


@settings(max_examples=60, deadline=None)
@given(logs_with_referrals(), st.integers(1, 3))
def test_advocates_are_those_of_the_plain_definition(log, buckets):
    view = view_of(log, MODEL_OF, the_end(log), buckets)
    table, found = advocates(view, by_shown_id(view)), {}
    for row in table:
        sums = found.setdefault(
            row["advocate"], (row["brought"], row["second_hand"], row["chain"], {})
        )[3]
        if row["orders"] or row["second_hand_orders"]:
            sums[row["currency"]] = (
                row["orders"], float(row["money"]),
                row["second_hand_orders"], float(row["second_hand_money"]),
            )  # fmt: skip
    assert found == plain_referrals.advocates(log, view.as_of)
    assert table.column("brought") == sorted(table.column("brought"), reverse=True)


@settings(max_examples=60, deadline=None)
@given(logs_with_referrals())
def test_everybody_with_a_referral_is_brought_or_unknown_or_left_out(log):
    view = view_of(log, MODEL_OF, the_end(log))
    notes = advocates(view, by_shown_id(view)).notes
    brought, left = plain_referrals.who_brought(log, view.as_of)
    known = [by for by, _ in brought.values() if by is not None]
    assert (notes["brought"], notes["brought_by_unknown"]) == (
        len(known),
        len(brought) - len(known),
    )
    assert notes["left_out_own_id"] == len(left["own"])
    assert notes["left_out_naming_nobody"] == len(left["nobody"])
    assert notes["left_out_in_circles"] == len(left["circles"])
    parts = notes["brought"] + notes["brought_by_unknown"] + notes["left_out"]
    assert parts == notes["referred"] == referred(replace(view, within="person"))


@settings(max_examples=80, deadline=None)
@given(logs_with_referrals())
def test_the_referred_and_the_rest_are_those_of_the_plain_definition(log):
    view = view_of(log, MODEL_OF, the_end(log))
    expected = plain_referrals.compared(log, view.as_of)
    for row in compared(view, by_shown_id(view)):
        name = row["measure"]
        key = (name, row["unit"]) if name == "order value" else name
        for side, (n, value) in zip(
            ("referred", "rest"), expected.get(key, ((0, None), (0, None))), strict=True
        ):
            assert (row[f"{side}_n"], row[side]) == (n, pytest.approx(value)), (name, side)


COLUMNS = ("user_id", "ts", "name", "referred_by", "value", "currency", "order_id")


def asked(rows, **filters):
    """Rows of user, ignored, name, referred_by, value, currency and order id."""
    made = [
        dict(zip(COLUMNS, (*row, *[None] * (len(COLUMNS) - len(row))), strict=True)) for row in rows
    ]
    for number, row in enumerate(made):
        row["ts"] = f"2026-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
    return sj.read(pa.Table.from_pylist(made)).journey("sales", **filters)


def test_a_circle_is_broken_at_its_last_referral():
    table = asked([("a", 0, "Page Viewed", "b"), ("b", 0, "Page Viewed", "c"),
                   ("c", 0, "Page Viewed", "a")]).referrals()  # fmt: skip
    assert {row["advocate"]: row["brought"] for row in table} == {"b": 1, "c": 1}
    assert table.notes["left_out_in_circles"] == 1
    assert {row["advocate"]: row["chain"] for row in table} == {"b": 1, "c": 2}


def test_who_brought_themselves_or_was_brought_by_null_is_left_out():
    table = asked([("a", 0, "Page Viewed", "a"), ("b", 0, "Page Viewed", "null")]).referrals()
    assert len(table) == 0
    assert (table.notes["left_out_own_id"], table.notes["brought"]) == (1, 0)
    assert table.notes["k"] is None


def test_the_first_that_names_another_counts():
    table = asked([("a", 0, "Page Viewed", "a"), ("a", 1, "Page Viewed", "ghost"),
                   ("a", 2, "Page Viewed", "b"), ("b", 0, "Page Viewed")]).referrals()  # fmt: skip
    assert len(table) == 0
    assert table.notes["brought_by_unknown"] == 1


def test_a_chain_of_ten_thousand_links():
    people = 10_000
    rows = [(f"p{n}", 0, "Page Viewed", f"p{n - 1}" if n else None) for n in range(people)]
    table = asked(rows).referrals()
    assert table.notes["longest_chain"] == people - 1
    assert table.notes["second_hand"] == people - 2
    assert (max(table.column("chain")), len(table)) == (people - 1, people - 1)


def test_one_advocate_may_bring_a_hundred_thousand():
    people = 100_000
    frame = pa.table({
        "user_id": ["star", *(f"p{n}" for n in range(people))],
        "ts": ["2026-01-01T00:00:00Z"] * (people + 1),
        "name": ["Page Viewed"] * (people + 1),
        "referred_by": [None, *["star"] * people],
    })  # fmt: skip
    (row,) = sj.read(frame).journey("sales").referrals().rows
    assert (row["advocate"], row["brought"], row["chain"]) == ("star", people, 1)


def test_money_is_net_of_refunds_and_a_row_a_currency():
    table = asked([
        ("star", 0, "Page Viewed"),
        ("a", 1, "Order Completed", "star", "10", "EUR", "1"),
        ("a", 2, "Order Completed", None, "7", "USD", "2"),
        ("a", 3, "Order Refunded", None, "-25", "EUR", "1"),
        ("b", 4, "Order Completed", "a", "40", "USD", "3"),
    ]).referrals()  # fmt: skip
    star = {row["currency"]: row for row in table if row["advocate"] == "star"}
    assert {c: (row["orders"], float(row["money"])) for c, row in star.items()} == {
        "EUR": (1, -15.0),
        "USD": (1, 7.0),
    }
    assert float(star["USD"]["second_hand_money"]) == 40.0
    assert {row["brought"] for row in star.values()} == {1}


def test_an_alias_of_the_advocate_names_them_too():
    frame = pa.Table.from_pylist([
        {"user_id": "star", "device_id": "d1", "ts": "2026-01-01T00:00:00Z", "name": "Page Viewed",
         "referred_by": None},
        {"user_id": "a", "device_id": None, "ts": "2026-01-02T00:00:00Z", "name": "Page Viewed",
         "referred_by": "d1"},
        {"user_id": "b", "device_id": None, "ts": "2026-01-03T00:00:00Z", "name": "Page Viewed",
         "referred_by": "device:d1"},
        {"user_id": "c", "device_id": None, "ts": "2026-01-04T00:00:00Z", "name": "Page Viewed",
         "referred_by": "user:star"},
        {"user_id": "star", "device_id": None, "ts": "2026-01-05T00:00:00Z", "name": "Page Viewed",
         "referred_by": "d1"},
    ])  # fmt: skip
    table = sj.read(frame).journey("sales").referrals()
    assert [(row["advocate"], row["brought"]) for row in table] == [("star", 3)]
    assert table.notes["left_out_own_id"] == 1


def test_who_invited_in_vain_counts_for_k():
    rows = [("a", 0, "Referral Invited"), ("b", 0, "Referral Invited"), ("c", 0, "x", "a")]
    notes = asked(rows).referrals().notes
    assert (notes["advocates"], notes["k"]) == (2, 0.5)
    alone = asked([*rows[2:], ("a", 0, "x")]).referrals()
    assert any("at least 1" in remark for remark in alone.notes["remarks"])


def test_filters_choose_the_people_who_were_brought():
    rows = [("star", 0, "Page Viewed"), ("a", 0, "Page Viewed", "star"),
            ("b", 0, "Order Completed", "star", "5", "EUR", "1")]  # fmt: skip
    some = asked(rows, people="total_orders >= 1").referrals()
    assert some.column("brought") == [1]
    journey = asked(rows)
    view = journey.view
    where = parse("name = 'Order Completed'")
    assert advocates(replace(view, where=where), by_shown_id(view)).column("brought") == [1]
    assert len(asked(rows, start="2026-02-01").referrals()) == 0


@pytest.mark.parametrize("compare", [False, True])
def test_a_log_in_which_nobody_says_who_brought_them(compare):
    table = asked([("a", 0, "Page Viewed")]).referrals(compare=compare)
    assert table.notes["referred"] == 0
    if compare:
        assert all(row["referred"] is None for row in table)
    else:
        assert len(table) == 0
