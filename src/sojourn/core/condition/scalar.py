"""What a condition means: the value of its tree for one touchpoint or one person.

SQL's logic has three values; here they are True, False and None (unknown). The tree becomes
one Python function, so that a condition asked a million times is not walked a million times.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, TypeAlias

import numpy as np

from .functions import DATE_PARTS, LENIENT, STRICT
from .nodes import (
    Between,
    Call,
    Case,
    Column,
    Compare,
    Constant,
    Is,
    Junction,
    Like,
    Node,
    Not,
    Ref,
    Within,
)
from .properties import property_text
from .times import date_part, micros

Get: TypeAlias = Callable[[Ref], Any]
Evaluate: TypeAlias = Callable[[Get], Any]

COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def evaluator(node: Node, zone: str) -> Evaluate:
    """The function from a way to get values to the value of the node.

    A time is microseconds since 1970 in UTC, a number a finite float, unknown is None.
    """
    make = MAKERS[type(node)]
    return make(node, *(evaluator(child, zone) for child in parts(node)), zone=zone)


def parts(node: Node) -> tuple[Node, ...]:
    """The children whose values are always needed; `case` looks after its own."""
    return () if isinstance(node, Case) else node.children


def constant(node: Constant, **_: Any) -> Evaluate:
    """A value written in the condition."""
    value = node.value
    return lambda _: value


def column(node: Column, **_: Any) -> Evaluate:
    """A value asked for by name, brought into our types."""
    ref, source, path = node.ref, node.ref.source, node.ref.path
    if ref.name == "properties":
        return lambda get: property_text(get(source), path)
    if node.type == "number":
        return lambda get: None if (value := get(ref)) is None else known(float(value))
    if node.type == "time":
        return lambda get: in_micros(get(ref))
    if node.type == "boolean":
        return lambda get: None if (value := get(ref)) is None else bool(value)
    return lambda get: get(ref)


def known(value: float) -> float | None:
    """A number, None where it is not a number."""
    return None if value != value else value


def in_micros(moment: datetime | int | None) -> int | None:
    """A time as microseconds since 1970."""
    return micros(moment) if isinstance(moment, datetime) else moment


def negation(_: Not, operand: Evaluate, **__: Any) -> Evaluate:
    """`not`: what is unknown stays unknown."""

    def value(get: Get) -> bool | None:
        found = operand(get)
        return None if found is None else not found

    return value


def junction(node: Junction, *operands: Evaluate, **_: Any) -> Evaluate:
    """`and` is false as soon as one operand is, `or` true as soon as one is."""
    decides = node.word == "or"

    def value(get: Get) -> bool | None:
        result: bool | None = not decides
        for operand in operands:
            found = operand(get)
            if found is None:
                result = None
            elif found == decides:
                return decides
        return result

    return value


def comparison(node: Compare, left: Evaluate, right: Evaluate, **_: Any) -> Evaluate:
    """A comparison, unknown when a side is; texts go by the code points of their characters."""
    compare = COMPARE[node.sign]

    def value(get: Get) -> bool | None:
        a, b = left(get), right(get)
        return None if a is None or b is None else compare(a, b)

    return value


def between(_: Between, operand: Evaluate, low: Evaluate, high: Evaluate, **__: Any) -> Evaluate:
    """`operand >= low and operand <= high`, with the operand evaluated once."""

    def value(get: Get) -> bool | None:
        found, least, most = operand(get), low(get), high(get)
        if found is None:
            return None
        above = None if least is None else found >= least
        below = None if most is None else found <= most
        if above is False or below is False:
            return False
        return None if above is None or below is None else True

    return value


def within(node: Within, operand: Evaluate, **_: Any) -> Evaluate:
    """`in (...)`: beside a null, what is not found is unknown rather than false."""
    options, missing = node.options, None if node.has_null else False

    def value(get: Get) -> bool | None:
        found = operand(get)
        return None if found is None else True if found in options else missing

    return value


def like(node: Like, operand: Evaluate, pattern: Evaluate, **_: Any) -> Evaluate:
    """A text against a pattern that may itself come from a column."""
    escape, folded = node.escape, node.folded

    def value(get: Get) -> bool | None:
        text, written = operand(get), pattern(get)
        if text is None or written is None:
            return None
        return matcher(written, escape, folded)(fold(text) if folded else text) is not None

    return value


def fold(text: str) -> str:
    """The text in small letters, one sigma for both of its small forms."""
    return text.lower().replace("\u03c2", "\u03c3")


@lru_cache(maxsize=1024)
def matcher(pattern: str, escape: str, folded: bool) -> Callable[[str], object | None]:
    """A matcher of a LIKE pattern, in which each `%` settles for the first place that fits.

    >>> bool(matcher("Order%_d", "", False)("Order Completed"))
    True
    """
    pieces, escaped = [""], False
    for char in pattern:
        if char == escape and not escaped:
            escaped = True
            continue
        if char == "%" and not escaped:
            pieces.append("")
        elif char == "_" and not escaped:
            pieces[-1] += "."
        else:
            pieces[-1] += re.escape(fold(char) if folded else char)
        escaped = False
    first, *rest = pieces
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1])
    last = f".*{rest[-1]}" if rest else ""
    return re.compile(f"(?s){first}{middle}{last}").fullmatch


def being(node: Is, operand: Evaluate, **_: Any) -> Evaluate:
    """`is null`, `is true` or `is false`, never unknown."""
    wanted = node.value
    return lambda get: operand(get) is wanted


def call(node: Call, *args: Evaluate, zone: str) -> Evaluate:
    """A function; most are unknown as soon as one argument is."""
    if node.name in LENIENT:
        lenient = LENIENT[node.name]
        return lambda get: lenient(*[arg(get) for arg in args])
    strict = partial(part_of, node.name, zone) if node.name in DATE_PARTS else STRICT[node.name]

    def value(get: Get) -> Any:
        found = [arg(get) for arg in args]
        return None if None in found else strict(*found)

    return value


def part_of(part: str, zone: str, moment: int) -> float:
    """The hour, weekday, ... of one moment."""
    return float(date_part(part, np.array([moment], np.int64), zone)[0])


def case(node: Case, zone: str) -> Evaluate:
    """The branches in order; only the one that fits is evaluated."""
    branches = [(evaluator(a, zone), evaluator(b, zone)) for a, b in node.branches]
    otherwise = evaluator(node.otherwise, zone)
    subject = evaluator(node.subject, zone) if node.subject else None

    def value(get: Get) -> Any:
        wanted = True if subject is None else subject(get)
        for test, result in branches if wanted is not None else ():
            if test(get) == wanted:
                return result(get)
        return otherwise(get)

    return value


MAKERS: Mapping[type[Node], Callable[..., Evaluate]] = {
    Constant: constant,
    Column: column,
    Not: negation,
    Junction: junction,
    Compare: comparison,
    Between: between,
    Within: within,
    Like: like,
    Is: being,
    Call: call,
    Case: case,
}
