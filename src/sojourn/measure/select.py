"""From a bucket to the cycles that a question is about: cut, walk, filter, divide.

No filter removes a touchpoint before the walk: people, cycles and blocks are chosen afterwards,
so a filtered answer counts the same journeys as the whole one, only fewer of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints, gather, run_starts
from sojourn.core.condition import Condition, property_text
from sojourn.core.frame import TouchpointFrame, columns_of, evidence
from sojourn.core.persons import PeopleFrame, columns_read
from sojourn.core.stride import NEVER, Cycles, Sojourns, Walked, stride
from sojourn.errors import QuestionError
from sojourn.measure.view import View

NONE = "(none)"
"""The block of what has no value in the column asked for."""

MOVED, RESTARTED, LAPSED, STALLED, OPEN = range(5)
OUTCOME_NAMES = ("moved", "restarted", "lapsed", "stalled", "open")


@dataclass(frozen=True)
class Blocks:
    """What is counted in which block: `index` into cycles (or sojourns) and `block` into labels.

    Without `--by` there is one block; personas may overlap, so an index may come twice.
    """

    labels: Sequence[str]
    index: Ints
    block: Ints


@dataclass(frozen=True)
class Basis:
    """What an answer rests on."""

    people: int
    touchpoints: int
    cycles: int
    without_evidence: int
    begun_late: int
    first_cycles: int
    in_no_cycle: int = 0


@dataclass(frozen=True)
class Selected:
    """A walked bucket and the cycles that the question is about (`kept`)."""

    view: View
    bucket: Bucket
    walked: Walked
    kept: Bools

    @property
    def stages(self) -> int:
        """How many stages the model has."""
        return len(self.view.model.stages)

    @cached_property
    def cycle_person(self) -> Ints:
        """The person of each cycle."""
        return self.bucket.person[self.walked.cycles.row]

    @cached_property
    def person_of_cycle(self) -> Ints:
        """The place of each cycle's person among the bucket's people."""
        return np.searchsorted(self.bucket.starts, self.walked.cycles.row, side="right") - 1

    @cached_property
    def ended(self) -> tuple[Ints, Ints]:
        """For each sojourn when it was left (NEVER: still here) and how, seen at `as_of`."""
        return outcomes(self.view, self.bucket, self.walked)

    @cached_property
    def row_kept(self) -> Bools:
        """The rows that belong to a chosen cycle."""
        cycle_of = self.walked.cycle_of
        return cycle_of >= 0 if self.kept.all() else np.append(self.kept, False)[cycle_of]

    @cached_property
    def blocks(self) -> Blocks:
        """The chosen cycles, divided by the `by` column."""
        return divide(self)

    @cached_property
    def sojourn_blocks(self) -> Blocks:
        """The sojourns of the chosen cycles, in the same blocks."""
        cycles = self.blocks
        mine = self.walked.sojourns.cycle
        if len(cycles.labels) == 1 and len(cycles.index) == len(self.walked.cycles):
            return Blocks(cycles.labels, np.arange(len(mine)), np.zeros(len(mine), np.int64))
        first = np.searchsorted(mine, cycles.index)
        count = np.searchsorted(mine, cycles.index, side="right") - first
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return Blocks(
            cycles.labels, np.repeat(first, count) + within, np.repeat(cycles.block, count)
        )

    def basis(self) -> Basis:
        """Counts for the notes."""
        cycles = self.walked.cycles
        kept = self.kept
        first = kept & (cycles.number == 1)
        entered_late = first & (self._first_stage >= self.view.model.neck)
        chosen = run_starts(self.cycle_person[kept])
        on = run_starts(self.cycle_person[kept & (cycles.furthest >= 0)])
        return Basis(
            people=len(chosen),
            touchpoints=int(cycles.touches[kept].sum()),
            cycles=int(kept.sum()),
            without_evidence=len(chosen) - len(on),
            begun_late=int(entered_late.sum()),
            first_cycles=int((first & (cycles.furthest >= 0)).sum()),
            in_no_cycle=int(cycles.outside.sum()),
        )

    @cached_property
    def first_sojourn(self) -> Ints:
        """For each cycle its first sojourn, -1 where it has none."""
        mine = self.walked.sojourns.cycle
        found = np.full(len(self.walked.cycles), -1)
        first = run_starts(mine)
        found[mine[first]] = first
        return found

    @property
    def _first_stage(self) -> Ints:
        stage = np.append(self.walked.sojourns.stage, -1)
        return stage[self.first_sojourn]


def columns_needed(view: View, extra: Iterable[str] = ()) -> frozenset[str]:
    """The columns that a bucket must hold for this view's walk and filters."""
    walks = view.within == "cycle" or view.people is not None
    conditions = [*(view.model.conditions if walks else ()), view.where, view.only]
    needed = columns_of(conditions) | set(extra)
    on_people = [
        c for c in (view.people, *(view.personas.values() if view.by == "persona" else ())) if c
    ]
    needed |= columns_read(on_people)
    if view.by:
        needed.update(_by_columns(view.by))
    return frozenset(needed)


