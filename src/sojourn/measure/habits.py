"""What are these people like? Their measured habits beside everybody's, as a plain card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sojourn.core.bucket import Bucket, Coded, Ints, run_starts
from sojourn.core.durations import DAY
from sojourn.core.history import ORDER_ROW
from sojourn.core.table import Column, Table
from sojourn.measure.notes import notes
from sojourn.measure.retention_calendar import periods_around
from sojourn.measure.select import Basis, Selected, columns_needed, select
from sojourn.measure.view import View

COLUMNS = (
    Column("section", "text"),
    Column("item", "text"),
    Column("figure", "number"),
    Column("everybody", "number"),
    Column("unit", "text"),
    Column("people", "integer", "people"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS = ("night (0-6)", "morning (6-12)", "afternoon (12-18)", "evening (18-24)")
SECTIONS = ("stage", "first channel", "channel", "device", "touchpoint", "weekday", "time of day")
SHOWN = 6
READ = ("name", "channel", "device")


@dataclass(frozen=True)
class Habits:
    """One bucket's people: how many have each habit, and their numbers one by one."""

    counts: Counter[tuple[str, str]]
    touches: Ints
    orders: Ints
    gaps: Ints
    basis: Basis


@dataclass(frozen=True)
class HabitsKernel:
    """Looks at one bucket's people."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and the habits."""
        return columns_needed(self.view, READ)

    def __call__(self, bucket: Bucket) -> Habits:
        selected = select(self.view, bucket)
        whose = _whose(selected)
        counts: Counter[tuple[str, str]] = Counter()
        for section, labels, person, code in _habits(self.view, selected, whose):
            counts.update(_tally(section, labels, person, code))
        people = np.unique(whose[whose >= 0])
        order = selected.bucket.order == ORDER_ROW
        return Habits(
            counts,
            _a_person(whose, people, selected.bucket.own),
            _a_person(whose, people, order),
            _gaps(selected, whose, order),
            selected.basis(),
        )


def _whose(selected: Selected) -> Ints:
    """For each touchpoint the place of its person in the bucket, -1 for those not asked about."""
    kept = np.zeros(len(selected.bucket.starts), bool)
    kept[selected.person_of_cycle[selected.kept]] = True
    sizes = np.diff(np.append(selected.bucket.starts, len(selected.bucket)))
    return np.repeat(np.where(kept, np.arange(len(sizes)), -1), sizes)


Habit = tuple[str, Sequence[str], Ints, Ints]


def _habits(view: View, selected: Selected, whose: Ints) -> Iterable[Habit]:
    """Each section's labels, and pairs of a person and the code of a label."""
    bucket = selected.bucket
    asked = whose >= 0
    stages = [stage.name for stage in view.model.stages]
    last = np.searchsorted(selected.walked.cycles.row, np.append(bucket.starts, len(bucket))[1:])
    furthest = selected.walked.cycles.furthest[last - 1]
    mine = np.unique(whose[asked])
    yield "stage", stages, mine, furthest[mine]
    for section, column in (("channel", "channel"), ("device", "device"), ("touchpoint", "name")):
        coded = bucket.columns[column]
        assert isinstance(coded, Coded)  # noqa: S101 - the engine loads texts coded, always
        rows = np.flatnonzero(asked & (coded.codes >= 0) & bucket.own)
        codes = coded.codes[rows].astype(np.int64)
        if column == "channel":
            first = run_starts(whose[rows])
            yield "first channel", coded.values, whose[rows][first], codes[first]
        yield section, coded.values, whose[rows], codes
    rows = np.flatnonzero(asked & bucket.own)
    weekday, part = _clock(view, bucket.ts[rows])
    yield "weekday", WEEKDAYS, *_most(whose[rows], weekday, 7)
    yield "time of day", PARTS, *_most(whose[rows], part, 4)


