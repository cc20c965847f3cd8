"""What is each channel, campaign or content worth? Conversions divided among the touches before.

A path holds the touches before a conversion, since the previous one, inside the lookback; a
conversion without any has the path `(none)`. Who never converted since has a path too: the
touches within one lookback of the last, pending while that last one is younger than a lookback.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sojourn.core.durations import in_words
from sojourn.core.table import Table
from sojourn.measure import attribution_rows as made_rows
from sojourn.measure import attribution_tally as tallies
from sojourn.measure.attribution_costs import Spent, spent
from sojourn.measure.attribution_kernel import AttributionKernel, Counted, Question
from sojourn.measure.attribution_rows import Names
from sojourn.measure.attribution_tally import Tally, added, checked
from sojourn.measure.notes import notes
from sojourn.measure.personas import PERSONA, by_persona
from sojourn.measure.select import NONE
from sojourn.measure.stages import merge_labels, with_block
from sojourn.measure.view import View

PERIOD = "period"


def attribution(
    view: View, question: Question, labels: Sequence[str], currencies: Sequence[str]
) -> Table:
    """One row a model and credit value, the conversions and the value that it is given.

    `labels` and `currencies` are the texts of the credit column and of the currency, in order of
    code. Without filters the conversions of each model add up to the orders in the log.
    """
    costs = spent(view, question)
    if view.by == PERSONA:
        return by_persona(view, lambda each: _divided(each, question, labels, currencies, costs))
    return _divided(view, question, labels, currencies, costs)


def _divided(
    view: View, question: Question, labels: Sequence[str], currencies: Sequence[str], costs: Spent
) -> Table:
    """The answer with these costs, whoever the people are."""
    known = set(labels)
    credits = [*labels, *(text for text in costs.credits if text not in {*known, NONE}), NONE]
    moneys = [*currencies, *(text for text in costs.currencies if text not in currencies), None]
    nodes = tuple(len(credits) - 1 if text == NONE else code for code, text in enumerate(labels))
    ask = checked(replace(question.ask, nodes=len(credits), moneys=len(moneys)))
    question = replace(question, ask=ask)
    view = replace(view, within="cycle" if view.where is not None else "person")
    parts = view.run(AttributionKernel(view, question, nodes))
    blocks = _blocks([part[0] for part in parts], view, question, costs)
    block = PERIOD if question.every is not None else view.by
    made: list[dict[str, Any]] = []
    for label in blocks:
        whole = added(ask, [part[0][label] for part in parts if label in part[0]])
        found = made_rows.rows(ask, whole, Names(credits, moneys, costs.of(label), firsts=True))
        made += [{**row, block: label} if block else row for row in found]
    shown = made_rows.columns_of(made)
    columns = with_block([column for column in shown if column.name != block], block)
    counted = _counted([part[1] for part in parts])
    data = {column.name: [row[column.name] for row in made] for column in columns}
    said = notes(view, [part[2] for part in parts], _remarks(counted, costs))
    said |= _about(question, counted, costs)
    said["remarks"] = said.pop("remarks")
    return Table.of("attribution", columns, data, said)


def _blocks(
    parts: Sequence[Mapping[str, Tally]], view: View, question: Question, costs: Spent
) -> list[str]:
    """The labels of the blocks: periods with a path or a cost, values of `by`, or none."""
    if question.every is None:
        return merge_labels([list(part) for part in parts], view)
    return sorted({*costs.blocks, *(label for part in parts for label in part)})


def _counted(parts: Sequence[Counted]) -> Counted:
    sums = [sum(values) for values in zip(*(vars(p).values() for p in parts), strict=True)]
    return Counted(*sums)


def _about(question: Question, counted: Counted, costs: Spent) -> Mapping[str, Any]:
    ask = question.ask
    said: dict[str, Any] = {
        "credit": question.credit,
        "lookback": in_words(question.lookback),
        "conversions": counted.conversions,
        "conversions_without_a_touch": counted.untouched,
        "paths_that_never_converted": counted.never,
        "pending_paths": counted.pending,
    }
    if costs.recorded:
        said["costs_shown"] = costs.shown
        said["costs_not_shown"] = costs.hidden
    if question.every is not None:
        said["every"] = question.every
    if question.convert is not None:
        said["convert"] = question.convert.text
    if tallies.MARKOV in ask.models:
        said["order"] = ask.order
    if tallies.TIME_DECAY in ask.models:
        said["half_life"] = in_words(ask.half_life)
    if counted.refunds:
        said["refunds"] = counted.refunds
    return said


def _remarks(counted: Counted, costs: Spent) -> list[str]:
    said = [made_rows.CAUTION, *costs.remarks]
    if not counted.conversions:
        said.append("Nobody converted: there is nothing to divide.")
    if counted.untouched:
        said.append(
            f"{counted.untouched:,} conversions have no touch before them inside the lookback; "
            f"their credit stands under {NONE}."
        )
    if counted.pending:
        said.append(
            f"{counted.pending:,} people's last touch is younger than a lookback: they may still "
            "convert and are left out of the paths that never did."
        )
    if counted.unvalued:
        said.append(f"{counted.unvalued:,} conversions have no value and count as 0.")
    if counted.refunds or counted.strays:
        said.append(
            f"{counted.refunds:,} refunds are taken off their orders; {counted.strays:,} name no "
            "order of the same person and are left out."
        )
    return said
