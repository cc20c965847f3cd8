"""Properties are the values of the JSON text, as Python's own reader finds them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.core.condition import property_text

KEYS = st.text('ab"é .\\', max_size=3)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)


class Digits(str):
    """A number as it was written."""

    __slots__ = ()


def expected(text: str, path: tuple[str, ...]) -> str | None:
    """The definition, by the standard library."""
    value: Any = json.loads(text, parse_float=Digits, parse_int=Digits)
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "a structure"


@given(value=OBJECTS, path=st.lists(KEYS, min_size=1, max_size=3).map(tuple), spaced=st.booleans())
@settings(max_examples=500, deadline=None)
def test_it_is_the_value_at_the_path(value: Any, path: tuple[str, ...], spaced: bool) -> None:
    text = json.dumps(value, indent=2 if spaced else None, ensure_ascii=spaced)
    found, wanted = property_text(text, path), expected(text, path)
    if wanted == "a structure" and found is not None and found[:1] in "[{":
        inner: Any = value
        for key in path:
            inner = inner[key]
        assert found == json.dumps(inner, separators=(",", ":"), ensure_ascii=spaced)
    else:
        assert found == wanted


@pytest.mark.parametrize(
    "number", ["4", "4.0", "4.00", "-0", "1e3", "1E+03", "12345678901234567890"]
)
def test_a_number_keeps_its_digits(number: str) -> None:
    assert property_text(f'{{"x": {number} }}', ("x",)) == number


@pytest.mark.parametrize(
    "text",
    [
        None, "", " ", "x", "null", "1", "[]", '"x"', '{"x": 1', '{"x": 1}}', '{"x": 01}',
        '{"x": NaN}', "{'x': 1}", '{"x": 1,}', '{"x": "\\q"}', '{"y": tru, "x": 1}',
        '{"x": "\ud800"}', '{"x": "\x01"}', '{"x": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
)  # fmt: skip
def test_what_is_no_valid_object_has_no_properties(text: str | None) -> None:
    assert property_text(text, ("x",)) is None


def test_of_two_values_for_one_key_the_last_counts() -> None:
    assert property_text('{"x": 1, "x": 2}', ("x",)) == "2"
