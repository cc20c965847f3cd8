"""What each credit value cost: the costs of the question's days, by period and currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Bools
from sojourn.measure.attribution_kernel import Question
from sojourn.measure.attribution_rows import Cost
from sojourn.measure.attribution_tally import UNITS
from sojourn.measure.notes import EPOCH
from sojourn.measure.retention_calendar import label, number_of
from sojourn.measure.select import NONE
from sojourn.measure.view import View
from sojourn.store.costs import spent as spent_in_words

CREDITED = ("channel", "campaign")
"""What costs are recorded by, and so what can be said to have cost something."""

NO_COSTS = "No costs are known: cost and return are empty (`sojourn costs import FILE`)."


@dataclass(frozen=True)
class Spent:
    """What was spent by block (a period, or "") and credit value, and what is not shown."""

    blocks: Mapping[str, Cost] = field(default_factory=dict)
    recorded: str = ""
    shown: str = ""
    hidden: str = ""
    remarks: tuple[str, ...] = ()

    def of(self, block: str) -> Cost:
        """What was spent in one block."""
        return self.blocks.get(block, {})

    @property
    def credits(self) -> list[str]:
        """Every credit value that cost something."""
        return sorted({credit for cost in self.blocks.values() for credit, _ in cost})

    @property
    def currencies(self) -> list[str]:
        """Every currency in which something was spent."""
        found = {money for cost in self.blocks.values() for _, money in cost}
        return sorted(money for money in found if money is not None)


def spent(view: View, question: Question) -> Spent:
    """The costs that belong to a question: those of its days, up to its `as_of`.

    A day counts when its midnight in the report's zone is in the period. Costs are of
    everybody, so a question about some people, or one divided by a column, has none.
    """
    costs = view.costs()
    if not len(costs):
        return Spent(remarks=(NO_COSTS,))
    recorded = spent_in_words(costs)
    reason = _why_not(view, question)
    if reason:
        return Spent(recorded=recorded, shown="nothing", hidden=recorded, remarks=(reason,))
    inside = _inside(view, costs)
    kept = costs.filter(pa.array(inside))
    hidden = spent_in_words(costs.filter(pa.array(~inside)))
    said = f"Costs of days outside the question are not shown: {hidden}."
    return Spent(
        _blocks(kept, question),
        recorded,
        spent_in_words(kept),
        hidden,
        () if inside.all() else (said,),
    )


def _why_not(view: View, question: Question) -> str:
    if question.credit not in CREDITED:
        return f"Costs are known by channel and campaign, not by {question.credit}."
    for name in ("people", "where", "by"):
        if getattr(view, name) is not None:
            return f"Costs are those of everybody: with --{name} they are not shown."
    return ""


def _inside(view: View, costs: pa.Table) -> Bools:
    coded = costs["day"].combine_chunks().dictionary_encode()
    begins = np.array([_midnight(day, view.zone) for day in coded.dictionary.to_pylist()], np.int64)
    inside: Bools = begins <= view.as_of
    if view.start is not None:
        inside &= begins >= view.start
    if view.end is not None:
        inside &= begins < view.end
    return inside[coded.indices.to_numpy()]


def _midnight(day: date, zone: ZoneInfo) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=zone) - EPOCH) // timedelta(
        microseconds=1
    )


def _blocks(kept: pa.Table, question: Question) -> dict[str, Cost]:
    sums = kept.group_by(["day", question.credit, "currency"]).aggregate([("amount", "sum")])
    blocks: dict[str, dict[tuple[str, str | None], int]] = {}
    for row in sums.to_pylist():
        every = question.every
        block = "" if every is None else label(number_of(row["day"], every), every)
        key = (row[question.credit] or NONE, row["currency"])
        cost = blocks.setdefault(block, {})
        cost[key] = cost.get(key, 0) + int(row["amount_sum"] * UNITS)
    return dict(blocks)
