"""Calls as Segment's HTTP API takes them, with nothing left behind."""

import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sojourn.core.touchpoint import LOG_SCHEMA
from sojourn.store.exporters.segment import write_segment

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def called(*rows, taken=()):
    out = io.BytesIO()
    empty = dict.fromkeys(LOG_SCHEMA.names)
    known = {"event_id": "e1", "ts": NOON, "received_at": NOON, "actor": "person"}
    assert write_segment(({**empty, **known, **row} for row in rows), taken, out) == len(rows)
    return [json.loads(line, parse_float=Decimal) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("name", "kind", "event"),
    [
        ("Page Viewed", "page", None),
        ("Screen Viewed", "screen", None),
        ("Order Completed", "track", "Order Completed"),
    ],
)
def test_a_touchpoint_is_a_call_of_its_kind(name, kind, event):
    (call,) = called({"name": name})
    assert (call["type"], call.get("event")) == (kind, event)


def test_ids_are_where_segment_has_them():
    (call,) = called(
        {"name": "Odd", "user_id": "42", "device_id": "d", "aliases": [{"kind": "card", "id": "7"}]}
    )
    assert (call["userId"], call["anonymousId"], call["messageId"]) == ("42", "d", "e1")
    assert call["context"]["externalIds"] == [
        {"id": "7", "type": "card", "collection": "users", "encoding": "none"}
    ]


def test_an_order_is_where_segment_looks_for_it():
    row = {"name": "Order Completed", "value": Decimal("9.9900"), "currency": "EUR",
           "order_id": "O1", "properties": '{"coupon": "X"}'}  # fmt: skip
    (call,) = called(row)
    assert call["properties"] == {
        "revenue": Decimal("9.9900"), "currency": "EUR", "order_id": "O1", "coupon": "X",
    }  # fmt: skip


def test_a_property_of_the_same_name_is_not_written_over():
    row = {"name": "Order Completed", "value": Decimal(10), "properties": '{"revenue": 5}'}
    (call,) = called(row, taken={"revenue"})
    assert call["properties"] == {"revenue": 5}
    assert call["context"]["sojourn"]["value"] == 10


def test_what_segment_has_no_place_for_is_kept_apart():
    row = {"name": "Review Posted", "channel": "Review Site", "device": "phone", "text": "good",
           "sentiment": 0.5, "referred_by": "bo", "account": "acme"}  # fmt: skip
    (call,) = called(row)
    assert call["context"]["sojourn"] == {
        "channel": "Review Site", "actor": "person", "device": "phone", "text": "good",
        "sentiment": Decimal("0.5"), "referred_by": "bo", "account": "acme",
    }  # fmt: skip


def test_the_first_alias_of_each_kind_is_told_by_its_kind():
    aliases = [{"kind": "card", "id": "7"}, {"kind": "email", "id": "a@example.org"},
               {"kind": "card", "id": "8"}]  # fmt: skip
    (call,) = called({"name": "Odd", "aliases": aliases})
    assert call["context"]["sojourn"]["ids"] == {"card": "7", "email": "a@example.org"}
    assert len(call["context"]["externalIds"]) == 3
