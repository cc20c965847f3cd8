"""How fast people with such traits usually move on: what makes two people comparable.

Lively people see more and move on sooner, whatever they see. So each stay gets an expected pace
from the traits that the person had stated when they entered (a prognostic score: B. Hansen,
Biometrika 95, 2008), and is compared with stays of about the same pace only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sojourn.core.bucket import Bucket, Ints, Reals
from sojourn.core.durations import DAY
from sojourn.core.persons import Trait
from sojourn.measure.moments_spans import DAYS, TIMES, Spans, spans_of
from sojourn.measure.select import columns_needed, select
from sojourn.measure.view import View

MOST_VALUES = 20
"""A trait with more values than this makes too few people alike."""
DOUBT = 5.0
"""So many moves, as many as expected, are added to those of each value: few say little."""
STEPS, FURTHEST = 2, 3
"""Classes are half a doubling wide; the outermost ones begin at 2.4 times the usual pace."""
PACES = 2 * FURTHEST + 1

Weights = Mapping[str, Reals]
"""For each trait, by stage and value (the last: not stated), the doublings of the usual pace."""


@dataclass(frozen=True)
class PaceKernel:
    """Adds up one bucket's time under watch and moves by stage, value of a trait and time class."""

    view: View
    traits: tuple[str, ...]
    silence: int | None

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read."""
        return columns_needed(self.view)

    def __call__(self, bucket: Bucket) -> dict[str, Reals]:
        spans = spans_of(select(self.view, bucket), self.silence)
        stages = len(self.view.model.stages)
        return {
            name: _by_value(spans, stages, stated(self.view.traits[name], spans), self._size(name))
            for name in self.traits
        }

    def _size(self, name: str) -> int:
        return len(self.view.traits[name].values) + 1


def _by_value(spans: Spans, stages: int, value: Ints, size: int) -> Reals:
    """Time and moves, as an array of (2, stages, values, time classes)."""
    length = spans.end - spans.entered
    cell = spans.stage * size + value
    found = np.zeros((2, stages * size, TIMES))
    edges = np.array([0, *DAYS], np.int64) * DAY
    last = np.searchsorted(edges[1:], length)
    for time, edge in enumerate(edges):
        room = edges[time + 1] - edge if time + 1 < len(edges) else length.max(initial=0)
        inside = np.clip(length - edge, 0, room)
        found[0, :, time] = np.bincount(cell, inside, minlength=stages * size)
        moves = spans.moved & (last == time)
        found[1, :, time] = np.bincount(cell[moves], minlength=stages * size)
    return found.reshape(2, stages, size, TIMES)


def stated(trait: Trait, spans: Spans) -> Ints:
    """What each stay's person had stated when they entered; the last value is that of nothing."""
    person = spans.bucket.person[spans.row]
    codes = trait.at(person, spans.entered).astype(np.int64)
    return np.where(codes < 0, len(trait.values), codes)


def usable(traits: Mapping[str, Trait]) -> tuple[str, ...]:
    """The traits of which people share few enough values to be compared."""
    return tuple(n for n, trait in sorted(traits.items()) if 0 < len(trait.values) <= MOST_VALUES)


def weights(parts: Sequence[Mapping[str, Reals]]) -> dict[str, Reals]:
    """From all buckets' sums, how much faster or slower than usual each value goes with.

    The usual is what the stage's rates by time in it would have brought in the same time. A trait
    that nobody had stated when they entered says nothing and is not among them.
    """
    found = {}
    for name in parts[0] if parts else ():
        time, moves = np.sum([part[name] for part in parts], axis=0)
        if not time[:, :-1].any():
            continue
        whole = time.sum(axis=1, keepdims=True)
        rate = np.divide(
            moves.sum(axis=1, keepdims=True), whole, out=np.zeros_like(whole), where=whole > 0
        )
        expected = (time * rate).sum(axis=2)
        found[name] = np.log2((moves.sum(axis=2) + DOUBT) / (expected + DOUBT))
    return found


@dataclass(frozen=True)
class Pace:
    """Gives every stay its class of expected pace."""

    view: View
    weights: Weights = field(default_factory=dict)

    def of(self, spans: Spans) -> Ints:
        """The class of each stay, from 0; the middle one is the usual pace."""
        score = np.zeros(len(spans))
        for name, weight in self.weights.items():
            score += weight[spans.stage, stated(self.view.traits[name], spans)]
        classes = np.clip(np.rint(score * STEPS), -FURTHEST, FURTHEST) + FURTHEST
        return classes.astype(np.int64)


def pace_of(view: View, traits: tuple[str, ...], silence: int | None) -> Pace:
    """The pace that goes with these traits, learned from all buckets."""
    if not traits:
        return Pace(view)
    undivided = replace(view, by=None)
    return Pace(view, weights(view.run(PaceKernel(undivided, traits, silence))))
