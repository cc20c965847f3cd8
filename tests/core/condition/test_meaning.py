"""Conditions mean what DuckDB says the same SQL means, row by row and all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sojourn.core.condition import parse

Both: TypeAlias = tuple[str, str]
"""A condition as we write it, and as DuckDB does."""
Made: TypeAlias = st.SearchStrategy[Both]

ZONES = ("UTC", "Europe/Prague", "America/St_Johns")
SETTINGS = settings(
    max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def filled(ours: str, *parts: Made, duck: str | None = None) -> Made:
    """A template with parts put in, for us and for DuckDB."""
    theirs = ours if duck is None else duck
    return st.tuples(*parts).map(
        lambda both: (ours.format(*(a for a, _ in both)), theirs.format(*(b for _, b in both)))
    )


def same(*texts: str) -> Made:
    """One of several texts that DuckDB writes as we do."""
    return st.sampled_from(texts).map(lambda text: (text, text))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


LITERALS = st.text("aAbB%_$' é0.5", max_size=4).map(quoted).map(lambda t: (t, t))
PATTERNS = st.text("aAb%_$é", max_size=4).filter(lambda p: (len(p) - len(p.rstrip("$"))) % 2 == 0)
ESCAPED = PATTERNS.map(lambda p: (f"{quoted(p)} escape '$'",) * 2)
UNESCAPED = PATTERNS.map(lambda p: (quoted(p),) * 2)
DIGITS = st.sampled_from([-3.0, -1.0, 0.0, 0.5, 1.0, 2.0, 2.5, 4.0, 1000.0])
FIGURES = DIGITS.map(lambda x: (f"{x:g}", f"({x:g})::double"))
STARTS = st.integers(-4, 4).map(lambda n: (str(n),) * 2)
LENGTHS = st.integers(0, 4).map(lambda n: (str(n),) * 2)
DAYS = st.dates().filter(lambda d: 2022 < d.year < 2026)
MOMENTS = st.one_of(
    DAYS.map(lambda d: (f"'{d}'", f"timestamptz '{d}'")),
    DAYS.map(lambda d: (f"date '{d}'", f"timestamptz '{d}'")),
    DAYS.map(lambda d: (f"timestamp '{d} 13:30:00'", f"timestamptz '{d} 13:30:00'")),
    DAYS.map(lambda d: (f"'{d}T05:00:00.5+02:00'", f"timestamptz '{d} 05:00:00.5+02:00'")),
)
SIGN = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])


def property_of(*keys: str) -> Made:
    """A property, by its path."""
    ours = ".".join(["properties", *(k if k.isidentifier() else f'"{k}"' for k in keys)])
    path = "$." + ".".join(f'"{key}"' for key in keys)
    return st.just((ours, f"(sound ->> '{path}')"))


def texts(depth: int) -> Made:
    leaves = st.one_of(
        same("name", "channel", "text", "name"),
        property_of("rating"),
        property_of("by", "name"),
        property_of("my key"),
        property_of("by"),
        LITERALS,
    )
    if not depth:
        return leaves
    inner = texts(depth - 1)
    return leaves | st.one_of(
        filled("lower({})", inner),
        filled("upper({})", inner),
        filled("trim({})", inner),
        filled("({} || {})", inner, inner),
        filled("concat({}, {})", inner, inner),
        filled("replace({}, {}, {})", inner, LITERALS, LITERALS),
        filled("substr({}, {}, {})", inner, STARTS, LENGTHS),
        filled("substr({}, {})", inner, STARTS),
        *choices(inner, depth, ordered=True),
    )


def numbers(depth: int) -> Made:
    leaves = same("value", "nth", "gap_days") | FIGURES
    if not depth:
        return leaves
    inner, text = numbers(depth - 1), texts(depth - 1)
    return leaves | st.one_of(
        filled("number({})", text),
        filled("length({})", text, duck="length({})::double"),
        filled("({} + {})", inner, inner),
        filled("({} - {})", inner, inner),
        filled("{} * {}", inner, inner),
        filled("({} / {})", inner, inner, duck="({} / nullif({}, 0))"),
        filled("(- {})", inner),
        filled("abs({})", inner),
        filled("round({})", inner, duck="round({}::double)"),
        filled("round({}, {})", inner, STARTS, duck="round({}::double, {})"),
        filled("floor({})", inner),
        filled("ceil({})", inner),
        *choices(inner, depth, ordered=True),
        *(filled(f"{part}({{}})", times(0)) for part in ("hour", "day", "month", "year")),
        filled("weekday({})", times(0), duck="isodow({})"),
    )


def times(depth: int) -> Made:
    leaves = same("ts")
    return leaves if not depth else leaves | filled("coalesce(ts, {})", MOMENTS)


def choices(inner: Made, depth: int, ordered: bool = False) -> list[Made]:
    """What gives back one of several values of any type."""
    found = [
        filled("coalesce({}, {})", inner, inner),
        filled("nullif({}, {})", inner, inner),
        filled("case when {} then {} else {} end", booleans(depth - 1), inner, inner),
        filled("case when {} then {} end", booleans(depth - 1), inner),
        filled("case {} when {} then {} else {} end", inner, inner, inner, inner),
    ]
    extremes = [
        filled("least({}, {})", inner, inner),
        filled("greatest({}, {}, {})", inner, inner, inner),
    ]
    return found + extremes if ordered else found


def compared(value: Made, written: Made) -> list[Made]:
    """Predicates of values of one type."""
    sign = SIGN.map(lambda s: (s, s))
    return [
        filled("{} {} {}", value, sign, value),
        filled("{} {} {}", value, sign, written),
        filled("{} between {} and {}", value, written, value),
        filled("{} not between {} and {}", value, value, written),
        filled("{} in ({}, {}, {})", value, written, written, written),
        filled("{} not in ({}, null)", value, written),
        filled("{} is null", value),
        filled("{} is not null", value),
    ]


def booleans(depth: int) -> Made:
    if depth < 0:
        return same("true", "false", "nth > 1", "name = 'a'")
    text = texts(depth)
    leaves = st.one_of(
        *compared(text, LITERALS),
        *compared(numbers(depth), FIGURES),
        *compared(times(depth), MOMENTS),
        filled("{} like {}", text, ESCAPED | UNESCAPED),
        filled("{} not ilike {}", text, ESCAPED | UNESCAPED),
        filled("{} ilike {}", text, UNESCAPED),
        *(filled(f"{f}({{}}, {{}})", text, text) for f in ("contains", "starts_with", "ends_with")),
    )
    if not depth:
        return leaves
    inner = booleans(depth - 1)
    return leaves | st.one_of(
        filled("{} and {}", inner, inner),
        filled("({} or {})", inner, inner),
        filled("not ({} or {} or {})", inner, inner, inner),
        filled("({} and {} and {})", inner, inner, inner),
        filled("not {}", inner),
        filled("({}) is true", inner),
        filled("({}) is not false", inner),
        filled("({}) is null", inner),
        filled("({}) = ({})", inner, inner),
        *choices(filled("({})", inner), depth),
    )


def short(made: Made) -> Made:
    """Conditions that a person could still read."""
    return made.filter(lambda both: len(both[0]) < 1500)


@pytest.mark.parametrize("zone", ZONES)
@given(both=short(booleans(1)) | short(booleans(2)))
@SETTINGS
def test_each_row_is_true_false_or_unknown_as_in_duckdb(
    zone: str, both: Both, touchpoints: Any, ask_duckdb: Callable[..., list[bool | None]]
) -> None:
    ours, theirs = both
    expected = ask_duckdb(theirs, zone=zone)
    assert touchpoints.tested(parse(ours, zone=zone)) == [e is True for e in expected]
    assert touchpoints.tested(parse(f"not ({ours})", zone=zone)) == [e is False for e in expected]


@given(
    both=short(booleans(1)) | short(booleans(2)),
    seed=st.integers(0, 1000),
    zone=st.sampled_from(ZONES),
)
@SETTINGS
def test_all_rows_at_once_get_the_answers_they_get_alone(
    both: Both, seed: int, zone: str, touchpoints: Any
) -> None:
    draw = np.random.default_rng(seed)
    for text in (both[0], f"not ({both[0]})", f"({both[0]}) is null"):
        condition = parse(text, zone=zone)
        alone = np.array(touchpoints.tested(condition))
        assert condition.mask(touchpoints).tolist() == alone.tolist()
        rows = draw.integers(0, len(touchpoints), draw.integers(0, 50))
        assert condition.mask(touchpoints, rows).tolist() == alone[rows].tolist()


def people_conditions() -> Made:
    """Conditions on people, rich in true-or-false columns."""
    leaves = same("stalled", "lapsed", "cycle > 1", "stage = 'a'", "days_in_stage is null", "null")
    more = st.one_of(
        st.just(("did('a', 30)", "did")),
        st.just(("traits.plan ilike 'a%'", "traits_plan ilike 'a%'")),
        st.just(("first_seen >= '2023-06-01'", "first_seen >= timestamptz '2023-06-01'")),
        st.just(("weekday(first_seen) > 5", "isodow(first_seen) > 5")),
    )
    return st.recursive(
        filled("({})", leaves | more),
        lambda inner: st.one_of(
            filled("({} and {})", inner, inner),
            filled("({} or {} or {})", inner, inner, inner),
            filled("(not {})", inner),
            filled("({} = {})", inner, inner),
            filled("({} < {})", inner, inner),
            filled("({} in (true, null))", inner),
            filled("({} between false and {})", inner, inner),
            filled("({} is not true)", inner),
            filled("coalesce({}, {})", inner, inner),
            filled("(case {} when {} then {} else {} end)", inner, inner, inner, inner),
        ),
        max_leaves=12,
    )


@given(both=people_conditions())
@SETTINGS
def test_conditions_on_people_mean_what_duckdb_says_too(
    both: Both, people: Any, ask_duckdb: Callable[..., list[bool | None]]
) -> None:
    for form in ("({}) is true", "({}) is false", "({}) is null"):
        ours, theirs = (form.format(text) for text in both)
        condition = parse(ours, "people")
        expected = ask_duckdb(theirs, "people")
        assert people.tested(condition) == expected
        assert condition.mask(people).tolist() == expected


BARE = st.lists(
    st.sampled_from(["stalled", "lapsed", "true", "not stalled", "lapsed is null", "cycle = 1"]),
    min_size=2,
    max_size=6,
).flatmap(
    lambda operands: st.lists(
        st.sampled_from(["and", "or", "and not", "or not"]),
        min_size=len(operands) - 1,
        max_size=len(operands) - 1,
    ).map(
        lambda words: " ".join(w for pair in zip(operands, [*words, ""], strict=True) for w in pair)
    )
)


@given(text=BARE)
@SETTINGS
def test_words_bind_as_tightly_as_in_duckdb(
    text: str, people: Any, ask_duckdb: Callable[..., list[bool | None]]
) -> None:
    expected = [answer is True for answer in ask_duckdb(text, "people")]
    assert parse(text, "people").mask(people).tolist() == expected


@pytest.mark.parametrize(
    "text",
    [
        "1 + 2 * 3 = 7 and 8 - 2 - 1 = 5 and 8 / 2 / 2 = 2 and -2 * 3 = -6",
        "stalled = lapsed is null",
        "not stalled = lapsed",
        "stalled is null = false",
        "not lapsed is null",
        "stage || 'b' like 'a%' or cycle + 1 between 1 + 1 and 3 and lapsed",
        "cycle in (1, 2) is true",
        "not cycle between 1 and 2 and stalled",
        "- cycle + 3 > 1 - - 1",
    ],
)
def test_signs_bind_as_tightly_as_in_duckdb(
    text: str, people: Any, ask_duckdb: Callable[..., list[bool | None]]
) -> None:
    expected = [answer is True for answer in ask_duckdb(text, "people")]
    assert people.tested(parse(text, "people")) == expected
