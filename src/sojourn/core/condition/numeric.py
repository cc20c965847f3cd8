"""Comparisons and functions on whole arrays of numbers, times and truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Bools

from .nodes import Type
from .times import NULL_TIME, date_part

Array: TypeAlias = NDArray[Any]

FALSE, UNKNOWN, TRUE = 0, 1, 2
"""Truth in arrays: `and` is the least, `or` the greatest, `not x` is `2 - x`."""

NULLS: Mapping[Type, Any] = {
    "number": np.float64(np.nan),
    "null": np.float64(np.nan),
    "time": np.int64(NULL_TIME),
    "boolean": np.int8(UNKNOWN),
}
"""How each type writes that a value is unknown."""

COMPARE: Mapping[str, Callable[[Array, Array], Bools]] = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def is_null(values: Array, kind: Type) -> Bools:
    """Where a value is unknown."""
    if kind in ("number", "null"):
        unknown: Bools = np.isnan(values)
    else:
        unknown = np.equal(values, NULLS[kind])
    return unknown


def truth(found: Bools, unknown: Bools) -> Array:
    """Truth from where it is found and where nothing is known.

    >>> truth(np.array([True, False, False]), np.array([False, False, True])).tolist()
    [2, 0, 1]
    """
    codes = np.asarray(found).astype(np.int8) * np.int8(TRUE)
    return np.where(unknown, np.int8(UNKNOWN), codes)


def compared(sign: str, left: Array, right: Array, kind: Type) -> Array:
    """The truth of a comparison, unknown where a side is."""
    return truth(COMPARE[sign](left, right), is_null(left, kind) | is_null(right, kind))


def finite(values: Array) -> Array:
    """The numbers, unknown where they are infinite."""
    return np.where(np.isfinite(values), values, np.nan)


def half_away(values: Array) -> Array:
    """The nearest whole numbers, halves away from zero."""
    whole = np.trunc(values)
    return np.where(np.abs(values - whole) >= 0.5, whole + np.copysign(1.0, values), whole)


def rounded(values: Array, digits: Array | float = 0.0) -> Array:
    """Numbers rounded to so many digits after the point, or before it when negative."""
    scale = 10.0 ** abs(float(digits))
    if digits < 0:
        return finite(half_away(values / scale) * scale)
    scaled = values * scale
    return np.where(np.isfinite(scaled), half_away(scaled) / scale, values)


NUMERIC: Mapping[str, Callable[..., Array]] = {
    "number": lambda values: values,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": rounded,
    "negate": np.negative,
    "+": lambda a, b: finite(a + b),
    "-": lambda a, b: finite(a - b),
    "*": lambda a, b: finite(a * b),
    "/": lambda a, b: finite(a / b),
}
"""Functions from numbers to numbers: what is unknown is NaN, and stays so by itself."""


def extreme(sign: str) -> Callable[..., Array]:
    """The least or the greatest of what is known."""

    def pick(kind: Type, first: Array, *others: Array) -> Array:
        best = first
        for other in others:
            better = COMPARE[sign](other, best) & ~is_null(other, kind)
            best = np.where(better | is_null(best, kind), other, best)
        return best

    return pick


def coalesce(kind: Type, first: Array, *others: Array) -> Array:
    """The first value that is known."""
    for other in others:
        first = np.where(is_null(first, kind), other, first)
    return first


def nullif(kind: Type, value: Array, other: Array) -> Array:
    """The value, unknown where it equals the other."""
    return np.where(np.equal(value, other), NULLS[kind], value)


LENIENT: Mapping[str, Callable[..., Array]] = {
    "coalesce": coalesce,
    "nullif": nullif,
    "least": extreme("<"),
    "greatest": extreme(">"),
}
"""Functions that look at what is unknown themselves."""


def apply(name: str, args: list[Array], kind: Type, zone: str) -> Array:
    """The value of a function for arrays of its arguments."""
    if name in LENIENT:
        return LENIENT[name](kind, *args)
    with np.errstate(all="ignore"):
        if name in NUMERIC:
            return NUMERIC[name](*args)
        moments = np.atleast_1d(args[0])
        found = date_part(name, np.maximum(moments, -(2**62)), zone).astype(np.float64)
        return np.where(moments == NULL_TIME, np.nan, found)
