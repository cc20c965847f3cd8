"""A condition asked about many rows at once.

A part that reads one text column is asked about each distinct text, never about each row.
`and` and `or` ask their cheap operands first, and the dear ones (JSON, several texts together)
only about the rows still open. What the answers are, the scalar evaluator says; this one
only asks it as seldom as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sojourn.core.bucket import Bools, Coded, Ints

from .frame import Frame, FrameColumn, Times
from .nodes import (
    Between,
    Call,
    Case,
    Column,
    Compare,
    Is,
    Junction,
    Node,
    Not,
    Ref,
    Type,
    Value,
    Within,
)
from .numeric import FALSE, NULLS, TRUE, Array, apply, compared, is_null, truth
from .plan import COSTLY, Answers, Plan, encoded, together
from .tuples import distinct_tuples


class Question:
    """One condition asked about the rows of one frame.

    The rows are numbers of the frame's rows, or None for all; every answer is aligned to them.
    """

    def __init__(self, plan: Plan, frame: Frame) -> None:
        self.plan, self.frame = plan, frame
        self.columns: dict[Ref, FrameColumn] = {}
        self.tables: dict[tuple[int, Type], Answers] = {}

    def holds(self, node: Node, wanted: bool, rows: Ints | None) -> Bools:
        """Where a part that is true or false is what is wanted."""
        if isinstance(node, Not) and self.plan.parts[id(node)].lone is None:
            return self.holds(node.operand, not wanted, rows)
        if isinstance(node, Junction) and self.plan.parts[id(node)].lone is None:
            every = (node.word == "and") == wanted

            def ask(operand: Node, some: Ints | None) -> Bools:
                return self.holds(operand, wanted, some)

            return self.joined(node.operands, rows, ask, every, bool)
        found = np.equal(self.value(node, "boolean", rows), TRUE if wanted else FALSE)
        return found if found.ndim else np.full(self.count(rows), found)

    def value(self, node: Node, kind: Type, rows: Ints | None) -> Array:
        """A part's value in each row: numbers, microseconds or truth.

        A part that reads nothing has a single value; one that is null everywhere takes `kind`.
        """
        kind = kind if node.type == "null" else node.type
        part = self.plan.parts[id(node)]
        if not part.sources:
            return encoded([self.plan.evaluate(node)(nothing)], kind).reshape(())
        if part.lone is not None:
            return self.table(node, kind, part.lone, rows)
        if together(node, part):
            return self.tuples(node, kind, sorted(part.sources, key=str), rows)
        return VALUES[type(node)](self, node, kind, rows)

    def count(self, rows: Ints | None) -> int:
        """How many rows are asked about."""
        return len(self.frame) if rows is None else len(rows)

    def column(self, ref: Ref, rows: Ints | None) -> FrameColumn:
        """A column's values in the rows."""
        found = self.columns.get(ref)
        if found is None and rows is not None:
            some = self.frame.some(ref, rows)
            if some is not None:
                return some
        if found is None:
            found = self.columns[ref] = self.frame.column(ref)
        return found if rows is None else taken(found, rows)

    def table(self, node: Node, kind: Type, source: Ref, rows: Ints | None) -> Array:
        """A part that reads one text column, by that column's codes."""
        coded = self.column(source, rows)
        if not isinstance(coded, Coded):
            raise TypeError(f"{source} must be Coded, not {type(coded).__name__}")
        answers = self.tables.get((id(node), kind))
        if answers is None:
            answers = self.plan.answers(node, kind, coded.values)
            self.tables[(id(node), kind)] = answers
        return answers.of(coded.codes)

    def tuples(self, node: Node, kind: Type, sources: Sequence[Ref], rows: Ints | None) -> Array:
        """A part that reads texts beside other columns, by their distinct combinations."""
        columns = [self.column(source, rows) for source in sources]
        found, place = distinct_tuples(columns)
        evaluate = self.plan.evaluate(node)
        answers = [
            evaluate(dict(zip(sources, values, strict=True)).__getitem__) for values in found
        ]
        return encoded(answers, kind)[place]

    def joined(
        self,
        operands: Sequence[Node],
        rows: Ints | None,
        ask: Callable[[Node, Ints | None], Array],
        every: bool,
        dtype: type[Any],
    ) -> Array:
        """Operands joined by `and` (`every`) or `or`, the cheap ones first."""
        low, high = (FALSE, TRUE) if dtype is np.int8 else (False, True)
        start, end = (high, low) if every else (low, high)
        combine = np.minimum if every else np.maximum
        result = np.full(self.count(rows), start, dtype)
        live: Ints | None = None
        for operand in sorted(operands, key=lambda node: self.plan.parts[id(node)].cost):
            dear = self.plan.parts[id(operand)].cost >= COSTLY
            if live is None and (dear or 4 * np.count_nonzero(result != end) < len(result)):
                live = np.flatnonzero(result != end)
            if live is None:
                combine(result, ask(operand, rows), out=result)
                continue
            if not len(live):
                break
            some = live if rows is None else rows[live]
            answer = combine(result[live], ask(operand, some))
            result[live] = answer
            live = live[answer != end]
        return result