def _by_columns(by: str) -> Collection[str]:
    if by == "persona" or by.startswith("traits."):
        return ()
    return ("properties",) if by.startswith("properties.") else (by,)


def select(
    view: View, bucket: Bucket, period: Literal["cycles", "touchpoints"] = "cycles"
) -> Selected:
    """Cut the bucket at `as_of`, walk it, and choose the cycles.

    The period chooses cycles by when they began, or those with a touchpoint in it.
    """
    bucket = bucket.until(view.as_of)
    frame = TouchpointFrame(bucket)
    by_cycle = view.within == "cycle"
    walked = _walk(view, frame) if by_cycle else whole_lives(bucket)
    kept = np.ones(len(walked.cycles), bool)
    selected = Selected(view, bucket, walked, kept)
    if view.people is not None:
        journeys = selected if by_cycle else replace(selected, walked=_walk(view, frame))
        kept &= _of_people(journeys, view.people)[selected.person_of_cycle]
    if view.where is not None:
        hit = view.where.mask(frame) & (walked.cycle_of >= 0)
        kept &= np.bincount(walked.cycle_of[hit], minlength=len(kept)) > 0
    if period == "cycles":
        kept &= kept_of(view, bucket, walked)
        return selected
    kept &= kept_of(replace(view, start=None, end=None), bucket, walked)
    if view.start is not None or view.end is not None:
        kept &= _with_rows_in_period(selected)
    return selected


def kept_of(view: View, bucket: Bucket, walked: Walked) -> Bools:
    """The cycles of the chosen members that began in the period."""
    kept = np.ones(len(walked.cycles), bool)
    if view.members is not None:
        kept &= among(view.members, bucket.person[walked.cycles.row])
    if view.start is not None or view.end is not None:
        kept &= _in_period(Selected(view, bucket, walked, kept))
    return kept


def among(members: Ints, person: Ints) -> Bools:
    """Of each person, whether the key is among ascending ones."""
    if not len(members):
        return np.zeros(len(person), bool)
    place = np.minimum(np.searchsorted(members, person), len(members) - 1)
    found: Bools = members[place] == person
    return found


def walk(view: View, bucket: Bucket) -> Walked:
    """Everybody's journeys in a bucket that has the columns of the model's conditions."""
    return _walk(view, TouchpointFrame(bucket))


def _walk(view: View, frame: TouchpointFrame) -> Walked:
    seen, restart = evidence(view.model, frame)
    return stride(frame.bucket, seen, restart, view.rules, len(view.model.stages))


def whole_lives(bucket: Bucket) -> Walked:
    """Everybody's life as one cycle without evidence: for questions that no model shapes."""
    rows, none = bucket.starts, np.zeros(0, np.int64)
    cycle_of = np.repeat(np.arange(len(rows)), np.diff(np.append(rows, len(bucket))))
    ones, never = np.ones(len(rows), np.int64), np.full(len(rows), NEVER)
    ends = np.append(rows, len(bucket))[1:]
    cycles = Cycles(rows, ends, ones, -ones, ones * 0, never, never, ends - rows, ones * 0)
    nowhere = np.broadcast_to(np.int64(-1), len(bucket))
    return Walked(cycles, Sojourns(*[none] * 7), cycle_of, nowhere)


def _of_people(selected: Selected, condition: Condition) -> Bools:
    """Of each person of the bucket, whether the condition holds."""
    view, bucket, walked = selected.view, selected.bucket, selected.walked
    ids: Sequence[str] = []
    if any(ref.name == "person" for ref in condition.refs):
        ids = view.ids().to_pylist()
    frame = PeopleFrame(bucket, walked, view.model, view.as_of, view.traits, ids)
    return condition.mask(frame)


def people_in(selected: Selected, condition: Condition) -> Bools:
    """Of each person of the bucket, whether the condition holds, also where no model is walked.

    The bucket must hold the columns of the model's conditions.
    """
    if selected.view.within == "person":
        walked = _walk(selected.view, TouchpointFrame(selected.bucket))
        selected = replace(selected, walked=walked)
    return _of_people(selected, condition)


