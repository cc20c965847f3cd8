"""Who comes back, who orders again? People by the period of their first, and every one after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Ints, run_starts
from sojourn.core.frame import columns_of
from sojourn.core.history import SECOND_REPORT
from sojourn.core.table import Column, Table
from sojourn.errors import QuestionError
from sojourn.measure.matches import matches
from sojourn.measure.notes import notes
from sojourn.measure.retention_calendar import label, number_at, periods
from sojourn.measure.retention_question import ORDER, TOUCHPOINT, Asked, Sign, in_words
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
    Column("cohort", "text"),
    Column("people", "integer", "people"),
    Column("period", "integer"),
    Column("begins", "time"),
    Column("returned", "integer", "people"),
    Column("share", "number", "share"),
    Column("complete", "boolean"),
)
MOST_ROWS = 2_000_000


@dataclass(frozen=True)
class Returns:
    """One bucket's people by block, cohort and periods since: each cell once, with its people."""

    labels: Sequence[str]
    block: Ints
    cohort: Ints
    since: Ints
    count: Ints
    earliest: int | None
    basis: Basis


@dataclass(frozen=True)
class RetentionKernel:
    """Counts one bucket's people by the period of their first and those in which they were back."""

    view: View
    asked: Asked

    @property
    def columns(self) -> frozenset[str]:
        """What the conditions and the filters read."""
        signs = (self.asked.first, self.asked.back)
        extra = columns_of(sign for sign in signs if not isinstance(sign, str))
        if self.view.by == "persona":
            extra |= columns_of(self.view.model.conditions)
        return columns_needed(self.view, extra)

    def __call__(self, bucket: Bucket) -> Returns:
        selected = select(replace(self.view, start=None, end=None), bucket)
        begun = _firsts(selected, self.view, self.asked)
        whose, cohort, since = _returned(selected, self.asked, begun)
        labels, index, block = _blocks(selected, begun)
        if self.view.by is not None:
            first = np.searchsorted(whose, index)
            size = np.searchsorted(whose, index, side="right") - first
            within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
            cell = np.repeat(first, size) + within
            block, cohort, since = np.repeat(block, size), cohort[cell], since[cell]
        else:
            block = np.zeros(len(whose), np.int64)
        cells, count = counted(block, cohort, since)
        ts = selected.bucket.ts
        earliest = int(ts.min()) if len(ts) else None
        return Returns(labels, *cells, count, earliest, selected.basis())


def _rows(selected: Selected, sign: Sign, first: bool) -> Ints | slice:
    """The touchpoints that are such a sign; who comes back must do so by themselves."""
    bucket = selected.bucket
    if sign == ORDER:
        return np.flatnonzero(bucket.order == 1)
    if sign == TOUCHPOINT:
        if first:
            return bucket.starts
        return slice(None) if bucket.own.all() else np.flatnonzero(bucket.own)
    assert not isinstance(sign, str)  # noqa: S101 - both words are dealt with
    again = bucket.order == SECOND_REPORT
    return matches(bucket, [sign], again if again.any() else None)[sign]


def _firsts(selected: Selected, view: View, asked: Asked) -> Ints:
    """The row of each chosen person's first, ascending; the period chooses by when it was."""
    bucket, row = selected.bucket, _rows(selected, asked.first, True)
    assert not isinstance(row, slice)  # noqa: S101 - only signs of coming back are a slice
    row = row[run_starts(bucket.person[row])]
    if not selected.kept.all():
        row = row[selected.kept[selected.walked.cycle_of[row]]]
    if view.start is not None:
        row = row[bucket.ts[row] >= view.start]
    if view.end is not None:
        row = row[bucket.ts[row] < view.end]
    return row


def _returned(selected: Selected, asked: Asked, begun: Ints) -> tuple[Ints, Ints, Ints]:
    """Whose (a place in `begun`, ascending), which cohort, and each period since, once."""
    bucket, zone = selected.bucket, selected.view.zone
    if not len(begun):
        return begun, begun, begun
    low = number_at(int(bucket.ts[bucket.starts].min()), zone, asked.every)
    calendar = periods(low, number_at(int(bucket.ts.max()), zone, asked.every), zone, asked.every)
    cohort = calendar.of(bucket.ts[begun])
    row = _rows(selected, asked.back, False)
    person, number = bucket.person[row], calendar.of(bucket.ts[row])
    fresh = np.ones(len(person), bool)
    np.not_equal(person[1:], person[:-1], out=fresh[1:])
    fresh[1:] |= number[1:] != number[:-1]
    person, number = person[fresh], number[fresh]
    beginners = bucket.person[begun]
    place = np.minimum(np.searchsorted(beginners, person), len(begun) - 1)
    since = number - cohort[place]
    good: Bools = (beginners[place] == person) & (since > 0)
    if asked.most is not None:
        good &= since <= asked.most
    everybody = np.arange(len(begun))
    whose = np.concatenate([everybody, place[good]])
    order = np.argsort(whose, kind="stable")
    whose = whose[order]
    return whose, cohort[whose], np.concatenate([everybody * 0, since[good]])[order]


