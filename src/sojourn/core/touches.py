"""Which touchpoints are touches: the first of a visit, or a contact away from the site.

A visit is what one person does on one channel with gaps under 30 minutes and no change of
campaign; a touchpoint that names no campaign changes none. The business cannot visit: what it
does is a contact when it reaches the person (an ad shown, a message sent, a call made, and
whatever a workspace's own names say it did), and none when it serves an order or an account.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Codes, Ints
from sojourn.core.durations import MINUTE
from sojourn.core.history import SECOND_REPORT

VISIT_GAP = 30 * MINUTE

CONTACTS = frozenset(
    {
        "Ad Viewed",
        "Ad Clicked",
        "Post Viewed",
        "Store Visited",
        "Call Received",
        "Referral Clicked",
        "Referral Accepted",
    }
)
"""What is a contact away from the site whoever's act it was."""

SERVICE = frozenset(
    {
        "Email Bounced",
        "Note Added",
        "Order Delivered",
        "Order Refunded",
        "Order Shipped",
        "Points Earned",
        "Reward Granted",
        "Support Solved",
        "Trial Ended",
    }
)
"""What the business does without reaching out; its every other act is a contact."""


def touches(bucket: Bucket) -> Bools:
    """Which rows are touches; the bucket holds `name`, `channel` and `campaign`.

    A second report of an order is neither a touch nor part of a visit.
    """
    real = bucket.order != SECOND_REPORT
    contact = np.where(bucket.own, _named(bucket, CONTACTS), ~_named(bucket, SERVICE))
    found = contact & real
    own = np.flatnonzero(bucket.own & real)
    found[own[visit_starts(bucket, own)]] = True
    return found


def visit_starts(bucket: Bucket, rows: Ints) -> Bools:
    """Of these rows, one person's after another's in order, which open a visit."""
    person, ts = bucket.person[rows], bucket.ts[rows]
    channel = _codes(bucket, "channel")[rows]
    opens = np.ones(len(rows), bool)
    opens[1:] = (
        (person[1:] != person[:-1])
        | (ts[1:] - ts[:-1] >= VISIT_GAP)
        | (channel[1:] != channel[:-1])
    )
    return opens | _campaign_changes(_codes(bucket, "campaign")[rows], opens)


def _campaign_changes(campaign: Codes, opens: Bools) -> Bools:
    """Where a campaign is named that is not the one in force since the run began."""
    place = np.arange(len(campaign))
    told = np.maximum.accumulate(np.where((campaign >= 0) | opens, place, 0))
    force = campaign[told]
    changed = np.zeros(len(campaign), bool)
    changed[1:] = (force[1:] != force[:-1]) & ~opens[1:]
    return changed


def _codes(bucket: Bucket, column: str) -> Codes:
    values = bucket.columns[column]
    assert isinstance(values, Coded)  # noqa: S101 - these columns are always texts
    return values.codes


def _named(bucket: Bucket, names: frozenset[str]) -> Bools:
    """Which rows bear one of these names: looked up once a distinct name."""
    column = bucket.columns["name"]
    assert isinstance(column, Coded)  # noqa: S101 - names are always texts
    return _table(column.values, names)[column.codes]


def _table(values: Sequence[str], names: frozenset[str]) -> Bools:
    return np.array([*(value in names for value in values), False], bool)
