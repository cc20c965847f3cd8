"""A name alone is a weak hint: what the first values must look like for a guess to stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from sojourn.core.devices import normalise
from sojourn.core.vocabulary import NAMES
from sojourn.errors import AmbiguousTime, ImportFailed
from sojourn.store.importers.evidence import TimeEvidence, decide
from sojourn.store.importers.money import MoneyReading, amount_of
from sojourn.store.importers.times import Undecided, is_text, is_time

CALLS = {"track", "page", "screen", "identify", "group", "alias"}
"""What Segment calls its kinds of messages."""

WEAK_NAMES = {"name", "type", "action", "activity"}
MOST_NAMES = 200

Guard: TypeAlias = Callable[[Any], bool]


def texts(column: Any, most: int = 1000) -> list[str]:
    """The first values as texts, without nulls and empty ones."""
    plain = column.drop_null().slice(0, most)
    found = [str(value).strip() for value in plain.to_pylist()]
    return [text for text in found if text]


def holds_times(column: Any, name: str) -> bool:
    """Whether the values are times, however they are written."""
    if is_time(column.type):
        return True
    if not (is_text(column.type) or pa.types.is_integer(column.type)):
        return False
    evidence = TimeEvidence(name)
    evidence.add(column, np.arange(1, len(column) + 1))
    try:
        reading = decide(evidence, None, "UTC", whole=True)
    except AmbiguousTime:
        return True
    except ImportFailed:
        return False
    return bool(evidence.plain or evidence.either or reading.order or reading.unit)


def _time_or_nothing(column: Any) -> bool:
    return not texts(column) or _some_time(column)


def _some_time(column: Any) -> bool:
    """A column named like a time counts as one also when its times need a flag."""
    if not is_text(column.type):
        return is_time(column.type) or pa.types.is_integer(column.type) or _floats(column)
    return any(any(letter.isdigit() for letter in text) for text in texts(column, 20))


def _floats(column: Any) -> bool:
    return bool(pa.types.is_floating(column.type))


def stands(field: str, name: str, column: Any) -> bool:
    """Whether the first values agree with the guess that the column called `name` fills `field`."""
    own = EXACT.get(field) if name == field.replace("_", "") else None
    guard = own or GUARDS.get(field)
    return (guard is None or guard(column)) and (name not in WEAK_NAMES or _repeats(column))


def _repeats(column: Any) -> bool:
    """Known names or few distinct ones: of what happens, not of people or products."""
    values = texts(column)
    known = any(value in NAMES for value in values)
    return known or len(set(values)) <= max(5, min(MOST_NAMES, len(values) // 3))


def _distinct(column: Any) -> bool:
    """Ids, of which some come twice where exports overlap."""
    values = texts(column)
    return 2 * len(set(values)) > len(values)


def _names(column: Any) -> bool:
    values = texts(column)
    words = sum(any(map(str.isalpha, value)) for value in values)
    return not _calls(column) and words * 2 >= len(values)


def _calls(column: Any) -> bool:
    return bool(texts(column)) and set(texts(column)) <= CALLS


def _amounts(column: Any) -> bool:
    values = texts(column, 200)
    return sum(_is_amount(value) for value in values) * 2 >= len(values)


def _is_amount(value: str) -> bool:
    try:
        return amount_of(value, MoneyReading("point", sure=True)) is not None or (
            amount_of(value, MoneyReading("comma", sure=True)) is not None
        )
    except Undecided:
        return True


def _feelings(column: Any) -> bool:
    try:
        return all(-1 <= float(value) <= 1 for value in texts(column))
    except ValueError:
        return False


def _objects(column: Any) -> bool:
    if pa.types.is_struct(column.type):
        return True
    values = texts(column)
    return is_text(column.type) and sum(v[0] == "{" for v in values) * 2 >= len(values)


def _devices(column: Any) -> bool:
    values = set(texts(column))
    return not values or any(normalise(value) for value in values)


def _addresses(column: Any) -> bool:
    return not all(value.isdigit() for value in texts(column)) or not texts(column)


def _any_text(column: Any) -> bool:
    return not (pa.types.is_nested(column.type) or pa.types.is_boolean(column.type))


GUARDS: Mapping[str, Guard] = {
    "event_id": _distinct,
    "ts": _time_or_nothing,
    "received_at": _time_or_nothing,
    "name": _names,
    "call": _calls,
    "value": _amounts,
    "sentiment": _feelings,
    "properties": _objects,
    "device": _devices,
    "page": _addresses,
    "user_id": _any_text,
    "device_id": _any_text,
}
"""What speaks against a guess, by column of the log."""

EXACT: Mapping[str, Guard] = {
    "value": lambda column: not texts(column) or any(_is_amount(text) for text in texts(column)),
}
"""What speaks against a guess where the column has the very name of the log's column."""
