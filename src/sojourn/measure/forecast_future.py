"""The coming weeks, drawn many times from measured rates: a semi-Markov simulation with a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Ints, Reals
from sojourn.core.rates import AGES, Rates, recent_factors, recent_ordering

SPANS = (4, 8, 13)
"""So many weeks may make the level of arrivals; the one that erred least in the past is taken."""

WARM_UP = 84
"""A log's first days, in which everybody seems to arrive, do not tell how restless arrivals are."""

FEWEST_ORIGINS = 5
UNKNOWN_DRIFT = 0.25
"""How far a level may drift (standard deviation of its logarithm) where the past is short."""

Draws = NDArray[np.float64]


@dataclass(frozen=True)
class Arrivals:
    """How many begin a journey: the weekly level, how it drifts and how it varies by week."""

    level: float
    drift: float
    spread: float
    shares: Reals
    span: int


@dataclass(frozen=True)
class Changed:
    """What is supposed to change: factors on moves (from, to) and on arrivals by stage."""

    moves: NDArray[np.float64]
    arrivals: Reals


@dataclass(frozen=True)
class Future:
    """Draws by week: people in each stage at its end, arrivals and orders in it."""

    people: Draws
    arrivals: Draws
    orders: Draws


@dataclass(frozen=True)
class Level:
    """The level of a weekly count: the mean of the last `span` weeks, how it drifts and varies.

    `drift` is the standard deviation of the logarithm of what came by what was said, beyond
    chance; `spread` the variance of the weeks' factor beyond chance.
    """

    weekly: float
    span: int
    drift: float
    spread: float


def level_of(totals: Reals, weeks: int) -> Level:
    """The level of weekly totals for the next `weeks`, by what would have erred least before."""
    if not len(totals):
        return Level(0.0, 0, UNKNOWN_DRIFT, 0.0)
    errors = {span: _errors(totals, span, weeks) for span in SPANS if span <= len(totals)}
    known = {span: found for span, found in errors.items() if len(found) >= FEWEST_ORIGINS}
    if not known:
        span = min(max(SPANS), len(totals))
        return Level(float(totals[-span:].mean()), span, UNKNOWN_DRIFT, overdispersion(totals))
    span = min(known, key=lambda each: float(np.abs(known[each][:, 0]).mean()))
    beyond = float((known[span][:, 0] ** 2 - known[span][:, 1]).mean())
    mean = float(totals[-span:].mean())
    return Level(mean, span, float(np.sqrt(max(beyond, 0))), overdispersion(totals))


def arrivals_of(days: NDArray[np.int64], weeks: int, first_day: int) -> Arrivals:
    """The level of arrivals, and how surely it is known, from days by stages."""
    usable = min(len(days), max(-first_day - WARM_UP, min(-first_day, WARM_UP))) // 7 * 7
    recent = days[len(days) - usable :] if usable else days[:0]
    totals = recent.sum(axis=1).reshape(-1, 7).sum(axis=1).astype(np.float64)
    level = level_of(totals, weeks)
    by_stage = recent[-7 * level.span :].sum(axis=0).astype(np.float64)
    came = float(by_stage.sum())
    shares = by_stage / came if came else np.full(days.shape[1], 1 / days.shape[1])
    return Arrivals(level.weekly, level.drift, level.spread, shares, level.span)


def _errors(totals: Reals, span: int, weeks: int) -> Reals:
    """For each past week: the logarithm of what came by what was said, and its chance variance."""
    found = []
    for origin in range(span, len(totals) - weeks + 1):
        said, came = totals[origin - span : origin], totals[origin : origin + weeks]
        error = np.log((came.mean() + 0.5) / (said.mean() + 0.5))
        found.append((error, 1 / (came.sum() + 1) + 1 / (said.sum() + 1)))
    return np.array(found, np.float64).reshape(-1, 2)


def overdispersion(totals: Reals) -> float:
    """The share by which weeks vary beyond chance, as a variance of the level's factor."""
    if len(totals) < 4:
        return 0.0
    local = np.convolve(totals, np.ones(3) / 3, "valid")
    left = totals[1:-1] - local
    mean = float(local.mean())
    variance = float((left * left).mean()) * 1.5
    return max(variance - mean, 0.0) / (mean * mean) if mean else 0.0


