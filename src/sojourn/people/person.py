"""Everything that is known of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sojourn.core.table import plain
from sojourn.people.consenting import consents_of

SHOWN = 20
"""So many touchpoints a text shows, the last ones."""


@dataclass(frozen=True)
class Person:
    """One person: aliases with the times for which they are theirs, traits with their history,
    touchpoints in order, and the stays in the stages of one journey.

    `traits` has for each name its values in order of time, of which the last holds at `as_of`.
    """

    id: str
    alias: str
    journey: str
    as_of: str
    aliases: Sequence[Mapping[str, Any]] = ()
    traits: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    touchpoints: Sequence[Mapping[str, Any]] = ()
    stages: Sequence[Mapping[str, Any]] = ()

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON can hold it: times in ISO 8601 with `Z`."""
        return {
            "person": self.id,
            "alias": self.alias,
            "as_of": self.as_of,
            "aliases": plain(list(self.aliases)),
            "traits": plain({name: list(history) for name, history in self.traits.items()}),
            "touchpoints": plain(list(self.touchpoints)),
            "journey": self.journey,
            "stages": plain(list(self.stages)),
        }

    def __str__(self) -> str:
        lines = [f"{self.id} ({self.alias}), as of {self.as_of}"]
        lines += ["  aliases:", *(f"    {_alias(each)}" for each in self.aliases)]
        if self.traits:
            lines.append("  traits:")
            lines += [f"    {name}: {_history(values)}" for name, values in self.traits.items()]
        said = consents_of(self.traits)
        if said:
            latest = {each["purpose"]: each for each in said}
            told = (f"{name} {'yes' if each['given'] else 'no'}" for name, each in latest.items())
            lines.append(f"  consents to: {', '.join(told)}")
        lines.append(f"  in {self.journey}:" if self.stages else f"  in {self.journey}: no stage")
        lines += [f"    {_stay(stay)}" for stay in self.stages]
        hidden = max(0, len(self.touchpoints) - SHOWN)
        more = f", the last {SHOWN}" if hidden else ""
        lines.append(f"  {len(self.touchpoints):,} touchpoints{more}:")
        lines += [f"    {_touch(touch)}" for touch in self.touchpoints[-SHOWN:]]
        return "\n".join(lines)


def _alias(each: Mapping[str, Any]) -> str:
    start, end = _minute(each["from"]), _minute(each["to"])
    times = f" from {start}" if start else ""
    times += f" to {end}" if end else ""
    return f"{each['kind']}:{each['id']}{times}"


def _history(values: Sequence[Mapping[str, Any]]) -> str:
    *before, now = values
    told = f"{now['value']} since {_minute(now['since'])}"
    past = ", ".join(f"{each['value']} since {_minute(each['since'])}" for each in before)
    return f"{told} (before: {past})" if past else told


def _stay(stay: Mapping[str, Any]) -> str:
    left = _minute(stay["left_at"])
    ended = f"until {left}, then {stay['next_stage'] or stay['outcome']}" if left else "still here"
    return f"{stay['stage']} from {_minute(stay['entered_at'])}, {ended}"


def _touch(touch: Mapping[str, Any]) -> str:
    extra = [str(plain(touch[n])) for n in ("channel", "value", "currency") if touch.get(n)]
    return f"{_minute(touch['ts'])} {touch['name']}" + (f" ({', '.join(extra)})" if extra else "")


def _minute(value: Any) -> str:
    return "" if value is None else str(plain(value))[:16].replace("T", " ")
