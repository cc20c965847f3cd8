"""What to say when answers are divided by a property or trait that nobody has."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import msgspec

from sojourn.core.bucket import Bucket, Coded
from sojourn.core.table import Table
from sojourn.measure.select import NONE
from sojourn.measure.view import View

PROPERTIES, TRAITS = "properties.", "traits."
MOST_TEXTS = 20_000
"""So many different properties of a bucket are looked into; their keys are soon all known."""

DEEP = 3
SHOWN = 12


@dataclass(frozen=True)
class KeysKernel:
    """The paths of keys that one bucket's properties have."""

    @property
    def columns(self) -> frozenset[str]:
        """The properties alone."""
        return frozenset({"properties"})

    def __call__(self, bucket: Bucket) -> set[str]:
        texts = bucket.columns["properties"]
        assert isinstance(texts, Coded)  # noqa: S101 - the engine loads texts coded, always
        found: set[str] = set()
        for text in texts.values[:MOST_TEXTS]:
            try:
                _gather(msgspec.json.decode(text), "", found)
            except (msgspec.MsgspecError, UnicodeError, RecursionError):
                continue
        return found


def _gather(value: Any, path: str, found: set[str]) -> None:
    if isinstance(value, dict) and path.count(".") < DEEP:
        for key, inner in value.items():
            found.add(path + str(key))
            _gather(inner, f"{path}{key}.", found)


def remark_on(
    view: View, by: str, answer: Table, traits: Callable[[], Collection[str]]
) -> str | None:
    """What to say of an answer in which everything stands under `(none)`; else None.

    `traits` gives the names of the traits that anybody has.
    """
    prefix = next((each for each in (PROPERTIES, TRAITS) if by.startswith(each)), None)
    names = [column.name for column in answer.columns]
    if prefix is None or by not in names or set(answer.column(by)) != {NONE}:
        return None
    name = by.removeprefix(prefix)
    known = traits() if prefix == TRAITS else set().union(*view.run(KeysKernel()))
    whose = "person" if prefix == TRAITS else "touchpoint"
    said = f"No chosen {whose} has {by}, so everything stands under {NONE}."
    if name in known:
        return f"{said} Others in the log have it."
    close = get_close_matches(name, known, 1) or get_close_matches(
        name.lower(), [each for each in known if each.islower()], 1
    )
    if close:
        return f"{said} Did you mean {prefix}{close[0]}?"
    if not known:
        return f"{said} The log has no {prefix.rstrip('.')} at all."
    told = ", ".join(prefix + each for each in sorted(known)[:SHOWN])
    return f"{said} There are {told}{', ...' if len(known) > SHOWN else ''}."
