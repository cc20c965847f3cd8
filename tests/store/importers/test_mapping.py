"""Which column fills what, guessed on names and values, or said."""

import datetime as dt

import pyarrow as pa
import pytest

from sojourn.core.touchpoint import ALIASES, LOG_SCHEMA
from sojourn.errors import ImportFailed
from sojourn.store.importers import ImportOptions
from sojourn.store.importers.mapping import fields, folded, map_columns, synonyms

DAY = "2026-01-02"
ALWAYS = {"user_id": ["u1"], "timestamp": [DAY], "event": ["A"]}


def mapped(given, guess=True, **options):
    """What fills each field, by field."""
    table = pa.table(given)
    found = map_columns(table, ImportOptions(guess=guess, **options))
    return {each.field: each.column or f"={each.constant}" for each in found}


def guessed(extra, without=()):
    base = {name: values for name, values in ALWAYS.items() if name not in without}
    return mapped({**base, **extra})


@pytest.mark.parametrize(
    ("column", "values", "field"),
    [
        ("UserID", ["a"], "user_id"),
        ("Customer ID", ["a"], "user_id"),
        ("customer_unique_id", ["a"], "user_id"),
        ("household_key", [1], "user_id"),
        ("cookie", ["x"], "device_id"),
        ("user_pseudo_id", ["x"], "device_id"),
        ("anonymousId", ["x"], "device_id"),
    ],
)
def test_who_is_found_by_many_names(column, values, field):
    assert guessed({column: values}, without=["user_id"])[field] == column


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("Event Name", "Order Completed", "name"),
        ("interaction", "click", "name"),
        ("action", "view", "name"),
        ("name", "Order Completed", "name"),
    ],
)
def test_what_is_found_by_many_names(column, value, field):
    assert guessed({column: [value]}, without=["event"])[field] == column


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("event_timestamp", 1767323045123456),
        ("InvoiceDate", "12/1/2010 8:26"),
        ("order_purchase_timestamp", "2017-10-02 10:56:33"),
        ("Event Time", "2026-01-02"),
        ("created_at", dt.datetime(2026, 1, 2)),
        ("date", dt.date(2026, 1, 2)),
    ],
)
def test_when_is_found_by_many_names(column, value):
    assert guessed({column: [value]}, without=["timestamp"])["ts"] == column


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("utm_source", "google", "source"), ("utm_medium", "cpc", "medium"),
        ("utm_campaign", "x", "campaign"), ("utm_term", "x", "term"),
        ("utm_content", "x", "content"), ("Referer", "https://x.example", "referrer"),
        ("page_location", "https://x.example/", "page"), ("User-Agent", "Mozilla", "user_agent"),
        ("deviceCategory", "mobile", "device"), ("Order Total", "12.50", "value"),
        ("conversion_value", "1", "value"), ("price", "$ 3", "value"),
        ("Currency", "EUR", "currency"),
        ("InvoiceNo", "536365", "order_id"), ("Order Number", "7", "order_id"),
        ("referred_by", "u2", "referred_by"), ("sentiment_score", "0.5", "sentiment"),
        ("review_comment_message", "Nice", "text"), ("company", "Acme", "account"),
        ("E-Mail", "a@b.example", "alias:email"), ("Phone", "1", "alias:phone"),
        ("messageId", "m1", "event_id"), ("received_at", DAY, "received_at"),
        ("event_properties", "{}", "properties"), ("channelGrouping", "Direct", "channel"),
    ],
)  # fmt: skip
def test_the_other_columns_are_found_by_many_names(column, value, field):
    assert guessed({column: [value]})[field] == column


@pytest.mark.parametrize(
    ("column", "values", "field"),
    [
        ("event_id", ["1", "1"], "event_id"),
        ("name", [f"Person {i}" for i in range(2)] * 1, "alias:name"),
        ("sentiment", ["happy", "sad"], "sentiment"),
        ("sentiment_score", ["5", "3"], "sentiment"),
        ("amount", ["a lot", "a little"], "value"),
        ("properties", ["x", "y"], "properties"),
        ("page", ["1", "2"], "page"),
        ("device", ["d-81", "d-97"], "device"),
        ("received_at", ["front desk", "phone"], "received_at"),
    ],
)
def test_a_name_alone_is_not_enough_when_the_values_speak_against_it(column, values, field):
    base = {name: each * len(values) for name, each in ALWAYS.items()}
    assert field not in mapped({**base, column: values})


def test_people_are_no_names_of_what_happens():
    many = [f"Person {i}" for i in range(40)]
    columns = {"user_id": many, "timestamp": [DAY] * 40, "name": many}
    with pytest.raises(ImportFailed, match="No column says what happened"):
        mapped(columns)


