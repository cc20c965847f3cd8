"""What a person agreed to: each purpose with its history, kept as traits `consent.PURPOSE`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sojourn.core.consent import TRAIT, is_given


def consents_of(traits: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Every word of consent among traits with their history, in order of purpose and time."""
    return [
        {
            "purpose": name.removeprefix(TRAIT),
            "given": is_given(each["value"]),
            "since": each["since"],
            "source": each["source"],
        }
        for name, history in sorted(traits.items())
        if name.startswith(TRAIT)
        for each in history
    ]