def nothing(ref: Ref) -> Value:
    """Constants read nothing."""
    raise LookupError(str(ref))


def taken(column: FrameColumn, rows: Ints) -> FrameColumn:
    """A column's values in some rows."""
    if isinstance(column, Coded):
        return column.take(rows)
    return Times(column.micros[rows]) if isinstance(column, Times) else column[rows]


def column(ask: Question, node: Column, kind: Type, rows: Ints | None) -> Array:
    """A column of numbers, times or truth."""
    found = ask.column(node.ref, rows)
    if isinstance(found, Times):
        return found.micros
    if isinstance(found, Coded):
        raise TypeError(f"{node.ref} must not be Coded")
    if kind == "boolean":
        return found.astype(np.int8) * np.int8(TRUE)
    return np.asarray(found, np.float64)


def negation(ask: Question, node: Not, kind: Type, rows: Ints | None) -> Array:
    """True and false change places, unknown stays in the middle."""
    return np.int8(TRUE) - ask.value(node.operand, kind, rows)


def junction(ask: Question, node: Junction, kind: Type, rows: Ints | None) -> Array:
    """`and` or `or` where unknown matters, below a comparison or `is null`."""

    def value(operand: Node, some: Ints | None) -> Array:
        return ask.value(operand, kind, some)

    return ask.joined(node.operands, rows, value, node.word == "and", np.int8)


def comparison(ask: Question, node: Compare, _: Type, rows: Ints | None) -> Array:
    """Numbers, times or truth compared."""
    kind = kind_of(node.left, node.right)
    left, right = (ask.value(side, kind, rows) for side in (node.left, node.right))
    return compared(node.sign, left, right, kind)


def between(ask: Question, node: Between, _: Type, rows: Ints | None) -> Array:
    """Two comparisons of one value."""
    kind = kind_of(*node.children)
    value, low, high = (ask.value(part, kind, rows) for part in node.children)
    return np.minimum(compared(">=", value, low, kind), compared("<=", value, high, kind))


def within(ask: Question, node: Within, _: Type, rows: Ints | None) -> Array:
    """Numbers, times or truth among written ones."""
    kind = kind_of(node.operand)
    value = ask.value(node.operand, kind, rows)
    found = np.isin(value, encoded(list(node.options), kind))
    return truth(found, is_null(value, kind) | (~found & node.has_null))


def being(ask: Question, node: Is, _: Type, rows: Ints | None) -> Array:
    """`is null`, `is true` or `is false` of a number, a time or a truth."""
    kind = kind_of(node.operand)
    value = ask.value(node.operand, kind, rows)
    if node.value is None:
        found = is_null(value, kind)
    else:
        found = np.equal(value, TRUE if node.value else FALSE)
    return truth(found, np.zeros(1, bool))


def call(ask: Question, node: Call, kind: Type, rows: Ints | None) -> Array:
    """A function of whole arrays."""
    args = [ask.value(arg, arg.type if arg.type != "null" else kind, rows) for arg in node.args]
    return apply(node.name, args, kind, ask.plan.zone)


def case(ask: Question, node: Case, kind: Type, rows: Ints | None) -> Array:
    """The branches in order, each asked about the rows that no earlier one took."""
    result = np.full(ask.count(rows), NULLS[kind])
    everything = np.arange(len(result)) if rows is None else rows
    place = np.arange(len(result))
    if node.subject is not None:
        same = kind_of(node.subject, *(test for test, _ in node.branches))
        subject = np.broadcast_to(ask.value(node.subject, same, rows), len(result))
    for test, outcome in node.branches:
        live = everything[place]
        if node.subject is None:
            fits = ask.holds(test, True, live)
        else:
            fits = compared("=", subject[place], ask.value(test, same, live), same) == TRUE
        result[place[fits]] = ask.value(outcome, kind, live[fits])
        place = place[~fits]
    result[place] = ask.value(node.otherwise, kind, everything[place])
    return result


def kind_of(*nodes: Node) -> Type:
    """The type that values have together, `null` when none has any."""
    return next((node.type for node in nodes if node.type != "null"), "null")


VALUES: Mapping[type[Node], Callable[[Question, Any, Type, Ints | None], Array]] = {
    Column: column,
    Not: negation,
    Junction: junction,
    Compare: comparison,
    Between: between,
    Within: within,
    Is: being,
    Call: call,
    Case: case,
}
