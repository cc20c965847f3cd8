"""The shapes that a condition may have, each with its types: everything else is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from .builder import Builder, check_depth, mistyped
from .calls import arithmetic, call, negative
from .names import column
from .nodes import Between, Case, Compare, Constant, Is, Junction, Like, Node, Not, Value, Within
from .types import Tree, as_time

SIGNS: Mapping[type[Tree], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


def whole(builder: Builder, tree: Tree) -> Node:
    """The whole condition; raises ConditionError unless it is true or false."""
    check_depth(builder, tree)
    root = builder.build(tree)
    if root.type != "boolean":
        raise builder.error(tree, *mistyped("a condition", "boolean", root))
    return root


def name(builder: Builder, tree: exp.Column | exp.Dot) -> Node:
    """A column, or a group that stands here as a name."""
    group = builder.group(tree)
    return column(builder, tree) if group is None else builder.build(group)


def junction(builder: Builder, tree: exp.And | exp.Or) -> Node:
    """A row of `and` or of `or`, however long, as one node."""
    word = tree.key
    operands: list[Node] = []
    waiting: list[Tree] = [tree]
    while waiting:
        part = waiting.pop()
        if type(part) is type(tree):
            waiting += [part.expression, part.this]
            continue
        node = builder.typed(part, "boolean", word)
        row = isinstance(node, Junction) and node.word == word
        operands += node.children if row else [node]
    return Junction(word, tuple(operands))


def negation(builder: Builder, tree: exp.Not) -> Node:
    """`not x`."""
    return Not(builder.typed(tree.this, "boolean", "not"))


def comparison(builder: Builder, tree: Tree) -> Node:
    """Two values of one type with a sign between them."""
    builder.only(tree, "this", "expression")
    sides = (tree.this, tree.expression)
    if any(type(side) in SIGNS for side in sides):
        raise builder.error(tree, "comparisons cannot be chained", "Join two of them by and.")
    (left, right), _ = builder.same(*sides)
    return Compare(SIGNS[type(tree)], left, right)


def between(builder: Builder, tree: exp.Between) -> Node:
    """`x between low and high`, both included."""
    builder.only(tree, "this", "low", "high")
    (value, low, high), _ = builder.same(tree.this, tree.args["low"], tree.args["high"])
    return Between(value, low, high)


def within(builder: Builder, tree: exp.In) -> Node:
    """`x in (1, 2)`."""
    if not tree.expressions:
        raise builder.error(tree, "in needs a list in parentheses", "Write in ('a', 'b').")
    builder.only(tree, "this", "expressions")
    (value, *options), _ = builder.same(tree.this, *tree.expressions)
    found: set[Value] = set()
    for option, part in zip(options, tree.expressions, strict=True):
        if not isinstance(option, Constant):
            hint = "Compare with = and join by or."
            raise builder.error(part, "in (...) takes written values only", hint)
        found.add(option.value)
    return Within(value, frozenset(found - {None}), None in found)


def like(builder: Builder, tree: exp.Like | exp.ILike | exp.Escape) -> Node:
    """`x like 'a%'`, with or without `escape`."""
    escape = ""
    if isinstance(tree, exp.Escape):
        sign = tree.expression
        if not isinstance(sign, exp.Literal) or not sign.is_string or len(sign.name) != 1:
            raise builder.error(tree, "escape needs one character", "Write escape '$'.")
        escape, tree = sign.name, tree.this
    if not isinstance(tree, (exp.Like, exp.ILike)):
        raise builder.error(tree, "escape belongs after like")
    builder.only(tree, "this", "expression", "negate")
    operand = builder.typed(tree.this, "text", "like")
    pattern = builder.typed(tree.expression, "text", "like")
    if isinstance(pattern, Constant) and dangling(str(pattern.value), escape):
        raise builder.error(tree.expression, f'the pattern ends in its escape character "{escape}"')
    node = Like(operand, pattern, escape, isinstance(tree, exp.ILike))
    return Not(node) if tree.args.get("negate") else node


def dangling(pattern: str, escape: str) -> bool:
    """Whether a pattern ends in an escape character that escapes nothing.

    >>> dangling("100$", "$"), dangling("100$$", "$"), dangling("100$", "")
    (True, False, False)
    """
    return bool(escape) and (len(pattern) - len(pattern.rstrip(escape))) % 2 == 1


def being(builder: Builder, tree: exp.Is) -> Node:
    """`x is null`, `x is true` or `x is false`."""
    builder.only(tree, "this", "expression")
    value = tree.expression
    if isinstance(value, exp.Null):
        return Is(builder.build(tree.this), None)
    if isinstance(value, exp.Boolean):
        return Is(builder.typed(tree.this, "boolean", "is true"), bool(value.this))
    raise builder.error(tree, "is takes null, true or false", "Compare values with =.")


def case(builder: Builder, tree: exp.Case) -> Node:
    """`case when a then b else c end`, or `case x when a then b else c end`."""
    builder.only(tree, "this", "ifs", "default")
    branches, default = tree.args["ifs"], tree.args.get("default") or exp.Null()
    same, kind = builder.same(*(branch.args["true"] for branch in branches), default)
    tests = [branch.this for branch in branches]
    if tree.this is None:
        subject, whens = None, [builder.typed(test, "boolean", "when") for test in tests]
    else:
        (subject, *whens), _ = builder.same(tree.this, *tests)
    return Case(subject, tuple(zip(whens, same, strict=False)), same[-1], type=kind)


def literal(builder: Builder, tree: exp.Literal) -> Node:
    """A text or a number."""
    if tree.is_string:
        return Constant(tree.name, type="text")
    try:
        value = float(tree.name)
    except ValueError:
        raise builder.error(tree, f'"{tree.name}" is not a number') from None
    if not math.isfinite(value):
        raise builder.error(tree, f'"{tree.name}" is too large')
    return Constant(value, type="number")


def moment(builder: Builder, tree: exp.Cast) -> Node:
    """`DATE '...'` or `TIMESTAMP '...'`: the only cast that gets so far."""
    return as_time(literal(builder, tree.this), tree, builder.error, builder.zone)


SHAPES: Mapping[type[Tree], Callable[[Builder, Any], Node]] = {
    exp.And: junction,
    exp.Or: junction,
    exp.Not: negation,
    **dict.fromkeys(SIGNS, comparison),
    exp.Between: between,
    exp.In: within,
    **dict.fromkeys((exp.Like, exp.ILike, exp.Escape), like),
    exp.Is: being,
    exp.Case: case,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.DPipe), arithmetic),
    exp.Neg: negative,
    exp.Anonymous: call,
    exp.Column: name,
    exp.Dot: name,
    exp.Literal: literal,
    exp.Cast: moment,
    exp.Boolean: lambda _, tree: Constant(bool(tree.this)),
    exp.Null: lambda _, __: Constant(None, type="null"),
    exp.Paren: lambda builder, tree: builder.build(tree.this),
}
