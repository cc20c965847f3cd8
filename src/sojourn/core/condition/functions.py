"""What the functions take, give and mean, one value at a time."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .nodes import Type

SPACES = " \u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What `trim` takes away: spaces of every width, but not tabs and new lines."""

DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
MAX_DIGITS = 30
"""`round(x, n)` takes n from -30 to 30."""


@dataclass(frozen=True)
class Function:
    """A function's parameters and result.

    `any` takes every type and `ordered` all but booleans, but the same one throughout;
    `whole` is a whole number written in the condition. `result` None means that same type.
    """

    params: tuple[str, ...]
    result: Type | None
    least: int = -1
    repeats: bool = False

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        fewest = len(self.params) if self.least < 0 else self.least
        return count >= fewest and (self.repeats or count <= len(self.params))

    def param(self, position: int) -> str:
        """What it takes at a position."""
        return self.params[min(position, len(self.params) - 1)]

    @property
    def usage(self) -> str:
        """Its parameters as a person reads them."""
        return ", ".join(self.params) + (", ..." if self.repeats else "")


FUNCTIONS: Mapping[str, Function] = {
    "number": Function(("text",), "number"),
    "lower": Function(("text",), "text"),
    "upper": Function(("text",), "text"),
    "trim": Function(("text",), "text"),
    "length": Function(("text",), "number"),
    "contains": Function(("text", "text"), "boolean"),
    "starts_with": Function(("text", "text"), "boolean"),
    "ends_with": Function(("text", "text"), "boolean"),
    "concat": Function(("text",), "text", repeats=True),
    "substr": Function(("text", "whole", "whole"), "text", least=2),
    "replace": Function(("text", "text", "text"), "text"),
    "coalesce": Function(("any",), None, repeats=True),
    "nullif": Function(("any", "any"), None),
    "least": Function(("ordered",), None, repeats=True),
    "greatest": Function(("ordered",), None, repeats=True),
    "abs": Function(("number",), "number"),
    "round": Function(("number", "whole"), "number", least=1),
    "floor": Function(("number",), "number"),
    "ceil": Function(("number",), "number"),
    "hour": Function(("time",), "number"),
    "weekday": Function(("time",), "number"),
    "day": Function(("time",), "number"),
    "month": Function(("time",), "number"),
    "year": Function(("time",), "number"),
}
DATE_PARTS = frozenset({"hour", "weekday", "day", "month", "year"})


def number(text: str | float) -> float | None:
    """The number that a text holds, None unless it is a finite decimal number.

    >>> [number(t) for t in ("4", " -2.5e3 ", "1_000", "0x1F", "nan", "1e999", "four")]
    [4.0, -2500.0, None, None, None, None, None]
    """
    if not isinstance(text, str):
        return text
    bare = text.strip()
    return finite(float(bare)) if DECIMAL.fullmatch(bare) else None


def finite(value: float) -> float | None:
    """The number itself, None when it is infinite or not a number."""
    return value if math.isfinite(value) else None


def divide(a: float, b: float) -> float | None:
    """A quotient, None by zero."""
    return finite(a / b) if b else None


def half_away(value: float) -> float:
    """The nearest whole number, halves away from zero.

    >>> half_away(2.5), half_away(-2.5), half_away(0.49999999999999994)
    (3.0, -3.0, 0.0)
    """
    whole = float(math.trunc(value)) if abs(value) < 2**52 else value
    return whole + math.copysign(1.0, value) if abs(value - whole) >= 0.5 else whole


def rounded(value: float, digits: float = 0) -> float | None:
    """A number rounded to so many digits after the point, or before it when negative."""
    scale = 10.0 ** abs(digits)
    if digits < 0:
        return finite(half_away(value / scale) * scale)
    scaled = value * scale
    return half_away(scaled) / scale if math.isfinite(scaled) else value


def part(text: str, start: float, length: float | None = None) -> str:
    """Characters from the one at `start`, counted from 1, or from the end when negative.

    >>> part("sojourn", 3), part("sojourn", 3, 2), part("sojourn", -3), part("abc", -5, 3)
    ('journ', 'jo', 'urn', 'a')
    """
    first = int(start) - 1 if start >= 0 else len(text) + int(start)
    last = len(text) if length is None else max(0, first + int(length))
    return text[max(0, first) : last]


def replaced(text: str, old: str, new: str) -> str:
    """The text with every `old` made `new`; an empty `old` changes nothing."""
    return text.replace(old, new) if old else text


STRICT: Mapping[str, Callable[..., Any]] = {
    "number": number,
    "lower": str.lower,
    "upper": str.upper,
    "trim": lambda text: text.strip(SPACES),
    "length": lambda text: float(len(text)),
    "contains": lambda text, piece: piece in text,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "substr": part,
    "replace": replaced,
    "abs": abs,
    "round": rounded,
    "floor": lambda x: float(math.floor(x)) if abs(x) < 2**52 else x,
    "ceil": lambda x: float(math.ceil(x)) if abs(x) < 2**52 else x,
    "negate": lambda x: -x,
    "+": lambda a, b: finite(a + b),
    "-": lambda a, b: finite(a - b),
    "*": lambda a, b: finite(a * b),
    "/": divide,
    "||": lambda *texts: "".join(texts),
}
"""Functions whose value is unknown as soon as one argument is."""


def present(args: tuple[Any, ...]) -> list[Any]:
    """The arguments that are known."""
    return [arg for arg in args if arg is not None]


LENIENT: Mapping[str, Callable[..., Any]] = {
    "coalesce": lambda *args: next(iter(present(args)), None),
    "nullif": lambda a, b: None if a is not None and a == b else a,
    "least": lambda *args: min(present(args), default=None),
    "greatest": lambda *args: max(present(args), default=None),
    "concat": lambda *args: "".join(present(args)),
}
"""Functions that look at unknown arguments themselves."""