def draw(
    rates: Rates, recent: Rates, start: NDArray[np.int64], arrivals: Arrivals,
    changed: Changed, buying: Level, weeks: int, draws: int, seed: int,
) -> Future:  # fmt: skip
    """Draw the coming weeks; the same seed and the same past give the same draws.

    `buying` tells how restless orders have been, beyond what people and chance explain.
    """
    chance = np.random.default_rng(seed)
    stages = rates.stages
    leaving = recent_factors(rates, recent) * changed.moves
    leave, where = _leaving(rates, leaving, draws, chance)
    level = arrivals.level * np.exp(chance.normal(0, arrivals.drift, draws))
    sure = _unsure(recent.orders.sum(axis=1), draws, chance)
    orders = recent_ordering(rates, recent)[None] * sure[:, :, None]
    state = np.broadcast_to(start, (draws, *start.shape)).astype(np.int64)
    drift = np.exp(chance.normal(0, buying.drift, draws))
    people = np.zeros((draws, weeks, stages))
    came, ordered = np.zeros((draws, weeks)), np.zeros((draws, weeks))
    for week in range(weeks):
        factor = _varied(level, arrivals.spread, chance)
        mood = _varied(drift, buying.spread, chance)
        for _ in range(7):
            new = chance.poisson(factor[:, None] / 7 * arrivals.shares * changed.arrivals)
            state, present = _day(state, new, leave, where, chance)
            came[:, week] += new.sum(axis=1)
            ordered[:, week] += chance.poisson((present * orders).sum(axis=(1, 2)) * mood)
        people[:, week] = state.sum(axis=2)
    return Future(people, came, ordered)


def _unsure(events: Reals, draws: int, chance: np.random.Generator) -> Draws:
    """Factors around 1: how far a rate may be off that was measured on so many events."""
    shape = np.broadcast_to(events + 0.5, (draws, *np.shape(events)))
    found: Draws = chance.gamma(shape) / shape
    return found


def _leaving(
    rates: Rates, factors: Draws, draws: int, chance: np.random.Generator
) -> tuple[Draws, list[Draws]]:
    """The chance to leave by draw, stage and age, and for each stage the shares of destinations."""
    hazard = rates.hazards()
    factor = _unsure(rates.leaving.sum(axis=1), draws, chance) * factors
    total = np.zeros((draws, rates.stages, AGES + 1))
    where = []
    for stage in range(rates.stages):
        each = hazard[stage][None] * factor[:, stage][:, None, :]
        sums = each.sum(axis=2)
        total[:, stage] = np.minimum(sums, 1.0)
        safe = np.where(sums > 0, sums, 1.0)[:, :, None]
        where.append(each / safe)
    return total, where


def _varied(level: Reals, spread: float, chance: np.random.Generator) -> Reals:
    if spread <= 1e-9:
        return level
    found: Reals = level * chance.gamma(1 / spread, spread, len(level))
    return found


def _day(
    state: NDArray[np.int64], new: Ints, leave: Draws, where: list[Draws],
    chance: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """One day on: everybody ages, leaves or stays; who comes may leave on the same day.

    Gives the new state, and who was present at which age in the course of the day.
    """
    draws, stages, _ = state.shape
    present = np.zeros_like(state)
    present[:, :, 1:] = state[:, :, :-1]
    present[:, :, AGES] += state[:, :, AGES]
    present[:, :, 0] = new
    back = np.zeros((draws, stages), np.int64)
    stay = np.empty_like(present)
    for stage in range(stages):
        gone = chance.binomial(present[:, stage], leave[:, stage])
        stay[:, stage] = present[:, stage] - gone
        who, age = np.nonzero(gone)
        to = chance.multinomial(gone[who, age], where[stage][who, age])
        moved = np.zeros((draws, stages + 1), np.int64)
        np.add.at(moved, who, to)
        present[:, stage + 1 :, 0] += moved[:, stage + 1 : stages]
        back[:, : stage + 1] += moved[:, : stage + 1]
    stay[:, :, 0] += back
    present[:, :, 0] += back
    return stay, present
