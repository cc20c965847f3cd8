"""Columns of texts that repeat, as integers beside their distinct texts: each is looked at once.

A coded column is a dictionary array whose distinct texts hold neither null nor the same twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bucket import Bools

CODED = pa.dictionary(pa.int32(), pa.string())

REPEATED = (
    "user_id", "device_id", "name", "actor", "channel", "source", "medium", "campaign", "term",
    "content", "referrer", "page", "device", "currency", "account", "source_id",
)  # fmt: skip
"""Texts that come again and again: coded from the first look at a row until it is written."""


def coded(column: Any) -> Any:
    """A column of texts, coded; one that is coded stays what it is.

    >>> coded(pa.array(["a", None, "a"])).indices.to_pylist()
    [0, None, 0]
    """
    if column.type == CODED:
        return column
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    return column.cast(pa.string()).dictionary_encode()


def none(rows: int) -> Any:
    """A coded column without any text."""
    return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()), pa.array([], pa.string()))


def constant(text: str, rows: int) -> Any:
    """A coded column that says the same on every row."""
    codes = pa.array(np.zeros(rows, np.int32))
    return pa.DictionaryArray.from_arrays(codes, pa.array([text], pa.string()))


def mapped(column: Any, change: Callable[[Any], Any]) -> Any:
    """The column with its distinct texts put through `change`, an array for an array.

    >>> mapped(pa.array(["A", "a", "-"]), pc.utf8_lower).to_pylist()
    ['a', 'a', '-']
    """
    before = coded(column)
    after = change(before.dictionary)
    if after is before.dictionary:
        return before
    return recoded(before.indices, after)


def looked_up(column: Any, look: Callable[[str], str | None]) -> Any:
    """A text for each text, looked up once for each distinct one; null stays null."""
    return mapped(column, lambda texts: pa.array(map(look, texts.to_pylist()), pa.string()))


def first(*columns: Any) -> Any:
    """The first text of each row that is there, of several columns.

    >>> first(pa.array(["a", None]), pa.array(["b", "b"])).to_pylist()
    ['a', 'b']
    """
    found, *others = [coded(column) for column in columns]
    for other in others:
        if not found.null_count:
            break
        if other.null_count == len(other):
            continue
        shifted = pc.add(other.indices, pa.scalar(len(found.dictionary), pa.int32()))
        texts = pa.concat_arrays([found.dictionary, other.dictionary])
        found = recoded(pc.coalesce(found.indices, shifted), texts)
    return found


def only(column: Any, rows: Bools) -> Any:
    """The column with null on all rows but these."""
    column = coded(column)
    codes = pc.if_else(pa.array(rows), column.indices, None)
    return pa.DictionaryArray.from_arrays(codes, column.dictionary)


def says(column: Any, text: str) -> Bools:
    """Which rows have this text."""
    column = coded(column)
    place = pc.index(column.dictionary, text).as_py()
    if place < 0:
        return np.zeros(len(column), bool)
    return np.asarray(pc.equal(column.indices, place).fill_null(False))


def recoded(codes: Any, texts: Any) -> Any:
    """Coded by texts of which some may be null or there twice."""
    again = texts.dictionary_encode()
    if len(again.dictionary) < len(texts):
        codes = again.indices.take(codes)
    return pa.DictionaryArray.from_arrays(codes, again.dictionary)


def compacted(column: Any) -> Any:
    """A coded column without the texts that no row has."""
    used = np.bincount(np.asarray(column.indices.drop_null()), minlength=len(column.dictionary)) > 0
    if used.all():
        return column
    places = pa.array((np.cumsum(used) - 1).astype(np.int32))
    texts = column.dictionary.filter(pa.array(used))
    return pa.DictionaryArray.from_arrays(places.take(column.indices), texts)
