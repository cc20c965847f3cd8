"""Which types go together, and the errors that say why some do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from sqlglot import exp

from sojourn.errors import ConditionError

from .nodes import Call, Column, Constant, Node, Type, Value
from .source import shown
from .times import read_time

Tree: TypeAlias = exp.Expr
Fail: TypeAlias = Callable[[Tree, str, str | None], ConditionError]

SPOKEN = {
    "text": "text",
    "number": "a number",
    "time": "a time",
    "boolean": "true or false",
    "null": "null",
}


def spoken(node: Node) -> str:
    """What a value is, for an error: `name is text`."""
    return f"{named(node)} is {SPOKEN[node.type]}"


def named(node: Node) -> str:
    """A short name of a value."""
    if isinstance(node, Column):
        return shown(str(node.ref))
    if isinstance(node, Constant):
        return constant(node.value)
    if isinstance(node, Call) and node.name.isidentifier():
        return f"{node.name}(...)"
    return "one side"


def constant(value: Value) -> str:
    """A value as it is written in a condition.

    >>> constant(None), constant(True), constant(4.0), constant("it's")
    ('null', 'true', '4', "'it''s'")
    """
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, str):
        return shown("'" + value.replace("'", "''") + "'")
    return f"{value:.15g}"


def agree(
    nodes: Sequence[Node], trees: Sequence[Tree], fail: Fail, zone: str
) -> tuple[list[Node], Type]:
    """The values made of one type, and the type: beside a time, a text is read as a time.

    Raises what `fail` makes of the tree and the message when they do not go together.
    """
    timed = any(node.type == "time" for node in nodes)
    same = [
        as_time(node, tree, fail, zone) if timed else node
        for node, tree in zip(nodes, trees, strict=True)
    ]
    known = [node for node in same if node.type != "null"]
    for node in known:
        if node.type != known[0].type:
            message = f"{spoken(known[0])}, but {spoken(node)}"
            raise fail(trees[0], message, advice(known[0], node))
    return same, known[0].type if known else "null"


def as_time(node: Node, tree: Tree, fail: Fail, zone: str) -> Node:
    """A text written beside a time, read as a time."""
    if not isinstance(node, Constant) or not isinstance(node.value, str):
        return node
    moment = read_time(node.value, zone)
    if moment is None:
        hint = "Write a time as '2026-01-31' or '2026-01-31 14:05:00'."
        raise fail(tree, f"{constant(node.value)} is not a date or a time", hint)
    return replace(node, value=moment, type="time")


def advice(first: Node, second: Node) -> str | None:
    """How to make a text and a number comparable."""
    texts = [node for node in (first, second) if node.type == "text"]
    if {first.type, second.type} != {"text", "number"}:
        return None
    if isinstance(texts[0], Column):
        return f"Write number({named(texts[0])})."
    return "number(...) turns text into a number; a number alone has no quotes."
