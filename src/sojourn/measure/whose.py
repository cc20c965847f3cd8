"""Whose are the touchpoints? Each one's person and cycle, by its number in the log."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Ints
from sojourn.core.frame import TouchpointFrame
from sojourn.measure.select import columns_needed, rows_in_period, select
from sojourn.measure.view import View


@dataclass(frozen=True)
class Whose:
    """Touchpoints by ascending `seq`, with the key of the person and the number of the cycle.

    The cycle is 0 where a touchpoint belongs to none: the business's, after the person lapsed.
    """

    seq: Ints
    person: Ints
    cycle: Ints

    def places(self, seq: Ints) -> Ints:
        """Where each of these numbers stands here, -1 where it does not.

        >>> found = Whose(np.array([2, 5]), np.array([0, 1]), np.array([1, 1]))
        >>> found.places(np.array([5, 3])).tolist()
        [1, -1]
        """
        if not len(self.seq):
            return np.full(len(seq), -1)
        place = np.minimum(np.searchsorted(self.seq, seq), len(self.seq) - 1)
        return np.where(self.seq[place] == seq, place, -1)


@dataclass(frozen=True)
class WhoseKernel:
    """Lists one bucket's chosen touchpoints."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and the log's own number."""
        return columns_needed(self.view, ["seq"])

    def __call__(self, bucket: Bucket) -> Whose:
        view, selected = self.view, select(replace(self.view, start=None, end=None), bucket)
        bucket, cycle_of = selected.bucket, selected.walked.cycle_of
        kept = selected.row_kept.copy()
        if view.where is None:
            kept[cycle_of < 0] = True
            if view.people is not None or view.members is not None:
                kept &= _people_kept(selected.person_of_cycle, selected.kept, bucket)
        kept &= rows_in_period(view, bucket)
        if view.only is not None:
            kept &= view.only.mask(TouchpointFrame(bucket))
        rows = np.flatnonzero(kept)
        number = np.append(selected.walked.cycles.number, 0)[cycle_of[rows]]
        seq = np.asarray(bucket.columns["seq"]).astype(np.int64)[rows]
        return Whose(seq, bucket.person[rows], number)


def _people_kept(person_of_cycle: Ints, kept: Bools, bucket: Bucket) -> Bools:
    """Which rows are of people of whom some cycle is kept."""
    chosen = np.bincount(person_of_cycle[kept], minlength=len(bucket.starts)) > 0
    return np.repeat(chosen, np.diff(np.append(bucket.starts, len(bucket))))


def whose(view: View) -> Whose:
    """The touchpoints that the view is about, with their people and cycles.

    The period chooses touchpoints; `only` hides those it does not hold for; `people` and
    `where` choose as in every other question.
    """
    parts: list[Whose] = view.run(WhoseKernel(view))
    empty = np.zeros(0, np.int64)
    seq, person, cycle = (
        np.concatenate([getattr(part, name) for part in parts] or [empty])
        for name in ("seq", "person", "cycle")
    )
    order = np.argsort(seq, kind="stable")
    return Whose(seq[order], person[order], cycle[order])
