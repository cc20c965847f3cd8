"""Names that belong together: what is started and finished, asked and answered, asked and opened.

The names of the vocabulary are listed; others are told by the Object Action form, so that
`Application Started` belongs to `Application Submitted` whoever invented them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sojourn.core.durations import DAY

ORDER = "an order"
"""Stands for any order among the names that finish something."""


@dataclass(frozen=True)
class Pair:
    """One of `first`, and how soon one of `then` should follow."""

    first: str
    then: tuple[str, ...]
    within: int | None = None

    @property
    def label(self) -> str:
        """How the pair is named in answers."""
        return f"{self.first} → {self.then[0]}"


FINISHED = ("Completed", "Submitted", "Finished", "Done", "Succeeded")
ANSWERED = ("Delivered", "Answered", "Sent", "Solved", "Resolved", "Closed", "Approved", "Received")
OPENED = ("Opened", "Used", "Activated", "Read", "Downloaded")

STARTED_PAIRS = (
    Pair("Checkout Started", (ORDER, "Checkout Completed"), DAY),
    Pair("Trial Started", (ORDER, "Subscription Started", "Trial Converted"), 30 * DAY),
    Pair("Form Started", ("Form Submitted",), DAY),
)
WAITING_PAIRS = (
    Pair("Order Completed", ("Order Delivered",)),
    Pair("Support Opened", ("Support Solved",)),
    Pair("Guide Requested", ("Guide Delivered",)),
)
SILENT_PAIRS = (
    Pair("Guide Requested", ("Guide Delivered",), 3 * DAY),
    Pair("Guide Requested", ("Guide Opened",), 3 * DAY),
    Pair("Trial Started", ("Product Used", "Trial Used", "Trial Activated"), 7 * DAY),
)
TROUBLE = re.compile(
    r"\b(failed|failure|error|errored|declined|refused|rejected|crashed|exception|timeout|"
    r"timed out|unavailable|out of stock|not found|404|500)\b|_(failed|error|declined|rejected)$",
    re.IGNORECASE,
)
"""Names that tell of something that went wrong."""
SUPPORT = re.compile(r"\b(support|ticket|complaint|complained|helpdesk|help)\b", re.IGNORECASE)
CLOSING = re.compile(r"\b(solved|resolved|closed|rated|answered)\b", re.IGNORECASE)


def started(names: Collection[str]) -> list[Pair]:
    """What is started and how it is finished, among these names.

    >>> [pair.label for pair in started(["Application Started", "Application Submitted"])]
    ['Application Started → Application Submitted']
    """
    known = [pair for pair in STARTED_PAIRS if pair.first in names]
    return known + formed(names, known, ("Started", "Begun"), FINISHED, 7 * DAY)


def waiting(names: Collection[str]) -> list[Pair]:
    """What people ask for and how it is answered, among these names."""
    known = [pair for pair in WAITING_PAIRS if pair.first in names]
    return known + formed(names, known, ("Requested", "Asked", "Ordered"), ANSWERED, None)


def silent(names: Collection[str]) -> list[Pair]:
    """What people ask for and should get or open, among these names."""
    known = [pair for pair in SILENT_PAIRS if pair.first in names]
    return known + formed(names, known, ("Requested",), OPENED, 7 * DAY)


def formed(
    names: Collection[str],
    known: Sequence[Pair],
    firsts: Sequence[str],
    thens: Sequence[str],
    within: int | None,
) -> list[Pair]:
    """Pairs of the same object whose actions are one of `firsts` and some of `thens`."""
    objects: dict[str, dict[str, str]] = {}
    for name in sorted(names):
        thing, _, action = name.replace("_", " ").rpartition(" ")
        if thing:
            objects.setdefault(thing.casefold(), {})[action.casefold()] = name
    taken = {pair.first for pair in known}
    found = []
    for actions in objects.values():
        for first in firsts:
            begun = actions.get(first.casefold())
            ends = [actions[then.casefold()] for then in thens if then.casefold() in actions]
            if begun is not None and ends and begun not in taken:
                found.append(Pair(begun, tuple(ends), within))
    return found
