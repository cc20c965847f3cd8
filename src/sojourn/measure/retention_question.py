"""What a retention asks, read from what people write."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeAlias, get_args

from sojourn.core.condition import Condition, parse_or_name
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.retention_calendar import Every

TOUCHPOINT: Literal["touchpoint"] = "touchpoint"
ORDER: Literal["order"] = "order"
Sign: TypeAlias = Condition | Literal["touchpoint", "order"]
"""What begins or brings back: any touchpoint, an order, or what a condition says."""


@dataclass(frozen=True)
class Asked:
    """What makes people part of a cohort, what counts as coming back, and in which periods."""

    first: Sign = TOUCHPOINT
    back: Sign = TOUCHPOINT
    every: Every = "month"
    most: int | None = None


def ask(
    first: str | Condition,
    back: str | Condition | None,
    every: Every,
    most: int | None,
    *,
    names: Collection[str],
    zone: str,
) -> Asked:
    """The retention that these texts ask for: `touchpoint`, `order`, a name or a condition.

    Without `back`, those whose first is an order come back by ordering, others by anything they
    do. Raises ConditionError, QuestionError or UnknownName.

    >>> ask("order", None, "week", None, names=[], zone="UTC").back
    'order'
    """
    if every not in get_args(Every):
        close = get_close_matches(str(every), get_args(Every), 1)
        raise UnknownName(
            f"There is no period {str(every)!r}.",
            hint=(f"Did you mean {close[0]!r}? " if close else "") + "Periods: day, week, month.",
        )
    if most is not None and most < 0:
        raise QuestionError(f"found {most} periods, expected 0 or more")

    def read(raw: str | Condition, where: str) -> Sign:
        if isinstance(raw, Condition):
            return raw
        word = raw.strip().lower()
        if word == TOUCHPOINT:
            return TOUCHPOINT
        return ORDER if word == ORDER else parse_or_name(raw, names, where=where, zone=zone)

    begin = read(first, "first")
    if back is not None:
        return Asked(begin, read(back, "back"), every, most)
    return Asked(begin, ORDER if begin == ORDER else TOUCHPOINT, every, most)


def in_words(sign: Sign) -> str:
    """A sign as the notes name it."""
    return sign if isinstance(sign, str) else sign.text
