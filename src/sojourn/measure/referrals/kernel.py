"""One bucket's part: what people say about who brought them, what they bought, whom they asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, Reals, run_starts
from sojourn.core.durations import DAY
from sojourn.core.history import ORDER_ROW
from sojourn.core.stride import NEVER
from sojourn.measure.attribution_tally import UNITS
from sojourn.measure.attribution_worth import REFUND, Worth, worth_of
from sojourn.measure.select import Basis, Selected, columns_needed, select
from sojourn.measure.view import View

INVITED = "Referral Invited"
DISCOUNT = "properties.discount"
SOON = 30 * DAY
"""Within this of the first touchpoint, a first order counts as soon."""


@dataclass(frozen=True)
class Said:
    """Each id that a person was said to be brought by, with its first time, of everybody."""

    person: Ints
    kept: Bools
    text: Sequence[str]
    ts: Ints
    seq: Ints


@dataclass(frozen=True)
class Sales:
    """What chosen people ordered, by person and currency; money in ten-thousandths.

    `valued` counts the orders that have a value, `gross` is their sum, `net` less refunds.
    """

    person: Ints
    currency: Sequence[str]
    orders: Ints
    valued: Ints
    gross: Ints
    net: Ints


@dataclass(frozen=True)
class Lives:
    """Chosen people who ordered, or were said to be brought: moments, and discounts.

    `ordered`, `again` and `refunded` are NEVER where it did not happen; a refund counts from the
    first order on. Discounts are of the first order (NaN: not said), and summed over later ones.
    """

    person: Ints
    first: Ints
    ordered: Ints
    again: Ints
    refunded: Ints
    discount: Reals
    later_discount: Reals
    later_said: Ints


@dataclass(frozen=True)
class Part:
    """What one bucket knows. `waited` counts chosen people who never ordered, were watched for
    30 days and are not among the lives; `strays` are refunds that name no known order."""

    said: Said
    sales: Sales
    lives: Lives
    inviter: Ints
    invited: Ints
    waited: int
    strays: int
    basis: Basis


@dataclass(frozen=True)
class ReferralsKernel:
    """Reads one bucket; the view is of whole lives. With `lives` people can be compared."""

    view: View
    lives: bool = False

    @property
    def columns(self) -> frozenset[str]:
        """What the filters, the money and the referrals read."""
        own = {"referred_by", "seq", "currency", "name", "value", "order_id"}
        return columns_needed(self.view, own | ({"properties"} if self.lives else set()))

    def __call__(self, bucket: Bucket) -> Part:
        selected = select(replace(self.view, start=None, end=None), bucket)
        first = selected.bucket.ts[selected.bucket.starts]
        selected = replace(selected, kept=selected.kept & _in_period(self.view, first))
        said = _said(selected)
        rows = np.flatnonzero((selected.bucket.order == ORDER_ROW) & selected.row_kept)
        net, _, strays = worth_of(Worth("value", refunds=True), selected, rows)
        who, many = _invited(selected)
        lives, waited = _lives(self, selected, rows, said)
        sales = _sales(selected, rows, net)
        return Part(said, sales, lives, who, many, waited, strays, selected.basis())


def _in_period(view: View, first: Ints) -> Bools:
    """Who was first seen in the period."""
    inside = np.ones(len(first), bool)
    if view.start is not None:
        inside &= first >= view.start
    if view.end is not None:
        inside &= first < view.end
    return inside


def person_of_row(bucket: Bucket) -> Ints:
    """For each row the place of its person among the bucket's people."""
    return np.repeat(np.arange(len(bucket.starts)), np.diff(bucket.starts, append=len(bucket)))


def _said(selected: Selected) -> Said:
    bucket = selected.bucket
    by = bucket.columns["referred_by"]
    assert isinstance(by, Coded)  # noqa: S101 - the engine loads texts coded, always
    rows = np.flatnonzero(by.codes >= 0)
    of = person_of_row(bucket)[rows]
    code = by.codes[rows].astype(np.int64)
    _, first = np.unique(of * (len(by.values) + 1) + code, return_index=True)
    rows, of = rows[first], of[first]
    texts = [by.values[each] for each in by.codes[rows].tolist()]
    seq = np.asarray(bucket.columns["seq"]).astype(np.int64)
    return Said(bucket.person[rows], selected.kept[of], texts, bucket.ts[rows], seq[rows])


