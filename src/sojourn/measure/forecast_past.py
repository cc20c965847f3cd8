"""What a forecast rests on: each bucket's stays, arrivals and orders by day before the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Bucket, Coded, Ints, Reals
from sojourn.core.durations import DAY
from sojourn.core.history import ORDER_ROW
from sojourn.core.rates import AGES, Rates, Stays, add, here, rates
from sojourn.core.stride import NEVER
from sojourn.measure.select import LAPSED, NONE, Basis, Selected, columns_needed, select
from sojourn.measure.view import View

Counts = NDArray[np.int64]
RECENT = 56
"""The days that tell by how much today's people differ from those of the whole window."""


@dataclass(frozen=True)
class Past:
    """What was measured up to the moment, by day (row -1 is the last whole day).

    `recent` are the rates of the last `RECENT` days.

    `start` counts who is here by stage and age; `stock` who was in each stage at the end of
    each of the last weeks, the last row now. `arrivals` are days by stages, `orders` days.
    `worth` has for each currency the number, sum and sum of squares of its orders' values,
    `money` the sum a day.
    """

    rates: Rates
    recent: Rates
    start: Counts
    stock: Counts
    arrivals: Counts
    orders: Counts
    worth: dict[str, tuple[float, float, float]]
    money: dict[str, Reals]
    unstaged: int
    first_day: int
    basis: Basis


@dataclass(frozen=True)
class PastKernel:
    """Measures one bucket; `window` days back, `weeks` of stock."""

    view: View
    window: int
    weeks: int

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and what orders are worth."""
        return columns_needed(self.view, ["value", "currency"])

    def __call__(self, bucket: Bucket) -> Past:
        selected = select(self.view, bucket)
        stages, as_of = selected.stages, self.view.as_of
        stays = _stays(selected, as_of)
        order = np.flatnonzero((selected.bucket.order == ORDER_ROW) & selected.row_kept)
        day = days_before(selected.bucket.ts[order], as_of)
        recent = day >= -self.window
        order, day = order[recent], day[recent]
        staged, age = _stage_and_age(selected, order, day, as_of)
        known = staged >= 0
        late = known & (day >= -RECENT)
        ends = [here(stays, -7 * week, stages)[1] for week in range(self.weeks, 0, -1)]
        worth, money = _worth(selected, order, day + self.window, self.window)
        now, total = here(stays, 0, stages)
        ts = selected.bucket.ts
        return Past(
            rates=rates(stays, (staged[known], age[known]), stages, self.window),
            recent=rates(stays, (staged[late], age[late]), stages, RECENT),
            start=now,
            stock=np.array([*ends, total]),
            arrivals=_arrivals(selected, stays, self.window),
            orders=np.bincount(day + self.window, minlength=self.window).astype(np.int64),
            worth=worth,
            money=money,
            unstaged=int((~known).sum()),
            first_day=int(days_before(ts[:1], as_of)[0]) if len(ts) else 0,
            basis=selected.basis(),
        )


def days_before(ts: Ints, as_of: int) -> Ints:
    """The block of 24 hours that a moment is in: -1 is the one that ends at `as_of`.

    >>> days_before(np.array([0, -1, -DAY, -DAY + 1]), 0).tolist()
    [-1, -1, -2, -1]
    """
    return -((as_of - ts) // DAY) - 1


def _kept_sojourns(selected: Selected) -> Ints:
    return np.flatnonzero(selected.kept[selected.walked.sojourns.cycle])


def _stays(selected: Selected, as_of: int) -> Stays:
    sojourns = selected.walked.sojourns
    index = _kept_sojourns(selected)
    left, outcome = (part[index] for part in selected.ended)
    here_still = left == NEVER
    to = np.where(outcome == LAPSED, -1, sojourns.next_stage[index])
    begun_again = np.flatnonzero((outcome < LAPSED) & (to < 0))
    to[begun_again] = _next_cycle_stage(selected, sojourns.cycle[index][begun_again])
    to[to < 0] = selected.stages
    day = np.where(here_still, 0, days_before(np.where(here_still, as_of, left), as_of))
    entered = days_before(selected.bucket.ts[sojourns.row[index]], as_of)
    return Stays(sojourns.stage[index], entered, np.where(here_still, 0, day), to)


def _next_cycle_stage(selected: Selected, cycle: Ints) -> Ints:
    """The first stage of the cycle that a restart opened, -1 where it has none yet."""
    first = np.append(selected.first_sojourn, -1)[
        np.minimum(cycle + 1, len(selected.walked.cycles))
    ]
    return np.append(selected.walked.sojourns.stage, -1)[first]


def _arrivals(selected: Selected, stays: Stays, window: int) -> Counts:
    """First sojourns of cycles that nobody's restart opened, by day and stage."""
    sojourns, cycles = selected.walked.sojourns, selected.walked.cycles
    index = _kept_sojourns(selected)
    mine = sojourns.cycle[index]
    first = selected.first_sojourn[mine] == index
    same = np.append(False, selected.person_of_cycle[1:] == selected.person_of_cycle[:-1])
    restarted = np.append(NEVER, cycles.restarted_at[:-1])[: len(cycles)]
    opened = (same & (restarted != NEVER))[mine]
    chosen = first & ~opened & (stays.entered >= -window)
    found = np.zeros((window, selected.stages), np.int64)
    np.add.at(found, (stays.entered[chosen] + window, stays.stage[chosen]), 1)
    return found


