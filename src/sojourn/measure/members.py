"""Who are they? The people for whom a condition holds, how many, and how groups overlap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Ints
from sojourn.core.condition import Condition
from sojourn.core.persons import columns_read
from sojourn.core.table import Column, Table
from sojourn.measure.notes import notes
from sojourn.measure.select import Basis, columns_needed, people_in, select
from sojourn.measure.view import View

SIZES = (
    Column("persona", "text"),
    Column("people", "integer", "people"),
    Column("share", "number", "share"),
    Column("only_here", "integer", "people"),
    Column("condition", "text"),
)
OVERLAPS = (
    Column("persona", "text"),
    Column("other", "text"),
    Column("people", "integer", "people"),
    Column("share", "number", "share"),
)
NOBODY_IS = "(none of them)"


@dataclass(frozen=True)
class Holding:
    """One bucket's people: their keys, and a row a condition saying for whom it holds."""

    person: Ints
    holds: Bools
    basis: Basis


@dataclass(frozen=True)
class HoldingKernel:
    """Asks conditions of one bucket's people."""

    view: View
    conditions: tuple[Condition, ...]

    @property
    def columns(self) -> frozenset[str]:
        """What the walk, the filters and the conditions read."""
        return columns_needed(self.view) | columns_read(self.conditions)

    def __call__(self, bucket: Bucket) -> Holding:
        selected = select(self.view, bucket)
        kept = np.zeros(len(selected.bucket.starts), bool)
        kept[selected.person_of_cycle[selected.kept]] = True
        holds = [people_in(selected, condition)[kept] for condition in self.conditions]
        keys = selected.bucket.person[selected.bucket.starts][kept]
        shape = (len(self.conditions), len(keys))
        return Holding(keys, np.array(holds, bool).reshape(shape), selected.basis())


def members(view: View) -> Ints:
    """The keys of the people that the view is about, ascending."""
    parts: list[Holding] = view.run(HoldingKernel(view, ()))
    return np.sort(np.concatenate([p.person for p in parts] or [np.zeros(0, np.int64)]))


def _holding(view: View) -> tuple[list[str], Bools, list[Basis]]:
    named = dict(view.personas)
    parts: list[Holding] = view.run(HoldingKernel(view, tuple(named.values())))
    none = np.zeros((len(named), 0), bool)
    holds = np.concatenate([part.holds for part in parts] or [none], axis=1)
    return list(named), holds, [part.basis for part in parts]


def sizes(view: View) -> Table:
    """One row a persona: its people, their share of everybody, and who is in no other persona.

    The last row counts the people of no persona at all.
    """
    names, holds, bases = _holding(view)
    total = holds.shape[1]
    often = holds.sum(axis=0)
    people = [*(int(row.sum()) for row in holds), int((often == 0).sum())]
    alone = [*(int((row & (often == 1)).sum()) for row in holds), people[-1]]
    data = {
        "persona": [*names, NOBODY_IS],
        "people": people,
        "share": [count / total if total else None for count in people],
        "only_here": alone,
        "condition": [*(view.personas[name].text for name in names), None],
    }
    remark = ["Personas may overlap: their people need not add up to everybody."] if names else []
    return Table.of("personas", SIZES, data, notes(view, bases, remark))


def overlaps(view: View) -> Table:
    """One row a pair of personas: the people in both, and which share of the first they are."""
    names, holds, bases = _holding(view)
    data: Mapping[str, list[object]] = {column.name: [] for column in OVERLAPS}
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            if i == j:
                continue
            both, mine = int((holds[i] & holds[j]).sum()), int(holds[i].sum())
            values = one, other, both, both / mine if mine else None
            for name, value in zip(data, values, strict=True):
                data[name].append(value)
    return Table.of("overlaps", OVERLAPS, data, notes(view, bases))


def narrowed(view: View, keys: Ints) -> View:
    """The view of these people alone, by their keys, beside whatever chooses already."""
    if view.members is not None:
        keys = np.intersect1d(view.members, keys)
    return replace(view, members=np.sort(keys))
