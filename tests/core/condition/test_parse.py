"""Any text is a condition, or gets an error that says where and why."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sojourn.core.condition import Condition, parse, parse_or_name
from sojourn.core.condition.scope import PEOPLE
from sojourn.errors import ConditionError

COLUMNS = f"Columns: {', '.join(PEOPLE.columns)}, traits.x, did('Name', days), consents('purpose')."
DID = "Write did('Order Completed'), or did('Order Completed', 30) for the last 30 days."


def kept_errors() -> list[tuple[str, str, str | None]]:
    """The conditions of `errors.txt`, each with its message and its hint."""
    blocks = (Path(__file__).parent / "errors.txt").read_text("utf-8").strip().split("\n\n")
    lines = [[line.strip() for line in block.split("\n")] for block in blocks]
    return [
        (text.replace("\\n", "\n"), message, hint[0] if hint else None)
        for text, message, *hint in lines
    ]


ERRORS = kept_errors()


@pytest.mark.parametrize(("text", "message", "hint"), ERRORS, ids=[e[0][:30] for e in ERRORS])
def test_an_error_says_where_what_and_what_to_do(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(ConditionError) as error:
        parse(text, where="stages[2].evidence")
    assert error.value.message == f"stages[2].evidence: {message}"
    assert error.value.hint == hint


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("nth = 1", '"nth" is known of touchpoints, not of people', COLUMNS),
        ("did", '"did" is a function', "Write did(...)."),
        ("did()", "did needs the name of a touchpoint in quotes", DID),
        ("did(stage)", "did needs the name of a touchpoint in quotes", DID),
        ("did('x', 0)", "did needs a number of days above 0", DID),
        ("did('x', cycle)", "did needs a number of days above 0", DID),
        ("stalled = 1", "stalled is true or false, but 1 is a number", None),
    ],
)  # fmt: skip
def test_errors_about_people_too(text: str, message: str, hint: str) -> None:
    with pytest.raises(ConditionError) as error:
        parse(text, "people")
    assert error.value.message == f"line 1, column 1: {message}"
    assert error.value.hint == hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: the condition is empty"),
        (" \n", "line 1, column 1: the condition is empty"),
        ("(" * 101 + "true" + ")" * 101, "line 1, column 101: this is nested more than 100 deep"),
        ("nth" + " + nth" * 101 + " > 0", "line 1, column 1: this is nested more than 100 deep"),
        (
            "true or " * 2000,
            "line 1, column 10001: the condition has 16,000 characters; 10,000 are allowed",
        ),
    ],
    ids=["empty", "blank", "parentheses", "sum", "long"],
)
def test_a_condition_is_neither_empty_nor_huge(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as error:
        parse(text)
    assert error.value.message == message


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(ConditionError, match='there is no time zone "Mars/Olympus"'):
        parse("true", zone="Mars/Olympus")


@pytest.mark.parametrize(
    "text",
    [
        "NAME = 'x' And Properties.Rating IS Not Null",
        "text = 'a' and source = 'b' and term = 'c' and content = 'd' and device = 'e'",
        "properties.end = 'a' and properties.select = 'b' and properties.date = 'c'",
        'properties."my key"."with ""quotes""" = \'x\'',
        "nth == 1 and nth != 2 and nth <> 3 and name isnull and name notnull",
        "ts between date '2026-01-01' and timestamp '2026-01-31 12:00'",
        "ts in ('2026-01-01', date '2026-01-02')",
        "name\n=\t'two\nlines'",
        "(((name))) = ('x')",
        "nth = 1_000 or nth = 1e3 or nth = .5 or nth = - - 1",
        '"name" = \'x\' and "properties"."a" = \'y\'',
    ],
)
def test_these_are_conditions(text: str) -> None:
    assert parse(text).always is None


def test_keys_keep_their_case_and_columns_do_not() -> None:
    assert {str(ref) for ref in parse("NAME = Properties.Rating").refs} == {
        "name",
        "properties.Rating",
    }


DEEP = {
    "parentheses": ("(", "nth > 1", ")", 100),
    "functions": ("lower(", "name", ")", 99),
    "not": ("not ", "nth > 1", "", 100),
    "not and parentheses": ("not (", "nth > 1", ")", 50),
    "case": ("case when nth > 1 then ", "nth", " else 2 end", 90),
    "subjects of case": ("case ", "nth", " when 1 then 2 when 2 then 1 else 3 end", 90),
    "coalesce": ("coalesce(nth, ", "nth", ")", 90),
    "is null": ("(", "nth > 1", " is null)", 90),
    "between": ("(", "(nth > 1)", " between (nth > 2) and true)", 90),
    "equality": ("(nth > 1) = (", "nth > 1", ")", 90),
    "and within or": ("(nth > 1 and (name = 'a' or ", "nth > 2", "))", 45),
}


