"""Functions and arithmetic: which arguments they take and what they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from sojourn.core.consent import PURPOSES, SAYS_YES, TRAIT, purpose_of

from .builder import Builder, mistyped
from .functions import FUNCTIONS, MAX_DIGITS, Function
from .lexing import CALL
from .nodes import Call, Column, Constant, Node, Ref, Type, Within
from .types import Tree

SIGNS: Mapping[type[Tree], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.DPipe: "||",
}


def arithmetic(builder: Builder, tree: Tree) -> Node:
    """`+ - * /` between numbers, `||` between texts."""
    builder.only(tree, "this", "expression")
    sign = SIGNS[type(tree)]
    kind: Type = "text" if sign == "||" else "number"
    sides = (tree.this, tree.expression)
    return Call(sign, tuple(builder.typed(side, kind, f'"{sign}"') for side in sides), type=kind)


def negative(builder: Builder, tree: exp.Neg) -> Node:
    """A minus before a number."""
    node = builder.typed(tree.this, "number", 'a "-"')
    if isinstance(node, Constant) and isinstance(node.value, float):
        return replace(node, value=-node.value)
    return Call("negate", (node,), type="number")


def call(builder: Builder, tree: exp.Anonymous) -> Node:
    """A function with the arguments it takes."""
    name = str(tree.this).removeprefix(CALL)
    if name == "did":
        return did(builder, tree)
    if name == "consents":
        return consents(builder, tree)
    function = FUNCTIONS.get(name)
    if function is None:
        raise builder.refused(tree)
    if not function.takes(len(tree.expressions)):
        hint = f"Write {name}({function.usage})."
        found = len(tree.expressions)
        raise builder.error(tree, f"{name} cannot take {found} argument{'s' * (found != 1)}", hint)
    args = [argument(builder, name, function, i, arg) for i, arg in enumerate(tree.expressions)]
    if function.result is not None:
        return Call(name, tuple(args), type=function.result)
    same, kind = builder.agreed(args, tree.expressions)
    return Call(name, tuple(same), type=kind)


def argument(builder: Builder, name: str, function: Function, position: int, tree: Tree) -> Node:
    """One argument, of the type that its parameter asks for."""
    param = function.param(position)
    node = builder.build(tree)
    if param == "whole":
        return whole_number(builder, name, position, node, tree)
    if param == "ordered" and node.type == "boolean":
        raise builder.error(tree, f"{name} needs numbers, texts or times, not true or false")
    fits = param in ("any", "ordered") or node.type in (param, "null")
    if not fits and not (name == "number" and node.type == "number"):
        wanted: dict[str, Type] = {"text": "text", "number": "number", "time": "time"}
        raise builder.error(tree, *mistyped(name, wanted[param], node))
    return node


def whole_number(builder: Builder, name: str, position: int, node: Node, tree: Tree) -> Node:
    """A whole number that is written out, within what the function can do."""
    value = node.value if isinstance(node, Constant) else None
    limit = MAX_DIGITS if name == "round" else 2**31
    least = 0 if (name, position) == ("substr", 2) else -limit
    if isinstance(value, float) and value.is_integer() and least <= value <= limit:
        return node
    what = "a whole number" if least else "a whole number that is not negative"
    raise builder.error(tree, f"{name} needs {what} as argument {position + 1}")


def consents(builder: Builder, tree: exp.Anonymous) -> Node:
    """`consents('messages')`: true of whoever said yes to it last, else false."""
    if builder.scope.name != "people":
        raise builder.error(tree, '"consents" is known of people, not of touchpoints')
    args = [builder.build(arg) for arg in tree.expressions]
    purpose = args[0].value if len(args) == 1 and isinstance(args[0], Constant) else None
    if not isinstance(purpose, str) or not purpose.strip():
        hint = f"Write consents('messages'); the usual purposes are {', '.join(PURPOSES)}."
        raise builder.error(tree, "consents needs one purpose in quotes", hint)
    said = Column(Ref("traits", (TRAIT.removesuffix("."), purpose_of(purpose))), type="text")
    given = Within(Call("lower", (said,), type="text"), SAYS_YES, False)
    return Call("coalesce", (given, Constant(False)), type="boolean")


def did(builder: Builder, tree: exp.Anonymous) -> Node:
    """`did('Name')`, or `did('Name', days)`."""
    if builder.scope.name != "people":
        raise builder.error(tree, '"did" is known of people, not of touchpoints')
    args = [builder.build(arg) for arg in tree.expressions]
    values = [arg.value if isinstance(arg, Constant) else None for arg in args]
    hint = "Write did('Order Completed'), or did('Order Completed', 30) for the last 30 days."
    name, days = (*values, None, None)[:2]
    if not isinstance(name, str) or len(args) > 2:
        raise builder.error(tree, "did needs the name of a touchpoint in quotes", hint)
    if len(args) == 1:
        return Column(Ref("did", (), (name,)))
    if not isinstance(days, float) or days <= 0:
        raise builder.error(tree, "did needs a number of days above 0", hint)
    return Column(Ref("did", (), (name, int(days) if days.is_integer() else days)))
