"""Ids that rows without one have got, written down: the same row has the same id for ever.

A changed id here means that every log made before would take in its files a second time.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa

CSV = (
    "user_id,anonymousId,email,timestamp,event,utm_source,utm_medium,referrer,page_url,device,"
    "revenue,currency,order_id,sentiment,comment,colour,size\n"
    "0042,d1, A@B.Example ,2026-01-02T03:04:05.123456Z,Order Completed,google,cpc,"
    "https://google.com/,https://shop.example/?utm_campaign=spring,Mobile,12.5,eur,007,-0.5,"
    '"Fine, ""really""!",red,\n'
    "0042,d1, A@B.Example ,2026-01-02T03:04:05.123456Z,Order Completed,google,cpc,"
    "https://google.com/,https://shop.example/?utm_campaign=spring,Mobile,12.5,eur,007,-0.5,"
    '"Fine, ""really""!",red,\n'
    "ünal,,,2026-02-28T23:59:59Z,Page Viewed,,,,/p,tablet,,,,,,,XL\n"
    ",d2,,2026-03-01T00:00:00Z,Page Viewed,,,https://a.example/x?y=1,/p,,1000,USD,,1,, blau ,7\n"
    "null,,c@d.example,2026-03-01T00:00:00Z,Ad Viewed,,,,,,-3.0001,,,,日本,,\n"
)
LINES = [
    {"userId": "7", "timestamp": "2026-01-02T03:04:05Z", "event": "Product Viewed",
     "properties": {"product": "P1", "price": 3.5, "nested": {"a": [1, None]}}, "extra": True},
    {"userId": "7", "timestamp": "2026-01-02T03:04:06Z", "event": "Order Completed",
     "properties": {}, "revenue": "12.50", "note": "ein \"Wort\""},
]  # fmt: skip


def frame():
    return pa.table(
        {
            "user_id": pa.array([12345, None, 7]),
            "ts": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 3, pa.timestamp("ns", "UTC")),
            "name": pa.array(["A", "B", None]).fill_null("C").dictionary_encode(),
            "value": pa.array([Decimal("1.10"), None, Decimal("-2.00")], pa.decimal128(9, 2)),
            "sentiment": pa.array([0.1, -1.0, None]),
            "ratio": pa.array([0.5, float("nan"), 1e300]),
            "tags": pa.array([["x", None], [], None], pa.list_(pa.string())),
            "flag": pa.array([True, None, False]),
        }
    )


def test_rows_of_a_csv_file_keep_their_ids(desk):
    desk.bring(CSV, "a.csv", source="shop")
    assert desk.rows("event_id") == CSV_IDS


def test_rows_of_json_lines_keep_their_ids(desk):
    desk.bring("".join(f"{json.dumps(line)}\n" for line in LINES), "a.jsonl")
    assert desk.rows("event_id") == LINES_IDS


def test_rows_of_a_typed_frame_keep_their_ids(desk):
    desk.bring(frame())
    assert desk.rows("event_id") == FRAME_IDS


def test_a_row_that_gives_its_channel_keeps_its_id(desk):
    desk.bring("user_id,ts,name,channel\nu1,2026-01-01,A,Email\nu2,2026-01-01,Page Viewed,\n")
    assert desk.rows("event_id", "channel") == CHANNEL_IDS


CSV_IDS = [
    "65595e04621f9d94e354456d5e18dc0d",
    "65595e04621f9d94e354456d5e18dc0d-2",
    "9ea37061f266bc27116f5078e2a03eac",
    "fac10839b2d03b6aa0845e7de0d6e7d3",
    "00c7c96f235b68210dbc251dac83a63b",
]
LINES_IDS = [
    "30e370c96d9a8eb2051f59e4550b2f14",
    "c38fe2bd23c7eb63add615f49f6ee152",
]
FRAME_IDS = [
    "a776aa008d13d55b6ceb627d895c3115",
    "d455876903f5ce84a949d36db3d00534",
    "4db24e263be890c8475a3ae85eac54ab",
]
CHANNEL_IDS = [
    ("19e9db6e55d4e31f109fb63ebc04de16", "Email"),
    ("76355a59f179bd3c9d42ef87d983c77c", "Direct"),
]
