"""What people tell by hand becomes a touchpoint like any other, or is refused with its reason."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.byhand import NOTE, ByHand, alias_of
from sojourn.errors import QuestionError
from sojourn.store.lock import WriterLock
from sojourn.workspace import Workspace, read

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def told(person="42", name=NOTE, at=NOON, **more):
    return ByHand(person, name, at, **more)


@pytest.fixture
def workspace():
    frame = {"user_id": ["42"], "ts": ["2026-01-01T10:00:00Z"], "name": ["Page Viewed"]}
    return read(pa.table(frame))


def test_a_note_is_the_business_touchpoint_of_the_person(workspace):
    workspace.record(told(text="Wants it in green", by="olive"))
    last = workspace.people.show("42").touchpoints[-1]
    assert (last["name"], last["actor"], last["text"]) == (NOTE, "business", "Wants it in green")
    assert last["ts"] == NOON


def test_a_call_is_on_the_phone_and_a_visit_in_the_store(workspace):
    workspace.record(told(name="Call Received"))
    workspace.record(told(name="Store Visited"))
    channels = [touch["channel"] for touch in workspace.people.show("42").touchpoints[-2:]]
    assert channels == ["Phone", "In Store"]


def test_an_order_told_by_hand_moves_the_person(workspace):
    workspace.record(told(name="Order Completed", value="12.50", currency="eur"))
    assert workspace.people.list(people="total_orders = 1").column("person") == ["42"]
    assert workspace.people.show("42").touchpoints[-1]["currency"] == "EUR"


def test_somebody_new_is_known_by_an_address_and_by_who_sent_them(workspace):
    workspace.record(told("email:new@example.com", "Store Visited", referred_by="42"))
    found = workspace.people.show("new@example.com").touchpoints
    assert [touch["referred_by"] for touch in found] == ["42"]


def test_the_same_words_twice_are_two_notes(workspace):
    workspace.record(told(text="called"))
    workspace.record(told(text="called"))
    assert len(workspace.people.show("42").touchpoints) == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"person": " "}, "Who was it"),
        ({"name": ""}, "What happened"),
        ({"at": datetime(2026, 1, 1)}, "no zone"),
        ({"value": "NaN"}, "value"),
        ({"value": "12,50"}, "value"),
        ({"value": "inf"}, "value"),
        ({"currency": "€"}, "currency"),
        ({"text": "x" * 10_001}, "text"),
        ({"person": "x" * 201}, "person"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(workspace, wrong, said):
    with pytest.raises(QuestionError, match=said):
        workspace.record(told(**wrong))
    assert len(workspace.people.show("42").touchpoints) == 1


@given(st.text(max_size=80))
def test_any_text_names_a_user_or_an_alias_of_a_known_kind(text):
    alias = alias_of(text)
    assert alias.kind in ("user", "device", "email", "phone", "card")
    assert alias.id == text.strip() or f"{alias.kind}:{alias.id}" == text.strip()


def test_it_waits_for_another_writer(workspace):
    with WriterLock(workspace.folder), pytest.raises(Exception, match="is writing"):
        Workspace(workspace.folder).record(told(), timeout=0.2)
    workspace.record(told(), timeout=0.2)
