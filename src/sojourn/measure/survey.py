"""What do surveys say? NPS, CSAT and CES as their makers define them, one answer a person."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from sojourn.core.bucket import Bucket
from sojourn.core.feelings import SOURCES, SURVEYS, Source
from sojourn.core.intervals import Z, student, wilson
from sojourn.core.table import Column, Table
from sojourn.errors import UnknownName
from sojourn.measure.emotions import PERIOD
from sojourn.measure.felt import COLUMNS as READ
from sojourn.measure.felt import blocks_at, felt, periods_of
from sojourn.measure.notes import notes
from sojourn.measure.personas import PERSONA, by_persona
from sojourn.measure.retention_calendar import Every, label, number_at
from sojourn.measure.select import NONE, Basis, columns_needed, select
from sojourn.measure.stages import with_block
from sojourn.measure.view import View

COLUMNS = (
    Column("answers", "integer", "answers"),
    Column("people", "integer", "people"),
    Column("top", "integer", "people"),
    Column("middle", "integer", "people"),
    Column("bottom", "integer", "people"),
    Column("score", "number"),
    Column("low", "number"),
    Column("high", "number"),
)
UNITS = {"nps": "points", "csat": "share", "ces": "points"}
Key = tuple[str, int]

DEFINED = {
    "nps": "NPS: the share of promoters (9, 10) less that of detractors (0 to 6), in points; the "
    "interval is Wald's with three answers added (Rocks, 2016).",
    "csat": "CSAT: the share of answers in the upper two of five parts of the scale.",
    "ces": "CES: the mean answer as it was given (1 to 7 unless the survey says otherwise); "
    "top and bottom are the upper and lower two of seven parts.",
}


@dataclass(frozen=True)
class Answers:
    """One bucket's last answers a person, block and period: how often which, and all answers."""

    last: dict[Key, Counter[tuple[float, float]]]
    given: Counter[Key]
    unread: int
    basis: Basis


@dataclass(frozen=True)
class SurveyKernel:
    """Finds one bucket's answers to one kind of survey."""

    view: View
    source: Source
    every: Every | None

    @property
    def columns(self) -> frozenset[str]:
        """What a feeling can be in, and what the filters read."""
        return columns_needed(self.view, READ)

    def __call__(self, bucket: Bucket) -> Answers:
        selected = select(self.view, bucket, "touchpoints")
        found = felt(selected)
        mine = np.flatnonzero(found.source == SOURCES.index(self.source))
        row = found.row[mine]
        blocks, block = blocks_at(selected, row)
        period = periods_of(selected.bucket.ts[row], self.view, self.every)
        person = selected.bucket.person[row]
        keys = [(blocks[b], p) for b, p in zip(block.tolist(), period.tolist(), strict=True)]
        latest = {
            (key, who): (answer, score)
            for key, who, answer, score in zip(
                keys, person.tolist(), found.answer[mine].tolist(), found.score[mine].tolist(),
                strict=True,
            )
        }  # fmt: skip
        last: dict[Key, Counter[tuple[float, float]]] = {}
        for (key, _), said in latest.items():
            last.setdefault(key, Counter())[said] += 1
        return Answers(last, Counter(keys), found.unread, selected.basis())