def _invited(selected: Selected) -> tuple[Ints, Ints]:
    """Who invited others, and how often: everybody, whomever the view chooses."""
    bucket = selected.bucket
    rows = np.flatnonzero(_named(bucket, INVITED))
    return np.unique(bucket.person[rows], return_counts=True)


def _named(bucket: Bucket, name: str) -> Bools:
    names = bucket.columns["name"]
    assert isinstance(names, Coded)  # noqa: S101 - names are texts
    found: Bools = np.array([*(text == name for text in names.values), False], bool)[names.codes]
    return found


def _sales(selected: Selected, rows: Ints, net: Reals) -> Sales:
    bucket = selected.bucket
    currency = bucket.columns["currency"]
    assert isinstance(currency, Coded)  # noqa: S101 - currencies are texts
    value = np.asarray(bucket.columns["value"])[rows]
    of = person_of_row(bucket)[rows]
    wide = len(currency.values) + 1
    used, group = np.unique(of * wide + currency.codes[rows] + 1, return_inverse=True)
    code = (used % wide) - 1
    valued = ~np.isnan(value)

    def total(numbers: Reals) -> Ints:
        units = np.rint(np.nan_to_num(numbers) * UNITS).astype(np.int64)
        sums = np.zeros(len(used), np.int64)
        np.add.at(sums, group, units)
        return sums

    return Sales(
        bucket.person[bucket.starts][used // wide],
        [currency.values[each] if each >= 0 else "" for each in code.tolist()],
        np.bincount(group, minlength=len(used)),
        np.bincount(group[valued], minlength=len(used)),
        total(value),
        total(net),
    )


def _lives(
    kernel: ReferralsKernel, selected: Selected, rows: Ints, said: Said
) -> tuple[Lives, int]:
    bucket = selected.bucket
    starts = bucket.starts
    person, first = bucket.person[starts], bucket.ts[starts]
    of = person_of_row(bucket)
    ordered, again = _nth(bucket, of, rows, 0), _nth(bucket, of, rows, 1)
    refunds = _named(bucket, REFUND) & selected.row_kept & (bucket.ts >= ordered[of])
    mine = selected.kept & ((ordered != NEVER) | np.isin(person, said.person))
    waited = selected.kept & ~mine & (first <= kernel.view.as_of - SOON)
    if not kernel.lives:
        mine = np.zeros(len(person), bool)
    later, total, count = _discounts(kernel, selected, of, rows)
    refunded = _nth(bucket, of, np.flatnonzero(refunds), 0)
    columns = (person, first, ordered, again, refunded, later, total, count)
    return Lives(*(column[mine] for column in columns)), int(waited.sum())


def _nth(bucket: Bucket, of: Ints, rows: Ints, place: int) -> Ints:
    """For each person when the row at this place among theirs happened, NEVER without one."""
    found = np.full(len(bucket.starts), NEVER)
    begins = run_starts(of[rows])
    size = np.diff(begins, append=len(rows))
    has = begins[size > place]
    found[of[rows[has]]] = bucket.ts[rows[has + place]]
    return found


def _discounts(
    kernel: ReferralsKernel, selected: Selected, of: Ints, rows: Ints
) -> tuple[Reals, Reals, Ints]:
    """Each person's discount on the first order, and the sum and number of the later ones."""
    size = len(selected.bucket.starts)
    first = np.full(size, np.nan)
    if not kernel.lives:
        return first, np.zeros(size), np.zeros(size, np.int64)
    said, _, _ = worth_of(Worth(DISCOUNT), selected, rows)
    begins = run_starts(of[rows])
    first[of[rows[begins]]] = said[begins]
    later = ~np.isnan(said)
    later[begins] = False
    whose = of[rows[later]]
    total = np.bincount(whose, said[later], minlength=size).astype(np.float64)
    return first, total, np.bincount(whose, minlength=size).astype(np.int64)
