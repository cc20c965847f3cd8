"""Whom an id names: the person behind a text such as `42` or `card:42`, at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.core.contacts import Contacts
from sojourn.core.identity import DEVICE, USER, Alias, People, is_blocked
from sojourn.store.dictionaries import Dictionary

UNKNOWN, NOBODY = -1, -2
"""In place of a key: an id of somebody who is not in the log, and one that names nobody."""


def keys_of(
    people: People,
    known: Dictionary,
    rules: Contacts,
    texts: Sequence[str],
    ts: Sequence[int],
) -> Ints:
    """The key of the person that each text names at its moment, UNKNOWN or NOBODY.

    A bare id is a user's if there is one, else a device's, else one of another kind, the first in
    the alphabet; `kind:id` is also read as the id of that kind. `known` are the people of the log.
    """
    kinds = _kinds(people, known)
    found = []
    for text, at in zip(texts, ts, strict=True):
        if is_blocked(text, people.blocked):
            found.append(NOBODY)
            continue
        owners = (people.person_of(alias, at) for alias in _forms(text.strip(), kinds, rules))
        codes = known.find(f"{owner.kind}:{owner.id}" for owner in owners)
        found.append(next((code for code in codes.tolist() if code >= 0), UNKNOWN))
    return np.array(found, np.int64)


def _kinds(people: People, known: Dictionary) -> list[str]:
    kinds = {value.partition(":")[0] for value in known.values}
    kinds |= {alias.kind for alias in people.steps}
    return [USER, DEVICE, *sorted(kinds - {USER, DEVICE})]


def _forms(text: str, kinds: Iterable[str], rules: Contacts) -> Iterator[Alias]:
    """The aliases that a text can mean, the likeliest first."""
    for kind in kinds:
        yield Alias(kind, rules.normal(kind, text))
    kind, colon, rest = text.partition(":")
    if colon and kind in kinds:
        yield Alias(kind, rules.normal(kind, rest))