def survey(view: View, kind: str, every: Every | None = None) -> Table:
    """One row a period: what people answered to a kind of survey (`nps`, `csat` or `ces`).

    A person's last answer of each period counts once. `low` and `high` are a 95% interval of the
    score. Raises UnknownName for another kind.
    """
    if kind not in SURVEYS:
        near = get_close_matches(kind, SURVEYS, 1)
        raise UnknownName(
            f"There is no kind of survey {kind!r}.",
            hint=(f"Did you mean {near[0]!r}? " if near else "") + f"Kinds: {', '.join(SURVEYS)}.",
        )
    if view.by == PERSONA:
        return by_persona(view, lambda each: survey(each, kind, every))
    parts: list[Answers] = view.run(SurveyKernel(view, _source(kind), every))
    merged: dict[Key, Counter[tuple[float, float]]] = {}
    given: Counter[Key] = Counter()
    for part in parts:
        given.update(part.given)
        for key, counts in part.last.items():
            merged.setdefault(key, Counter()).update(counts)
    keys = sorted(merged, key=lambda key: (key[0] == NONE, *key))
    data = _data(kind, [merged[key] for key in keys])
    data["answers"] = [given[key] for key in keys]
    data[PERIOD] = [label(p, every) if every else "all" for _, p in keys]
    if view.by is not None:
        data[view.by] = [block for block, _ in keys]
    columns = [Column(PERIOD, "text"), *(_united(column, kind) for column in COLUMNS)]
    said = notes(view, [p.basis for p in parts], _remarks(view, kind, every, parts))
    return Table.of("survey", with_block(columns, view.by), data, {**said, "survey": kind})


def _source(kind: str) -> Source:
    return next(source for source in SURVEYS if source == kind)


def _united(column: Column, kind: str) -> Column:
    scored = column.name in ("score", "low", "high")
    return Column(column.name, column.type, UNITS[kind]) if scored else column


def _data(kind: str, answers: Sequence[Counter[tuple[float, float]]]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {c.name: [] for c in COLUMNS if c.name != "answers"}
    for counts in answers:
        people = sum(counts.values())
        top = sum(n for said, n in counts.items() if _part(kind, *said) > 0)
        bottom = sum(n for said, n in counts.items() if _part(kind, *said) < 0)
        score, low, high = _score(kind, counts, people, top, bottom)
        values = (people, top, people - top - bottom, bottom, score, low, high)
        for name, value in zip(found, values, strict=True):
            found[name].append(value)
    return found


def _part(kind: str, answer: float, score: float) -> int:
    """1 for an answer that is good by the survey's own definition, -1 for a bad one, else 0."""
    if kind == "nps":
        return 1 if answer >= 9 else -1 if answer <= 6 else 0
    edge = 0.5 if kind == "csat" else 2 / 3
    return (score >= edge - 1e-9) - (score <= 1e-9 - edge)


def _score(
    kind: str, counts: Counter[tuple[float, float]], people: int, top: int, bottom: int
) -> tuple[float, float | None, float | None]:
    if kind == "nps":
        return 100 * (top - bottom) / people, *_nps_interval(top, people - top - bottom, bottom)
    if kind == "csat":
        return top / people, *wilson(top, people)
    mean = sum(answer * n for (answer, _), n in counts.items()) / people
    if people < 2:
        return mean, None, None
    variance = sum(n * (answer - mean) ** 2 for (answer, _), n in counts.items()) / (people - 1)
    reach = student(0.975, people - 1) * math.sqrt(variance / people)
    return mean, mean - reach, mean + reach


def _nps_interval(promoters: int, passives: int, detractors: int) -> tuple[float, float]:
    """The 95% interval of an NPS in points: Wald's, with three answers added (Rocks, 2016).

    >>> [round(bound) for bound in _nps_interval(1, 0, 0)]
    [-48, 98]
    """
    people = promoters + passives + detractors + 3
    up, down = (promoters + 0.75) / people, (detractors + 0.75) / people
    share = up - down
    reach = Z * math.sqrt((up + down - share * share) / people)
    return max(100 * (share - reach), -100.0), min(100 * (share + reach), 100.0)


def _remarks(view: View, kind: str, every: Every | None, parts: Sequence[Answers]) -> list[str]:
    found = [DEFINED[kind], "A person's last answer of each period counts once."]
    unread = sum(part.unread for part in parts)
    if unread:
        found.append(f"{unread:,} answers are off their scale and left out.")
    if every is not None:
        now = label(number_at(view.as_of, view.zone, every), every)
        found.append(f"The {every} {now} is not over yet, or the log ends in it.")
    if not any(part.last for part in parts):
        found.append(f"Nobody answered a survey of the kind {kind}.")
    return found
