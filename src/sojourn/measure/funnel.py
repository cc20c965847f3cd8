"""Do people do A, then B, then C, within 7 days of A? Who still may is pending, not lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Ints, run_starts
from sojourn.core.durations import SECOND, in_words
from sojourn.core.frame import columns_of
from sojourn.core.table import Column, Table
from sojourn.errors import QuestionError
from sojourn.measure.funnel_attempts import NEVER, Attempts, attempts
from sojourn.measure.funnel_estimate import estimated, interval
from sojourn.measure.funnel_question import Asked
from sojourn.measure.matches import PLAIN_NAME
from sojourn.measure.notes import notes
from sojourn.measure.select import (
    NONE,
    Basis,
    Selected,
    column_for,
    columns_needed,
    people_in,
    select,
)
from sojourn.measure.stages import merge_labels, with_block
from sojourn.measure.view import View

COLUMNS = (
    Column("step", "integer"),
    Column("name", "text"),
    Column("people", "integer", "people"),
    Column("pending", "integer", "people"),
    Column("lost", "integer", "people"),
    Column("conversion_from_start", "number", "share"),
    Column("conversion_from_previous", "number", "share"),
    Column("median_seconds", "number", "seconds"),
    Column("conversion_estimate", "number", "share"),
)


@dataclass(frozen=True)
class Best:
    """Everybody's best attempt, one value a person of the bucket who began.

    `watched` is, for who is pending, how long the first open attempt has lasted, and for who is
    lost, how long the best one did (the window, at most). `since_start[k]` and
    `since_previous[k]` hold, for those whose best filled step k + 1, how long that took.
    """

    labels: Sequence[str]
    block: Ints
    reached: Ints
    pending: Bools
    watched: Ints
    since_start: Sequence[Ints]
    since_previous: Sequence[Ints]
    matched: Ints
    basis: Basis

    def of(self, index: Ints, block: Ints, labels: Sequence[str]) -> Best:
        """These people, in these blocks; who is in several is counted in each."""
        starts, previous = [], []
        for k, (start, before) in enumerate(
            zip(self.since_start, self.since_previous, strict=True)
        ):
            place = np.cumsum(self.reached > k) - 1
            mine = place[index[self.reached[index] > k]]
            starts.append(start[mine])
            previous.append(before[mine])
        return replace(
            self,
            labels=labels,
            block=block,
            reached=self.reached[index],
            pending=self.pending[index],
            watched=self.watched[index],
            since_start=starts,
            since_previous=previous,
        )


@dataclass(frozen=True)
class FunnelKernel:
    """Finds everybody's best attempt in one bucket."""

    view: View
    asked: Asked

    @property
    def columns(self) -> frozenset[str]:
        """What the steps, the filters and the held column read."""
        extra = columns_of([*self.asked.steps, self.asked.exclude])
        hold = self.asked.hold
        if hold is not None:
            extra.add("properties" if hold.startswith("properties.") else hold)
        if self.view.by == "persona":
            extra |= columns_of(self.view.model.conditions)
        return columns_needed(self.view, extra)

    def __call__(self, bucket: Bucket) -> Best:
        selected = select(self.view, bucket, "touchpoints")
        tried, matched = attempts(selected, self.asked)
        return _divided(selected, _best(selected, self.asked, tried, matched), tried)


def _winners(bucket: Bucket, tried: Attempts) -> tuple[Ints, Ints]:
    """Where each person's attempts begin, and which is best: the furthest, then the earliest."""
    first = run_starts(bucket.person[tried.row])
    if not len(first):
        return first, first
    rank = tried.reached * (len(bucket) + 1) + (len(bucket) - tried.row)
    highest = np.maximum.reduceat(rank, first)
    sizes = np.diff(np.append(first, len(rank)))
    return first, np.flatnonzero(rank == np.repeat(highest, sizes))


def _best(selected: Selected, asked: Asked, tried: Attempts, matched: Ints) -> Best:
    bucket, as_of, steps = selected.bucket, selected.view.as_of, len(asked.steps)
    first, best = _winners(bucket, tried)
    begun = bucket.ts[tried.row]
    is_open = (as_of - begun < asked.within) & (tried.ended == NEVER) & (tried.reached < steps)
    since = np.where(is_open, begun, NEVER)
    opened = np.minimum.reduceat(since, first) if len(first) else since
    reached = tried.reached[best]
    pending = (opened != NEVER) & (reached < steps)
    ended = np.minimum(tried.ended[best], asked.within)
    wins = np.zeros(len(tried.row), bool)
    wins[best] = True
    starts, previous = [], []
    before = begun[best]
    for k, (which, at) in enumerate(tried.filled):
        mine = np.flatnonzero(wins[which])
        moment = at[mine]
        starts.append(moment - begun[which[mine]])
        previous.append(moment - before[reached[reached >= k] > k] if k else moment * 0)
        before = moment
    return Best(
        labels=[""],
        block=np.zeros(len(best), np.int64),
        reached=reached,
        pending=pending,
        watched=np.where(pending, as_of - np.where(pending, opened, as_of), ended),
        since_start=starts,
        since_previous=previous,
        matched=matched,
        basis=selected.basis(),
    )


def _divided(selected: Selected, best: Best, tried: Attempts) -> Best:
    """In blocks of `by`: the value on step 1 of the best attempt."""
    view, bucket = selected.view, selected.bucket
    if view.by is None:
        return best
    row = tried.row[_winners(bucket, tried)[1]]
    if view.by == "persona":
        whose = np.searchsorted(bucket.starts, row, side="right") - 1
        parts = [
            np.flatnonzero(people_in(selected, condition)[whose])
            for condition in view.personas.values()
        ]
        block = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        index = np.concatenate([np.zeros(0, np.int64), *parts])
        return best.of(index, block, list(view.personas))
    coded = column_for(selected, view.by)
    used, block = np.unique(coded.codes[row].astype(np.int64), return_inverse=True)
    labels = [NONE if code < 0 else coded.values[code] for code in used.tolist()]
    return replace(best, labels=labels, block=block.astype(np.int64))