def _stage_and_age(selected: Selected, row: Ints, day: Ints, as_of: int) -> tuple[Ints, Ints]:
    """The stage and the age in days of the stay that each of these touchpoints is in."""
    sojourns = selected.walked.sojourns
    if not len(sojourns):
        return np.full(len(row), -1), np.zeros(len(row), np.int64)
    at = np.searchsorted(sojourns.row, row, side="right") - 1
    place = np.maximum(at, 0)
    inside = (at >= 0) & (sojourns.cycle[place] == selected.walked.cycle_of[row])
    entered = days_before(selected.bucket.ts[sojourns.row[place]], as_of)
    return np.where(inside, sojourns.stage[place], -1), np.where(inside, day - entered, 0)


def _worth(
    selected: Selected, order: Ints, day: Ints, window: int
) -> tuple[dict[str, tuple[float, float, float]], dict[str, Reals]]:
    currency = selected.bucket.columns["currency"]
    assert isinstance(currency, Coded)  # noqa: S101 - currencies are texts
    value = np.asarray(selected.bucket.columns["value"])[order]
    codes = currency.codes[order]
    worth: dict[str, tuple[float, float, float]] = {}
    money: dict[str, Reals] = {}
    for code in np.unique(codes[~np.isnan(value)]).tolist():
        rows = (codes == code) & ~np.isnan(value)
        mine = value[rows]
        name = currency.values[code] if code >= 0 else NONE
        worth[name] = (float(len(mine)), float(mine.sum()), float((mine * mine).sum()))
        money[name] = np.bincount(day[rows], weights=mine, minlength=window).astype(np.float64)
    return worth, money


def merged(parts: Sequence[Past], stages: int, window: int, weeks: int) -> Past:
    """All buckets' people together."""
    zero, ages = np.zeros, (stages, AGES + 1)
    none = Rates(zero(ages), zero((*ages, stages + 1)), zero(ages))
    whole = Past(
        none,
        none,
        zero(ages, np.int64),
        zero((weeks + 1, stages), np.int64),
        zero((window, stages), np.int64),
        zero(window, np.int64),
        {},
        {},
        0,
        0,
        Basis(*[0] * 7),
    )
    for part in parts:
        whole = _both(whole, part)
    return whole


def _both(one: Past, other: Past) -> Past:
    worth = dict(one.worth)
    for name, sums in other.worth.items():
        mine = worth.get(name, (0.0, 0.0, 0.0))
        worth[name] = (mine[0] + sums[0], mine[1] + sums[1], mine[2] + sums[2])
    money = dict(one.money)
    for name, days in other.money.items():
        money[name] = money[name] + days if name in money else days
    counts = zip(vars(one.basis).values(), vars(other.basis).values(), strict=True)
    return Past(
        add(one.rates, other.rates),
        add(one.recent, other.recent),
        one.start + other.start,
        one.stock + other.stock,
        one.arrivals + other.arrivals,
        one.orders + other.orders,
        worth,
        money,
        one.unstaged + other.unstaged,
        min(one.first_day, other.first_day),
        Basis(*(a + b for a, b in counts)),
    )
