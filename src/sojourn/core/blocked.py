"""Identifiers that name nobody: `null`, `-1`, `0000`, `anonymous` and the like."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache

from sojourn.core.data import load


@dataclass(frozen=True)
class Blocked:
    """The built-in blocked values and a workspace's own, `extra` (folded: see `of`)."""

    extra: frozenset[str] = frozenset()

    @classmethod
    def of(cls, values: Collection[str]) -> Blocked:
        """The built-in values and these, whatever their case and surrounding space."""
        return cls(frozenset(_folded(value) for value in values))

    def blocks(self, text: str | None) -> bool:
        """Whether this identifier names nobody."""
        if text is None:
            return True
        word = _folded(text)
        values, pattern = _rules()
        if not word or word in values or word in self.extra:
            return True
        return word[0] == "0" and pattern.fullmatch(word) is not None


def is_blocked(text: str | None, extra: Collection[str] = ()) -> bool:
    """Whether an identifier names nobody: empty, `null`, `-1`, `0000`, `anonymous`, ...

    `extra` are the workspace's own blocked values. Case and surrounding space don't matter.

    >>> [is_blocked(t) for t in (None, " ", "NULL", "0000", "0", "42")]
    [True, True, True, True, False, False]
    """
    return _with(frozenset(extra)).blocks(text)


@lru_cache(maxsize=64)
def _with(extra: frozenset[str]) -> Blocked:
    return Blocked.of(extra)


@cache
def _rules() -> tuple[frozenset[str], re.Pattern[str]]:
    data = load("blocked.yaml")
    return frozenset(data["values"]), re.compile("|".join(data["patterns"]))


def _folded(text: str) -> str:
    return text.strip().casefold()
