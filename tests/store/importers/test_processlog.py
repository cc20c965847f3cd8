"""Process logs: what is read of XES and OCEL 2.0, and what is refused."""

import gzip
import importlib.util
import json
import shutil
from pathlib import Path

import pytest

from sojourn.errors import ImportFailed, MissingExtra
from sojourn.store.importers import processlog
from sojourn.store.importers.processlog import (
    OCEL_JSON,
    OCEL_SQLITE,
    OCEL_XML,
    XES,
    person_type,
    process_kind,
    process_log,
)

SAMPLES = Path(__file__).parents[2] / "presets" / "samples"
CLAIMS, ORDERS = SAMPLES / "claims.xes", SAMPLES / "orders.ocel.json"
needs_pm4py = pytest.mark.skipif(
    importlib.util.find_spec("pm4py") is None, reason="the extra `process` is not installed"
)


def kind_of(path):
    return process_kind(path, path.read_bytes()[:65_536])


def rows_of(path, person=None):
    return process_log(path, kind_of(path), person).sample().table.to_pylist()


def test_a_log_is_known_by_what_is_in_it():
    assert kind_of(CLAIMS) == XES
    assert kind_of(ORDERS) == OCEL_JSON


def test_a_packed_log_and_one_in_another_encoding_are_known_too(tmp_path):
    packed, wide = tmp_path / "claims.xes.gz", tmp_path / "wide.xes"
    packed.write_bytes(gzip.compress(CLAIMS.read_bytes()))
    text = CLAIMS.read_text(encoding="utf-8").replace('encoding="UTF-8"', 'encoding="UTF-16"')
    wide.write_bytes(text.encode("utf-16"))
    assert process_kind(packed, CLAIMS.read_bytes()[:100]) == XES
    assert kind_of(wide) == XES


@pytest.mark.parametrize(
    "text", ["<html><body>hello</body></html>", "<a", '{"events": []}', "day;cost\n1;2\n", "<"]
)
def test_other_files_are_no_process_logs(tmp_path, text):
    path = tmp_path / "other"
    path.write_text(text)
    assert kind_of(path) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_before_anything_is_read(tmp_path, encoding):
    path = tmp_path / "bomb.xes"
    bomb = '<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    path.write_bytes(
        f'<?xml version="1.0" encoding="{encoding}"?>{bomb}<log>&b;</log>'.encode(encoding)
    )
    with pytest.raises(ImportFailed, match="declares a document type"):
        process_kind(path, path.read_bytes())


@needs_pm4py
def test_a_start_gives_way_to_its_completion_and_only_to_that():
    found = [(r["concept:name"], r["superseded"]) for r in rows_of(CLAIMS)]
    assert found == [
        ("Support Opened", False), ("Check", True), ("Check", False), ("Support Solved", False),
        ("Support Opened", False), ("Note Added", False),
    ]  # fmt: skip


@needs_pm4py
def test_events_carry_the_attributes_of_their_trace():
    first, *_, last = rows_of(CLAIMS)
    assert (first["case:concept:name"], first["case:customer"], first["amount"]) == (
        "case-1",
        "gold",
        250.5,
    )
    assert (last["case:concept:name"], last["time:timestamp"]) == ("case-2", None)


@needs_pm4py
def test_an_event_of_two_people_is_two_rows_and_one_of_an_order_belongs_to_its_owner():
    found = [(r["event_id"], r["ocel:activity"], r["person"]) for r in rows_of(ORDERS)]
    assert found == [
        ("e1", "Place Order", "c1"), ("e2", "Ship", "c1"), ("e3", "Place Order", "c2"),
        ("e4", "Complain", "c1"), ("e4:c2", "Complain", "c2"),
    ]  # fmt: skip


@needs_pm4py
def test_the_type_that_stands_for_people_can_be_said():
    assert [r["person"] for r in rows_of(ORDERS, "Order")] == ["o1", "o1", "o2", "o1", "o2"]
    with pytest.raises(ImportFailed, match="no objects of the type 'Buyer'") as caught:
        rows_of(ORDERS, "Buyer")
    assert "Customer, Item, Order" in str(caught.value)


def test_a_log_without_people_says_which_types_it_has():
    with pytest.raises(ImportFailed, match="Its types are: Item, Order") as caught:
        person_type(["Order", "Item"], "x.json", None)
    assert "--person TYPE" in str(caught.value)


@needs_pm4py
def test_the_three_ways_to_write_an_object_centric_log_tell_the_same(tmp_path):
    import pm4py

    log = pm4py.read_ocel2_json(str(ORDERS))
    xml, sqlite = tmp_path / "o.xml", tmp_path / "o.sqlite"
    pm4py.write_ocel2_xml(log, str(xml))
    pm4py.write_ocel2_sqlite(log, str(sqlite))
    assert (kind_of(xml), kind_of(sqlite)) == (OCEL_XML, OCEL_SQLITE)
    told = [[sorted(row.items()) for row in rows_of(path)] for path in (ORDERS, xml, sqlite)]
    assert told[0] == told[1] == told[2]


@needs_pm4py
@pytest.mark.parametrize(
    "spoil", [lambda t: t[: len(t) // 2], lambda t: t.replace("<event>", "<even>")]
)
def test_a_broken_log_is_an_error_in_plain_words(tmp_path, spoil):
    path = tmp_path / "broken.xes"
    path.write_text(spoil(CLAIMS.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ImportFailed, match="broken.xes"):
        process_log(path, XES)


@needs_pm4py
def test_json_that_only_looks_like_a_log_is_an_error_in_plain_words(tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(json.dumps({"objectTypes": 3, "eventTypes": None, "events": [{"id": 1}]}))
    with pytest.raises(ImportFailed, match="odd.json"):
        process_log(path, OCEL_JSON)


def test_without_pm4py_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(processlog, "find_spec", lambda _: None)
    path = shutil.copy(CLAIMS, tmp_path / "claims.xes")
    with pytest.raises(MissingExtra, match="claims.xes is a process log") as caught:
        process_log(Path(path), XES)
    assert 'pip install "sojourn[process]"' in str(caught.value)
