"""How far every attempt at a funnel got: one person's touchpoints, tried from each first step.

A *line* is the touchpoints in which attempts are looked for, in runs: a person's, or with a held
column a person's with one value. All is done for all attempts at once, a step at a time, so the
work grows with the touchpoints and the steps, never with a person's touchpoints squared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Ints, run_starts
from sojourn.core.frame import TouchpointFrame
from sojourn.core.history import SECOND_REPORT
from sojourn.measure.funnel_question import Asked
from sojourn.measure.matches import matches
from sojourn.measure.select import Selected, column_for

NEVER = np.iinfo(np.int64).max
MANY = 8
"""From one attempt in so many touchpoints on, a table of what follows each touchpoint pays."""

CHUNK = 1 << 16
"""How many attempts in any order are followed at once: memory is this times the steps."""


@dataclass(frozen=True)
class Line:
    """The touchpoints to look in: when, which row of the bucket each is, what each step accepts.

    `row` is None where places are rows. `end` is for each place of `begin` where its run ends,
    `stop` the row of what ends its attempt: an excluded touchpoint, or the person's end.
    """

    ts: Ints
    row: Ints | None
    hits: Sequence[Ints]
    begin: Ints
    end: Ints
    stop: Ints

    def inside(self, alive: Ints, place: Ints) -> Bools:
        """Whether places are in the run of their attempt, and before what ends it."""
        good: Bools = place < self.end[alive]
        if self.row is not None:
            good[good] = self.row[place[good]] < self.stop[alive[good]]
        return good


@dataclass(frozen=True)
class Attempts:
    """Every attempt, by person: the row of its step 1, the steps filled, and what ended it.

    `filled[k]` is which attempts filled step k + 1 and at which moment; `ended` how long after
    step 1 nothing more could follow, NEVER where only the window ends it.
    """

    row: Ints
    reached: Ints
    ended: Ints
    filled: Sequence[tuple[Ints, Ints]]


def attempts(selected: Selected, asked: Asked) -> tuple[Attempts, Ints]:
    """Every attempt that began in the period, and how many touchpoints each step accepts."""
    bucket = selected.bucket
    again = bucket.order == SECOND_REPORT
    closed, out = (again if again.any() else None), None
    if asked.exclude is not None:
        excluded = asked.exclude.mask(TouchpointFrame(bucket))
        out, closed = np.flatnonzero(excluded & ~again), again | excluded
    found = matches(bucket, asked.steps, closed)
    hits = [found[step] for step in asked.steps]
    matched = np.array([len(rows) for rows in hits], np.int64)
    if asked.order == "strict":
        return _strict(selected, asked, hits, again), matched
    begin = hits[0] if asked.order == "ordered" else _any_of(bucket, hits)
    begin = _chosen(selected, begin)
    last = _run_ends(bucket.starts, begin, len(bucket))
    stop = last
    if out is not None:
        out = np.append(out, len(bucket))
        stop = np.minimum(last, out[np.searchsorted(out, begin, side="right")])
    line = Line(bucket.ts, None, _closed_by(hits, len(bucket)), begin, stop, stop)
    if asked.hold is not None:
        line, last = _held(selected, asked.hold, line, last)
        begin = begin[:0] if line.row is None else line.row[line.begin]
    follow = _in_any_order if asked.order == "any" else _in_order
    filled = follow(line, asked.within)
    reached = np.zeros(len(begin), np.int64)
    for number, (which, _) in enumerate(filled, 1):
        reached[which] = number
    ended, cut = np.full(len(begin), NEVER), line.stop < last
    ended[cut] = bucket.ts[line.stop[cut]] - bucket.ts[begin[cut]]
    return Attempts(begin, reached, ended, filled), matched


def _any_of(bucket: Bucket, hits: Sequence[Ints]) -> Ints:
    mask = np.zeros(len(bucket), bool)
    for rows in hits:
        mask[rows] = True
    return np.flatnonzero(mask)


def _run_ends(starts: Ints, place: Ints, size: int) -> Ints:
    """Where the run that holds each place ends."""
    return np.append(starts, size)[np.searchsorted(starts, place, side="right")]


def _closed_by(hits: Sequence[Ints], beyond: int) -> list[Ints]:
    """The places of each step, and one beyond the line; equal steps share one array."""
    made: dict[int, Ints] = {}
    for places in hits:
        if id(places) not in made:
            made[id(places)] = np.append(places, beyond)
    return [made[id(places)] for places in hits]


def _chosen(selected: Selected, row: Ints) -> Ints:
    """The rows that may begin an attempt: a chosen person's, in the period."""
    view = selected.view
    if not selected.kept.all():
        row = row[selected.kept[selected.walked.cycle_of[row]]]
    if view.start is not None:
        row = row[selected.bucket.ts[row] >= view.start]
    if view.end is not None:
        row = row[selected.bucket.ts[row] < view.end]
    return row