def rows_in_period(view: View, bucket: Bucket) -> Bools:
    """The touchpoints that happened in the period asked about."""
    inside = np.ones(len(bucket), bool)
    if view.start is not None:
        inside &= bucket.ts >= view.start
    if view.end is not None:
        inside &= bucket.ts < view.end
    return inside


def _with_rows_in_period(selected: Selected) -> Bools:
    mine = selected.walked.cycle_of[rows_in_period(selected.view, selected.bucket)]
    return np.bincount(mine[mine >= 0], minlength=len(selected.walked.cycles)) > 0


def _in_period(selected: Selected) -> Bools:
    view = selected.view
    first = selected.first_sojourn
    entered = np.append(selected.bucket.ts[selected.walked.sojourns.row], 0)[first]
    inside = first >= 0
    if view.start is not None:
        inside &= entered >= view.start
    if view.end is not None:
        inside &= entered < view.end
    return inside


def outcomes(view: View, bucket: Bucket, walked: Walked) -> tuple[Ints, Ints]:
    """For each sojourn when it was left (NEVER: still here) and the code of its outcome."""
    sojourns, cycles = walked.sojourns, walked.cycles
    entered = bucket.ts[sojourns.row]
    left = sojourns.moved_at.copy()
    outcome = np.where(left != NEVER, MOVED, OPEN)
    last = np.flatnonzero(left == NEVER)
    mine = sojourns.cycle[last]
    restarted = cycles.restarted_at[mine]
    left[last] = restarted
    outcome[last[restarted != NEVER]] = RESTARTED
    here = last[restarted == NEVER]
    if view.model.lapse is not None:
        ends = cycles.last_sign[sojourns.cycle[here]] + view.model.lapse
        gone = view.as_of > ends
        left[here[gone]] = ends[gone]
        outcome[here[gone]] = LAPSED
        here = here[~gone]
    never = np.iinfo(np.int64).max
    patience = np.array([never if s.patience is None else s.patience for s in view.model.stages])
    tired = view.as_of - entered[here] > patience[sojourns.stage[here]]
    outcome[here[tired]] = STALLED
    return left, outcome


def divide(selected: Selected) -> Blocks:
    """The chosen cycles in blocks of `by`: the value on the touchpoint that entered the cycle."""
    view, cycles = selected.view, np.flatnonzero(selected.kept)
    if view.by is None:
        return Blocks([""], cycles, np.zeros(len(cycles), np.int64))
    if view.by == "persona":
        whose = selected.person_of_cycle[cycles]
        parts = [cycles[_of_people(selected, c)[whose]] for c in view.personas.values()]
        sizes = [len(part) for part in parts]
        index = np.concatenate([np.zeros(0, np.int64), *parts])
        return Blocks(list(view.personas), index, np.repeat(np.arange(len(parts)), sizes))
    first = selected.first_sojourn[cycles]
    row = np.append(selected.walked.sojourns.row, -1)[first]
    coded = column_for(selected, view.by)
    codes = np.append(coded.codes, -1)[row].astype(np.int64)
    used, block = np.unique(codes, return_inverse=True)
    labels = [NONE if code < 0 else coded.values[code] for code in used.tolist()]
    return Blocks(labels, cycles, block.astype(np.int64))


def _property(texts: Coded, path: tuple[str, ...]) -> Coded:
    """A property of each row, looked up once a distinct JSON text."""
    codes: dict[str, int] = {}
    found = [property_text(text, path) for text in texts.values]
    of_text = [-1 if text is None else codes.setdefault(text, len(codes)) for text in found]
    table = np.array([*of_text, -1], np.int32)
    return Coded(gather(table, texts.codes), list(codes))


def column_for(selected: Selected, by: str) -> Coded:
    """The column that answers are divided by, one value a row."""
    bucket = selected.bucket
    if by.startswith("properties."):
        texts = bucket.columns["properties"]
        assert isinstance(texts, Coded)  # noqa: S101 - the engine loads texts coded, always
        return _property(texts, tuple(by.split(".")[1:]))
    if by.startswith("traits."):
        name = by.removeprefix("traits.")
        if name not in selected.view.traits:
            return Coded(np.full(len(bucket), -1, np.int32), [])
        return selected.view.traits[name].latest(bucket.person, selected.view.as_of)
    column = bucket.columns[by]
    if not isinstance(column, Coded):
        raise QuestionError(f"answers cannot be divided by {by!r}: it is a number")
    return column
