"""What models make of paths: tallies that add up, and the Table that they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.core.credit import RULES, Touched, largest_remainder, time_decay
from sojourn.core.markov import MOST_STATES, Steps, fits, removal_effects, states, steps, together
from sojourn.core.table import Column
from sojourn.errors import QuestionError, UnknownName

MARKOV, TIME_DECAY = "markov", "time-decay"
MODELS = (
    "first",
    "last",
    "last-non-direct",
    "linear",
    TIME_DECAY,
    "position",
    MARKOV,
    "shapley",
)
DEFAULT_MODELS = ("last", "linear", MARKOV)
UNITS = 10_000
"""Money is counted in ten-thousandths."""

COLUMNS = (
    Column("model", "text"),
    Column("credit", "text"),
    Column("conversions", "number", "conversions"),
    Column("value", "money", "money"),
    Column("share", "number", "share"),
    Column("removal_effect", "number", "share"),
    Column("cost", "money", "money"),
    Column("return", "number", "ratio"),
)
CURRENCY = Column("currency", "text")
CAUTION = (
    "Association, not cause: a channel may get credit for people who would have converted anyway."
)
NO_COSTS = "No costs are known: cost and return are empty."


@dataclass(frozen=True)
class Ask:
    """Which models, over how many credit values (the last one is `(none)`)."""

    models: tuple[str, ...]
    nodes: int
    order: int
    half_life: int
    moneys: int = 1

    @property
    def rules(self) -> list[str]:
        """The models that weigh each path by itself."""
        return [model for model in self.models if model != MARKOV]


@dataclass(frozen=True)
class Weighed:
    """Paths and what became of each: conversions, value in units, currency, times nothing came."""

    paths: Touched
    won: Reals
    value: Ints
    money: Ints
    lost: Reals


@dataclass(frozen=True)
class Tally:
    """Credits (rule, node, currency) and totals (currency) of some paths, with their steps."""

    conversions: NDArray[np.float64]
    value: NDArray[np.float64]
    total: Reals
    total_value: Ints
    met: Bools
    steps: Steps | None


def chosen_models(models: str | Sequence[str] | None) -> tuple[str, ...]:
    """The models asked for, each once; raises UnknownName with the nearest one."""
    asked = [models] if isinstance(models, str) else list(models or DEFAULT_MODELS)
    for model in asked:
        if model not in MODELS:
            close = get_close_matches(str(model), MODELS, 1)
            known = f"Models: {', '.join(MODELS)}."
            hint = f"Did you mean {close[0]!r}? {known}" if close else known
            raise UnknownName(f"There is no attribution model {model!r}.", hint=hint)
    return tuple(dict.fromkeys(asked))


def checked(ask: Ask) -> Ask:
    """The same, if its Markov chain can be written down."""
    valid_order(ask.order)
    if MARKOV in ask.models and not fits(ask.nodes, ask.order):
        raise _too_many(ask.order, f"{ask.nodes:,} values")
    return ask


def valid_order(order: int) -> int:
    """How many touches the chain remembers: 1, 2 or 3."""
    if order not in (1, 2, 3):
        raise QuestionError(f"found order {order}, expected 1, 2 or 3")
    return order


def _too_many(order: int, found: str) -> QuestionError:
    return QuestionError(
        f"a Markov chain of order {order} over {found} is too large to be solved exactly",
        hint="Ask for a lower order, or credit something coarser, such as channel.",
    )


def tally(ask: Ask, weighed: Weighed) -> Tally:
    """What each rule gives each node of these paths, and the steps of the Markov chain."""
    paths = weighed.paths
    shape = (len(ask.rules), ask.nodes, ask.moneys)
    conversions, value = np.zeros(shape), np.zeros(shape)
    cell = paths.node.astype(np.int64) * ask.moneys + weighed.money[paths.path]
    won, worth = weighed.won[paths.path], weighed.value[paths.path]
    for number, rule in enumerate(ask.rules):
        share = time_decay(paths, ask.half_life) if rule == TIME_DECAY else RULES[rule](paths)
        for credit, weight in ((conversions, won), (value, worth)):
            sums = np.bincount(cell, share * weight, minlength=ask.nodes * ask.moneys)
            credit[number] = sums.reshape(ask.nodes, ask.moneys)
    total_value = np.zeros(ask.moneys, np.int64)
    for money in np.flatnonzero(np.bincount(weighed.money, minlength=ask.moneys)).tolist():
        total_value[money] = weighed.value[weighed.money == money].sum()
    went = (weighed.won + weighed.lost + np.abs(weighed.value))[paths.path] > 0
    return Tally(
        conversions,
        value,
        np.bincount(weighed.money, weighed.won, minlength=ask.moneys).astype(np.float64),
        total_value,
        np.bincount(paths.node[went], minlength=ask.nodes) > 0,
        steps(paths, weighed.won, weighed.lost, ask.nodes, ask.order)
        if MARKOV in ask.models
        else None,
    )


def added(ask: Ask, parts: Sequence[Tally]) -> Tally:
    """The tallies of all parts as one."""
    shape = (len(ask.rules), ask.nodes, ask.moneys)
    chains = [part.steps for part in parts if part.steps is not None]
    return Tally(
        sum((part.conversions for part in parts), np.zeros(shape)),
        sum((part.value for part in parts), np.zeros(shape)),
        sum((part.total for part in parts), np.zeros(ask.moneys)),
        sum((part.total_value for part in parts), np.zeros(ask.moneys, np.int64)),
        np.any([np.zeros(ask.nodes, bool), *(part.met for part in parts)], axis=0),
        together(chains, ask.nodes, ask.order) if MARKOV in ask.models else None,
    )


def rows(
    ask: Ask, found: Tally, labels: Sequence[str], moneys: Sequence[str | None]
) -> list[dict[str, Any]]:
    """One row a model, credit value and currency; the largest credit first.

    Conversions with no currency count with the only one that there is.
    """
    used = [m for m in range(ask.moneys) if found.total[m] > 0]
    named = [m for m in used if moneys[m] is not None]
    groups = [[m] for m in used] if len(named) > 1 else [list(range(ask.moneys))]
    made = []
    for model in ask.models:
        effect = _effects(found) if model == MARKOV else None
        mine = []
        for group in groups:
            conversions, value = _credits(ask, found, model, effect, group)
            currency = moneys[group[0]] if len(groups) > 1 else None
            money = largest_remainder(value[found.met], int(found.total_value[group].sum()))
            mine += _filled(found, conversions, money, effect, (model, currency), labels)
        mine.sort(key=lambda row: (-row["conversions"], row["credit"], row["currency"] or ""))
        made += mine
    return made


def _credits(
    ask: Ask, found: Tally, model: str, effect: Reals | None, group: list[int]
) -> tuple[Reals, Reals]:
    """The conversions and the money of each node, in one group of currencies."""
    if effect is None:
        number = ask.rules.index(model)
        conversions, value = found.conversions[number], found.value[number]
        return conversions[:, group].sum(axis=1), value[:, group].sum(axis=1)
    part = effect / effect.sum() if effect.any() else effect
    return part * found.total[group].sum(), part * float(found.total_value[group].sum())


def _effects(found: Tally) -> Reals:
    assert found.steps is not None  # noqa: S101 - made whenever Markov is asked for
    count = len(states(found.steps))
    if count > MOST_STATES:
        raise _too_many(found.steps.order, f"{count:,} states")
    return removal_effects(found.steps)


def _filled(
    found: Tally,
    conversions: Reals,
    money: Sequence[int],
    effect: Reals | None,
    named: tuple[str, str | None],
    labels: Sequence[str],
) -> list[dict[str, Any]]:
    model, currency = named
    everything = float(found.total.sum())
    return [
        {
            "model": model,
            "credit": labels[node],
            "conversions": float(conversions[node]),
            "value": Decimal(units) / UNITS,
            "share": float(conversions[node]) / everything if everything else None,
            "removal_effect": None if effect is None or not everything else float(effect[node]),
            "cost": None,
            "return": None,
            "currency": currency,
        }
        for node, units in zip(np.flatnonzero(found.met).tolist(), money, strict=True)
    ]


def columns_of(made: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """The columns of an answer: with the currency where there is more than one."""
    if any(row["currency"] is not None for row in made):
        return (*COLUMNS[:2], CURRENCY, *COLUMNS[2:])
    return COLUMNS
