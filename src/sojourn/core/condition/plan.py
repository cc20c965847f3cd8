"""What is known of every part of a condition before any row is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Codes, Ints, gather
from sojourn.core.touchpoint import CODED

from .nodes import Column, Node, Ref, Type, Value
from .numeric import NULLS
from .scalar import Evaluate, evaluator
from .scope import HISTORY

SHARED = frozenset({*CODED, "actor"})
"""Columns whose dictionary is the same object for every bucket."""

KEPT = 64
"""How many tables of answers a condition keeps."""

SMALL = 256
"""A shared dictionary of so few texts is asked about as a whole, whichever of them occur."""

COSTLY = 10
"""From this cost on, an operand is only asked about the rows that the others left open."""


def encoded(values: Sequence[Value], kind: Type) -> NDArray[Any]:
    """Values of the scalar evaluator as an array.

    >>> encoded([True, None, False], "boolean").tolist()
    [2, 1, 0]
    """
    null = NULLS[kind]
    if kind == "boolean":
        return np.array([null if v is None else 2 * v for v in values], np.int8)
    return np.array([null if v is None else v for v in values], null.dtype)


@dataclass(frozen=True)
class Part:
    """One part of a condition: what it reads and what that costs.

    `texts` are the text columns among its `sources`.
    """

    sources: frozenset[Ref]
    texts: frozenset[Ref]
    cost: int

    @property
    def lone(self) -> Ref | None:
        """The one text column that it reads, if it reads nothing else."""
        return next(iter(self.texts)) if self.texts and len(self.sources) == 1 else None


@dataclass
class Answers:
    """What a part with one text column says to each text, asked when first needed.

    `found[code]` is the answer to `values[code]`, and the last one that to a missing text.
    Threads share it: they may ask the same twice, but get the same answer.
    """

    values: Sequence[str]
    kind: Type
    evaluate: Evaluate
    shared: bool = False
    found: NDArray[Any] = field(init=False)
    known: NDArray[np.bool_] = field(init=False)
    complete: bool = False

    def __post_init__(self) -> None:
        size = len(self.values) + 1
        self.found = np.full(size, NULLS[self.kind])
        self.known = np.zeros(size, bool)

    def of(self, codes: Codes) -> NDArray[Any]:
        """The answer for each code."""
        if not self.complete and self.shared and len(self.values) <= SMALL:
            self.ask(np.arange(len(self.values) + 1, dtype=np.int32))
        elif not self.complete:
            self.ask(codes[~gather(self.known, codes)])
        return gather(self.found, codes)

    def ask(self, codes: Codes) -> None:
        """Find the answers for these codes."""
        cell: list[str | None] = [None]
        evaluate, values, last = self.evaluate, self.values, len(self.values)
        answers: list[Value] = []
        open_codes = distinct(codes, last + 1)
        for code in open_codes.tolist():
            cell[0] = values[code] if code < last else None
            answers.append(evaluate(lambda _: cell[0]))
        self.found[open_codes] = encoded(answers, self.kind)
        self.known[open_codes] = True
        self.complete = bool(self.known.all())


def distinct(codes: Codes, size: int) -> Ints:
    """The codes that occur, -1 as the last of `size`.

    >>> distinct(np.array([2, -1, 2], np.int32), 5).tolist()
    [2, 4]
    """
    if len(codes) * 8 < size:
        return np.unique(codes.astype(np.int64) % size)
    occurs = np.zeros(size, bool)
    occurs[codes] = True
    return np.flatnonzero(occurs)


class Plan:
    """Every part of one condition, and the answers that outlive a question."""

    def __init__(self, root: Node, zone: str) -> None:
        self.zone = zone
        self.parts: dict[int, Part] = {}
        self.evaluators: dict[int, Evaluate] = {}
        self.kept: dict[tuple[int, Type, int], Answers] = {}
        self.add(root)

    def add(self, node: Node) -> Part:
        """Note a part and those that it is made of."""
        inner = [self.add(child) for child in node.children]
        if isinstance(node, Column):
            source = frozenset({node.ref.source})
            texts = source if node.type == "text" else frozenset[Ref]()
            part = Part(source, texts, column_cost(node))
        else:
            sources = frozenset[Ref]().union(*(p.sources for p in inner))
            texts = frozenset[Ref]().union(*(p.texts for p in inner))
            part = Part(sources, texts, 1 + sum(p.cost for p in inner))
            if together(node, part):
                part = replace(part, cost=part.cost + 10 * COSTLY)
        self.parts[id(node)] = part
        return part

    def evaluate(self, node: Node) -> Evaluate:
        """The scalar evaluator of a part."""
        made = self.evaluators.get(id(node))
        if made is None:
            made = self.evaluators[id(node)] = evaluator(node, self.zone)
        return made

    def answers(self, node: Node, kind: Type, values: Sequence[str]) -> Answers:
        """The answers of a part to these texts: kept where every bucket has the same ones."""
        key = (id(node), kind, id(values))
        kept = self.kept.get(key)
        if kept is not None and kept.values is values and len(kept.known) == len(values) + 1:
            return kept
        lone = self.parts[id(node)].lone
        shared = lone is not None and lone.name in SHARED
        answers = Answers(values, kind, self.evaluate(node), shared)
        if shared:
            if len(self.kept) >= KEPT:
                self.kept.clear()
            self.kept[key] = answers
        return answers


def together(node: Node, part: Part) -> bool:
    """Whether a part needs texts beside other columns, row by row."""
    return part.lone is None and any(child.type == "text" for child in node.children)


def column_cost(column: Column) -> int:
    """How dear it is to read a column: numbers and codes first, JSON last."""
    name = column.ref.name
    if column.type != "text":
        return 3 if name in HISTORY else 1
    if name == "properties":
        return 40
    return 2 if name in SHARED else COSTLY
