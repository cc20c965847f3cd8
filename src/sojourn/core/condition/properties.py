"""The value at a path of keys in a JSON text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec


@lru_cache(maxsize=1024)
def reader(key: str) -> msgspec.json.Decoder[Any]:
    """A decoder of objects that keeps the value of one key and checks the rest."""
    held = (msgspec.Raw | msgspec.UnsetType, msgspec.UNSET)
    shape = msgspec.defstruct("Held", [("value", *held)], rename={"value": key})
    return msgspec.json.Decoder(shape)


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
            piece = reader(key).decode(piece).value
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
