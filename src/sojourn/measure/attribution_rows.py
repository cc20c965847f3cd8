"""The rows of attribution: credits in conversions and money, beside what each thing cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from sojourn.core.bucket import Bools, Reals
from sojourn.core.credit import largest_remainder
from sojourn.core.markov import MOST_STATES, Unsolved, removal_effects, states
from sojourn.core.table import Column
from sojourn.measure.attribution_tally import MARKOV, UNITS, Ask, Tally, too_many

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
WITH_COSTS = (
    *COLUMNS,
    Column("cost_per_conversion", "number", "money"),
    Column("new_customers", "number", "people"),
    Column("cost_per_new_customer", "number", "money"),
)
CURRENCY = Column("currency", "text")
CAUTION = (
    "Association, not cause: a channel may get credit for people who would have converted anyway."
)

Cost = Mapping[tuple[str, str | None], int]
"""What was spent, in ten-thousandths, by credit value and currency (None where it has none)."""


@dataclass(frozen=True)
class Names:
    """What the numbers of a tally stand for: credit values, currencies, and what they cost.

    `firsts` says whether people's first conversions are known.
    """

    credits: Sequence[str]
    moneys: Sequence[str | None]
    cost: Cost = field(default_factory=dict)
    firsts: bool = False


@dataclass(frozen=True)
class Group:
    """The conversions and costs of one currency, or of all where there is only one."""

    moneys: list[int]
    currency: str | None
    cost: Mapping[int, int]
    nodes: list[int]


def rows(ask: Ask, found: Tally, names: Names) -> list[dict[str, Any]]:
    """One row a model, credit value and currency; the largest credit first.

    Conversions and costs with no currency count with the only one that there is. What cost
    something without any conversion has a row too.
    """
    groups = _groups(ask, found, names)
    made = []
    for model in ask.models:
        effect = _effects(found) if model == MARKOV else None
        mine = [
            row
            for group in groups
            for row in _filled(ask, found, names, group, _Model(model, effect))
        ]
        mine.sort(key=lambda row: (-row["conversions"], row["credit"], row["currency"] or ""))
        made += mine
    return made


@dataclass(frozen=True)
class _Model:
    name: str
    effect: Reals | None


def _groups(ask: Ask, found: Tally, names: Names) -> list[Group]:
    place = {money: number for number, money in enumerate(names.moneys)}
    node = {text: number for number, text in enumerate(names.credits)}
    spent = {(node[credit], place[money]): units for (credit, money), units in names.cost.items()}
    paid = {money for _, money in spent}
    used = [m for m in range(ask.moneys) if found.total[m] > 0 or m in paid]
    apart = len([m for m in used if names.moneys[m] is not None]) > 1
    made = []
    for moneys in [[m] for m in used] if apart else [list(range(ask.moneys))]:
        cost: dict[int, int] = {}
        for (number, money), units in spent.items():
            if money in moneys:
                cost[number] = cost.get(number, 0) + units
        shown = found.met if not apart or found.total[moneys].any() else np.zeros_like(found.met)
        nodes = sorted({*np.flatnonzero(shown).tolist(), *cost})
        made.append(Group(moneys, names.moneys[moneys[0]] if apart else None, cost, nodes))
    return made


def _effects(found: Tally) -> Reals:
    assert found.steps is not None  # noqa: S101 - made whenever Markov is asked for
    count = len(states(found.steps))
    if count > MOST_STATES:
        raise too_many(found.steps.order, f"{count:,} states")
    try:
        return removal_effects(found.steps)
    except Unsolved:
        raise too_many(found.steps.order, "such paths") from None


def _credits(ask: Ask, found: Tally, model: _Model, group: list[int]) -> tuple[Reals, Reals, Reals]:
    """The conversions, the money and the first conversions of each node, in one group."""
    given = (found.conversions, found.value, found.fresh)
    if model.effect is None:
        number = ask.rules.index(model.name)
        one, two, three = (credit[number][:, group].sum(axis=1) for credit in given)
        return one, two, three
    part = model.effect / model.effect.sum() if model.effect.any() else model.effect
    totals = (found.total, found.total_value, found.total_fresh)
    one, two, three = (part * float(total[group].sum()) for total in totals)
    return one, two, three


def _filled(
    ask: Ask, found: Tally, names: Names, group: Group, model: _Model
) -> list[dict[str, Any]]:
    conversions, value, fresh = _credits(ask, found, model, group.moneys)
    money = np.zeros(ask.nodes, object)
    met: Bools = found.met
    total = int(found.total_value[group.moneys].sum())
    money[met] = largest_remainder(value[met], total)
    everything = float(found.total.sum())
    here = bool(found.total[group.moneys].any())
    made = []
    for node in group.nodes:
        row = {
            "model": model.name,
            "credit": names.credits[node],
            "conversions": float(conversions[node]),
            "value": Decimal(int(money[node])) / UNITS,
            "share": float(conversions[node]) / everything if everything else None,
            "removal_effect": None
            if model.effect is None or not everything
            else float(model.effect[node]),
            "currency": group.currency,
            "new_customers": float(fresh[node]) if names.firsts else None,
        }
        cost = group.cost.get(node)
        made.append(row | _costs(row, None if cost is None else Decimal(cost) / UNITS, here))
    return made


def _costs(row: Mapping[str, Any], cost: Decimal | None, here: bool) -> dict[str, Any]:
    """What it cost, and how that compares, where there is something to compare with."""

    def per(count: float | None) -> float | None:
        return float(cost) / count if cost is not None and here and count else None

    return {
        "cost": cost,
        "return": float(row["value"] / cost) if cost and cost > 0 and here else None,
        "cost_per_conversion": per(row["conversions"]),
        "cost_per_new_customer": per(row["new_customers"]),
    }


def columns_of(made: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """The columns of an answer: the currency and what costs tell only where there is any."""
    columns = WITH_COSTS if any(row["cost"] is not None for row in made) else COLUMNS
    if any(row["currency"] is not None for row in made):
        return (*columns[:2], CURRENCY, *columns[2:])
    return columns