def funnel(view: View, asked: Asked) -> Table:
    """One row a step (and block): who got there, who may still get further, who is lost.

    People count once, by their best attempt. `people` of a step = `people` of the next +
    `pending` + `lost`. Times are in seconds, of those who got there. Raises QuestionError
    without steps.
    """
    if not asked.steps:
        raise QuestionError(
            "A funnel needs at least one step.", hint="Name them with --step, in order."
        )
    view = replace(view, within="person")
    parts: list[Best] = view.run(FunnelKernel(view, asked))
    labels = merge_labels([part.labels for part in parts], view)
    whole = _joined(parts, labels, len(asked.steps))
    names = step_names(asked)
    data: dict[str, list[Any]] = {c.name: [] for c in with_block(COLUMNS, view.by)}
    intervals: dict[str, Any] = {}
    for block, label in enumerate(labels):
        mine = whole
        if view.by is not None:
            index = np.flatnonzero(whole.block == block)
            mine = whole.of(index, whole.block[index], labels)
            data[view.by] += [label] * len(names)
        rows = _rows(mine, names)
        for name, values in rows.items():
            data[name] += values
        last = rows["conversion_estimate"][-1]
        intervals[label or names[-1]] = interval(last, len(mine.reached) - int(mine.pending.sum()))
    said = notes(view, [p.basis for p in parts], _remarks(whole, asked))
    said.update(within=in_words(asked.within), order=asked.order)
    if asked.hold is not None:
        said["hold"] = asked.hold
    if asked.exclude is not None:
        said["exclude"] = asked.exclude.text
    said["conversion_estimate_95"] = intervals
    return Table.of("funnel", with_block(COLUMNS, view.by), data, said)


def step_names(asked: Asked) -> list[str]:
    """What each row is called: a touchpoint's name, a condition, or how many steps in any order.

    >>> from sojourn.core.condition import parse
    >>> step_names(Asked((parse("name = 'Page Viewed'"), parse("value > 10")), 1))
    ['Page Viewed', 'value > 10']
    """
    if asked.order == "any":
        return [f"any {k} of {len(asked.steps)}" for k in range(1, len(asked.steps) + 1)]
    named = [(PLAIN_NAME.fullmatch(step.text), step.text) for step in asked.steps]
    return [found[1].replace("''", "'") if found else text for found, text in named]


def _joined(parts: Sequence[Best], labels: Sequence[str], steps: int) -> Best:
    """Every bucket's people together, in the blocks of the whole."""
    place = {label: number for number, label in enumerate(labels)}

    def join(arrays: Iterable[Any], kind: type = np.int64) -> Any:
        return np.concatenate([np.zeros(0, kind), *arrays])

    return Best(
        labels=labels,
        block=join(np.array([place[x] for x in p.labels], np.int64)[p.block] for p in parts),
        reached=join(p.reached for p in parts),
        pending=join((p.pending for p in parts), bool),
        watched=join(p.watched for p in parts),
        since_start=[join(p.since_start[k] for p in parts) for k in range(steps)],
        since_previous=[join(p.since_previous[k] for p in parts) for k in range(steps)],
        matched=np.sum([np.zeros(steps, np.int64), *(p.matched for p in parts)], axis=0),
        basis=Basis(0, 0, 0, 0, 0, 0),
    )


def _rows(best: Best, names: Sequence[str]) -> dict[str, list[Any]]:
    people = [len(times) for times in best.since_start]
    waiting = np.bincount(best.reached[best.pending], minlength=len(names) + 1)[1:].tolist()
    following = [*people[1:], people[-1]]
    return {
        "step": list(range(1, len(names) + 1)),
        "name": list(names),
        "people": people,
        "pending": waiting,
        "lost": [n - m - w for n, m, w in zip(people, following, waiting, strict=True)],
        "conversion_from_start": [_share(n, people[0]) for n in people],
        "conversion_from_previous": [
            None,
            *(_share(n, before) for n, before in zip(people[1:], people, strict=False)),
        ],
        "median_seconds": [
            None if not k or not len(times) else float(np.median(times)) / SECOND
            for k, times in enumerate(best.since_previous)
        ],
        "conversion_estimate": _estimates(best),
    }


def _estimates(best: Best) -> list[float | None]:
    """The estimate for each step; who is behind it is sorted once for all of them."""
    order = np.argsort(best.watched)
    watched, reached, pending = best.watched[order], best.reached[order], best.pending[order]
    lost, fell = watched[~pending], reached[~pending]
    still, got = watched[pending], reached[pending]
    return [
        estimated(times, lost[fell <= k], still[got <= k])
        for k, times in enumerate(best.since_start)
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _remarks(best: Best, asked: Asked) -> list[str]:
    found = []
    pending = int(best.pending.sum())
    if pending:
        found.append(
            f"{pending:,} people are pending: their {in_words(asked.within)} are not over. "
            "conversion_estimate takes them as watched until now (Aalen-Johansen) and assumes "
            "that they go on like those watched longer."
        )
    for number, count in enumerate(best.matched.tolist()):
        if not count:
            found.append(f"No touchpoint matches step {number + 1} ({asked.steps[number].text}).")
    if asked.hold is not None:
        found.append(f"A touchpoint without {asked.hold} fills no step.")
    if asked.order == "any":
        found.append("Steps count in any order: a row is how many of them were filled.")
    return found
