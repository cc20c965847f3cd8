"""From what somebody typed to the question that attribution answers."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import cast, get_args

from sojourn.core.condition import Condition, parse_or_name
from sojourn.core.durations import duration
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.attribution_kernel import Question
from sojourn.measure.attribution_tally import Ask, chosen_models, valid_order
from sojourn.measure.attribution_worth import REFUND, worth_from
from sojourn.measure.retention_calendar import Every

CREDITS = ("channel", "campaign", "content", "device", "name", "source", "medium", "term", "page")


def question_from(
    *,
    model: str | Sequence[str] | None,
    credit: str,
    lookback: str,
    order: int,
    half_life: str,
    convert: str | Condition | None,
    value: str | float | None,
    names: Sequence[str],
    zone: str,
    every: str | None = None,
) -> Question:
    """Check everything that was asked; `names` are the touchpoints' names in the log."""
    if credit not in CREDITS:
        close = get_close_matches(credit, CREDITS, 1)
        raise UnknownName(
            f"Credit cannot be given to {credit!r}.",
            hint=(f"Did you mean {close[0]!r}? " if close else "")
            + f"Columns: {', '.join(CREDITS)}.",
        )
    if isinstance(convert, str):
        convert = parse_or_name(convert, names, where="convert", zone=zone)
    if every not in (None, *get_args(Every)):
        raise QuestionError(
            f"found every {every!r}, expected {', '.join(get_args(Every))} or nothing"
        )
    refunds = convert is None and REFUND in names
    ask = Ask(chosen_models(model), 1, valid_order(order), _length(half_life, "half-life"))
    worth = worth_from(value, refunds)
    length = _length(lookback, "lookback")
    return Question(credit, length, convert, worth, ask, cast(Every | None, every))


def _length(text: str, what: str) -> int:
    try:
        return duration(text)
    except ValueError as error:
        raise QuestionError(f"{what}: {error}") from None
