"""Identifiers that name nobody: `null`, `-1`, `0000`, `anonymous` and the like."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache, lru_cache

from sojourn.core.data import load


def is_blocked(text: str | None, extra: Collection[str] = ()) -> bool:
    """Whether an identifier names nobody: empty, `null`, `-1`, `0000`, `anonymous`, ...

    `extra` are the workspace's own blocked values. Case and surrounding space don't matter.

    >>> [is_blocked(t) for t in (None, " ", "NULL", "0000", "0", "42")]
    [True, True, True, True, False, False]
    """
    if text is None:
        return True
    word = text.strip().casefold()
    values, pattern = _rules()
    if not word or word in values or (word[0] == "0" and pattern.fullmatch(word)):
        return True
    return bool(extra) and word in _folded(frozenset(extra))


@cache
def _rules() -> tuple[frozenset[str], re.Pattern[str]]:
    data = load("blocked.yaml")
    return frozenset(data["values"]), re.compile(data["noughts"])


@lru_cache(maxsize=64)
def _folded(extra: frozenset[str]) -> frozenset[str]:
    return frozenset(value.strip().casefold() for value in extra)
