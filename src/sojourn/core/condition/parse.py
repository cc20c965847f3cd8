"""From the text of a condition to its tree."""

from __future__ import annotations

from .builder import Builder
from .grammar import tree_of
from .lexing import tokens_of
from .nodes import Node
from .order import check_nesting, check_order, too_deep
from .scope import SCOPES, ScopeName
from .shapes import SHAPES, whole
from .source import Source
from .times import zone_of


def read(text: str, scope: ScopeName, where: str, zone: str) -> Node:
    """The tree of a condition; raises ConditionError for any text that is none."""
    source = Source(text, where)
    try:
        zone_of(zone)
    except ValueError:
        hint = "Zones have names such as Europe/Prague."
        raise source.error(0, f'there is no time zone "{zone}"', hint) from None
    words = SCOPES[scope]
    tokens = tokens_of(source, words)
    check_nesting(tokens, source)
    check_order(tokens, source)
    try:
        tree, inner = tree_of(tokens, source)
        return whole(Builder(source, words, zone, inner, SHAPES), tree)
    except RecursionError:
        raise too_deep(source, 0) from None
