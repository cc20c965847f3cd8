"""The small tree that every condition becomes: what the two evaluators share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Type: TypeAlias = Literal["text", "number", "time", "boolean", "null"]
Value: TypeAlias = str | float | int | bool | None
"""What an expression is worth: a time is microseconds since 1970 in UTC."""


@dataclass(frozen=True)
class Ref:
    """Something that a condition reads, by name.

    `path` holds the keys of `properties.x` and `traits.x`, `args` the arguments of `did(...)`.

    >>> str(Ref("properties", ("rating",))), str(Ref("did", (), ("Order Completed", 30)))
    ('properties.rating', "did('Order Completed', 30)")
    """

    name: str
    path: tuple[str, ...] = ()
    args: tuple[str | float | int, ...] = ()

    def __str__(self) -> str:
        if self.args:
            return f"{self.name}({', '.join(map(repr, self.args))})"
        return ".".join([self.name, *(k if k.isidentifier() else f'"{k}"' for k in self.path)])

    @property
    def source(self) -> Ref:
        """The column to ask for: all `properties.x` come out of one column of JSON texts."""
        return Ref(self.name) if self.name == "properties" else self


@dataclass(frozen=True)
class Node:
    """A part of a condition with the type of its value."""

    type: Type = field(default="boolean", kw_only=True)

    @property
    def children(self) -> tuple[Node, ...]:
        """The parts it is made of."""
        return ()

    def walk(self) -> Iterator[Node]:
        """This node and everything below it."""
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(node.children)


@dataclass(frozen=True)
class Constant(Node):
    """A value written in the condition."""

    value: Value


@dataclass(frozen=True)
class Column(Node):
    """A value read from the touchpoint or the person."""

    ref: Ref


@dataclass(frozen=True)
class Not(Node):
    """True where the operand is false."""

    operand: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True)
class Junction(Node):
    """Two or more conditions joined by one word, `and` or `or`."""

    word: str
    operands: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(frozen=True)
class Compare(Node):
    """Two values of one type, compared by `=`, `<>`, `<`, `<=`, `>` or `>=`."""

    sign: str
    left: Node
    right: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True)
class Between(Node):
    """`operand between low and high`, both included."""

    operand: Node
    low: Node
    high: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand, self.low, self.high)


@dataclass(frozen=True)
class Within(Node):
    """`operand in (options)`; with a null among them, what is not found is unknown."""

    operand: Node
    options: frozenset[Value]
    has_null: bool

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True)
class Like(Node):
    """A text against a pattern of `%` and `_`; `folded` ignores the case."""

    operand: Node
    pattern: Node
    escape: str
    folded: bool

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand, self.pattern)


@dataclass(frozen=True)
class Is(Node):
    """`is null`, `is true` or `is false`: never unknown itself."""

    operand: Node
    value: bool | None

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True)
class Call(Node):
    """A function or an arithmetic sign and what it is applied to."""

    name: str
    args: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.args


@dataclass(frozen=True)
class Case(Node):
    """The result of the first branch that fits, else `otherwise`.

    A branch fits when its first part is true, or equals the subject where there is one.
    """

    subject: Node | None
    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node

    @property
    def children(self) -> tuple[Node, ...]:
        parts = [node for branch in self.branches for node in branch]
        return (*parts, self.otherwise, *([self.subject] if self.subject else []))


def refs_of(node: Node) -> frozenset[Ref]:
    """Everything that the tree reads."""
    return frozenset(part.ref for part in node.walk() if isinstance(part, Column))