def _held(selected: Selected, hold: str, whole: Line, last: Ints) -> tuple[Line, Ints]:
    """The line in runs of one person and one held value; who has no value is in none."""
    bucket = selected.bucket
    code = column_for(selected, hold).codes
    usable = _any_of(bucket, [hits[:-1] for hits in whole.hits] + [whole.begin])
    usable = usable[code[usable] >= 0]
    order = np.lexsort((code[usable], bucket.person[usable]))
    row = usable[order]
    place = np.full(len(bucket) + 1, -1)
    place[row] = np.arange(len(row))
    run = run_starts(bucket.person[row] * (int(code.max(initial=0)) + 1) + code[row])
    shared = {id(hits): np.sort(place[hits[:-1]]) for hits in whole.hits}
    shared = {key: np.append(hits[hits >= 0], len(row)) for key, hits in shared.items()}
    good = code[whole.begin] >= 0
    begin, stop, last = place[whole.begin[good]], whole.stop[good], last[good]
    # places of one person are not in order of row: attempts go by place, as the hits do
    by_place = np.argsort(begin, kind="stable")
    begin, stop, last = begin[by_place], stop[by_place], last[by_place]
    hits = [shared[id(hits)] for hits in whole.hits]
    return Line(bucket.ts[row], row, hits, begin, _run_ends(run, begin, len(row)), stop), last


def _in_order(line: Line, within: int) -> list[tuple[Ints, Ints]]:
    """The earliest touchpoint of each step after that of the step before."""
    alive, place = np.arange(len(line.begin)), line.begin
    begun = line.ts[line.begin]
    filled = [(alive, begun)]
    tables: dict[int, Ints] = {}
    for hits in line.hits[1:]:
        place = _following(line, hits, place, tables)
        inside = np.flatnonzero(line.inside(alive, place))
        alive, place = alive[inside], place[inside]
        at = line.ts[place]
        timely = at - begun[alive] <= within
        if not timely.all():
            kept = np.flatnonzero(timely)
            alive, place, at = alive[kept], place[kept], at[kept]
        filled.append((alive, at))
    return filled


def _following(line: Line, hits: Ints, place: Ints, tables: dict[int, Ints]) -> Ints:
    """The first hit after each place: looked for, or for many places looked up in a table."""
    if id(hits) not in tables:
        if len(place) * MANY < len(line.ts):
            return hits[np.searchsorted(hits, place, side="right")]
        tables[id(hits)] = np.repeat(hits, np.diff(hits, prepend=0))
    return tables[id(hits)][place]


def _in_any_order(line: Line, within: int) -> list[tuple[Ints, Ints]]:
    """The touchpoints that fill a step, each the first listed one that is still unfilled."""
    rounds: list[list[tuple[Ints, Ints]]] = [[] for _ in line.hits]
    for start in range(0, len(line.begin), CHUNK):
        part = np.arange(start, min(start + CHUNK, len(line.begin)))
        for number, found in enumerate(_fill(line, within, part)):
            rounds[number].append(found)
    none = np.zeros(0, np.int64)
    return [
        (
            np.concatenate([none, *(which for which, _ in found)]),
            np.concatenate([none, *(at for _, at in found)]),
        )
        for found in rounds
    ]


def _fill(line: Line, within: int, alive: Ints) -> list[tuple[Ints, Ints]]:
    beyond = len(line.ts)
    begin = line.begin[alive]
    following = np.stack([h[np.searchsorted(h, begin)] for h in line.hits])
    filled = []
    for _ in line.hits:
        step = following.argmin(axis=0)
        place = following[step, np.arange(len(alive))]
        inside = line.inside(alive, place)
        inside[inside] = line.ts[place[inside]] - line.ts[line.begin[alive[inside]]] <= within
        alive, place, step = alive[inside], place[inside], step[inside]
        following = following[:, inside]
        filled.append((alive, line.ts[place]))
        following[step, np.arange(len(alive))] = beyond
        for number, hits in enumerate(line.hits):
            used = np.flatnonzero(following[number] == place)
            following[number, used] = hits[np.searchsorted(hits, place[used], side="right")]
    return filled


def _strict(selected: Selected, asked: Asked, hits: Sequence[Ints], again: Bools) -> Attempts:
    """Each step is the very next touchpoint; second reports of an order are passed over."""
    bucket = selected.bucket
    row = np.flatnonzero(~again)
    place = np.cumsum(~again) - 1
    ts, run = bucket.ts[row], run_starts(bucket.person[row])
    held = None if asked.hold is None else column_for(selected, asked.hold).codes[row]
    begin = place[_chosen(selected, hits[0])]
    if held is not None:
        begin = begin[held[begin] >= 0]
    end = _run_ends(run, begin, len(row))
    alive, begun = np.arange(len(begin)), ts[begin]
    reached, ended = np.ones(len(begin), np.int64), np.full(len(begin), NEVER)
    filled = [(alive, begun)]
    for number, rows in enumerate(hits[1:], 1):
        alive = alive[begin[alive] + number < end[alive]]
        here = begin[alive] + number
        accepted = np.zeros(len(row), bool)
        accepted[place[rows]] = True
        good = accepted[here]
        if held is not None:
            good &= held[here] == held[begin[alive]]
        ended[alive[~good]] = ts[here[~good]] - begun[alive[~good]]
        good &= ts[here] - begun[alive] <= asked.within
        alive = alive[good]
        reached[alive] += 1
        filled.append((alive, ts[here[good]]))
    return Attempts(row[begin], reached, ended, filled)
