"""A person's history up to each touchpoint, as the condition language sees it.

`nth` counts this name, this one included; `orders_before` the orders before it; `gap_days` the
days since the person's previous touchpoint and `order_gap_days` since their last order. The
plain form keeps one person's history live; the fast form computes it for a whole bucket.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from sojourn.core.bucket import Bucket, Coded, Codes, Ints, Reals, gather, stable_order
from sojourn.core.durations import DAY

ORDER_ROW = 1
SECOND_REPORT = 2


@dataclass
class History:
    """What one person has done so far; `take` each touchpoint in order."""

    names: Counter[str | None] = field(default_factory=Counter)
    reported: set[str] = field(default_factory=set)
    orders: int = 0
    last_ts: int | None = None
    last_order: int | None = None

    def take(self, ts: int, name: str | None, is_order: bool, order_id: str | None) -> Before:
        """The history at this touchpoint, which then becomes part of it."""
        self.names[name] += 1
        repeat = is_order and order_id is not None and order_id in self.reported
        before = Before(
            nth=self.names[name],
            orders_before=self.orders,
            gap_days=None if self.last_ts is None else (ts - self.last_ts) / DAY,
            order_gap_days=None if self.last_order is None else (ts - self.last_order) / DAY,
            second_report=repeat,
        )
        self.last_ts = ts
        if is_order and not repeat:
            self.orders += 1
            self.last_order = ts
            if order_id is not None:
                self.reported.add(order_id)
        return before


@dataclass(frozen=True)
class Before:
    """One touchpoint's history."""

    nth: int
    orders_before: int
    gap_days: float | None
    order_gap_days: float | None
    second_report: bool


def nth(bucket: Bucket, rows: Ints | None = None) -> Reals:
    """For each row, how many rows of this person and name there are up to it."""
    name = bucket.columns["name"]
    assert isinstance(name, Coded)  # noqa: S101 - the engine loads names coded, always
    if rows is None:
        return _nth(name.codes, bucket.person)
    asked = np.zeros(len(name.values) + 1, bool)
    asked[name.codes[rows]] = True
    alike = np.flatnonzero(gather(asked, name.codes))
    counts = _nth(name.codes[alike], bucket.person[alike])
    return counts if len(alike) == len(rows) else counts[np.searchsorted(alike, rows)]


def _nth(codes: Codes, persons: Ints) -> Reals:
    order = stable_order(codes + 1)
    person, code = persons[order], codes[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (person[1:] != person[:-1]) | (code[1:] != code[:-1])
    rows = np.arange(len(order))
    first = np.flatnonzero(fresh)
    counts = np.empty(len(order), np.float64)
    counts[order] = rows - np.repeat(first, np.diff(first, append=len(order))) + 1
    return counts


def orders_before(bucket: Bucket, rows: Ints | None = None) -> Reals:
    """For each row, the person's orders before it; a second report is no order."""
    orders = np.flatnonzero(bucket.order == ORDER_ROW)
    if rows is not None:
        before = np.searchsorted(orders, rows) - np.searchsorted(orders, bucket.start_of[rows])
        return before.astype(np.float64)
    starts = bucket.starts
    upto = np.repeat(np.arange(len(orders) + 1), np.diff(orders + 1, prepend=0, append=len(bucket)))
    first = np.searchsorted(orders, starts)
    found = upto - np.repeat(first, np.diff(starts, append=len(bucket)))
    return found.astype(np.float64)


def gap_days(bucket: Bucket, rows: Ints | None = None) -> Reals:
    """Days since the person's previous touchpoint, NaN on the first."""
    gaps = np.full(len(bucket), np.nan)
    gaps[1:] = (bucket.ts[1:] - bucket.ts[:-1]) / DAY
    gaps[bucket.starts] = np.nan
    return gaps if rows is None else gaps[rows]


def order_gap_days(bucket: Bucket, rows: Ints | None = None) -> Reals:
    """Days since the person's last order before this touchpoint, NaN before the first."""
    last = last_order_row(bucket, rows)
    gaps = np.full(len(last), np.nan)
    found = np.flatnonzero(last >= 0)
    mine = found if rows is None else rows[found]
    gaps[found] = (bucket.ts[mine] - bucket.ts[last[found]]) / DAY
    return gaps


def last_order_row(bucket: Bucket, rows: Ints | None = None) -> Ints:
    """For each row, the row of the person's last order before it, -1 where there is none."""
    asked = np.arange(len(bucket), dtype=np.int64) if rows is None else rows
    orders = np.append(np.int64(-1), np.flatnonzero(bucket.order == ORDER_ROW))
    if rows is None:
        before = np.repeat(orders, np.diff(orders[1:] + 1, prepend=0, append=len(bucket)))
    else:
        before = orders[np.searchsorted(orders, asked) - 1]
    start = bucket.start_of if rows is None else bucket.start_of[rows]
    return np.where(before >= start, before, -1)


HISTORY = {
    "nth": nth,
    "orders_before": orders_before,
    "gap_days": gap_days,
    "order_gap_days": order_gap_days,
}
"""The fast forms: for every row of a bucket, or for ascending ones among them."""
