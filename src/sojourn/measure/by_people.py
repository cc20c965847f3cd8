"""A question about whole people, asked of each block of them: by what they first were.

Who came by which channel, with which device, on which plan: a person belongs to the block of the
value on their first touchpoint, or of their trait, and to every persona that they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from sojourn.core.bucket import Bucket, Ints
from sojourn.core.table import Table
from sojourn.errors import QuestionError
from sojourn.measure.notes import PERSONAS_OVERLAP
from sojourn.measure.personas import PERSONA, both, in_one
from sojourn.measure.select import NONE, column_for, columns_needed, select
from sojourn.measure.stages import merge_labels
from sojourn.measure.view import View

MOST = 60
"""More blocks than this are not one answer: each is a question of its own."""

FIRST = "People belong to the block of the value on their first touchpoint."
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class FirstKernel:
    """One bucket's chosen people, by the value on their first touchpoint or of their trait."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the filters and the dividing column read."""
        return columns_needed(self.view)

    def __call__(self, bucket: Bucket) -> dict[str, Ints]:
        selected = select(replace(self.view, start=None, end=None), bucket)
        assert self.view.by is not None  # noqa: S101 - only then there is something to divide by
        coded = column_for(selected, self.view.by)
        starts = selected.bucket.starts[selected.kept]
        keys, codes = selected.bucket.person[starts], coded.codes[starts]
        return {
            NONE if code < 0 else coded.values[code]: keys[codes == code]
            for code in np.unique(codes).tolist()
        }


def blocks(view: View) -> Iterator[tuple[str, View]]:
    """The blocks that `view.by` makes of the people, each with the view of its people alone."""
    if view.by == PERSONA:
        for name, persona in view.personas.items():
            yield name, replace(view, by=None, people=both(view.people, persona))
        return
    parts: list[dict[str, Ints]] = view.run(FirstKernel(replace(view, within="person")))
    labels = merge_labels([list(part) for part in parts], view)
    if len(labels) > MOST:
        raise QuestionError(
            f"{view.by} would divide the people into {len(labels):,} blocks; at most {MOST} are "
            "asked about.",
            hint="Divide by something coarser, such as channel or device, or choose with --people.",
        )
    for label in labels:
        keys = [part[label] for part in parts if label in part]
        yield label, replace(view, by=None, members=np.sort(np.concatenate(keys)))


def by_people(view: View, ask: Callable[[View], Answer]) -> list[tuple[str, Answer]]:
    """The answer for the people of each block, in order of the blocks."""
    return [(label, ask(each)) for label, each in blocks(view)]


def remark(by: str) -> str:
    """What is to be said of people divided by a column."""
    return PERSONAS_OVERLAP if by == PERSONA else FIRST


def stacked(by: str, whole: Table, parts: Sequence[tuple[str, Table]]) -> Table:
    """The answers of all blocks as one table, the block first; notes are those of everybody."""
    return in_one(by, whole, parts, remark(by))
