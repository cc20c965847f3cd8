"""The value at a path of keys in a JSON text."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

EVERYTHING = msgspec.json.Decoder(dict[str, msgspec.Raw])


@lru_cache(maxsize=1024)
def reader(key: str) -> Callable[[str | msgspec.Raw], Any]:
    """A reader of objects that gives the JSON at one key and checks the rest."""
    if any(char in '\\"' or char < " " for char in key):
        return lambda json: EVERYTHING.decode(json).get(key, msgspec.UNSET)
    held = (msgspec.Raw | msgspec.UnsetType, msgspec.UNSET)
    shape = msgspec.defstruct("Held", [("value", *held)], rename={"value": key})
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(shape)
    return lambda json: decoder.decode(json).value


def property_text(json: str | None, path: tuple[str, ...]) -> str | None:
    """The text of the property at a path; None when missing, null, or the JSON is not valid.

    A number keeps its own digits, true and false are words, objects and arrays compact JSON.

    >>> property_text('{"rating": 4.0, "by": {"tags": [1, 2]}}', ("rating",))
    '4.0'
    >>> property_text('{"rating": 4.0, "by": {"tags": [1, 2]}}', ("by", "tags"))
    '[1,2]'
    """
    if json is None:
        return None
    piece: Any = json
    try:
        for key in path:
            piece = reader(key)(piece)
            if piece is msgspec.UNSET:
                return None
        return as_text(bytes(piece))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def as_text(value: bytes) -> str | None:
    """A JSON value as a condition sees it."""
    first = value[:1]
    if first == b'"':
        return msgspec.json.decode(value, type=str)
    if first in (b"{", b"["):
        return msgspec.json.format(value, indent=-1).decode()
    return None if value == b"null" else value.decode()
