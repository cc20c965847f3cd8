"""Outlines: what a walk found of people, without the rows between, kept from answer to answer.

What stages, moves and curves count are cycles and stays. Of a log to which touchpoints come every
second, only those are walked again who have other touchpoints than when they were walked.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol, TypeVar

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Ints
from sojourn.core.model import Model
from sojourn.core.stride import Cycles, Sojourns, Walked
from sojourn.engine.base import Kernel
from sojourn.measure.select import Selected, among, columns_needed, kept_of, walk
from sojourn.measure.view import View
from sojourn.store.trail import Trail

MOST_BYTES = 1_000_000_000
"""So much is kept of all models together; those asked for longest ago go first."""

THREADS = 2
"""So many buckets are walked at a time."""

AT_ONCE = 20_000
"""So many people of several buckets are read together."""

Partial = TypeVar("Partial", covariant=True)


class OutlineKernel(Kernel[Partial], Protocol[Partial]):
    """A kernel that reads nothing of a walked bucket but its cycles and stays."""

    def of(self, selected: Selected) -> Partial:
        """The partial of some people who have been walked."""
        ...


@dataclass(frozen=True)
class Outline:
    """Some people's cycles and stays, and of their rows those that opened one."""

    bucket: Bucket
    walked: Walked

    @classmethod
    def of(cls, bucket: Bucket, walked: Walked) -> Outline:
        """The outline of a walked bucket.

        >>> none = np.zeros(0, np.int64)
        >>> cycles, stays = Cycles(*[none] * 9), Sojourns(*[none] * 7)
        >>> empty = Bucket(none, none, none > 0, none.astype(np.int8), {})
        >>> len(Outline.of(empty, Walked(cycles, stays, none, none)).bucket)
        0
        """
        cycles, sojourns = walked.cycles, walked.sojourns
        opens = np.zeros(len(bucket), bool)
        opens[cycles.row] = opens[sojourns.row] = True
        return cls(replace(bucket, columns={}), walked)._only(
            opens, np.ones(len(cycles), bool), np.ones(len(sojourns), bool)
        )

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        parts = (self.bucket, self.walked, self.walked.cycles, self.walked.sojourns)
        return sum(
            value.nbytes
            for part in parts
            for value in vars(part).values()
            if isinstance(value, np.ndarray)
        )

    def without(self, people: Ints) -> Outline:
        """The same without some people (ascending keys)."""
        gone = among(people, self.bucket.person)
        if not gone.any():
            return self
        cycles, sojourns = self.walked.cycles, self.walked.sojourns
        return self._only(~gone, ~gone[cycles.row], ~gone[sojourns.row])

    def _only(self, rows: Bools, cycles: Bools, sojourns: Bools) -> Outline:
        """Some rows, with the cycles and stays that they opened."""
        place, number = np.cumsum(rows) - 1, np.cumsum(cycles) - 1
        kept = Cycles(*(getattr(self.walked.cycles, f.name)[cycles] for f in fields(Cycles)))
        stays = Sojourns(
            *(getattr(self.walked.sojourns, f.name)[sojourns] for f in fields(Sojourns))
        )
        row = place[kept.row]
        few = replace(kept, row=row, end=np.append(row[1:], rows.sum())[: len(row)])
        stays = replace(stays, row=place[stays.row], cycle=number[stays.cycle])
        cycle_of, stage_of = self.walked.cycle_of[rows], self.walked.stage_of[rows]
        cycle_of = np.where(cycle_of < 0, cycle_of, number[cycle_of]) if len(number) else cycle_of
        return Outline(self.bucket.at(np.flatnonzero(rows)), Walked(few, stays, cycle_of, stage_of))


def joined(parts: Sequence[Outline]) -> Outline:
    """Outlines of different people as one."""
    rows = _before([len(part.bucket) for part in parts])
    cycles = _before([len(part.walked.cycles) for part in parts])

    def end_to_end(arrays: Iterable[Any], after: Sequence[int] | None = None) -> Any:
        if after is None:
            return np.concatenate([*arrays])
        moved = zip(arrays, after, strict=True)
        return np.concatenate([np.where(a < 0, a, a + more) for a, more in moved])

    def table(kind: type[Any], found: Sequence[Any], **after: Sequence[int]) -> Any:
        names = [each.name for each in fields(kind)]
        return kind(*(end_to_end((getattr(f, n) for f in found), after.get(n)) for n in names))

    walks, keys = [part.walked for part in parts], ("person", "ts", "own", "order")
    return Outline(
        Bucket(columns={}, **{n: end_to_end(getattr(p.bucket, n) for p in parts) for n in keys}),
        Walked(
            table(Cycles, [walk.cycles for walk in walks], row=rows, end=rows),
            table(Sojourns, [walk.sojourns for walk in walks], row=rows, cycle=cycles),
            end_to_end((walk.cycle_of for walk in walks), cycles),
            end_to_end(walk.stage_of for walk in walks),
        ),
    )


