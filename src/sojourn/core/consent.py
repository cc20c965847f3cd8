"""Consent by purpose: what somebody agreed to, and how clients say so.

A word of consent is a trait, `consent.PURPOSE`, whose value is `yes` or `no`: it has its time and
its source as every trait has, and what was said later holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TRAIT = "consent."
PURPOSES = ("analytics", "personalisation", "messages")
"""The purposes that Sojourn itself knows; a workspace may ask for others."""

ALIKE = {
    "personalization": "personalisation",
    "functional": "personalisation",
    "marketing": "messages",
    "email": "messages",
    "performance": "analytics",
    "statistics": "analytics",
}
"""Other names of these purposes, as consent managers have them."""

YES, NO = "yes", "no"
SAYS_YES = frozenset({"yes", "true", "1", "granted", "given", "on", "opt_in", "opted_in"})


def purpose_of(name: str) -> str:
    """A purpose by any of its names.

    >>> purpose_of("Marketing"), purpose_of("analytics"), purpose_of("research")
    ('messages', 'analytics', 'research')
    """
    plain = name.strip().lower()
    return ALIKE.get(plain, plain)


def is_given(value: object) -> bool:
    """Whether a value says yes; anything else is no.

    >>> [is_given(value) for value in (True, "granted", 1, "denied", None, "")]
    [True, True, True, False, False, False]
    """
    return str(value).strip().lower() in SAYS_YES


def consent_in(context: Mapping[str, Any], traits: Mapping[str, Any]) -> dict[str, bool]:
    """What a call says of consent, by purpose: `context.consent` and `traits.consent`.

    Both may hold the purposes themselves, or Segment's `categoryPreferences`.

    >>> consent_in({"consent": {"categoryPreferences": {"Marketing": False}}}, {})
    {'messages': False}
    """
    found: dict[str, bool] = {}
    for place in (context.get("consent"), traits.get("consent")):
        if isinstance(place, Mapping):
            said = place.get("categoryPreferences", place)
            for name, value in said.items() if isinstance(said, Mapping) else ():
                if value is None or isinstance(value, (str, bool, int, float)):
                    found[purpose_of(str(name))] = is_given(value)
    return found
