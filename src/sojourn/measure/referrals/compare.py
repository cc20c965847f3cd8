"""Are referred people different? Pace, basket, discounts, refunds, loyalty, beside the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.core.durations import DAY
from sojourn.core.stride import NEVER
from sojourn.core.table import Column, Table
from sojourn.measure.attribution_tally import UNITS
from sojourn.measure.referrals.chains import Chains
from sojourn.measure.referrals.kernel import DISCOUNT, SOON, Lives
from sojourn.measure.referrals.question import Asked, Find, ask, in_blocks, told
from sojourn.measure.referrals.rates import Figure, difference, ratio, share
from sojourn.measure.view import View
from sojourn.store.named import UNKNOWN

WATCHED = 90 * DAY
COLUMNS = (
    Column("measure", "text"),
    Column("unit", "text"),
    Column("referred_n", "integer", "people"),
    Column("referred", "number"),
    Column("referred_low", "number"),
    Column("referred_high", "number"),
    Column("rest_n", "integer", "people"),
    Column("rest", "number"),
    Column("rest_low", "number"),
    Column("rest_high", "number"),
    Column("difference", "number"),
    Column("difference_low", "number"),
    Column("difference_high", "number"),
)
Row = tuple[str, str, Figure, Figure]


def compared(view: View, find: Find) -> Table:
    """One row a measure: referred people, the rest, and the difference, with 95% intervals.

    Referred is whom somebody brought, known to the log or not. People are the unit. Whatever
    takes time is asked of people watched for as long: 30 or 90 days. With `view.by` the referred
    and the rest are compared within each block of people.
    """
    if view.by is not None:
        return in_blocks(view, lambda each: compared(each, find))
    asked = ask(view, find, lives=True)
    rows = [
        *_pace(asked),
        *_baskets(asked),
        *_discounts(asked),
        *_afterwards(asked),
    ]
    data: dict[str, list[Any]] = {column.name: [] for column in COLUMNS}
    for measure, unit, one, other in rows:
        more = difference(one, other)
        sides = [one.n, one.value, one.low, one.high, other.n, other.value, other.low, other.high]
        for column, value in zip(COLUMNS, [measure, unit, *sides, *more], strict=True):
            data[column.name].append(value)
    return Table.of("referrals_compared", COLUMNS, data, told(asked, _remarks(asked)))


def _referred(chains: Chains, person: Ints) -> Bools:
    found: Bools = chains.place(person) >= 0
    return found


def _shares(name: str, asked: Asked, among: Bools, hit: Bools, more: int = 0) -> Row:
    """A share among some of the lives; `more` of the rest are among them without being lives."""
    mine = _referred(asked.chains, asked.lives.person)
    one, rest = among & mine, among & ~mine
    return (
        name,
        "share",
        share(int((hit & one).sum()), int(one.sum())),
        share(int((hit & rest).sum()), int(rest.sum()) + more),
    )


def _ratios(name: str, unit: str, mine: Bools, y: Reals, x: Reals) -> Row:
    return name, unit, ratio(y[mine], x[mine]), ratio(y[~mine], x[~mine])


def _watched(asked: Asked, since: Ints, days: int) -> Bools:
    """Who was watched for so long since then."""
    found: Bools = (since != NEVER) & (since <= asked.view.as_of - days)
    return found


def _pace(asked: Asked) -> Iterator[Row]:
    lives = asked.lives
    wait = np.where(lives.ordered != NEVER, lives.ordered - lives.first, NEVER)
    watched = _watched(asked, lives.first, SOON)
    yield _shares("ordered within 30 days", asked, watched, wait <= SOON, asked.waited)
    some = _watched(asked, lives.first, WATCHED) & (wait <= WATCHED)
    mine = _referred(asked.chains, lives.person[some])
    days = (wait[some] / DAY).astype(np.float64)
    yield _ratios("days to first order", "days", mine, days, np.ones(len(days)))


def _baskets(asked: Asked) -> Iterator[Row]:
    """The mean value of an order, before refunds, a row a currency."""
    sales = asked.sales
    currency = np.array(sales.currency, dtype=object)
    for name in sorted(set(sales.currency)):
        rows = np.flatnonzero((currency == name) & (sales.valued > 0))
        mine = _referred(asked.chains, sales.person[rows])
        value = (sales.gross[rows] / UNITS).astype(np.float64)
        yield _ratios(
            "order value", name or "money", mine, value, sales.valued[rows].astype(np.float64)
        )


def _discounts(asked: Asked) -> Iterator[Row]:
    lives = asked.lives
    for name, said, y, x in (
        ("discount on the first order", ~np.isnan(lives.discount), lives.discount, None),
        ("discount on later orders", lives.later_said > 0, lives.later_discount, lives.later_said),
    ):
        mine = _referred(asked.chains, lives.person[said])
        count = np.ones(len(y))[said] if x is None else x[said].astype(np.float64)
        yield _ratios(name, "as given", mine, y[said], count)


def _afterwards(asked: Asked) -> Iterator[Row]:
    """What buyers did within 90 days of their first order."""
    lives, chains = asked.lives, asked.chains
    watched = _watched(asked, lives.ordered, WATCHED)
    until = np.where(watched, lives.ordered + WATCHED, 0)
    yield _shares("refunded within 90 days", asked, watched, lives.refunded <= until)
    yield _shares("ordered again within 90 days", asked, watched, lives.again <= until)
    earliest = _first_brought(chains, lives)
    yield _shares("brought somebody within 90 days", asked, watched, earliest <= until)


def _first_brought(chains: Chains, lives: Lives) -> Ints:
    """When each of the lives first brought somebody, NEVER without one."""
    order = np.argsort(lives.person, kind="stable")
    sorted_person = lives.person[order]
    found = np.full(len(lives.person), NEVER)
    place = np.searchsorted(sorted_person, chains.advocate)
    near = np.minimum(place, max(len(order) - 1, 0))
    hit = (
        sorted_person[near] == chains.advocate
        if len(order)
        else np.zeros(len(chains.advocate), bool)
    )
    np.minimum.at(found, order[near[hit]], chains.ts[hit])
    return found


def _remarks(asked: Asked) -> list[str]:
    lives, chains = asked.lives, asked.chains
    found = [
        "Association, not cause: who is brought by a friend may have been another kind of person "
        "before.",
        "After their first order people are compared by those watched for 90 days since.",
    ]
    place = chains.place(lives.person)
    late = int(((place >= 0) & (lives.ordered < np.append(chains.ts, 0)[place])).sum())
    if late:
        found.append(f"{late:,} referred people had ordered before they were referred.")
    if np.isnan(lives.discount).all() and not lives.later_said.any():
        found.append(f"No order says {DISCOUNT}: discounts are not compared.")
    unknown = int((chains.kept & (chains.advocate == UNKNOWN)).sum())
    if unknown:
        found.append(f"{unknown:,} referred people were brought by somebody not in the log.")
    return found
