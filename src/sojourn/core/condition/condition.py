"""A condition: what it says, what it reads, and whether it holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from sojourn.core.bucket import Bools, Ints
from sojourn.errors import ConditionError

from .frame import Frame
from .nodes import Column, Compare, Constant, Node, Ref, Within, refs_of
from .parse import read
from .plan import Plan
from .scope import HISTORY, ScopeName
from .settled import Settled, settled
from .source import Source, shown
from .vector import Question, nothing


@dataclass(frozen=True)
class Condition:
    """A true-or-false expression about a touchpoint or about a person; made by `parse`.

    Two conditions are equal when their text, scope and time zone are.
    """

    text: str
    scope: ScopeName
    zone: str
    root: Node = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (self.text, self.scope, self.zone)

    @cached_property
    def plan(self) -> Plan:
        """What is known of its parts before any row is seen."""
        return Plan(self.root, self.zone)

    @cached_property
    def refs(self) -> frozenset[Ref]:
        """Everything that it reads."""
        return refs_of(self.root)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that it reads, `properties` for any `properties.x`, without the history."""
        return frozenset(ref.name for ref in self.refs) - HISTORY

    @property
    def history(self) -> frozenset[str]:
        """Which of `nth`, `orders_before`, `gap_days` and `order_gap_days` it reads."""
        return frozenset(ref.name for ref in self.refs) & HISTORY

    @cached_property
    def always(self) -> bool | None:
        """Its answer if it is always the same because it reads nothing, else None.

        >>> parse("1 = 1").always, parse("name = 'Followed'").always
        (True, None)
        """
        return None if self.refs else self.test(nothing)

    def test(self, get: Callable[[Ref], Any]) -> bool:
        """Whether it is true, given a way to get values: the meaning of a condition.

        `get` is asked for each column by its `Ref` and gives str, a number, bool, a datetime
        with a zone, or None. For `properties.x` it is asked for the whole JSON text, as
        `Ref("properties")`.

        >>> row = {"name": "Review Posted", "properties": '{"rating": 5}'}
        >>> parse("number(properties.rating) >= 4").test(lambda ref: row[ref.name])
        True
        """
        return self.plan.evaluate(self.root)(get) is True

    def mask(self, frame: Frame, rows: Ints | None = None) -> Bools:
        """Where it is true: one answer a row of the frame, or one for each of `rows`."""
        return Question(self.plan, frame).holds(self.root, True, rows)

    def settled(self, ref: Ref, values: Sequence[str]) -> Settled:
        """What the texts of one column settle of it, each by itself; a missing text comes last.

        >>> rare = parse("name = 'Post Viewed' or (name = 'Page Viewed' and nth > 4)")
        >>> found = rare.settled(Ref("name"), ["Page Viewed", "Post Viewed", "Followed"])
        >>> found.sure.tolist(), found.open.tolist()
        ([False, True, False, False], [True, False, False, False])
        """
        return settled(self.plan, self.root, True, ref, values)

    def mentions(self, name: str) -> frozenset[str]:
        """The texts that a column is compared with by `=`, `<>` or `in`.

        >>> sorted(parse("name in ('Followed', 'Ad Viewed')").mentions("name"))
        ['Ad Viewed', 'Followed']
        """
        found: set[Any] = set()
        for node in self.root.walk():
            if isinstance(node, Within) and reads(node.operand, name):
                found |= node.options
            if isinstance(node, Compare) and any(reads(side, name) for side in node.children):
                found |= {side.value for side in node.children if isinstance(side, Constant)}
        return frozenset(text for text in found if isinstance(text, str))


def reads(node: Node, name: str) -> bool:
    """Whether a part is this very column."""
    return isinstance(node, Column) and str(node.ref) == name


def parse(
    text: str, scope: ScopeName = "touchpoint", *, where: str = "", zone: str = "UTC"
) -> Condition:
    """The condition that a text says, about a touchpoint or about people.

    Dates in it without an offset are in the time zone `zone`. Raises ConditionError, which
    begins with `where` (`stages[2].evidence`) and says what was found at which line and
    column, for any text that is no condition.

    >>> condition = parse("orders_before >= 1 and name = 'Product Shared'")
    >>> sorted(condition.columns), sorted(condition.history)
    (['name'], ['orders_before'])
    """
    return Condition(text, scope, zone, read(text, scope, where, zone))


def restored(text: str, scope: ScopeName, zone: str) -> Condition:
    """A condition that was pickled."""
    return parse(text, scope, zone=zone)


def parse_or_name(
    text: str, names: Collection[str] = (), *, where: str = "", zone: str = "UTC"
) -> Condition:
    """A condition about touchpoints, or just a touchpoint's name.

    A name in single quotes is any name; one without quotes must be among `names`.

    >>> parse_or_name("Order Completed", ["Order Completed"]).text
    "name = 'Order Completed'"
    """
    bare = text.strip()
    if bare in names:
        return named(bare, zone)
    if len(bare) > 1 and bare[0] == bare[-1] == "'" and "'" not in bare[1:-1].replace("''", ""):
        return named(bare[1:-1].replace("''", "'"), zone)
    try:
        return parse(text, where=where, zone=zone)
    except ConditionError:
        if not looks_like_a_name(bare):
            raise
    close = get_close_matches(bare, names, 1, 0.6)
    meant = f'; did you mean "{close[0]}"?' if close else ""
    message = f'there is no touchpoint named "{shown(bare)}"{meant}'
    hint = f"If it is right, put it in single quotes: '{shown(bare)}'."
    raise Source(text, where).error(text.index(bare), message, hint)


def named(name: str, zone: str) -> Condition:
    """The condition that a touchpoint has this name."""
    quoted = name.replace("'", "''")
    return parse(f"name = '{quoted}'", zone=zone)


def looks_like_a_name(text: str) -> bool:
    """Whether a text is words alone, without signs.

    >>> looks_like_a_name("Order Completed"), looks_like_a_name("name = 'x'")
    (True, False)
    """
    return bool(text) and all(char.isalnum() or char in " _-.:/&" for char in text)
