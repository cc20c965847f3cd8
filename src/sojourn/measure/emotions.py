"""How do people feel, in each stage, at each touchpoint, on each channel, over time?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sojourn.core.bucket import Bucket, Ints, Reals, run_starts
from sojourn.core.feelings import NEUTRAL, SOURCES
from sojourn.core.intervals import student
from sojourn.core.table import Column, Table
from sojourn.measure.felt import COLUMNS as READ
from sojourn.measure.felt import Felt, blocks_at, felt, periods_of, stage_at, values_at
from sojourn.measure.notes import notes
from sojourn.measure.personas import PERSONA, by_persona
from sojourn.measure.retention_calendar import Every, label
from sojourn.measure.select import NONE, Basis, Selected, columns_needed, select
from sojourn.measure.stages import with_block
from sojourn.measure.view import View

STAGE = "stage"
PERIOD = "period"
CONFIDENCE = 0.95
ROUNDING = 1e-13
"""A spread of less than this a touchpoint squared is what is left of equal feelings."""

FIGURES = (
    Column("n", "integer", "touchpoints"),
    Column("people", "integer", "people"),
    Column("mean", "number", "-1..1"),
    Column("low", "number", "-1..1"),
    Column("high", "number", "-1..1"),
    Column("good", "integer", "touchpoints"),
    Column("neutral", "integer", "touchpoints"),
    Column("bad", "integer", "touchpoints"),
    Column("sources", "text"),
)
SUMS = ("n", "people", "total", "squares", "cross", "sizes", "good", "bad", *SOURCES)
"""What adds up over people: `squares`, `cross` and `sizes` are sums over people of their total
squared, their total times their number, and their number squared."""

Key = tuple[str, int, str]


@dataclass(frozen=True)
class Tally:
    """One bucket's sums by (block, period, value), the answers off their scale, and the basis."""

    keys: list[Key]
    sums: dict[str, Reals]
    unread: int
    basis: Basis


@dataclass(frozen=True)
class EmotionsKernel:
    """Sums one bucket's feelings."""

    view: View
    of: str
    every: Every | None

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and what a feeling can be in."""
        own = () if self.of == STAGE else columns_needed_of(self.of)
        return columns_needed(self.view, [*READ, *own])

    def __call__(self, bucket: Bucket) -> Tally:
        selected = select(self.view, bucket, "touchpoints")
        found = felt(selected)
        keys, group = self._groups(selected, found)
        person = selected.bucket.person[found.row]
        return Tally(keys, _sums(group, person, found, len(keys)), found.unread, selected.basis())

    def _groups(self, selected: Selected, found: Felt) -> tuple[list[Key], Ints]:
        blocks, block = blocks_at(selected, found.row)
        if self.of == STAGE:
            values = [*(stage.id for stage in self.view.model.stages), ""]
            value = stage_at(selected, found.row)
            value[value < 0] = len(values) - 1
        else:
            values, value = values_at(selected, self.of, found.row)
        period = periods_of(selected.bucket.ts[found.row], self.view, self.every)
        whole = (block << 40) + (period << 20) + value
        used, group = np.unique(whole, return_inverse=True)
        keys = [
            (blocks[key >> 40], (key >> 20) & 0xFFFFF, values[key & 0xFFFFF])
            for key in used.tolist()
        ]
        return keys, group.astype(np.int64)


def columns_needed_of(of: str) -> tuple[str, ...]:
    """The log's column that a value is in."""
    return ("properties",) if of.startswith("properties.") else (of,)


def _sums(group: Ints, person: Ints, found: Felt, groups: int) -> dict[str, Reals]:
    """Sums over a group's touchpoints and over its people."""
    order = np.lexsort((person, group))
    group, person, score = group[order], person[order], found.score[order]
    source = found.source[order]

    def add(weights: Any) -> Reals:
        return np.bincount(group, weights=weights, minlength=groups).astype(np.float64)

    sums: dict[str, Reals] = {
        "n": add(np.ones(len(group))),
        "total": add(score),
        "good": add(score > NEUTRAL),
        "bad": add(score < -NEUTRAL),
    }
    for code, name in enumerate(SOURCES):
        sums[name] = add(source == code)
    first = run_starts((group << 40) + person)
    mine = group[first]
    sizes = np.diff(np.append(first, len(group))).astype(np.float64)
    totals = np.add.reduceat(score, first) if len(first) else np.zeros(0)

    def over_people(weights: Any) -> Reals:
        return np.bincount(mine, weights=weights, minlength=groups).astype(np.float64)

    sums |= {
        "people": over_people(np.ones(len(mine))),
        "squares": over_people(totals * totals),
        "cross": over_people(totals * sizes),
        "sizes": over_people(sizes * sizes),
    }
    return sums


