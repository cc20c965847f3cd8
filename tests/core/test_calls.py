"""Every call becomes a message with the right time, or is refused with a reason."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.core.calls import HISTORICAL, ROUTES, TYPES, Refused, calls_in, message_of

AT = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
ISO = "%Y-%m-%dT%H:%M:%S.%fZ"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["type", "userId", "anonymousId", "messageId", "event", "name", "properties", "traits",
     "context", "timestamp", "sentAt", "originalTimestamp", "previousId", "groupId"]
)  # fmt: skip


def track(**more):
    return {"type": "track", "event": "Seen", "userId": "u1", **more}


def message(call, shared=None, **how):
    return message_of(call, shared or {}, AT, "fallback", **how)


@pytest.mark.parametrize(
    ("own", "sent", "expected"),
    [
        ("2026-11-26T12:00:00Z", None, AT),
        ("2026-11-25T09:30:00+01:00", None, datetime(2026, 11, 25, 8, 30, tzinfo=UTC)),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:10Z", AT - timedelta(seconds=10)),
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z", AT),
        (None, None, AT),
    ],
    ids=["by its own clock", "with a zone", "clock six years slow", "clock ahead", "without time"],
)
def test_the_moment_is_corrected_for_a_wrong_clock(own, sent, expected):
    found = message(track(timestamp=own, sentAt=sent))
    assert datetime.strptime(found["timestamp"], ISO).replace(tzinfo=UTC) == expected


def test_history_is_taken_as_it_is():
    call = track(timestamp="2020-01-01T00:00:00Z", sentAt="2020-01-01T00:00:10Z")
    assert message(call, historical=True)["timestamp"] == "2020-01-01T00:00:00.000000Z"


def test_what_an_envelope_shares_is_each_calls_own_word_goes_first():
    body = {"sentAt": "x", "context": {"locale": "de", "app": 1}, "batch": [track(), 5]}
    calls = list(calls_in(body, "batch"))
    found = message(track(context={"locale": "fr"}), calls[0][1])
    assert found["context"] == {"locale": "fr", "app": 1}
    assert isinstance(message(*calls[1]), Refused)


def test_the_address_that_it_came_from_and_words_of_our_own_exports_are_left_out():
    context = {"ip": "203.0.113.9", "sojourn": {"actor": "business"}, "locale": "en"}
    assert message(track(context=context))["context"] == {"locale": "en"}


def test_traits_may_be_told_in_the_context_alone():
    call = {"type": "identify", "userId": "u", "context": {"traits": {"plan": "gold"}}}
    assert message(call)["traits"] == {"plan": "gold"}
    assert message(call | {"traits": {"plan": "tin"}})["traits"] == {"plan": "tin"}


def test_a_message_keeps_its_id_and_gets_one_when_it_has_none():
    assert message(track(messageId=" exactly so "))["messageId"] == " exactly so "
    assert message(track())["messageId"] == "fallback"


def test_short_paths_mean_what_the_browser_client_posts_there():
    assert {short: ROUTES[short] for short in "ptiagsb"} == {
        "p": "page", "t": "track", "i": "identify", "a": "alias", "g": "group", "s": "screen",
        "b": "batch",
    }  # fmt: skip
    assert ROUTES["import"] == HISTORICAL


@pytest.mark.parametrize(
    ("call", "column"),
    [
        (5, ""),
        ([track()], ""),
        ({"event": "Seen", "userId": "u"}, "type"),
        ({"type": ["track"]}, "type"),
        (track(event=None), "event"),
        (track(event=" "), "event"),
        (track(userId={"$ne": 1}), "userId"),
        (track(userId="x" * 1_000_000), "userId"),
        (track(userId=10**5_000), "userId"),
        (track(userId=True), "userId"),
        (track(userId=None), "userId"),
        (track(properties="a=1"), "properties"),
        (track(context=[1]), "context"),
        (track(timestamp="yesterday"), "timestamp"),
        (track(timestamp=1.5e9), "timestamp"),
        (track(originalTimestamp="2026-13-01"), "originalTimestamp"),
        (track(timestamp="0001-01-01T00:00:00Z", sentAt="9999-12-31T00:00:00Z"), "timestamp"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_call_is_refused_where_it_is_wrong(call, column):
    found = message(call)
    assert isinstance(found, Refused)
    assert found.column == column
    assert found.reason
    assert len(found.found) <= 200


@given(JSON | st.dictionaries(FIELDS, JSON), st.dictionaries(FIELDS, JSON), st.booleans())
def test_nothing_that_json_can_say_raises(call, shared, historical):
    if isinstance(call, dict) and not historical:
        call = {**call, "type": "track", "event": "Seen"}
    found = message(call, shared, historical=historical)
    if isinstance(found, Refused):
        assert found.reason
    else:
        assert found["type"] in TYPES
        assert datetime.strptime(found["timestamp"], ISO)
        assert "ip" not in found["context"]


@given(JSON, st.sampled_from(sorted(set(ROUTES.values()))))
def test_any_body_can_be_taken_apart(body, route):
    for call, shared in calls_in(body, route):
        message(call, shared)
