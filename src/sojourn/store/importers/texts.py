"""Columns of any type as the texts that the log holds."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.touchpoint import ALIASES
from sojourn.store.importers.times import is_text

EMPTY = pa.scalar("")
NOT_A_NUMBER = r"(?i)[:\[,]\s*-?(?:nan|inf)"
"""What may be a number that JSON does not know."""


def as_text(column: Any) -> pa.Array[Any]:
    """Texts without the space around them, empty ones as null; numbers as people write them.

    Whole numbers that a missing value had turned into floats become whole again.

    >>> as_text(pa.array([12345.0, None, 0.5])).to_pylist()
    ['12345', None, '0.5']
    """
    kind = column.type
    if is_text(kind):
        texts: Any = pc.utf8_trim_whitespace(column)
        empty = pc.equal(texts, EMPTY)
        return pc.if_else(empty, None, texts) if pc.any(empty).as_py() else texts
    if pa.types.is_floating(kind):
        return _from_reals(column.cast(pa.float64()))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _iso(column)
    if pa.types.is_decimal(kind):
        plain: pa.Array[Any] = column.cast(pa.string())
        return plain
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.string())
    found: pa.Array[Any] = column.cast(pa.string())
    return found


def strict_objects(column: Any) -> Any:
    """Given properties; those with a NaN or an infinity, which JSON does not know, as texts."""
    if not is_text(column.type):
        return column
    maybe: Any = pc.match_substring_regex(column, NOT_A_NUMBER)
    rows = np.flatnonzero(np.asarray(maybe.fill_null(False)))
    texts = {int(row): str(column[row]) for row in rows}
    wrong = {row: text for row, text in texts.items() if not is_strict(text)}
    if not wrong:
        return column
    told = pa.array([json.dumps({"properties": text}) for text in wrong.values()], pa.string())
    where = np.arange(len(column))
    where[list(wrong)] = len(column) + np.arange(len(wrong))
    return pa.concat_arrays([column, told]).take(pa.array(where))


def alias_lists(column: Any) -> pa.Array[Any]:
    """Lists of aliases, also where each is written as JSON; what is no such list is null.

    >>> alias_lists(pa.array(['[{"kind": "card", "id": "7"}]', "none"])).to_pylist()
    [[{'kind': 'card', 'id': '7'}], None]
    """
    if not is_text(column.type):
        listed: pa.Array[Any] = column.cast(ALIASES)
        return listed
    return pa.array([_aliases(text) for text in column.to_pylist()], ALIASES)


def _aliases(text: str | None) -> list[dict[str, str]] | None:
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    good = isinstance(found, list) and all(
        isinstance(a, dict) and isinstance(a.get("kind"), str) and isinstance(a.get("id"), str)
        for a in found
    )
    return [{"kind": a["kind"], "id": a["id"]} for a in found] if good and found else None


def feeling(text: str) -> str | None:
    """A number from -1 to 1 as Python writes it; None for anything else.

    >>> feeling("0.50"), feeling("7")
    ('0.5', None)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    return repr(value) if -1 <= value <= 1 else None


def is_strict(text: str) -> bool:
    """Whether a text is JSON without NaN and infinities."""
    try:
        json.loads(text, parse_constant=_refuse)
    except ValueError:
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(name)


def _from_reals(column: Any) -> pa.Array[Any]:
    reals = np.asarray(column.fill_null(0.0))
    valid = np.asarray(column.is_valid()) & ~np.isnan(reals)
    whole = valid & (np.abs(reals) < 2**63) & (np.floor(reals) == reals)
    numbers = pa.array(np.where(whole, reals, 0).astype(np.int64)).cast(pa.string())
    texts = pc.if_else(pa.array(whole), numbers, column.cast(pa.string()))
    return pc.if_else(pa.array(valid), texts, None)


def _iso(column: Any) -> pa.Array[Any]:
    if pa.types.is_date(column.type):
        return pc.strftime(column.cast(pa.timestamp("s")), "%Y-%m-%d")
    zoned = column.type.tz is not None
    plain = column.cast(pa.timestamp("us", "UTC" if zoned else None), safe=False)
    return pc.strftime(plain, "%Y-%m-%dT%H:%M:%SZ" if zoned else "%Y-%m-%dT%H:%M:%S")
