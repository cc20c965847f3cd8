"""Moments of truth: after which touchpoints do people move on sooner?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sojourn.core.bucket import Ints, Reals
from sojourn.core.durations import DAY, in_words
from sojourn.core.mantel import RateRatio, rate_ratio
from sojourn.core.multiple import found_among
from sojourn.core.table import Column, Table
from sojourn.measure.moments_pace import Pace, pace_of
from sojourn.measure.moments_question import Asked
from sojourn.measure.moments_tally import (
    STRATA,
    MomentsKernel,
    People,
    Sums,
    Tally,
    summed,
)
from sojourn.measure.notes import notes
from sojourn.measure.stages import merge_labels, with_block
from sojourn.measure.view import View

COLUMNS = (
    Column("stage", "text"),
    Column("touchpoint", "text"),
    Column("people", "integer", "people"),
    Column("touchpoints", "integer", "touchpoints"),
    Column("moves_after", "integer", "moves"),
    Column("moves_without", "integer", "moves"),
    Column("days_after", "number", "days"),
    Column("days_without", "number", "days"),
    Column("naive_ratio", "number", "times"),
    Column("rate_ratio", "number", "times"),
    Column("low", "number", "times"),
    Column("high", "number", "times"),
    Column("p_value", "number"),
    Column("found", "boolean"),
    Column("strata", "integer"),
    Column("gained", "number", "people"),
    Column("gained_low", "number", "people"),
    Column("gained_high", "number", "people"),
)
LEVEL = 0.05
FITS = 2.0**62
NAME = "name"
"""Only a name says what a touchpoint is; a channel that proves a stage is still a channel."""
CAPTION = (
    "Gained: people more that would move on if everybody had the touchpoint, if it is causal. "
    "An association within strata is no proof: only a held-out group is."
)
HOW = (
    "Rate ratios of moving on after the touchpoint against before or without it are compared "
    "within strata of days in the stage, activity in the 7 days before (the tested one left out) "
    "and the pace that goes with stated traits."
)


@dataclass(frozen=True)
class Test:
    """One touchpoint in one stage (and block) with what it rests on."""

    __test__ = False

    block: int
    stage: int
    value: int
    people: int
    touchpoints: int
    never: int
    never_moved: int
    moves: tuple[int, int]
    time: tuple[float, float]
    estimate: RateRatio

    @property
    def naive(self) -> float:
        """The rate ratio that nobody should trust: all time after over all time without."""
        (after, without), (long, rest) = self.moves, self.time
        return (after / long) / (without / rest)

    def gained(self, ratio: float) -> float:
        """How many more of those who never had it would move on, were their rate so much higher."""
        if not self.never:
            return 0.0
        staying = 1 - self.never_moved / self.never
        return float(self.never * (staying - staying**ratio))


def moments(view: View, asked: Asked) -> Table:
    """One row a stage and touchpoint (and block): how much sooner people move on after it.

    The ratio is Mantel and Haenszel's, its interval Greenland and Robins'; `found` are those that
    stand after Benjamini and Hochberg's correction. Ranked by people who might be gained, findings
    first. A touchpoint with fewer than 10 moves after it, or without it, is left out.
    """
    pace = pace_of(view, asked.alike, asked.silence)
    kernel = MomentsKernel(view, asked.of, len(asked.values), pace, asked.silence)
    parts: list[Tally] = view.run(kernel)
    labels = merge_labels([part.labels for part in parts], view)
    whole = combined(parts, labels, len(view.model.stages), len(asked.values))
    tests, left_out = _tests(whole, asked)
    good = found_among([test.estimate.p for test in tests], LEVEL)
    order = sorted(range(len(tests)), key=lambda i: _rank(tests[i], bool(good[i])))
    columns = with_block(COLUMNS, view.by)
    rows = [_row(view, asked, labels, tests[i], bool(good[i])) for i in order]
    remarks = _remarks(left_out, asked, pace, len(whole.touched.key) > 0)
    said = notes(view, [part.basis for part in parts], [HOW, CAPTION, *remarks])
    said.update(
        of=asked.of,
        alike=", ".join(pace.weights) or "no trait",
        silence="patience" if asked.silence is None else in_words(asked.silence),
        tests=len(tests),
        findings=int(good.sum()),
        moves=int(whole.everybody.moves.sum()),
    )
    return Table.of("moments", columns, {c.name: [r[c.name] for r in rows] for c in columns}, said)


def _rank(test: Test, good: bool) -> tuple[int, bool, float, int, int]:
    return test.block, not good, -test.gained(test.estimate.ratio), test.stage, test.value


@dataclass(frozen=True)
class Whole:
    """All buckets' sums, with keys of the blocks of the whole answer."""

    stages: int
    values: int
    everybody: Sums
    after: Sums
    without: Sums
    people: People
    touched: People
    proving: frozenset[int]

    def strata(self, key: int) -> tuple[Reals, Ints, Reals, Ints]:
        """Of a stage and value, days and moves after it, then without it, by stratum."""
        everybody, all_moves = _strata(self.everybody, key // self.values)
        taken, moves_taken = _strata(self.without, key)
        after, moves = _strata(self.after, key)
        days, rest = ((time / DAY).astype(np.float64) for time in (after, everybody - taken))
        return days, moves, rest, all_moves - moves_taken


def combined(parts: Sequence[Tally], labels: Sequence[str], stages: int, values: int) -> Whole:
    """Add the buckets' sums up; a block may have another number in each."""
    place = {label: i for i, label in enumerate(labels)}
    here = [np.array([place[label] for label in part.labels], np.int64) for part in parts]

    def moved(key: Ints, which: int, width: int) -> Ints:
        if not len(key):
            return key
        block, rest = np.divmod(key, width)
        return here[which][block] * width + rest

    def sums(name: str, width: int) -> Sums:
        each = [getattr(part, name) for part in parts]
        return summed(
            _joined([moved(s.key, i, width) for i, s in enumerate(each)]),
            exact(_joined([s.time for s in each])),
            _joined([s.moves for s in each]),
        )

    def people(name: str, width: int) -> People:
        each = [getattr(part, name) for part in parts]
        key = _joined([moved(p.key, i, width) for i, p in enumerate(each)])
        return _people_summed(key, each)

    return Whole(
        stages=stages,
        values=values,
        everybody=sums("everybody", stages * STRATA),
        after=sums("after", stages * values * STRATA),
        without=sums("without", stages * values * STRATA),
        people=people("people", stages),
        touched=people("touched", stages * values),
        proving=frozenset(_joined([part.proving for part in parts]).tolist()),
    )


def exact(time: Ints) -> Ints:
    """Times as whole numbers of any size where their sum might not fit into 64 bits."""
    return time if np.abs(time.astype(np.float64)).sum() < FITS else time.astype(object)


def _people_summed(key: Ints, parts: Sequence[People]) -> People:
    used, where = np.unique(key, return_inverse=True)
    columns = (_joined([getattr(p, n) for p in parts]) for n in ("people", "moved", "touchpoints"))
    size = len(used)
    return People(used, *(np.bincount(where, c, size).astype(np.int64) for c in columns))


def _joined(parts: Sequence[Any]) -> Any:
    return np.concatenate([np.zeros(0, np.int64), *parts])


@dataclass(frozen=True)
class LeftOut:
    """How many touchpoints of a stage were not tested, and why."""

    proving: int = 0
    few: int = 0
    alone: int = 0


def _tests(whole: Whole, asked: Asked) -> tuple[list[Test], LeftOut]:
    """Every touchpoint that can be tested, and a count of those that cannot."""
    found, proving, few, alone = [], 0, 0, 0
    everybody, after, without = map(_totals, (whole.everybody, whole.after, whole.without))
    for number, key in enumerate(whole.touched.key.tolist()):
        group, value = divmod(key, whole.values)
        if asked.of == NAME and group % whole.stages * whole.values + value in whole.proving:
            proving += 1
            continue
        (long, moved), (all_, moves) = after[key], everybody[group]
        rest, left = all_ - without[key][0], moves - without[key][1]
        if min(moved, left) < asked.fewest:
            few += 1
            continue
        estimate = rate_ratio(*whole.strata(key))
        if estimate is None:
            alone += 1
            continue
        found.append(_test(whole, number, (moved, left), (long, rest), estimate))
    return found, LeftOut(proving, few, alone)


def _test(
    whole: Whole,
    number: int,
    moves: tuple[int, int],
    time: tuple[float, float],
    estimate: RateRatio,
) -> Test:
    people, touched = whole.people, whole.touched
    group, value = divmod(int(touched.key[number]), whole.values)
    at = int(np.searchsorted(people.key, group))
    block, stage = divmod(group, whole.stages)
    return Test(
        block=block,
        stage=stage,
        value=value,
        people=int(touched.people[number]),
        touchpoints=int(touched.touchpoints[number]),
        never=int(people.people[at] - touched.people[number]),
        never_moved=int(people.moved[at] - touched.moved[number]),
        moves=moves,
        time=time,
        estimate=estimate,
    )


def _totals(sums: Sums) -> dict[int, tuple[int, int]]:
    """Time and moves of each key, over its strata."""
    whole = summed(sums.key // STRATA, sums.time, sums.moves)
    pairs = zip(whole.time.tolist(), whole.moves.tolist(), strict=True)
    return dict(zip(whole.key.tolist(), pairs, strict=True))


def _strata(sums: Sums, key: int) -> tuple[Ints, Ints]:
    """Time and moves of a key in every stratum."""
    start, end = np.searchsorted(sums.key, [key * STRATA, (key + 1) * STRATA])
    stratum = sums.key[start:end] - key * STRATA
    time, moves = np.zeros(STRATA, sums.time.dtype), np.zeros(STRATA, np.int64)
    time[stratum], moves[stratum] = sums.time[start:end], sums.moves[start:end]
    return time, moves


def _row(view: View, asked: Asked, labels: Sequence[str], test: Test, good: bool) -> dict[str, Any]:
    estimate = test.estimate
    ends = (estimate.ratio, estimate.low, estimate.high)
    row: dict[str, Any] = {
        "stage": view.model.stages[test.stage].id,
        "touchpoint": asked.values[test.value],
        "people": test.people,
        "touchpoints": test.touchpoints,
        "moves_after": test.moves[0],
        "moves_without": test.moves[1],
        "days_after": test.time[0] / DAY,
        "days_without": test.time[1] / DAY,
        "naive_ratio": test.naive,
        "rate_ratio": estimate.ratio,
        "low": estimate.low,
        "high": estimate.high,
        "p_value": estimate.p,
        "found": good,
        "strata": estimate.strata,
        **dict(zip(("gained", "gained_low", "gained_high"), map(test.gained, ends), strict=True)),
    }
    return row if view.by is None else {view.by: labels[test.block], **row}


def _remarks(left_out: LeftOut, asked: Asked, pace: Pace, anybody: bool) -> list[str]:
    reasons = {
        "are themselves evidence of a later stage": left_out.proving,
        f"have fewer than {asked.fewest} moves after them, or without them": left_out.few,
        "share no stratum with people who did not have them": left_out.alone,
    }
    told = [f"{number:,} {reason}" for reason, number in reasons.items() if number]
    found = ["Left out, of touchpoints and stages: " + "; ".join(told) + "."] if told else []
    if anybody and not pace.weights:
        found.append(
            "No stated trait makes people comparable: what lively people see more of may look as "
            "if it helped. Import traits with their times, then ask again."
        )
    unknown = sorted(set(asked.alike) - set(pace.weights))
    if unknown and anybody:
        found.append(
            f"Not compared by {', '.join(unknown)}: known of nobody when they entered the stage."
        )
    return found
