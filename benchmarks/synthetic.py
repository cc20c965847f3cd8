"""A synthetic log of any size, always the same for the same size: skewed, as real logs are.

Lognormal activity and one busy robot with 4% of the rows, 40 names, 18 channels, 200 campaigns,
5,000 contents, 20,000 pages, JSON on 30% of the rows, a tenth of the orders reported twice, in
order of arrival with a few late rows. Nothing in it happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

VERSION = 1
"""Counts up when the log changes, so that older files are made anew."""

SEED = 7
CHUNK = 1_000_000
ROWS_A_PERSON = 22
ROBOT, ROBOT_SHARE = "u0", 0.04
SECOND = 1_000_000
DAYS_LONG = 180
BEGIN = 1_735_689_600 * SECOND
"""Midnight of 1 January 2025 in UTC, in microseconds."""

NAMES = {
    "Page Viewed": 27, "Product Viewed": 17, "Products Searched": 8, "Product Added": 6,
    "Checkout Started": 3, "Order Completed": 2.4, "Email Opened": 5, "Ad Viewed": 6,
    "Ad Clicked": 2, "Newsletter Subscribed": 1, "Review Read": 2, "Guide Requested": 0.5,
    "Review Posted": 0.8, "Referral Invited": 0.2, "Product Shared": 0.5, "Message Sent": 5,
    "Order Delivered": 1.5, "Order Refunded": 0.2, "Support Opened": 0.4, "Post Viewed": 2.5,
    "Followed": 0.4, "Cart Viewed": 2, "Coupon Entered": 0.4, "Store Visited": 0.8,
    "Pricing Viewed": 0.9, "Comparison Viewed": 0.6, "Question Asked": 0.3, "Call Received": 0.3,
    "Subscription Renewed": 0.3, "Trial Started": 0.3, "Survey Answered": 0.3,
    "Product Used": 1.2, "Wishlist Sorted": 0.2, "Size Guide Opened": 0.3, "Video Played": 0.9,
    "Chat Closed": 0.3, "Filter Cleared": 0.4, "Login Failed": 0.2, "Banner Closed": 0.5,
    "Store Locator Used": 0.3,
}  # fmt: skip
"""The forty names with their weights; the last eight are of no vocabulary."""

CHANNELS = (
    "Direct", "Organic Search", "Paid Search", "Email", "Paid Social", "Organic Social",
    "Referral", "In Store", "Display", "Affiliates", "SMS", "Phone", "Support", "Event",
    "Product", "Partner", "Comparison Site", "Review Site",
)  # fmt: skip

SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),
        ("ts", pa.timestamp("us", tz="UTC")),
        ("name", pa.string()),
        ("channel", pa.string()),
        ("campaign", pa.string()),
        ("content", pa.string()),
        ("page", pa.string()),
        ("device", pa.string()),
        ("value", pa.decimal128(18, 4)),
        ("currency", pa.string()),
        ("order_id", pa.string()),
        ("properties", pa.string()),
    ]
)

PROPERTIES = tuple(
    json.dumps({"product": f"P{1000 + product}", "position": position, "rating": rating})
    for product in range(400)
    for position in range(1, 11)
    for rating in range(1, 6)
)


def write(rows: int, parquet: Path, csv: Path | None) -> None:
    """Write the log of so many rows as Parquet and, unless None, as CSV with the same rows."""
    makers = _chunks(rows)
    with pq.ParquetWriter(parquet, SCHEMA, compression="zstd", store_schema=False) as columns:
        if csv is None:
            for chunk in makers:
                columns.write_table(chunk)
            return
        with arrow_csv.CSVWriter(csv, SCHEMA) as lines:
            for chunk in makers:
                columns.write_table(chunk)
                lines.write_table(chunk)


def _chunks(rows: int) -> Iterator[pa.Table]:
    weight = np.random.default_rng(SEED).lognormal(0, 1.6, max(10, rows // ROWS_A_PERSON))
    activity = np.cumsum(weight / weight.sum())
    span = DAYS_LONG * 24 * 3600 * SECOND
    for first in range(0, rows, CHUNK):
        last = min(first + CHUNK, rows)
        period = BEGIN + span * first // rows, BEGIN + span * last // rows
        yield _chunk(np.random.default_rng((SEED, first)), first, last - first, period, activity)


def _chunk(
    rng: np.random.Generator,
    first: int,
    size: int,
    period: tuple[int, int],
    activity: NDArray[np.float64],
) -> pa.Table:
    """Some rows in order of arrival; order numbers come from the number of the row."""
    person = np.searchsorted(activity, rng.random(size)).clip(max=len(activity) - 1)
    person[rng.random(size) < ROBOT_SHARE] = 0
    ts = np.sort(rng.integers(*period, size))
    late = rng.random(size) < 0.02
    ts[late] = np.maximum(ts[late] - rng.integers(0, 3 * 3600 * SECOND, late.sum()), BEGIN)
    name = _pick(rng, size, np.array(list(NAMES.values())))
    number = np.arange(first, first + size)
    cents = rng.integers(500, 25_000, size)
    is_order = name == list(NAMES).index("Order Completed")
    again = np.flatnonzero(is_order[:-1] & (rng.random(size - 1) < 0.1))
    for column in (person, name, number, cents):
        column[again + 1] = column[again]
    ts[again + 1] = ts[again] + 2 * SECOND
    is_order[again + 1] = True
    return pa.table(
        [
            _numbered("u", person),
            pa.array(ts, SCHEMA.field("ts").type),
            _texts(name, tuple(NAMES)),
            _some(rng, size, CHANNELS, 0.9),
            _some(rng, size, [f"campaign-{i:03d}" for i in range(200)], 0.3),
            _some(rng, size, [f"content-{i:04d}" for i in range(5_000)], 0.2),
            _pages(rng, size),
            _some(rng, size, ("phone", "computer", "tablet"), 0.8),
            _money(cents, is_order),
            _texts(np.where(is_order, 0, -1), ("EUR",)),
            _numbered("O", number, is_order),
            _some(rng, size, PROPERTIES, 0.3),
        ],
        schema=SCHEMA,
    )


def _pick(rng: np.random.Generator, size: int, weight: NDArray[np.float64]) -> NDArray[np.int64]:
    """Numbers below the count of weights, drawn by weight."""
    return np.searchsorted(np.cumsum(weight / weight.sum())[:-1], rng.random(size)).astype(np.int64)


def _some(rng: np.random.Generator, size: int, words: Sequence[str], share: float) -> pa.Array:
    """A word on a share of the rows, the first words more often than the last."""
    codes = (rng.random(size) ** 1.5 * len(words)).astype(np.int64)
    return _texts(np.where(rng.random(size) < share, codes, -1), words)


def _pages(rng: np.random.Generator, size: int) -> pa.Array:
    kinds = ("/blog/post", "/product/p", "/shop/list", "/help/topic")
    return _some(rng, size, [f"{kinds[i % 4]}-{i:05d}" for i in range(20_000)], 0.6)


def _texts(codes: NDArray[np.int64], words: Sequence[str]) -> pa.Array:
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string())).cast(pa.string())


def _numbered(
    prefix: str, numbers: NDArray[np.int64], given: NDArray[np.bool_] | None = None
) -> pa.Array:
    digits = pa.array(numbers, mask=None if given is None else ~given).cast(pa.string())
    return pc.binary_join_element_wise(prefix, digits, "")


def _money(cents: NDArray[np.int64], given: NDArray[np.bool_]) -> pa.Array:
    """Decimals with four places, made from their bytes: a cent is a hundred ten-thousandths."""
    halves = np.zeros((len(cents), 2), np.int64)
    halves[:, 0] = cents * 100
    valid = pa.array(given).buffers()[1]
    return pa.Array.from_buffers(
        SCHEMA.field("value").type, len(cents), [valid, pa.py_buffer(halves)]
    )
