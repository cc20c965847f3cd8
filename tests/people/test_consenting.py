"""What people agree to is known by purpose, with its history, and asked by conditions."""

import pytest

from sojourn.errors import ConditionError, QuestionError
from sojourn.server.config import Config
from sojourn.server.inbox import Received
from sojourn.server.worker import Worker
from sojourn.store.named import UNKNOWN


def received(worker, route, body):
    import json

    worker.inbox.put([Received(1_780_000_000_000_000, "web", route, json.dumps(body).encode())])


def test_a_word_by_hand_is_kept_with_its_source_and_the_last_one_holds(shop):
    shop.people.consent("ann", "messages", True, source="letter")
    told = shop.people.consent("ann", "marketing", False, source="phone")
    assert [(r["purpose"], r["given"], r["source"]) for r in told] == [
        ("messages", True, "letter"),
        ("messages", False, "phone"),
    ]
    assert "consents to: messages no" in str(shop.people.show("ann"))
    assert shop.people.export("ann")["consents"][0]["source"] == "letter"
    assert shop.people.consents("bob").rows == []


def test_a_condition_asks_who_agreed_and_who_never_said_so_did_not(shop):
    shop.people.consent("ann", "messages", True)
    shop.people.consent("bob", "messages", True)
    shop.people.consent("bob", "messages", False)
    assert shop.people.list("consents('messages')").column("person") == ["ann"]
    others = shop.people.list("not consents('messages')").column("person")
    assert "bob" in others
    assert len(others) == len(shop.people.list()) - 1
    shop.lists.save("mail", "consents('Marketing') and not lapsed")
    assert len(shop.lists.keys("mail")) in (0, 1)


@pytest.mark.parametrize("wrong", ["consents()", "consents(1)", "consents('a', 'b')", "consents"])
def test_a_wrong_question_says_what_to_write(shop, wrong):
    with pytest.raises(ConditionError, match="consents"):
        shop.people.list(wrong)


def test_of_touchpoints_consent_is_not_known(shop):
    with pytest.raises(ConditionError, match="known of people"):
        shop.journey(only="consents('messages')")


def test_what_calls_say_of_consent_is_kept_once_until_they_say_otherwise(shop):
    worker = Worker(shop.folder, Config())
    said = {"consent": {"categoryPreferences": {"Marketing": True, "analytics": True}}}
    try:
        for number in range(4):
            given = said if number < 3 else {"consent": {"messages": False}}
            call = {"userId": "bob", "event": "A", "messageId": f"m{number}", "context": given,
                    "timestamp": f"2026-05-0{1 + number}T10:00:00Z"}  # fmt: skip
            received(worker, "track", call)
            worker.round()
        traits = {"consent": {"personalization": "granted"}, "town": "Cork"}
        received(worker, "identify", {"userId": "bob", "traits": traits})
        worker.round()
    finally:
        worker.close()
    told = [(row["purpose"], row["given"]) for row in shop.people.consents("bob")]
    assert told == [
        ("analytics", True), ("messages", True), ("messages", False), ("personalisation", True),
    ]  # fmt: skip
    assert shop.people.show("bob").traits["town"][-1]["value"] == "Cork"


def test_consent_is_erased_with_them(shop):
    shop.people.consent("bob", "messages", True, source="letter of bob")
    shop.people.erase("bob")
    assert shop.people.list("consents('messages')").rows == []
    assert shop._keys_of(["bob"], [0])[0] == UNKNOWN


def test_a_purpose_has_a_name(shop):
    with pytest.raises(QuestionError, match="no name of a purpose"):
        shop.people.consent("ann", "a b; drop", True)