def _clock(view: View, ts: Ints) -> tuple[Ints, Ints]:
    """The weekday (0 is Monday) and the quarter of the day of each moment, as the zone lives it."""
    if not len(ts):
        return ts, ts
    days = periods_around(ts, view.zone, "day")
    number = days.of(ts)
    passed = ts - days.begin(number)
    return (number - 1) % 7, np.minimum(passed // (DAY // 4), 3)


def _most(person: Ints, code: Ints, size: int) -> tuple[Ints, Ints]:
    """What each person does most, the first of equals."""
    people, place = np.unique(person, return_inverse=True)
    counts = np.bincount(place * size + code, minlength=len(people) * size).reshape(-1, size)
    return people, counts.argmax(axis=1).astype(np.int64)


def _tally(
    section: str, labels: Sequence[str], person: Ints, code: Ints
) -> Counter[tuple[str, str]]:
    known = code >= 0
    pairs = np.unique((person[known] << 32) + code[known])
    codes, counts = np.unique(pairs & 0xFFFFFFFF, return_counts=True)
    found = zip(codes.tolist(), counts.tolist(), strict=True)
    return Counter({(section, labels[c]): n for c, n in found})


def _a_person(whose: Ints, people: Ints, rows: Any) -> Ints:
    counts = np.bincount(whose[(whose >= 0) & rows], minlength=int(people.max(initial=-1)) + 1)
    return counts[people].astype(np.int64)


def _gaps(selected: Selected, whose: Ints, order: Any) -> Ints:
    """The time between each order and the person's next."""
    rows = np.flatnonzero(order & (whose >= 0))
    same = whose[rows][1:] == whose[rows][:-1]
    return np.diff(selected.bucket.ts[rows])[same]


def habits(view: View) -> Table:
    """One row a habit: the share of these people who have it, and of everybody; and a few numbers.

    A channel, device or touchpoint is a person's who used or did it at least once by their own
    act; the weekday and the time of day are those of most of their acts.
    """
    mine = _summed(view)
    all_of_them = replace(view, people=None, members=None, where=None, start=None, end=None)
    whole = mine if view.everything else _summed(all_of_them)
    data: dict[str, list[Any]] = {column.name: [] for column in COLUMNS}
    rows = [*_numbers(mine, whole), *_shares(mine, whole)]
    for row in rows:
        for name, value in zip(data, row, strict=True):
            data[name].append(value)
    said = "A habit is a person's who shows it at least once; shares of few people vary by chance."
    return Table.of("habits", COLUMNS, data, notes(view, [mine.basis], [said]))


def _summed(view: View) -> Habits:
    parts: list[Habits] = view.run(HabitsKernel(view))
    counts: Counter[tuple[str, str]] = Counter()
    for part in parts:
        counts.update(part.counts)
    none = [np.zeros(0, np.int64)]
    touches, orders, gaps = (
        np.concatenate([getattr(part, name) for part in parts] or none)
        for name in ("touches", "orders", "gaps")
    )
    sums = [sum(values) for values in zip(*(vars(p.basis).values() for p in parts), strict=True)]
    return Habits(counts, touches, orders, gaps, Basis(*sums) if sums else Basis(*[0] * 7))


def _numbers(mine: Habits, whole: Habits) -> list[tuple[Any, ...]]:
    def both(what: str, unit: str, figure: Any, people: int) -> tuple[Any, ...]:
        return "numbers", what, figure(mine), figure(whole), unit, people

    buyers = int((mine.orders > 0).sum())
    return [
        both("touchpoints of their own, median", "touchpoints",
             lambda h: _median(h.touches), len(mine.touches)),
        both("who have ordered", "share",
             lambda h: float((h.orders > 0).mean()) if len(h.orders) else None, buyers),
        both("orders of those, mean", "orders", lambda h: _mean(h.orders[h.orders > 0]), buyers),
        both("between two orders, median", "days",
             lambda h: None if not len(h.gaps) else float(np.median(h.gaps)) / DAY,
             int((mine.orders > 1).sum())),
    ]  # fmt: skip


def _median(values: Ints) -> float | None:
    return float(np.median(values)) if len(values) else None


def _mean(values: Ints) -> float | None:
    return float(values.mean()) if len(values) else None


def _shares(mine: Habits, whole: Habits) -> Iterable[tuple[Any, ...]]:
    people, everybody = len(mine.touches), len(whole.touches)
    for section in SECTIONS:
        own = [(item, n) for (where, item), n in mine.counts.items() if where == section]
        for item, count in sorted(own, key=lambda pair: (-pair[1], pair[0]))[:SHOWN]:
            share = whole.counts[section, item] / everybody
            yield section, item, count / people, share, "share", count
