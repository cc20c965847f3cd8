"""The log's columns: a promise to everybody who reads it."""

from __future__ import annotations

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")
MONEY = pa.decimal128(18, 4)
ALIASES = pa.list_(pa.struct([("kind", pa.string()), ("id", pa.string())]))

LOG_SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("seq", pa.int64()),
        ("ts", TIME),
        ("received_at", TIME),
        ("user_id", pa.string()),
        ("device_id", pa.string()),
        ("aliases", ALIASES),
        ("name", pa.string()),
        ("actor", pa.string()),
        ("channel", pa.string()),
        ("source", pa.string()),
        ("medium", pa.string()),
        ("campaign", pa.string()),
        ("term", pa.string()),
        ("content", pa.string()),
        ("referrer", pa.string()),
        ("page", pa.string()),
        ("device", pa.string()),
        ("value", MONEY),
        ("currency", pa.string()),
        ("order_id", pa.string()),
        ("referred_by", pa.string()),
        ("sentiment", pa.float64()),
        ("text", pa.string()),
        ("account", pa.string()),
        ("properties", pa.string()),
        ("source_id", pa.string()),
        ("month", pa.string()),
    ]
)

PERSON = "person"
BUSINESS = "business"

ORDER = "Order Completed"
"""The touchpoint that is an order, unless the workspace says otherwise."""

BOT = "bot"
"""The device of a touchpoint made by a machine: kept in the log, left out of every measure."""

CODED = (
    "name",
    "channel",
    "source",
    "medium",
    "campaign",
    "term",
    "content",
    "referrer",
    "page",
    "device",
    "currency",
    "source_id",
)
"""Columns that the trail holds as codes of one dictionary for the whole workspace."""

TEXTS = ("event_id", "order_id", "referred_by", "text", "account", "properties")
"""Columns that the trail holds as they are: nearly every value is its own."""
