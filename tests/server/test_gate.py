"""Where consent is required and lacking, nothing is stored beyond a count."""

import json

import pytest

from sojourn.server.config import Config
from sojourn.server.gate import Gate
from sojourn.server.inbox import Received
from sojourn.server.worker import Worker
from sojourn.workspace import Workspace

YES = {"consent": {"analytics": True}}
NO = {"consent": {"analytics": False}}


@pytest.fixture
def gate(tmp_path):
    Workspace(tmp_path).configure(consent=["analytics"])
    made = Gate(tmp_path)
    made.look()
    return made


def call(context=None, **more):
    return {"type": "track", "event": "A", "anonymousId": "d1", "context": context or {}, **more}


def let_in(gate, *calls):
    body, route, held = gate.let_in(json.dumps({"batch": calls}).encode(), "batch")
    return ([] if body is None else json.loads(body)["batch"]), route, dict(held)


def test_without_a_requirement_every_byte_goes_on(tmp_path):
    gate = Gate(tmp_path)
    gate.look()
    assert gate.let_in(b"not even JSON", "track") == (b"not even JSON", "track", {})


def test_what_lacks_consent_is_counted_alone_and_the_rest_of_its_batch_goes_on(gate):
    agreed, silent = call(YES, userId="u1"), call(userId="u2", anonymousId="d2")
    kept, _, held = let_in(gate, agreed, silent, 7)
    assert kept == [agreed]
    assert held == {"analytics": 2}
    assert gate.let_in(json.dumps(silent).encode(), "track")[0] is None
    assert gate.let_in(b"{", "track")[0] is None


def test_who_has_agreed_need_not_say_so_again_on_the_same_device(gate):
    assert let_in(gate, call(YES, userId="u1"))[2] == {}
    assert let_in(gate, call(userId="u1"), call())[2] == {}
    assert let_in(gate, call(anonymousId="d9"))[2] == {"analytics": 1}


def test_consent_may_stand_in_what_the_calls_of_a_batch_share(gate):
    body = {"context": YES, "batch": [call(), call()]}
    assert gate.let_in(json.dumps(body).encode(), "batch")[2] == {}


def test_who_takes_it_back_is_known_to_have_done_so_and_no_more_is_kept(gate):
    let_in(gate, call(YES, userId="u1"))
    kept, _, held = let_in(gate, call(NO, userId="u1", properties={"secret": 1}))
    assert held == {"analytics": 1}
    [word] = kept
    assert word["traits"] == {"consent": {"analytics": False}}
    assert "properties" not in word
    assert let_in(gate, call(userId="u1"))[2] == {"analytics": 1}


def test_taken_back_at_another_address_it_is_an_identify_call(gate):
    let_in(gate, call(YES, userId="u1"))
    body, route, _ = gate.let_in(json.dumps(call(NO, userId="u1")).encode(), "track")
    assert (route, json.loads(body)["type"]) == ("identify", "identify")


def test_who_never_agreed_leaves_no_trace_when_they_say_no(gate):
    assert let_in(gate, call(NO, userId="u1")) == ([], "batch", {"analytics": 1})


def test_what_is_known_is_looked_up_in_the_workspace(gate, tmp_path):
    worker = Worker(tmp_path, Config())
    try:
        worker.inbox.put([Received(1, "web", "track", json.dumps(call(YES, userId="u1")).encode())])
        worker.round()
        other = Gate(tmp_path)
        other.look()
        assert let_in(other, call(userId="u1", anonymousId="d7"))[2] == {}
        worker.inbox.withhold("web", {"analytics": 2})
        worker.inbox.withhold("web", {"analytics": 1})
        assert [row[1:] for row in worker.inbox.withheld()] == [("web", "analytics", 3)]
    finally:
        worker.close()


def test_every_required_purpose_must_be_agreed_to(tmp_path):
    Workspace(tmp_path).configure(consent=["analytics", "Marketing"])
    gate = Gate(tmp_path)
    gate.look()
    assert let_in(gate, call(YES))[2] == {"messages": 1}
    both = {"consent": {"analytics": True, "email": "granted"}}
    assert let_in(gate, call(both))[2] == {}
