"""Functions of one value, against plain definitions; the rest is compared with DuckDB."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.condition import numeric
from sojourn.core.condition.functions import divide, half_away, number, part, replaced, rounded
from sojourn.core.condition.scalar import fold, matcher

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(value=FINITE | st.integers(-(10**20), 10**20).map(float))
def test_a_number_that_was_written_is_read_back(value: float) -> None:
    assert number(f"  {value!r}\t") == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "+",
        ".",
        "1_000",
        "0x1F",
        "1e",
        "e5",
        "--1",
        "1 2",
        "1,5",
        "inf",
        "nan",
        "1d",
        "0b1",
    ],
)
def test_what_is_no_finite_decimal_number_is_null(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    "text", ["Infinity", "1e999", "-1e999", "\u0663", "\uff11", "\u00bd", "1\0"]
)
def test_nor_is_what_python_alone_would_take_for_one(text: str) -> None:
    assert number(text) is None


@given(value=FINITE)
@settings(max_examples=500)
def test_halves_go_away_from_zero(value: float) -> None:
    exact = Decimal(value).quantize(Decimal(1), ROUND_HALF_UP) if abs(value) < 2**53 else value
    assert half_away(value) == float(exact)
    assert numeric.half_away(np.array([value])).tolist() == [float(exact)]


@given(value=FINITE, digits=st.integers(-30, 30))
@settings(max_examples=500)
def test_rounding_is_the_same_for_one_and_for_many(value: float, digits: int) -> None:
    with np.errstate(all="ignore"):
        (many,) = numeric.rounded(np.array([value]), float(digits)).tolist()
    one = rounded(value, digits)
    assert many == one or (one is None and math.isnan(many))


@given(value=st.decimals(-1000, 1000, places=3), digits=st.integers(-2, 2))
def test_rounding_is_near(value: Decimal, digits: int) -> None:
    found = rounded(float(value), digits)
    assert found is not None
    assert abs(found - float(value)) <= 0.5000001 * 10.0**-digits


def test_dividing_by_zero_gives_null() -> None:
    assert divide(1, 0) is None
    assert divide(0, 0) is None
    assert divide(1e308, 1e-308) is None
    assert divide(1, 4) == 0.25


@given(text=st.text(max_size=8), start=st.integers(1, 10), length=st.integers(0, 10))
def test_a_part_counts_characters_from_one(text: str, start: int, length: int) -> None:
    expected = "".join(c for i, c in enumerate(text, 1) if start <= i < start + length)
    assert part(text, start, length) == expected
    assert part(text, start) == "".join(c for i, c in enumerate(text, 1) if start <= i)


@given(text=st.text(min_size=1, max_size=8), back=st.integers(1, 8))
def test_a_part_may_count_from_the_end(text: str, back: int) -> None:
    assert part(text, -back) == "".join(list(text)[max(0, len(text) - back) :])


def test_replacing_nothing_changes_nothing() -> None:
    assert replaced("abab", "b", "x") == "axax"
    assert replaced("abab", "", "x") == "abab"


def matches(text: str, pattern: str) -> bool:
    """The definition of LIKE, letter by letter."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(matches(text[cut:], pattern[1:]) for cut in range(len(text) + 1))
    if not text or pattern[0] not in ("_", text[0]):
        return False
    return matches(text[1:], pattern[1:])


@given(text=st.text("ab\n%", max_size=7), pattern=st.text("ab%_\n", max_size=7))
@settings(max_examples=1000)
def test_a_pattern_matches_as_defined(text: str, pattern: str) -> None:
    assert (matcher(pattern, "", False)(text) is not None) == matches(text, pattern)


@given(text=st.text(max_size=6))
def test_an_escaped_text_matches_itself_alone(text: str) -> None:
    escaped = re.sub(r"([%_$])", r"$\1", text)
    assert matcher(escaped, "$", False)(text)
    assert not matcher(escaped, "$", False)(text + "x")


@given(text=st.text(max_size=6))
def test_folding_ignores_case(text: str) -> None:
    plain = text.replace("%", "").replace("_", "")
    assert matcher(plain, "", True)(fold(plain))


def test_folding_knows_one_sigma() -> None:
    capital, final, inner = "\u03a3", "\u03c2", "\u03c3"
    assert fold(f"A{capital}") == fold(f"a{final}") == fold(f"a{inner}")
    assert matcher(f"%{capital}", "", True)(fold(f"O{capital}"))


def test_many_wildcards_take_no_time() -> None:
    """A plain regular expression would try for ages."""
    assert matcher("%a" * 500 + "b", "", False)("a" * 20_000) is None
