"""The words that a condition may use: about a touchpoint, or about a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeAlias

from .functions import FUNCTIONS
from .nodes import Type

ScopeName: TypeAlias = Literal["touchpoint", "people"]

PEOPLES = ("did", "consents")
"""The functions that are known of people alone."""

HISTORY = frozenset({"nth", "orders_before", "gap_days", "order_gap_days"})
"""What is known of a person's touchpoints up to this one, computed before any filter."""


@dataclass(frozen=True)
class Scope:
    """The words of one kind of condition: columns with their types, and a holder of keys."""

    name: ScopeName
    things: str
    columns: Mapping[str, Type]
    holder: str

    @property
    def words(self) -> list[str]:
        """Every word allowed here, for the nearest right one."""
        own = [*PEOPLES] if self.name == "people" else []
        return [*self.columns, self.holder, *own, *FUNCTIONS]


def typed(type: Type, names: str) -> dict[str, Type]:
    """The names, each with this type."""
    return dict.fromkeys(names.split(), type)


TOUCHPOINT = Scope(
    "touchpoint",
    "touchpoints",
    typed(
        "text",
        "event_id user_id device_id name actor channel source medium campaign term content referrer"
        " page device currency order_id referred_by text account source_id",
    )
    | typed("number", "value sentiment")
    | typed("time", "ts")
    | typed("number", "nth orders_before gap_days order_gap_days"),
    "properties",
)
PEOPLE = Scope(
    "people",
    "people",
    typed("text", "stage first_channel last_channel first_device person")
    | typed("number", "cycle days_in_stage total_orders total_value last_message_days")
    | typed("boolean", "stalled lapsed")
    | typed("time", "first_seen last_seen"),
    "traits",
)
SCOPES: dict[ScopeName, Scope] = {"touchpoint": TOUCHPOINT, "people": PEOPLE}
NAMES = frozenset({*TOUCHPOINT.columns, *PEOPLE.columns, "properties", "traits"})
"""Every column of either scope: never keywords, whatever SQL thinks of them."""


def other(scope: Scope) -> Scope:
    """The other scope."""
    return PEOPLE if scope is TOUCHPOINT else TOUCHPOINT


def nearest(word: str, scope: Scope, cutoff: float = 0.6) -> str:
    """`; did you mean "x"?` with the nearest word of the scope, or nothing.

    >>> nearest("nmae", TOUCHPOINT)
    '; did you mean "name"?'
    """
    found = get_close_matches(word.lower(), scope.words, 1, cutoff)
    return f'; did you mean "{found[0]}"?' if found else ""