def _blocks(selected: Selected, begun: Ints) -> tuple[Sequence[str], Ints, Ints]:
    """The people of each block: by the value on their first, or by persona."""
    view, bucket = selected.view, selected.bucket
    if view.by is None:
        return [""], begun, begun
    if view.by == "persona":
        who = np.searchsorted(bucket.starts, begun, side="right") - 1
        parts = [np.flatnonzero(people_in(selected, c)[who]) for c in view.personas.values()]
        index = np.concatenate([np.zeros(0, np.int64), *parts])
        return list(view.personas), index, np.repeat(np.arange(len(parts)), [*map(len, parts)])
    coded = column_for(selected, view.by)
    used, block = np.unique(coded.codes[begun].astype(np.int64), return_inverse=True)
    labels = [NONE if code < 0 else coded.values[code] for code in used.tolist()]
    return labels, np.arange(len(begun)), block.astype(np.int64)


def counted(
    block: Ints, cohort: Ints, since: Ints, count: Ints | None = None
) -> tuple[tuple[Ints, Ints, Ints], Ints]:
    """Each cell of block, cohort and periods since once, in that order, with how many it holds.

    >>> one = np.array([0, 0, 0]), np.array([7, 7, 7]), np.array([0, 1, 0])
    >>> [part.tolist() for part in counted(*one)[0]], counted(*one)[1].tolist()
    ([[0, 0], [7, 7], [0, 1]], [2, 1])
    """
    if not len(block):
        return (block, cohort, since), block
    low, wide, long = int(cohort.min()), int(np.ptp(cohort)) + 1, int(since.max()) + 1
    key = (block * wide + (cohort - low)) * long + since
    if count is None and int(key.max()) < 1 << 20:
        size = np.bincount(key)
        key = np.flatnonzero(size)
        count = size[key]
    else:
        order = np.argsort(key, kind="stable")
        first = run_starts(key[order])
        ones = np.ones(len(key), np.int64) if count is None else count
        count = np.add.reduceat(ones[order], first)
        key = key[order][first]
    at, since = np.divmod(key, long)
    block, cohort = np.divmod(at, wide)
    return (block, cohort + low, since), count


def retention(view: View, asked: Asked) -> Table:
    """One row a cohort and period (and block): how many of its people were back in that period.

    Period 0 is the one of their first: everybody. `begins` is when the period begins, `complete`
    whether it was over at `as_of`. Raises QuestionError when there would be too many rows.
    """
    view = replace(view, within="person")
    parts: list[Returns] = view.run(RetentionKernel(view, asked))
    labels = merge_labels([part.labels for part in parts], view)
    place = {text: number for number, text in enumerate(labels)}
    (block, cohort, since), count = counted(
        _join(np.array([place[x] for x in p.labels], np.int64)[p.block] for p in parts),
        _join(p.cohort for p in parts),
        _join(p.since for p in parts),
        _join(p.count for p in parts),
    )
    last = number_at(view.as_of, view.zone, asked.every)
    head = np.flatnonzero(since == 0)
    length = np.maximum(last - cohort[head], 0) + 1
    if asked.most is not None:
        length = np.minimum(length, asked.most + 1)
    if int(length.sum()) > MOST_ROWS:
        raise QuestionError(
            f"This answer would have {int(length.sum()):,} rows.",
            hint="Ask for longer periods (--every month), or fewer of them (--periods 12).",
        )
    start = np.cumsum(length) - length
    returned = np.zeros(int(length.sum()), np.int64)
    mine = np.cumsum(since == 0) - 1
    returned[start[mine] + since] = count
    row = np.repeat(np.arange(len(head)), length)
    period = np.arange(len(returned)) - start[row] if len(row) else returned
    data = _data(view, asked, cohort[head][row], period, returned, count[head][row])
    if view.by is not None:
        data[view.by] = [labels[b] for b in block[head][row].tolist()]
    said = notes(view, [p.basis for p in parts], _remarks(view, asked, parts, data, cohort))
    said.update(every=asked.every, first=in_words(asked.first), back=in_words(asked.back))
    return Table.of("retention", with_block(COLUMNS, view.by), data, said)


def _join(parts: Any) -> Ints:
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _data(
    view: View, asked: Asked, cohort: Ints, period: Ints, returned: Ints, people: Ints
) -> dict[str, Any]:
    number = cohort + period
    begins = ends = number
    if len(number):
        low, high = int(number.min()), int(number.max())
        calendar = periods(low, high + 1, view.zone, asked.every)
        begins, ends = calendar.begin(number), calendar.begin(number + 1)
    names = {n: label(n, asked.every) for n in dict.fromkeys(cohort.tolist())}
    return {
        "cohort": [names[n] for n in cohort.tolist()],
        "people": people,
        "period": period,
        "begins": begins,
        "returned": returned,
        "share": returned / np.maximum(people, 1),
        "complete": ends - 1 <= view.as_of,
    }


def _remarks(
    view: View, asked: Asked, parts: Sequence[Returns], data: dict[str, Any], cohort: Ints
) -> list[str]:
    found = []
    running = int((~data["complete"]).sum())
    if running:
        found.append(
            f"{running:,} rows are of a period that was not over (complete is false): more may "
            "still come back in it."
        )
    known = [part.earliest for part in parts if part.earliest is not None]
    if known and len(cohort) and view.start is None:
        begun = number_at(min(known), view.zone, asked.every)
        if int(cohort.min()) == begun:
            found.append(
                f"The log begins in {label(begun, asked.every)}: people of that cohort may have "
                "come before, so it is not one of new people only."
            )
    return found