def test_the_only_column_of_times_is_taken_whatever_its_name():
    found = map_columns(
        pa.table({"user_id": ["u1"], "event": ["A"], "wann": [DAY], "size": [5]}), ImportOptions()
    )
    (ts,) = [each for each in found if each.field == "ts"]
    assert str(ts) == "ts <- wann (the only column of times)"


def test_of_two_columns_of_times_none_is_taken():
    with pytest.raises(ImportFailed, match=r"No column says when it happened.*a, b"):
        mapped({"user_id": ["u1"], "event": ["A"], "a": [DAY], "b": [DAY]})


def test_no_column_is_used_twice():
    found = guessed({"total": ["5"], "revenue": ["6"], "price": ["7"]})
    assert found["value"] == "revenue"
    assert list(found.values()) == list(dict.fromkeys(found.values()))


# Said by the user


def test_a_flag_wins_over_every_guess():
    columns = {**ALWAYS, "revenue": ["5"], "tax": ["1"], "who": ["x"]}
    found = mapped(columns, columns={"value": "tax", "person": "who"})
    assert (found["value"], found["user_id"]) == ("tax", "who")


def test_a_flag_may_spell_the_column_in_its_own_way():
    assert mapped(ALWAYS | {"Order Total": ["1"]}, columns={"value": "order_total"})["value"] == (
        "Order Total"
    )


def test_a_flag_for_a_column_that_is_not_there_names_the_nearest():
    with pytest.raises(ImportFailed) as error:
        mapped(ALWAYS | {"revenue": ["1"]}, columns={"value": "revenu"})
    assert "--value revenu: the file has no column 'revenu'" in str(error.value)
    assert "It has: user_id, timestamp, event, revenue." in str(error.value)
    assert "Did you mean 'revenue'?" in str(error.value)


def test_a_flag_for_no_column_of_the_log_names_the_nearest():
    with pytest.raises(ImportFailed, match=r"no column 'chanel' in the log(.|\n)*'channel'\?"):
        mapped(ALWAYS, columns={"chanel": "event"})
    with pytest.raises(ImportFailed, match="There are: event_id, ts"):
        mapped(ALWAYS, columns={"zzz": "event"})


def test_a_constant_that_forgot_its_sign_is_told_how():
    with pytest.raises(ImportFailed, match=r'A constant is written "=Zeppelin"'):
        mapped(ALWAYS, columns={"name": "Zeppelin"})


def test_person_and_user_id_cannot_both_be_said():
    with pytest.raises(ImportFailed, match="--person"):
        mapped(ALWAYS | {"b": ["x"]}, columns={"person": "user_id", "user_id": "b"})


def test_the_device_stays_a_guess_when_the_person_is_said():
    columns = {**ALWAYS, "cookie": ["c"]}
    assert mapped(columns, columns={"person": "user_id"})["device_id"] == "cookie"
    found = mapped(columns, columns={"person": "cookie"}, person_kind="device")
    assert (found["device_id"], "user_id" in found) == ("cookie", False)


def test_without_guessing_only_what_is_said_counts():
    said = {"person": "user_id", "ts": "timestamp", "name": "=X"}
    found = mapped(ALWAYS | {"revenue": ["1"]}, guess=False, columns=said)
    assert found == {"ts": "timestamp", "user_id": "user_id", "name": "=X"}


@pytest.mark.parametrize(
    ("without", "message"),
    [
        ("timestamp", r"No column says when.*\n.*--ts COLUMN"),
        ("event", r"No column says what happened.*\n.*--name COLUMN.*=Order Completed"),
        ("user_id", r"No column says who.*\n.*--person COLUMN"),
    ],
)
def test_what_is_missing_is_asked_for_with_the_columns_there_are(without, message):
    with pytest.raises(ImportFailed, match=message):
        guessed({"x": ["y"]}, without=[without])


def test_a_list_of_columns_that_never_ends_is_cut():
    with pytest.raises(ImportFailed, match="and 20 more"):
        mapped({f"c{i}": ["x"] for i in range(60)})


def test_the_logs_own_columns_are_all_understood():
    aliases = pa.array([[{"kind": "card", "id": "9"}]], ALIASES)
    given = {name: ["1"] for name in fields() if name in LOG_SCHEMA.names}
    table = pa.table(
        {
            **given,
            "ts": [DAY],
            "received_at": [DAY],
            "properties": ["{}"],
            "device": ["phone"],
            "page": ["/a"],
            "name": ["A"],
            "aliases": aliases,
        }
    )
    found = {each.field: each.column for each in map_columns(table, ImportOptions())}
    assert {name: name for name in table.schema.names} == found


def test_synonyms_are_folded_and_name_one_field_each():
    names = [name for each in synonyms().values() for name in each]
    assert [folded(name) for name in names] == names
    shared = {name for name in names if names.count(name) > 1}
    assert shared == {"type"}