def emotions(view: View, of: str = STAGE, every: Every | None = None) -> Table:
    """One row a stage (or value of a column): how people felt there, with an interval.

    A touchpoint's feeling is its survey answer, else its stars, else its given sentiment, from -1
    to 1. The interval is of the mean over touchpoints with people as the unit: who says a lot
    does not make it surer. It is missing when one person alone was heard.
    """
    if view.by == PERSONA:
        return by_persona(view, lambda each: emotions(each, of, every))
    parts: list[Tally] = view.run(EmotionsKernel(view, of, every))
    summed = _merged(parts)
    keys = sorted(summed, key=lambda key: _order(key, view, of))
    data = _data([summed[key] for key in keys])
    data[of] = [value or NONE for _, _, value in keys]
    if every is not None:
        data[PERIOD] = [label(period, every) for _, period, _ in keys]
    if view.by is not None:
        data[view.by] = [block for block, _, _ in keys]
    columns = [*([Column(PERIOD, "text")] if every else []), Column(of, "text"), *FIGURES]
    scored = sum(int(sums["n"]) for sums in summed.values())
    said = notes(view, [p.basis for p in parts], _remarks(sum(p.unread for p in parts)))
    return Table.of("emotions", with_block(columns, view.by), data, {**said, "scored": scored})


def _merged(parts: Sequence[Tally]) -> dict[Key, dict[str, float]]:
    found: dict[Key, dict[str, float]] = {}
    for part in parts:
        for number, key in enumerate(part.keys):
            mine = found.setdefault(key, dict.fromkeys(SUMS, 0.0))
            for name in SUMS:
                mine[name] += float(part.sums[name][number])
    return found


def _order(key: Key, view: View, of: str) -> tuple[Any, ...]:
    block, period, value = key
    stages = [stage.id for stage in view.model.stages]
    place = stages.index(value) if of == STAGE and value else len(stages)
    return block == NONE, block, period, value == "", place, value


def _data(sums: Sequence[dict[str, float]]) -> dict[str, Any]:
    bounds = [interval(each) for each in sums]
    whole = {name: [int(each[name]) for each in sums] for name in ("n", "people", "good", "bad")}
    return {
        **whole,
        "neutral": [int(each["n"] - each["good"] - each["bad"]) for each in sums],
        "mean": [each["total"] / each["n"] for each in sums],
        "low": [low for low, _ in bounds],
        "high": [high for _, high in bounds],
        "sources": [
            ", ".join(f"{name} {int(each[name]):,}" for name in SOURCES if each[name])
            for each in sums
        ],
    }


def interval(sums: dict[str, float]) -> tuple[float | None, float | None]:
    """The 95% interval of a mean of touchpoints, with people as the unit (cluster-robust, t)."""
    people, n = int(sums["people"]), sums["n"]
    if people < 2:
        return None, None
    mean = sums["total"] / n
    spread = sums["squares"] - 2 * mean * sums["cross"] + mean * mean * sums["sizes"]
    spread = spread if spread > ROUNDING * n * n else 0.0
    error = float(np.sqrt(spread * people / (people - 1))) / n
    reach = student(0.5 + CONFIDENCE / 2, people - 1) * error
    return max(mean - reach, -1.0), min(mean + reach, 1.0)


def _remarks(unread: int) -> list[str]:
    found = [
        "Feelings are those of people who said something; who is silent may feel otherwise.",
        "Answers are put on the scale by their own ends: the worst possible is -1, the best 1; "
        f"within {NEUTRAL} of 0 is neutral.",
    ]
    if unread:
        found.append(f"{unread:,} answers are off their scale and left out.")
    return found
