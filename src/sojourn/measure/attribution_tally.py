"""What models make of paths: tallies that add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.core.credit import RULES, Touched, time_decay
from sojourn.core.markov import Steps, fits, steps, together
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
    fresh: Reals | None = None
    """How many of the conversions are their person's first; None where that is not known."""


@dataclass(frozen=True)
class Tally:
    """Credits (rule, node, currency) and totals (currency) of some paths, with their steps.

    `fresh` are the credits for people's first conversions.
    """

    conversions: NDArray[np.float64]
    value: NDArray[np.float64]
    total: Reals
    total_value: Ints
    met: Bools
    steps: Steps | None
    fresh: NDArray[np.float64]
    total_fresh: Reals


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
        raise too_many(ask.order, f"{ask.nodes:,} values")
    return ask


def valid_order(order: int) -> int:
    """How many touches the chain remembers: 1, 2 or 3."""
    if order not in (1, 2, 3):
        raise QuestionError(f"found order {order}, expected 1, 2 or 3")
    return order


def too_many(order: int, found: str) -> QuestionError:
    """The error of a chain that cannot be solved."""
    return QuestionError(
        f"a Markov chain of order {order} over {found} is too large to be solved exactly",
        hint="Ask for a lower order, or credit something coarser, such as channel.",
    )


def tally(ask: Ask, weighed: Weighed) -> Tally:
    """What each rule gives each node of these paths, and the steps of the Markov chain."""
    paths = weighed.paths
    shape = (len(ask.rules), ask.nodes, ask.moneys)
    conversions, value, fresh = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    cell = paths.node.astype(np.int64) * ask.moneys + weighed.money[paths.path]
    firsts = np.zeros(len(paths)) if weighed.fresh is None else weighed.fresh
    earned = [
        (credit, weight[paths.path])
        for credit, weight in ((conversions, weighed.won), (value, weighed.value), (fresh, firsts))
        if weight.any()
    ]
    for number, rule in enumerate(ask.rules):
        share = time_decay(paths, ask.half_life) if rule == TIME_DECAY else RULES[rule](paths)
        for credit, weight in earned:
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
        fresh,
        np.bincount(weighed.money, firsts, minlength=ask.moneys).astype(np.float64),
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
        sum((part.fresh for part in parts), np.zeros(shape)),
        sum((part.total_fresh for part in parts), np.zeros(ask.moneys)),
    )
