"""What a funnel asks, read from what people write."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Literal, get_args

from sojourn.core.condition import Condition, parse_or_name
from sojourn.core.durations import duration
from sojourn.core.touchpoint import CODED
from sojourn.errors import QuestionError, UnknownName

Order = Literal["ordered", "strict", "any"]
HELD = (*CODED, "account", "order_id", "referred_by")


@dataclass(frozen=True)
class Asked:
    """A funnel: its steps, the longest time from step 1 (microseconds), and its rules."""

    steps: tuple[Condition, ...]
    within: int
    order: Order = "ordered"
    exclude: Condition | None = None
    hold: str | None = None


def ask(
    steps: Iterable[str | Condition],
    within: str | timedelta,
    order: Order,
    exclude: str | Condition | None,
    hold: str | None,
    *,
    names: Collection[str],
    zone: str,
) -> Asked:
    """The funnel that these texts ask for; a step may be just one of the log's `names`.

    Raises ConditionError for a step that is neither a name nor a condition, and QuestionError or
    UnknownName for the rest.

    >>> ask(["Page Viewed"], "7 days", "any", None, None, names=["Page Viewed"], zone="UTC").within
    604800000000
    """
    if isinstance(steps, (str, Condition)):
        steps = [steps]

    def read(raw: str | Condition, where: str) -> Condition:
        if isinstance(raw, Condition):
            return raw
        return parse_or_name(raw, names, where=where, zone=zone)

    _known(order, get_args(Order), "order of steps", "Orders")
    if hold is not None and not (hold.startswith("properties.") and len(hold.split(".")[1])):
        _known(hold, HELD, "column to hold", "Columns", "properties.x")
    return Asked(
        tuple(read(step, f"step {number}") for number, step in enumerate(steps, 1)),
        _length(within),
        order,
        None if exclude is None else read(exclude, "exclude"),
        hold,
    )


def _length(within: str | timedelta) -> int:
    if isinstance(within, timedelta):
        within = f"{within.total_seconds():.6f} seconds"
    try:
        return duration(within)
    except ValueError as error:
        raise QuestionError(f"within: {error}", hint="Write it like '7 days'.") from None


def _known(name: str, known: Collection[str], what: str, heading: str, *more: str) -> None:
    if name in known:
        return
    close = get_close_matches(str(name), known, 1)
    raise UnknownName(
        f"There is no {what} {str(name)!r}.",
        hint=(f"Did you mean {close[0]!r}? " if close else "")
        + f"{heading}: {', '.join([*known, *more])}.",
    )
