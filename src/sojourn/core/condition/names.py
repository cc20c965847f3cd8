"""The columns that a condition names, found in its scope."""

from __future__ import annotations

from sqlglot import exp

from sojourn.errors import ConditionError

from .builder import Builder
from .functions import FUNCTIONS
from .nodes import Column, Ref
from .scope import PEOPLE, PEOPLES, nearest, other
from .source import shown
from .types import Tree


def column(builder: Builder, tree: exp.Column | exp.Dot) -> Column:
    """The column that a name stands for; raises ConditionError."""
    scope = builder.scope
    first, *keys = parts(builder, tree)
    name = first.name.lower()
    if name == scope.holder:
        if not keys:
            hint = f"Write {name}.x, with your key for x."
            raise builder.error(tree, f'"{name}" needs a key', hint)
        return Column(Ref(name, tuple(key.name for key in keys)), type="text")
    if name not in scope.columns:
        raise unknown(builder, tree, first)
    if keys:
        message = f'"{name}" has no keys; only {scope.holder} has'
        raise builder.error(tree, message, f"Write {name}, or {scope.holder}.{keys[0].name}.")
    return Column(Ref(name), type=scope.columns[name])


def parts(builder: Builder, tree: Tree) -> list[exp.Identifier]:
    """The identifiers of a dotted name in order."""
    last: list[Tree] = []
    node = tree
    while isinstance(node, exp.Dot):
        last.insert(0, node.expression)
        node = node.this
    if not isinstance(node, exp.Column):
        raise builder.error(tree, "this is not a name")
    first = [node.args.get(key) for key in ("catalog", "db", "table", "this")]
    names = [*(part for part in first if part is not None), *last]
    identifiers = [name for name in names if isinstance(name, exp.Identifier)]
    if len(identifiers) != len(names):
        raise builder.error(tree, "this is not a name")
    return identifiers


def unknown(builder: Builder, tree: Tree, name: exp.Identifier) -> ConditionError:
    """The error for a name that the scope has not."""
    scope = builder.scope
    word = name.name.lower()
    elsewhere = other(scope)
    if word in (*PEOPLES, *FUNCTIONS):
        return builder.error(tree, f'"{word}" is a function', f"Write {word}(...).")
    if word in elsewhere.columns or word == elsewhere.holder:
        message = f'"{word}" is known of {elsewhere.things}, not of {scope.things}'
    else:
        message = f'there is no "{shown(name.name)}" on {scope.things}{nearest(word, scope)}'
    if name.quoted:
        hint = f"Text goes in single quotes: '{shown(name.name)}'."
    else:
        did = ", did('Name', days), consents('purpose')" if scope is PEOPLE else ""
        hint = f"Columns: {', '.join(scope.columns)}, {scope.holder}.x{did}."
    return builder.error(tree, message, hint)