def _before(sizes: Sequence[int]) -> list[int]:
    """How many come before each part."""
    return [0, *np.cumsum(sizes).tolist()][: len(sizes)]


@dataclass
class _Known:
    """The outlines of one model: of each bucket as it had a stamp, without those people who have
    changed since, and `newer`, which has these."""

    version: int = -1
    stamps: dict[int, str] = field(default_factory=dict)
    buckets: dict[int, Outline] = field(default_factory=dict)
    newer: Outline | None = None

    @property
    def parts(self) -> list[Outline]:
        return [*self.buckets.values(), *([] if self.newer is None else [self.newer])]


class Outlines:
    """The outlines of the models that were asked for last; shared by threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._known: OrderedDict[Model, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def walked(self, view: View) -> list[tuple[Bucket, Walked]] | None:
        """Everybody's cycles and stays; None where touchpoints themselves are asked about, or a
        moment or version of the trail before the newest."""
        trail = view.source
        if not isinstance(trail, Trail) or not _says_enough(view, trail):
            return None
        with self._lock:
            known = self._known.pop(view.model, None) or _Known()
            if trail.version > known.version:
                self._bring_up(known, view, trail)
            self._known[view.model] = known
            self._forget()
            if trail.version < known.version:
                return None
            return [(part.bucket, part.walked) for part in known.parts]

    def _bring_up(self, known: _Known, view: View, trail: Trail) -> None:
        whole, changed = list[int](), [np.zeros(0, np.int64)]
        stamps = {number: trail.stamp(number) for number in trail.numbers}
        for number, stamp in stamps.items():
            before = known.stamps.get(number)
            if before == stamp:
                continue
            since = None if before is None else trail.since(number, before)
            if since is None:
                whole.append(number)
            else:
                changed.append(since[0])
        self._leave(known, [*whole, *({*known.stamps} - {*stamps})], trail.note.buckets)
        self._walk_whole(known, view, trail, whole)
        self._walk_some(known, view, trail, np.sort(np.concatenate(changed)))
        known.stamps, known.version = stamps, trail.version

    def _leave(self, known: _Known, numbers: Iterable[int], buckets: int) -> None:
        """Leave out whole buckets, also those of their people who have changed."""
        gone = set(numbers)
        for number in gone:
            known.buckets.pop(number, None)
        if known.newer is not None and gone:
            person = np.unique(known.newer.bucket.person)
            known.newer = known.newer.without(person[np.isin(person % buckets, [*gone])])

    def _walk_whole(self, known: _Known, view: View, trail: Trail, numbers: Sequence[int]) -> None:
        columns = columns_needed(view)

        def one(number: int) -> Outline:
            bucket = trail.load(number, columns)
            return Outline.of(bucket, walk(view, bucket))

        with ThreadPoolExecutor(THREADS) as pool:
            known.buckets |= zip(numbers, pool.map(one, numbers), strict=True)

    def _walk_some(self, known: _Known, view: View, trail: Trail, people: Ints) -> None:
        if not len(people):
            return
        columns, parts = columns_needed(view), list[Outline]()
        for number in np.unique(people % trail.note.buckets).tolist():
            if number in known.buckets:
                known.buckets[number] = known.buckets[number].without(people)
        if known.newer is not None:
            parts.append(known.newer.without(people))
        for start in range(0, len(people), AT_ONCE):
            bucket = trail.of(people[start : start + AT_ONCE], columns)
            parts.append(Outline.of(bucket, walk(view, bucket)))
        known.newer = joined(parts)

    def _forget(self) -> None:
        sizes = {m: sum(p.nbytes for p in known.parts) for m, known in self._known.items()}
        while sum(sizes.values()) > self.most_bytes and len(sizes) > 1:
            oldest = next(iter(self._known))
            del self._known[oldest], sizes[oldest]


def run(view: View, kernel: OutlineKernel[Any]) -> list[Any]:
    """The partials of everybody: from what was walked before where that is enough, else from
    each bucket."""
    known = None if view.walks is None else view.walks.walked(view)
    if known is None:
        return view.run(kernel)
    return [kernel.of(Selected(view, *each, kept_of(view, *each))) for each in known]


def _says_enough(view: View, trail: Trail) -> bool:
    """Whether all happened until `as_of`, and nothing that is asked needs a touchpoint itself."""
    asked = (view.people, view.where, view.only, view.by)
    everything = view.within == "cycle" and all(each is None for each in asked)
    return everything and view.as_of >= trail.recorded
