"""A condition says what it reads, and answers for one row."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from sojourn.core.condition import Ref, parse, parse_or_name
from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.errors import ConditionError

NAMES = ["Order Completed", "Product Shared", "Followed"]


def holds(text: str, **row: Any) -> bool:
    return parse(text).test(lambda ref: row.get(ref.name))


def test_it_lists_what_it_reads_apart_from_the_history() -> None:
    condition = parse("nth = 1 and (number(properties.rating) > 3 or properties.by.name = name)")
    assert condition.refs == {
        Ref("nth"),
        Ref("name"),
        Ref("properties", ("rating",)),
        Ref("properties", ("by", "name")),
    }
    assert condition.columns == {"properties", "name"}
    assert condition.history == {"nth"}


def test_on_people_it_reads_columns_traits_and_what_they_did() -> None:
    condition = parse(
        "stage = 'buy' and traits.plan = 'pro' and did('Order Completed', 30)", "people"
    )
    did = Ref("did", (), ("Order Completed", 30))
    assert condition.refs == {Ref("stage"), Ref("traits", ("plan",)), did}
    assert condition.columns == {"stage", "traits", "did"}
    assert condition.history == frozenset()


def test_every_column_of_the_log_is_known_but_the_inner_ones() -> None:
    inner = {"seq", "aliases", "month", "received_at", "properties"}
    for name in LOG_SCHEMA.names:
        if name in inner:
            with pytest.raises(ConditionError):
                parse(f"{name} is null")
        else:
            assert parse(f"{name} is null").columns == {name}


@pytest.mark.parametrize(
    ("text", "always"),
    [
        ("true", True),
        ("1 = 1", True),
        ("not (2 > 1)", False),
        ("null = 1", False),
        ("1 / 0 = 1", False),
        ("lower('A') = 'a'", True),
        ("name = 'Followed'", None),
        ("name = name", None),
    ],
)
def test_it_knows_when_it_is_always_the_same(text: str, always: bool | None) -> None:
    assert parse(text).always is always


def test_it_is_equal_to_one_with_the_same_text_scope_and_zone() -> None:
    first, again = parse("nth = 1", where="here"), parse("nth = 1", where="there")
    assert first == again
    assert hash(first) == hash(again)
    assert first != parse("nth = 1 ")
    assert first != parse("nth = 1", zone="Europe/Prague")
    assert parse("true") != parse("true", "people")
    assert str(first) == "nth = 1"


def test_it_travels_by_pickle() -> None:
    condition = parse("hour(ts) = 1 and name like 'Order%'", zone="Europe/Prague")
    copy = pickle.loads(pickle.dumps(condition))  # noqa: S301 - our own
    assert copy == condition
    assert copy.root == condition.root
    row = {"ts": datetime(2026, 1, 1, 0, 30, tzinfo=UTC), "name": "Order Completed"}
    assert copy.test(lambda ref: row[ref.name])


def test_it_tells_which_names_it_mentions() -> None:
    text = (
        "name in ('Followed', 'Ad Viewed') or name = 'Order Completed' and channel = 'Email'"
        " or 'Note Added' <> name or not name in ('Post Viewed', null) or name like 'x%'"
    )
    names = {"Followed", "Ad Viewed", "Order Completed", "Note Added", "Post Viewed"}
    assert parse(text).mentions("name") == names
    assert parse(text).mentions("channel") == {"Email"}
    assert parse("properties.a = 'b'").mentions("properties.a") == {"b"}
    assert parse("true").mentions("name") == frozenset()


def test_it_takes_values_as_python_has_them() -> None:
    assert holds("value = 2.5", value=Decimal("2.5"))
    assert holds("nth = 3", nth=3)
    assert not holds("sentiment > 0", sentiment=float("nan"))
    assert holds("sentiment is null", sentiment=float("nan"))
    prague = timezone(timedelta(hours=1))
    assert holds("ts = '2026-01-01'", ts=datetime(2026, 1, 1, 1, tzinfo=prague))


def test_it_asks_for_properties_as_one_json_text() -> None:
    asked: list[Ref] = []

    def get(ref: Ref) -> str:
        asked.append(ref)
        return '{"rating": 5, "by": {"name": "Ann"}}'

    assert parse("number(properties.rating) = 5 and properties.by.name = 'Ann'").test(get)
    assert asked == [Ref("properties"), Ref("properties")]


def test_it_asks_no_more_than_it_needs() -> None:
    asked: list[str] = []
    parse("name = 'x' and nth > 1").test(lambda ref: asked.append(ref.name) or "y")
    assert asked == ["name"]


@pytest.mark.parametrize(
    ("zone", "text", "moment"),
    [
        ("UTC", "ts >= '2026-03-29'", datetime(2026, 3, 29, tzinfo=UTC)),
        ("Europe/Prague", "ts = '2026-03-29'", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("Europe/Prague", "ts = '2026-03-30'", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("Europe/Prague", "hour(ts) = 3", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("America/New_York", "weekday(ts) = 7", datetime(2026, 1, 5, 4, 59, tzinfo=UTC)),
        ("UTC", "weekday(ts) = 1 and day(ts) = 5", datetime(2026, 1, 5, tzinfo=UTC)),
        ("UTC", "month(ts) = 12 and year(ts) = 9999", datetime(9999, 12, 31, 23, tzinfo=UTC)),
        ("Asia/Tokyo", "year(ts) = 10000", datetime(9999, 12, 31, 23, tzinfo=UTC)),
        ("America/New_York", "year(ts) = 0", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_dates_are_those_of_the_zone(zone: str, text: str, moment: datetime) -> None:
    assert parse(text, zone=zone).test(lambda _: moment)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Order Completed", "Order Completed"),
        ("  Followed\n", "Followed"),
        ("'Any Name'", "Any Name"),
        ("'It''s'", "It's"),
        ("''", ""),
    ],
)
def test_a_name_alone_is_a_condition_on_the_name(text: str, name: str) -> None:
    condition = parse_or_name(text, NAMES)
    assert condition.mentions("name") == {name}
    assert condition.test(lambda _: name)
    assert not condition.test(lambda _: name + "x")


def test_a_condition_where_a_name_may_stand_is_still_a_condition() -> None:
    assert parse_or_name("name = 'Followed'", NAMES) == parse("name = 'Followed'")
    assert parse_or_name("'a' = 'b'", NAMES).always is False
    assert parse_or_name("true", NAMES).always is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Order Complted",
            'step: line 1, column 1: there is no touchpoint named "Order Complted"; '
            'did you mean "Order Completed"?\n'
            "If it is right, put it in single quotes: 'Order Complted'.",
        ),
        (
            " order completed",
            'step: line 1, column 2: there is no touchpoint named "order completed"; '
            'did you mean "Order Completed"?\n'
            "If it is right, put it in single quotes: 'order completed'.",
        ),
        (
            "nth >= 'x'",
            "step: line 1, column 1: nth is a number, but 'x' is text\nnumber(...) turns",
        ),
    ],
)
def test_what_is_neither_name_nor_condition_is_an_error(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as error:
        parse_or_name(text, NAMES, where="step")
    assert str(error.value).startswith(message)
