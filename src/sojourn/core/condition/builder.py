"""What turns any part of one condition from SQLGlot's tree into ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from sojourn.errors import ConditionError

from .nodes import Node, Type
from .order import MAX_DEPTH, too_deep
from .scope import Scope
from .source import Source
from .types import Tree, agree, spoken

FLAGS = frozenset({"safe", "typed"})
"""Arguments of SQLGlot's nodes that change nothing here."""
LEAVES = (exp.Column, exp.Dot, exp.Literal, exp.Boolean, exp.Null, exp.Identifier)


@dataclass(frozen=True)
class Builder:
    """One condition being read: its text, its words, its time zone and the shapes allowed.

    `inner` holds the trees of the groups that stand in others as names.
    """

    source: Source
    scope: Scope
    zone: str
    inner: Mapping[str, Tree]
    shapes: Mapping[type[Tree], Callable[[Builder, Any], Node]]

    def build(self, tree: Tree) -> Node:
        """The node of a tree; raises ConditionError for a shape that is not allowed."""
        make = self.shapes.get(type(tree))
        if make is None:
            raise self.refused(tree)
        return make(self, tree)

    def group(self, tree: Tree) -> Tree | None:
        """The tree of the group that this name stands for."""
        named = isinstance(tree, exp.Column) and isinstance(tree.this, exp.Identifier)
        return self.inner.get(tree.name) if named and not tree.this.quoted else None

    def error(self, tree: Tree, message: str, hint: str | None = None) -> ConditionError:
        """An error about a tree."""
        return self.source.error(start(tree), message, hint)

    def refused(self, tree: Tree) -> ConditionError:
        """The error for what no condition holds."""
        if isinstance(tree, exp.Tuple):
            return self.error(tree, "a list belongs after in", "Write name in ('a', 'b').")
        return self.error(tree, f'"{tree.key}" is no part of a condition')

    def only(self, tree: Tree, *allowed: str) -> None:
        """Refuse a tree that has more to it than these arguments."""
        held = {key for key, value in tree.args.items() if value not in (None, False, [])}
        if held - FLAGS - set(allowed):
            raise self.refused(tree)

    def typed(self, tree: Tree, type: Type, word: str) -> Node:
        """The node of a tree that must have a type, or be null."""
        node = self.build(tree)
        if node.type not in (type, "null"):
            raise self.error(tree, *mistyped(word, type, node))
        return node

    def same(self, *trees: Tree) -> tuple[list[Node], Type]:
        """The nodes of the trees, made of one type, and the type."""
        return self.agreed([self.build(tree) for tree in trees], trees)

    def agreed(self, nodes: Sequence[Node], trees: Sequence[Tree]) -> tuple[list[Node], Type]:
        """These nodes, built of these trees, made of one type, and the type."""
        return agree(nodes, trees, self.error, self.zone)


def mistyped(word: str, type: Type, node: Node) -> tuple[str, str | None]:
    """What to say of a value of the wrong type, and what to do about it."""
    wanted = {"number": "a number", "time": "a time", "boolean": "true or false"}.get(type, type)
    hint = None
    if (type, node.type) == ("number", "text"):
        hint = "number(...) turns text into a number."
    if (type, node.type) == ("boolean", "text"):
        hint = "Compare it with something, for example: name = 'Order Completed'."
    return f"{word} needs {wanted}, but {spoken(node)}", hint


def start(tree: Tree) -> int:
    """Where the first name or value of a tree stands in the text."""
    places = [node.meta["start"] for node in tree.walk() if "start" in node.meta]
    return min(places, default=0)


def check_depth(builder: Builder, tree: Tree) -> None:
    """Refuse a tree too deep to be walked; a row of `and` or `or` counts once."""
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise too_deep(builder.source, start(node))
        if (group := builder.group(node)) is not None:
            waiting.append((group, depth))
        for child in node.iter_expressions():
            row = isinstance(node, (exp.And, exp.Or)) and type(child) is type(node)
            if row or isinstance(node, (exp.Paren, exp.If)):
                waiting.append((child, depth))
            elif not isinstance(child, LEAVES) or builder.group(child) is not None:
                waiting.append((child, depth + 1))
