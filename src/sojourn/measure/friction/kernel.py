"""One bucket's cases of every kind of friction, with what they can be divided by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, Reals
from sojourn.core.condition import Condition
from sojourn.core.durations import DAY
from sojourn.core.frame import TouchpointFrame, evidence
from sojourn.core.history import ORDER_ROW, orders_before
from sojourn.core.persons import OUTCOMES, columns_read
from sojourn.core.stride import levels
from sojourn.measure.friction.cases import Cases
from sojourn.measure.friction.detectors import DETECTORS
from sojourn.measure.friction.ground import Ground
from sojourn.measure.select import Basis, Selected, columns_needed, people_in, select
from sojourn.measure.view import View

READ = (
    "name", "device", "channel", "content", "page", "properties", "order_id", "value", "currency",
    "sentiment",
)  # fmt: skip
WORTH_DAYS = 90
MOST_BOUGHT = 3
MOST_TEXTS, MOST_VALUES, LONGEST = 2000, 12, 40
"""Properties divide cases where a bucket has few different ones, with few and short values."""


@dataclass(frozen=True)
class Gathered:
    """Cases of one detector and subject, one element a case; times in microseconds.

    `stage` is the one the person was in, `place` the one that the touchpoint itself is evidence
    of (the person's where it is of none), `bought` the orders so far, at most 3, `position` how
    far into the stay. `worth` has a column a currency: what the person spent in the 90 days after
    the case began.
    """

    detector: str
    subject: str
    root: str
    within: int | None
    limit: int | None
    person: Ints
    block: Ints
    stage: Ints
    place: Ints
    bought: Ints
    position: Ints
    ts: Ints
    met: Ints
    on: Ints
    worth: Mapping[str, Reals]
    traits: Mapping[str, Coded]

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Found:
    """What one bucket has to tell."""

    labels: Sequence[str]
    cases: Sequence[Gathered]
    basis: Basis


@dataclass(frozen=True)
class FrictionKernel:
    """Gathers one bucket's cases."""

    view: View
    heard_within: int

    @property
    def columns(self) -> frozenset[str]:
        """What the walk, the filters, the personas and the detectors read."""
        return columns_needed(self.view, {*READ, *columns_read(personas(self.view).values())})

    def __call__(self, bucket: Bucket) -> Found:
        selected = select(self.view, bucket)
        shown = selected.row_kept
        if self.view.only is not None:
            shown = shown & self.view.only.mask(TouchpointFrame(selected.bucket))
        ground = Ground(selected, shown, self.heard_within)
        describe = Describer(ground)
        found = [
            describe(detector.id, cases, met=detector.bad == "met")
            for detector in DETECTORS
            for cases in detector.find(ground)
            if len(cases.row)
        ]
        return Found(selected.blocks.labels, found, selected.basis())


def personas(view: View) -> Mapping[str, Condition]:
    """The personas that say who people are, not how their journeys came out."""
    return {
        name: condition
        for name, condition in view.personas.items()
        if not {ref.name for ref in condition.refs} & OUTCOMES
    }


class Describer:
    """Adds to cases whose they are, what they are worth and what they can be divided by."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        selected = ground.selected
        self.place = np.searchsorted(ground.bucket.starts, np.arange(len(ground.bucket)), "right")
        self.level = own_levels(ground)
        orders = ground.bucket.order == ORDER_ROW
        self.bought = orders_before(ground.bucket).astype(np.int64) + orders
        self.money = Money(ground, self.place)
        self.personas = {n: people_in(selected, c) for n, c in personas(selected.view).items()}
        self._parsed: dict[int, Mapping[str, str]] = {}

    def __call__(self, detector: str, cases: Cases, met: bool) -> Gathered:
        index, block = expanded(self.ground.selected, cases.row)
        row, met_row = cases.row[index], cases.met_row[index]
        bucket, walked = self.ground.bucket, self.ground.selected.walked
        return Gathered(
            detector,
            cases.subject,
            cases.root,
            cases.within,
            cases.limit,
            person=bucket.person[row],
            block=block,
            stage=walked.stage_of[row].astype(np.int64),
            place=np.where(self.level[row] >= 0, self.level[row], walked.stage_of[row]),
            bought=np.minimum(self.bought[row], MOST_BOUGHT),
            position=cases.position[index] if len(cases.position) else np.zeros_like(row),
            ts=bucket.ts[row],
            met=self.ground.when(met_row),
            on=cases.on[index],
            worth=self.money.after(row),
            traits=self.traits(row, met_row if met else None, cases.described),
        )

    def traits(self, row: Ints, met_row: Ints | None, described: bool) -> dict[str, Coded]:
        """What the cases can be divided by."""
        found = {name: self.ground.texts(name).take(row) for name in ("device", "channel")}
        found["content"] = self.ground.texts("content").take(row)
        for name, members in self.personas.items():
            code = np.where(members[self.place[row] - 1], 0, -1).astype(np.int32)
            found[f"persona {name}"] = Coded(code, [name])
        if described:
            found |= self.properties(row, "properties.")
        if met_row is not None:
            hit = met_row >= 0
            for name in ("name", "page"):
                coded = self.ground.texts(name)
                codes = np.where(hit, np.append(coded.codes, -1)[met_row], -1).astype(np.int32)
                found[f"met {name}"] = Coded(codes, coded.values)
            found |= self.properties(met_row, "met properties.")
        return {name: few(coded) for name, coded in found.items()}

    def properties(self, row: Ints, prefix: str) -> dict[str, Coded]:
        """The plain and short properties of these rows (-1: of none)."""
        texts = self.ground.texts("properties")
        codes = np.where(row >= 0, np.append(texts.codes, -1)[row], -1)
        used = np.unique(codes[codes >= 0])
        if not len(used) or len(used) > MOST_TEXTS:
            return {}
        said = {code: self._properties(texts, code) for code in used.tolist()}
        place = np.searchsorted(used, codes)
        found = {}
        for name in sorted({name for each in said.values() for name in each}):
            values = sorted({each[name] for each in said.values() if name in each})
            if len(values) > MOST_VALUES:
                continue
            number = {value: code for code, value in enumerate(values)}
            table = [number[each[name]] if name in each else -1 for each in said.values()]
            mine = np.where(codes >= 0, np.array([*table, -1])[place], -1).astype(np.int32)
            found[prefix + name] = Coded(mine, values)
        return found

    def _properties(self, texts: Coded, code: int) -> Mapping[str, str]:
        if code not in self._parsed:
            self._parsed[code] = plain_properties(texts.values[code])
        return self._parsed[code]


def own_levels(ground: Ground) -> Ints:
    """The furthest stage that each of the people's own touchpoints is evidence of, -1: of none.

    A stage that everything is evidence of says nothing of where a touchpoint belongs.
    """
    model = ground.selected.view.model
    seen, _ = evidence(model, TouchpointFrame(ground.bucket))
    telling = sum(1 << n for n, stage in enumerate(model.stages) if stage.evidence.refs)
    return levels(np.where(ground.bucket.own, seen & telling, 0), len(model.stages))


def plain_properties(text: str) -> dict[str, str]:
    """The short texts, whole numbers and truths in a JSON object.

    >>> plain_properties('{"region": "west", "tags": ["a"], "gift": true, "price": 1.5}')
    {'region': 'west', 'gift': 'true'}
    """
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    good = {k: v for k, v in found.items() if isinstance(v, (str, int, bool))}
    shown = {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in good.items()}
    return {k: v for k, v in shown.items() if 0 < len(v) <= LONGEST}


def few(coded: Coded) -> Coded:
    """The same column with only the values that occur."""
    size = len(coded.values)
    used = np.flatnonzero(np.bincount(coded.codes + 1, minlength=size + 1)[1:])
    table = np.full(size + 1, -1, np.int32)
    table[used] = np.arange(len(used), dtype=np.int32)
    return Coded(table[coded.codes], [coded.values[code] for code in used.tolist()])


def expanded(selected: Selected, rows: Ints) -> tuple[Ints, Ints]:
    """Each row's place once for every block that its cycle is in, and the block."""
    if selected.view.by is None:
        return np.arange(len(rows)), np.zeros(len(rows), np.int64)
    order = np.argsort(selected.blocks.index, kind="stable")
    cycles, block = selected.blocks.index[order], selected.blocks.block[order]
    mine = selected.walked.cycle_of[rows]
    first = np.searchsorted(cycles, mine)
    size = np.searchsorted(cycles, mine, side="right") - first
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    return np.repeat(np.arange(len(rows)), size), block[np.repeat(first, size) + within]


class Money:
    """What people spend in the 90 days after a row, by currency."""

    def __init__(self, ground: Ground, place: Ints) -> None:
        bucket, self.orders = ground.bucket, ground.orders
        self.start = int(bucket.ts.min(initial=0)) if len(bucket) else 0
        seconds = (bucket.ts - self.start) // 1_000_000
        self.ahead = WORTH_DAYS * DAY // 1_000_000
        self.key = place * (int(seconds.max(initial=0)) + self.ahead + 2) + seconds
        value = np.nan_to_num(np.asarray(bucket.columns["value"])[self.orders])
        currency = ground.texts("currency").take(self.orders)
        self.sums = {
            "" if code < 0 else currency.values[code]: running(value, currency.codes == code)
            for code in np.unique(currency.codes).tolist()
        }

    def after(self, rows: Ints) -> dict[str, Reals]:
        """What the people of these rows spend after them."""
        first = np.searchsorted(self.orders, rows, side="right")
        last = np.searchsorted(self.key[self.orders], self.key[rows] + self.ahead, side="right")
        last = np.maximum(first, last)
        return {name: sums[last] - sums[first] for name, sums in self.sums.items()}


def running(value: Reals, mine: Bools) -> Reals:
    """Running totals of some values, beginning with nothing."""
    return np.concatenate([[0.0], np.cumsum(np.where(mine, value, 0.0))])
