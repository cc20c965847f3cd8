"""XES and OCEL: read back by other readers, with everything that was in the log."""

import io
import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sojourn.store.exporters.ocel import write_ocel
from sojourn.store.exporters.xes import write_xes

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
NASTY = "<a href='x'>\"&\n\t\x00\x1f\ud800\uffff😀"
ODD = 'Odd "name"'
SPACE = "{http://www.xes-standard.org/}"


def row(**changes):
    plain = {"case": "ada", "event_id": "e1", "name": "Order Completed", "ts": NOON,
             "actor": "person", "person": "ada", "value": None, "aliases": None,
             "order_id": None, "account": None, "campaign": None, "content": None,
             "referred_by": None, "text": None}  # fmt: skip
    return {**plain, **changes}


def xes_of(*rows):
    out = io.StringIO()
    count = write_xes(rows, out)
    return count, ET.fromstring(out.getvalue())  # noqa: S314 - written a line before


def attributes(element):
    return {child.get("key"): child.get("value") for child in element if child.get("key")}


def test_a_trace_is_a_run_of_one_case_in_the_order_given():
    count, log = xes_of(row(event_id="e1"), row(event_id="e2"), row(case="bo", event_id="e3"))
    traces = log.findall(f"{SPACE}trace")
    assert count == 3
    assert [attributes(trace)["concept:name"] for trace in traces] == ["ada", "bo"]
    events = traces[0].findall(f"{SPACE}event")
    assert [attributes(event)["event_id"] for event in events] == ["e1", "e2"]


def test_an_event_has_the_standard_attributes_and_the_logs_own():
    _, log = xes_of(row(value=Decimal("1.5000"), aliases=[{"kind": "card", "id": "7"}]))
    found = attributes(log.find(f".//{SPACE}event"))
    assert found["concept:name"] == "Order Completed"
    assert found["time:timestamp"] == "2026-01-02T12:00:00.000000Z"
    assert found["value"] == "1.5000"
    assert json.loads(found["aliases"]) == [{"kind": "card", "id": "7"}]
    assert "order_id" not in found


def test_no_text_can_break_the_xml():
    _, log = xes_of(row(case=NASTY, name=NASTY))
    found = attributes(log.find(f".//{SPACE}event"))["concept:name"]
    assert found == "<a href='x'>\"&\n\t" + "\ufffd" * 4 + "😀"


@pytest.fixture
def ocel():
    rows = [
        row(order_id="O1", campaign="spring", referred_by="bo", value=Decimal("12.3400")),
        row(
            event_id="e2",
            person="bo",
            name='Odd "name"',
            text=NASTY.encode("utf-8", "replace").decode(),
        ),
    ]
    objects = [("campaign", "spring"), ("order", "O1"), ("person", "ada"), ("person", "bo")]
    out = io.StringIO()
    count = write_ocel(
        rows, ['Odd "name"', "Order Completed"], objects, {"value": "float", "text": "string"}, out
    )
    assert count == 2
    return json.loads(out.getvalue(), parse_float=Decimal)


def test_every_relation_of_an_ocel_leads_to_an_object(ocel):
    known = {each["id"]: each["type"] for each in ocel["objects"]}
    types = {each["name"] for each in ocel["objectTypes"]}
    assert set(known.values()) <= types
    for event in ocel["events"]:
        assert {relation["objectId"] for relation in event["relationships"]} <= known.keys()
        assert event["type"] in {each["name"] for each in ocel["eventTypes"]}


def test_an_ocel_event_says_how_it_touches_each_object(ocel):
    assert ocel["events"][0]["relationships"] == [
        {"objectId": "person:ada", "qualifier": "of"},
        {"objectId": "person:bo", "qualifier": "brought by"},
        {"objectId": "order:O1", "qualifier": "about"},
        {"objectId": "campaign:spring", "qualifier": "through"},
    ]
    assert ocel["events"][0]["attributes"] == [{"name": "value", "value": Decimal("12.3400")}]


def test_an_empty_ocel_is_still_one():
    out = io.StringIO()
    assert write_ocel([], [], [], {}, out) == 0
    assert json.loads(out.getvalue())["events"] == []