@pytest.mark.parametrize("kind", DEEP)
def test_a_deep_condition_is_read_and_answered_at_once(kind: str, touchpoints: Any) -> None:
    """Nothing is evaluated twice a level, else these would take for ever."""
    opening, inside, closing, times = DEEP[kind]
    text = opening * times + inside + closing * times
    ending = {"functions": " = 'a'", "case": " > 1", "subjects of case": " > 1", "coalesce": " > 1"}
    condition = parse(text + ending.get(kind, ""))
    assert condition.mask(touchpoints).tolist() == touchpoints.tested(condition)


def test_a_deep_condition_is_read_from_deep_within_a_program() -> None:
    text = "lower(" * 99 + "name" + ")" * 99 + " = 'a'"

    def deeper(levels: int) -> Condition:
        return parse(text) if levels == 0 else deeper(levels - 1)

    room = sys.getrecursionlimit() - len(frames())
    assert deeper(room - 600).test(lambda _: "A")


def frames() -> list[Any]:
    frame, found = sys._getframe(), []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back  # type: ignore[assignment]
    return found


def test_rows_of_signs_cancel_in_pairs() -> None:
    for count in range(1, 30):
        assert parse("not " * count + "true").always is (count % 2 == 0)
        expected = 1 - 2 if count % 2 else 1 + 2
        assert parse(f"1 {'- ' * count} 2 = {expected}").always is True


@pytest.mark.parametrize(
    "text",
    [
        " or ".join(["name = 'a'"] * 700),
        " and ".join(["nth > 1", "name <> 'b'", "channel is not null"] * 190),
        "name in (" + ",".join(f"'{i}'" for i in range(1400)) + ")",
        "concat(" + ",".join(["name"] * 1600) + ") = 'x'",
        "name like '" + "%a" * 2000 + "b'",
    ],
    ids=["or", "and", "in", "concat", "like"],
)
def test_a_long_flat_condition_is_no_trouble(text: str, touchpoints: Any) -> None:
    condition = parse(text)
    assert condition.mask(touchpoints).tolist() == touchpoints.tested(condition)


PIECES = """
    name nth ts properties . x value stalled did stage 'a' 'b''c' "q" 1 2.5 -1 1e5 .5 ( ) ( ) ,
    = <> < >= + - * / || and or not in like ilike escape between is null true false case when
    then else end lower number coalesce round date timestamp '2026-01-01' :: ; -- /* */ select
    cast as interval [ ] { } ? $ @ ! % # -> => := array struct map over distinct from where
    exists any all row current_date ` \\ \x00 \ufeff
"""
WORDS = st.sampled_from(PIECES.split())


def outcome(read: Callable[[], Condition]) -> Condition | ConditionError:
    """The condition or the error; any other error is one of the test."""
    try:
        return read()
    except ConditionError as error:
        return error


SOUP = st.lists(WORDS, max_size=25).flatmap(
    lambda words: st.sampled_from([" ", "", "\n"]).map(lambda gap: gap.join(words))
)


@given(text=st.text(max_size=60) | SOUP, scope=st.sampled_from(["touchpoint", "people"]))
@settings(max_examples=1500, deadline=None)
@example(text="\ud800", scope="touchpoint")
@example(text="name = '\udcff' and", scope="touchpoint")
@example(text="a" * 20_000, scope="people")
@example(text="((((" * 5_000, scope="people")
@example(text="case " * 2_000, scope="people")
@example(text="name" + ".a" * 4_900, scope="touchpoint")
@example(text="nth = not " * 900, scope="touchpoint")
@example(text="nth" + "||nth" * 1_900, scope="touchpoint")
def test_any_text_is_a_condition_or_an_error(text: str, scope: Any) -> None:
    readers: list[Callable[[], Condition]] = [lambda: parse(text, scope)]
    readers.append(lambda: parse_or_name(text, ["Order Completed"]))
    for read in readers:
        result = outcome(read)
        if isinstance(result, ConditionError):
            assert result.message.startswith("line ")
            assert len(str(result)) < 1500


@given(text=SOUP)
@settings(max_examples=300, deadline=None)
def test_what_is_read_can_be_asked(text: str, touchpoints: Any) -> None:
    condition = outcome(lambda: parse(text))
    if isinstance(condition, Condition):
        assert condition.mask(touchpoints).tolist() == touchpoints.tested(condition)


def test_sqlglot_says_nothing_by_itself(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for text, *_ in ERRORS:
        with pytest.raises(ConditionError):
            parse(text)
    captured = capfd.readouterr()
    assert (captured.out, captured.err, caplog.records) == ("", "", [])


def test_errors_can_be_shown_anywhere() -> None:
    with pytest.raises(ConditionError) as error:
        parse("name = \x1b[31m\udcff")
    str(error.value).encode("utf-8")
    assert "\x1b" not in str(error.value)
