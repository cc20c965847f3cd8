"""Amounts as files write them."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.errors import ImportFailed
from sojourn.store.importers.money import (
    MoneyEvidence,
    MoneyReading,
    decide_money,
    mark_of,
    read_money,
)
from sojourn.store.importers.times import Undecided

AMOUNTS = st.decimals(-(10**13), 10**13, places=2)


def seen(values, kind=None):
    evidence = MoneyEvidence("price")
    evidence.add(pa.array(values, kind), np.arange(1, len(values) + 1))
    return evidence


def read(values, asked=None, kind=None):
    """The amounts; "?" for what is none."""
    reading = decide_money(seen(values, kind), asked, whole=True)
    found = read_money(pa.array(values, kind), reading)
    known = zip(found.values.to_pylist(), found.good, strict=True)
    return [value if good else "?" for value, good in known]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.50", "12.5"), ("-3", "-3"), ("+7", "7"), (".5", "0.5"), ("5.", "5"), ("007", "7"),
        ("1,234.50", "1234.5"), ("12,34,567.00", "1234567"), ("1 234.50", "1234.5"),
        ("1'234.50", "1234.5"), ("1\u00a0234.50", "1234.5"), ("(4.20)", "-4.2"),
        ("($1,234.00)", "-1234"), ("-$5", "-5"), ("$-5.10", "-5.1"), ("$ 5.10", "5.1"),
        ("5.00-", "-5"), ("\u22125.00", "-5"), ("USD 12.50", "12.5"), ("12.50 USD", "12.5"),
        ("R$ 10.00", "10"), ("12.50 kr.", "12.5"), ("1e3", "1000"), ("1.5E-2", "0.015"),
        ("99999999999999.9999", "99999999999999.9999"), ("0.00005", "0"), ("0.00015", "0.0002"),
    ],
)  # fmt: skip
def test_an_amount_is_read_exactly(text, amount):
    assert read([text], "point") == [Decimal(amount)]


@pytest.mark.parametrize(
    "text",
    ["NaN", "nan", "inf", "-Infinity", "abc", "12 34", "1,23", "1.2.3", "--5", "0x10", "1_000",
     "100000000000000", "1e99", "5 5", "$", "-", "()", "1,2345", "12,345,6", "1e", "½", "٣"],
)  # fmt: skip
def test_what_is_no_amount_is_none(text):
    assert read([text], "point") == ["?"]


def test_an_empty_amount_is_missing_and_that_is_fine():
    assert read(["", " ", None, "1.5"]) == [None, None, None, Decimal("1.5")]


@given(st.lists(AMOUNTS, min_size=1, max_size=20), st.sampled_from(["point", "comma"]))
def test_thousands_and_cents_are_read_back_whichever_marks_they_have(amounts, mark):
    texts = [f"{amount:,.2f}" for amount in amounts]
    if mark == "comma":
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    assert read(texts) == amounts


@given(st.lists(st.floats(-1e12, 1e12) | st.none(), max_size=20))
def test_floats_are_the_decimals_that_they_print_as(values):
    expected = [
        None if v is None else Decimal(repr(v)).quantize(Decimal("0.0001"), "ROUND_HALF_EVEN")
        for v in values
    ]
    found = read(values, kind=pa.float64())
    close = [
        a == b if a is None else abs(a - b) <= Decimal("0.0001")
        for a, b in zip(found, expected, strict=True)
    ]
    assert all(close)


@given(st.lists(st.integers(-(10**13), 10**13).map(lambda n: n / 100), max_size=20))
def test_floats_of_whole_cents_are_exact(values):
    assert read(values, kind=pa.float64()) == [Decimal(repr(v)) for v in values]


def test_typed_numbers_of_any_kind():
    assert read([1, None]) == [Decimal(1), None]
    assert read([Decimal("1.23456"), None]) == [Decimal("1.2346"), None]
    assert read([1.5, float("nan"), float("inf"), 1e15]) == [Decimal("1.5"), "?", "?", "?"]
    assert read([True]) == ["?"]
    assert read([2**60]) == ["?"]


def test_rounding_is_counted():
    reading = MoneyReading("point", sure=True)
    assert read_money(pa.array(["1.00005", "1.00005", "1.5"]), reading).rounded == 2
    assert read_money(pa.array([1.00005, 1.5, 0.1 + 0.2]), reading).rounded == 1


# Deciding


def test_one_amount_that_tells_decides_the_column():
    assert read(["1,234", "5.5"]) == [Decimal(1234), Decimal("5.5")]
    assert read(["1,234", "5,5"]) == [Decimal("1.234"), Decimal("5.5")]
    assert read(["1.234", "1.234.567"]) == [Decimal(1234), Decimal(1234567)]


def test_commas_before_three_digits_are_thousands_when_nothing_speaks_against_it():
    assert read(["1,234", "17"]) == [Decimal(1234), Decimal(17)]


def test_points_before_three_digits_are_asked_about():
    with pytest.raises(ImportFailed, match=r"1\.234 \(row 2\).*\n.*--decimal comma"):
        read(["17", "1.234"])
    assert read(["17", "1.234"], "comma") == [Decimal(17), Decimal(1234)]
    assert read(["17", "1.234"], "point") == [Decimal(17), Decimal("1.234")]


def test_amounts_that_contradict_each_other_are_named():
    with pytest.raises(ImportFailed, match=r"row 1 \(5\.5\).*row 2 \(5,5\)"):
        read(["5.5", "5,5"])


def test_an_unknown_mark_is_refused():
    with pytest.raises(ImportFailed, match="point` or `comma"):
        read(["1"], "dot")


@pytest.mark.parametrize(("first", "late"), [("17", "5.5"), ("5.5", "5,5"), ("17", "1,234")])
def test_what_the_first_rows_did_not_show_asks_for_a_look_at_all(first, late):
    reading = decide_money(seen([first]), None, whole=False)
    with pytest.raises(Undecided):
        read_money(pa.array([late]), reading)


def test_garbage_proves_nothing():
    assert mark_of("1.2.3") == (False, None)
    assert mark_of("red,blue") == (False, None)


def test_readings_say_themselves_by_an_example():
    assert [str(MoneyReading(mark)) for mark in ("point", "comma")] == ["1,234.50", "1.234,50"]
