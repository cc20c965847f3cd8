"""The figures of a forecast: what was measured, what is drawn from it, and what then came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sojourn.core.bucket import Reals
from sojourn.measure.forecast_future import (
    Changed,
    Draws,
    Future,
    arrivals_of,
    draw,
    level_of,
)
from sojourn.measure.forecast_past import Past, PastKernel, merged
from sojourn.measure.view import View

WINDOW = 364
"""Rates are those of the last year: what is older says less of what comes."""

WEEKS_SEEN = 26
"""So many of the last weeks tell how restless orders are."""

BASKET_WEEKS, BASKET_PRIOR = 8, 20.0
"""The weeks that tell what an order is worth of late; as many orders of the usual worth."""

PEOPLE, ARRIVALS, ORDERS, REVENUE = "people", "arrivals", "orders", "revenue"
Key = tuple[str, str | None]
"""A figure and its stage, where it has one."""


@dataclass(frozen=True)
class Line:
    """One figure over the weeks: its draws (draw by week) and what the last period would say."""

    figure: str
    stage: str | None
    draws: Draws
    as_last: Sequence[float]

    @property
    def key(self) -> Key:
        """Which figure it is."""
        return self.figure, self.stage


def past_of(view: View, weeks: int) -> Past:
    """What was measured up to the view's moment."""
    parts: list[Past] = view.run(PastKernel(view, WINDOW, weeks))
    return merged(parts, len(view.model.stages), WINDOW, weeks)


def drawn(past: Past, changed: Changed, weeks: int, draws: int, seed: int) -> Future:
    """The coming weeks, drawn from the past with these changes."""
    arrivals = arrivals_of(past.arrivals, weeks, past.first_day)
    seen = min(WEEKS_SEEN, -past.first_day // 7)
    buying = level_of(np.array(weekly(past.orders, seen) if seen else []), weeks)
    return draw(past.rates, past.recent, past.start, arrivals, changed, buying, weeks, draws, seed)


def lines_of(view: View, past: Past, future: Future, weeks: int) -> list[Line]:
    """The figures of what was drawn."""
    last_came = weekly(past.arrivals.sum(axis=1), weeks)
    lines = [
        Line(PEOPLE, stage.id, future.people[:, :, i], [float(past.stock[-1, i])] * weeks)
        for i, stage in enumerate(view.model.stages)
    ]
    lines.append(Line(ARRIVALS, None, future.arrivals, last_came))
    lines.append(Line(ORDERS, None, future.orders, weekly(past.orders, weeks)))
    return [*lines, *_revenue(past, future, weeks)]


def _revenue(past: Past, future: Future, weeks: int) -> list[Line]:
    """Orders times their mean value, by currency; the spread of values is in the interval."""
    number = sum(count for count, _, _ in past.worth.values())
    seen = min(WEEKS_SEEN, -past.first_day // 7)
    found = []
    for currency, (count, total, squares) in sorted(past.worth.items()):
        mean, share = total / count, count / number
        deviation = np.sqrt(max(squares / count - mean * mean, 0))
        chance = np.random.default_rng(7)
        mine = future.orders * share
        noise = chance.normal(0, 1, mine.shape) * deviation * np.sqrt(np.maximum(mine, 0))
        level = basket(
            np.array(weekly(past.money[currency], seen) if seen else []),
            np.array(weekly(past.orders, seen) if seen else []) * share,
            mean,
            weeks,
        )
        each = level.mean * np.exp(chance.normal(0, level.drift, (len(mine), 1)))
        draws = np.maximum(mine * each + noise, 0)
        last = weekly(past.money[currency], weeks)
        found.append(Line(f"{REVENUE} {currency}", None, draws, last))
    return found


@dataclass(frozen=True)
class Basket:
    """What an order is worth of late, and how far that drifts (deviation of its logarithm)."""

    mean: float
    drift: float


def basket(money: Reals, orders: Reals, usual: float, weeks: int) -> Basket:
    """The mean value of an order in the last `BASKET_WEEKS`, drawn towards the usual one.

    `drift` is by how much the next weeks were off such means before, chance and all.
    """
    late_money, late_orders = money[-BASKET_WEEKS:].sum(), orders[-BASKET_WEEKS:].sum()
    mean = float((late_money + BASKET_PRIOR * usual) / (late_orders + BASKET_PRIOR))
    off = []
    for origin in range(BASKET_WEEKS, len(money) - weeks + 1):
        before, after = slice(origin - BASKET_WEEKS, origin), slice(origin, origin + weeks)
        sums = (money[before].sum(), money[after].sum(), orders[before].sum(), orders[after].sum())
        if min(sums) > 0:
            off.append(np.log(sums[1] / sums[3] / (sums[0] / sums[2])))
    chance = 1 / max(late_orders, 1)
    return Basket(mean, float(np.sqrt(np.mean(np.square(off)))) if off else float(np.sqrt(chance)))


def came_of(view: View, now: Past, weeks: int) -> dict[Key, list[float]]:
    """What came in the last weeks before the moment at which `now` was measured."""
    found: dict[Key, list[float]] = {}
    for i, stage in enumerate(view.model.stages):
        found[PEOPLE, stage.id] = now.stock[1:, i].astype(float).tolist()
    for figure, days in ((ARRIVALS, now.arrivals.sum(axis=1)), (ORDERS, now.orders)):
        found[figure, None] = weekly(days, weeks)
    for currency, days in now.money.items():
        found[f"{REVENUE} {currency}", None] = weekly(days, weeks)
    return found


def weekly(days: Any, weeks: int) -> list[float]:
    """Sums of the last weeks."""
    sums: list[float] = days[-7 * weeks :].reshape(-1, 7).sum(axis=1).astype(float).tolist()
    return sums
