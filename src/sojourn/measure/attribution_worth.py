"""What each conversion is worth: its value net of refunds, a property of it, or a fixed sum."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, Reals
from sojourn.core.history import ORDER_ROW
from sojourn.errors import QuestionError
from sojourn.measure.select import Selected, column_for

REFUND = "Order Refunded"
_NUMBER = re.compile(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,2})?\s*")


@dataclass(frozen=True)
class Worth:
    """Where a conversion's worth comes from: the value, a property (`properties.x`) or a number.

    With `refunds` the log holds refunds, which are taken off the order that they name.
    """

    source: str | float = "value"
    refunds: bool = False

    @property
    def columns(self) -> frozenset[str]:
        """The columns that it reads."""
        if isinstance(self.source, float):
            return frozenset()
        if self.source != "value":
            return frozenset({"properties"})
        return frozenset({"value", "name", "order_id"} if self.refunds else {"value"})


def worth_from(given: str | float | None, refunds: bool) -> Worth:
    """The worth that somebody asked for.

    >>> worth_from("12.5", False).source, worth_from("properties.margin", True).refunds
    (12.5, False)
    """
    if given is None or given == "value":
        return Worth("value", refunds)
    if isinstance(given, str) and re.fullmatch(r"properties\.[^.].*", given):
        return Worth(given)
    if not isinstance(given, str) or _NUMBER.fullmatch(given):
        number = float(given)
        if math.isfinite(number) and abs(number) < 1e12:
            return Worth(number)
    raise QuestionError(
        f"found {given!r} as the value of a conversion",
        hint="Expected value, properties.NAME, or a number that each conversion is worth.",
    )


def worth_of(worth: Worth, selected: Selected, rows: Ints) -> tuple[Reals, Ints, int]:
    """The worth of the conversions in these rows (NaN: none), refunds of each, and stray ones."""
    none = np.zeros(len(rows), np.int64)
    if isinstance(worth.source, float):
        return np.full(len(rows), worth.source), none, 0
    if worth.source != "value":
        coded = column_for(selected, worth.source)
        table = np.array([*(_number(text) for text in coded.values), np.nan])
        return table[coded.codes[rows]], none, 0
    value = np.asarray(selected.bucket.columns["value"])
    if not worth.refunds:
        return value[rows], none, 0
    back, order, strays = _refunds(selected, value, rows)
    off = np.bincount(order, back, minlength=len(rows))
    count = np.bincount(order, minlength=len(rows))
    return np.where(count > 0, np.nan_to_num(value[rows]) - off, value[rows]), count, strays


def _number(text: str) -> float:
    found = float(text) if _NUMBER.fullmatch(text) else math.nan
    return found if abs(found) < 1e12 else math.nan


def _refunds(selected: Selected, value: Reals, rows: Ints) -> tuple[Reals, Ints, int]:
    """What was paid back, of which of these orders, and how many refunds belong to none."""
    bucket = selected.bucket
    names, orders = bucket.columns["name"], bucket.columns["order_id"]
    assert isinstance(names, Coded)  # noqa: S101 - both are texts
    assert isinstance(orders, Coded)  # noqa: S101
    is_refund = np.array([*(text == REFUND for text in names.values), False], bool)[names.codes]
    refunds = np.flatnonzero(is_refund & selected.row_kept)
    mine, theirs = _keys(bucket, orders, rows), _keys(bucket, orders, refunds)
    known = _known(bucket, orders, rows)
    places = np.flatnonzero(known)
    place = places[np.argsort(mine[known], kind="stable")]
    if not len(place):
        return np.zeros(0), np.zeros(0, np.int64), len(refunds)
    at = np.minimum(np.searchsorted(mine[place], theirs), len(place) - 1)
    matched = (mine[place][at] == theirs) & (orders.codes[refunds] >= 0)
    paid = np.abs(np.nan_to_num(value[refunds[matched]]))
    return paid, place[at[matched]], int((~matched).sum())


def _keys(bucket: Bucket, orders: Coded, rows: Ints) -> Ints:
    person = np.searchsorted(bucket.starts, rows, side="right") - 1
    return person * (len(orders.values) + 1) + orders.codes[rows] + 1


def _known(bucket: Bucket, orders: Coded, rows: Ints) -> Bools:
    return (orders.codes[rows] >= 0) & (bucket.order[rows] == ORDER_ROW)
