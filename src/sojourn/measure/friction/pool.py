"""The cases of all buckets together, and which of them are bad, lost, or still pending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sojourn.core.bucket import Bools, Coded, Ints, Reals
from sojourn.core.durations import DAY
from sojourn.core.stride import NEVER
from sojourn.measure.friction.cases import Detector
from sojourn.measure.friction.detectors import DETECTORS
from sojourn.measure.friction.kernel import MOST_BOUGHT, MOST_VALUES, Found, Gathered
from sojourn.measure.lifetime import days
from sojourn.measure.view import View

USUAL_TIMES = 3
"""So many times the usual is far over it."""
PATIENCE, AFTER_NECK, LONGEST = 30 * DAY, 90 * DAY, 90 * DAY
"""How long people have to go on where a model gives a stage no patience, and at most."""
DIVIDED_BY = ("device", "channel", "content")
MOST_SEGMENTS = 20
LEAST_SEGMENT = 10


@dataclass(frozen=True)
class Pool:
    """All cases of one detector and subject in one block."""

    view: View
    detector: Detector
    subject: str
    root: str
    within: int | None
    given: int | None
    person: Ints
    stage: Ints
    place: Ints
    bought: Ints
    position: Ints
    ts: Ints
    met: Ints
    on: Ints
    worth: dict[str, Reals]
    traits: dict[str, Coded]

    def __len__(self) -> int:
        return len(self.person)

    @cached_property
    def alike(self) -> Ints:
        """Cases of one number are comparable: in stage, orders so far, and position in the stay."""
        place = (self.stage + 1) * (MOST_BOUGHT + 1) + self.bought
        return place * (int(self.position.max(initial=0)) + 1) + self.position

    @cached_property
    def limit(self) -> int | None:
        """How long an answer may take, or something may be met; None where nobody can say."""
        if self.given is not None or self.detector.bad != "late":
            return self.given
        gaps = (self.met - self.ts)[self.met != NEVER]
        return int(USUAL_TIMES * np.median(gaps)) if len(gaps) else None

    @cached_property
    def horizon(self) -> Ints:
        """How long each has to go on."""
        if self.within is not None:
            return np.full(len(self), self.within)
        model = self.view.model
        usual = [PATIENCE if n < model.neck else AFTER_NECK for n in range(len(model.stages))]
        own = [s.patience or u for s, u in zip(model.stages, usual, strict=True)]
        return np.minimum(np.array([*own, PATIENCE]), LONGEST)[self.stage]

    @cached_property
    def begin(self) -> Ints:
        """From when on each counts."""
        return self.ts + (self.limit or 0) if self.detector.waits else self.ts

    @cached_property
    def lost(self) -> Bools:
        """Who did not go on in time."""
        return (self.on == NEVER) | (self.on - self.begin > self.horizon)

    @cached_property
    def out(self) -> Bools:
        """Who had gone on before it was known whether the case is bad: not compared."""
        return self.on <= self.begin if self.detector.waits else np.zeros(len(self), bool)

    @cached_property
    def known(self) -> Bools:
        """Of whom it is known whether the case is bad."""
        if self.detector.bad == "lost":
            return self.settled
        return np.asarray(self.view.as_of - self.ts >= (self.limit or 0))

    @cached_property
    def pending(self) -> Bools:
        """Who still may go on in time."""
        return np.asarray(self.begin + self.horizon > self.view.as_of)

    @cached_property
    def settled(self) -> Bools:
        """Who can be compared."""
        return ~self.pending & ~self.out

    @cached_property
    def bad(self) -> Bools:
        """Whom the friction met."""
        if self.detector.bad == "lost":
            return self.lost
        limit = self.limit if self.limit is not None else NEVER
        met = self.met != NEVER
        soon = np.where(met, self.met - self.ts, NEVER) <= limit
        return met & soon if self.detector.bad == "met" else ~(met & soon)

    @property
    def occurs(self) -> bool:
        """Whether there is anything to test: some cases are known to be bad."""
        unlimited = self.detector.bad != "lost" and self.limit is None
        return not unlimited and bool((self.bad & self.known).any())

    @cached_property
    def day(self) -> Ints:
        """The day of the report's zone on which each began, counted from the first."""
        return days(self.view, self.ts) - self.first_day if len(self) else self.ts

    @cached_property
    def first_day(self) -> int:
        """The first day, counted from 1970."""
        return int(days(self.view, np.array([self.ts.min()]))[0])

    def segments(self) -> list[tuple[str, str, Bools]]:
        """Everybody, and each part of them by device, channel, content and few-valued property."""
        found = [("", "", np.ones(len(self), bool))]
        for name, coded in self.traits.items():
            if name not in DIVIDED_BY and not name.startswith("properties."):
                continue
            size = np.bincount(coded.codes + 1, minlength=len(coded.values) + 1)[1:]
            most = np.argsort(-size, kind="stable")[:MOST_SEGMENTS]
            found += [
                (name, coded.values[code], coded.codes == code)
                for code in most.tolist()
                if LEAST_SEGMENT <= size[code] < len(self)
            ]
        return found


def pools(view: View, parts: Sequence[Found], label: str) -> list[Pool]:
    """The cases of one block, all buckets together, in the order of the detectors."""
    of = {detector.id: detector for detector in DETECTORS}
    groups: dict[tuple[str, str], list[tuple[Gathered, Bools]]] = {}
    for part in parts:
        for cases in part.cases:
            here = np.array([text == label for text in part.labels], bool)[cases.block]
            if here.any():
                groups.setdefault((cases.detector, cases.subject), []).append((cases, here))
    place = {name: number for number, name in enumerate(of)}
    return [
        joined(view, of[detector], groups[detector, subject])
        for detector, subject in sorted(groups, key=lambda key: (place[key[0]], key[1]))
    ]


def joined(view: View, detector: Detector, parts: list[tuple[Gathered, Bools]]) -> Pool:
    """One detector's cases of one subject from several buckets."""
    first = parts[0][0]

    def column(name: str) -> Ints:
        return np.concatenate([getattr(cases, name)[here] for cases, here in parts])

    currencies = sorted({name for cases, _ in parts for name in cases.worth})
    names = dict.fromkeys(name for cases, _ in parts for name in cases.traits)
    return Pool(
        view,
        detector,
        first.subject,
        first.root,
        first.within,
        first.limit,
        person=column("person"),
        stage=column("stage"),
        place=column("place"),
        bought=column("bought"),
        position=column("position"),
        ts=column("ts"),
        met=column("met"),
        on=column("on"),
        worth={
            name: np.concatenate(
                [c.worth[name][h] if name in c.worth else np.zeros(int(h.sum())) for c, h in parts]
            )
            for name in currencies
        },
        traits=_without_many({name: _coded(name, parts) for name in names}),
    )


def _coded(name: str, parts: list[tuple[Gathered, Bools]]) -> Coded:
    number: dict[str, int] = {}
    codes = []
    for cases, here in parts:
        if name not in cases.traits:
            codes.append(np.full(int(here.sum()), -1, np.int32))
            continue
        coded = cases.traits[name]
        table = [number.setdefault(value, len(number)) for value in coded.values]
        codes.append(np.array([*table, -1], np.int32)[coded.codes[here]])
    return Coded(np.concatenate(codes), list(number))


def _without_many(traits: dict[str, Coded]) -> dict[str, Coded]:
    """Without properties that have too many different values in all buckets together."""
    return {
        name: coded
        for name, coded in traits.items()
        if "properties." not in name or len(coded.values) <= MOST_VALUES
    }
