"""How do things go, period by period? The business's figures, or what happens at one stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from sojourn.core.bucket import Bucket, Coded, Ints
from sojourn.core.durations import DAY
from sojourn.core.history import ORDER_ROW
from sojourn.core.table import Column, Table
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.notes import notes, total
from sojourn.measure.retention_calendar import Every, first_day, label, number_at, periods
from sojourn.measure.select import (
    LAPSED,
    MOVED,
    NONE,
    RESTARTED,
    Basis,
    Selected,
    columns_needed,
    select,
)
from sojourn.measure.view import View

Beside: TypeAlias = Literal["year", "before"]
BUSINESS = "business"
USUAL: Mapping[Every, int] = {"day": 30, "week": 26, "month": 12}
"""So many periods are shown where nobody says how many."""

A_YEAR: Mapping[Every, int] = {"day": 364, "week": 52, "month": 12}
"""How many periods a year is: whole weeks, so that the same weekdays are compared."""

MOST = 520
FIGURES = (
    Column("people", "integer", "people"),
    Column("touchpoints", "integer", "touchpoints"),
    Column("new_customers", "integer", "people"),
    Column("orders", "integer", "orders"),
)
AT_A_STAGE = (
    Column("arrived", "integer", "sojourns"),
    Column("moved_on", "integer", "sojourns"),
    Column("went_quiet", "integer", "sojourns"),
)
HEAD = (Column("period", "text"), Column("complete", "boolean"))
NOTED = Column("annotations", "text")


@dataclass(frozen=True)
class Counted:
    """One bucket's figures by period (arrays), its money by currency, and its earliest moment."""

    figures: dict[str, Ints]
    money: dict[str, Ints]
    earliest: int | None
    basis: Basis


@dataclass(frozen=True)
class SeriesKernel:
    """Counts what happened between edges; `stage` is the number of one, or None for the business.

    Period i is from `edges[i]` up to, not including, `edges[i + 1]`.
    """

    view: View
    edges: tuple[int, ...]
    stage: int | None = None

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and the money."""
        return columns_needed(self.view, () if self.stage is not None else ("value", "currency"))

    def __call__(self, bucket: Bucket) -> Counted:
        selected = select(replace(self.view, start=None, end=None), bucket, "touchpoints")
        ts = selected.bucket.ts
        earliest = int(ts.min()) if len(ts) else None
        if self.stage is not None:
            return Counted(self._at_stage(selected), {}, earliest, selected.basis())
        figures, money = self._business(selected)
        return Counted(figures, money, earliest, selected.basis())

    def _count(self, ts: Ints) -> Ints:
        place = np.searchsorted(np.array(self.edges), ts, side="right") - 1
        size = len(self.edges) - 1
        inside = (place >= 0) & (place < size)
        return np.bincount(place[inside], minlength=size).astype(np.int64)

    def _at_stage(self, selected: Selected) -> dict[str, Ints]:
        sojourns = selected.walked.sojourns
        mine = selected.kept[sojourns.cycle] & (sojourns.stage == self.stage)
        left, outcome = (part[mine] for part in selected.ended)
        moved = (outcome == MOVED) | (outcome == RESTARTED)
        return {
            "arrived": self._count(selected.bucket.ts[sojourns.row[mine]]),
            "moved_on": self._count(left[moved]),
            "went_quiet": self._count(left[outcome == LAPSED]),
        }

    def _business(self, selected: Selected) -> tuple[dict[str, Ints], dict[str, Ints]]:
        bucket, edges = selected.bucket, np.array(self.edges)
        own = np.flatnonzero(selected.row_kept & bucket.own)
        order = np.flatnonzero(selected.row_kept & (bucket.order == ORDER_ROW))
        first = order[np.unique(bucket.person[order], return_index=True)[1]]
        place = np.searchsorted(edges, bucket.ts[own], side="right")
        person = bucket.person[own]
        fresh = np.ones(len(own), bool)
        fresh[1:] = (person[1:] != person[:-1]) | (place[1:] != place[:-1])
        figures = {
            "people": self._count(bucket.ts[own[fresh]]),
            "touchpoints": self._count(bucket.ts[own]),
            "new_customers": self._count(bucket.ts[first]),
            "orders": self._count(bucket.ts[order]),
        }
        return figures, self._money(bucket, order)

    def _money(self, bucket: Bucket, order: Ints) -> dict[str, Ints]:
        currency = bucket.columns["currency"]
        assert isinstance(currency, Coded)  # noqa: S101 - currencies are texts
        value = np.asarray(bucket.columns["value"])[order]
        place = np.searchsorted(np.array(self.edges), bucket.ts[order], side="right") - 1
        size = len(self.edges) - 1
        inside = (place >= 0) & (place < size) & ~np.isnan(value)
        codes, found = currency.codes[order], dict[str, Ints]()
        for code in np.unique(codes[inside]).tolist():
            rows = inside & (codes == code)
            sums = np.zeros(size, np.int64)
            np.add.at(sums, place[rows], np.rint(value[rows] * 10_000).astype(np.int64))
            found[currency.values[code] if code >= 0 else NONE] = sums
        return found


def counted(view: View, edges: Sequence[int], stage: int | None = None) -> Counted:
    """What happened between edges (microseconds), all buckets together."""
    parts: list[Counted] = view.run(SeriesKernel(view, tuple(edges), stage))
    size = len(edges) - 1
    names = [c.name for c in (AT_A_STAGE if stage is not None else FIGURES)]
    figures = {name: sum((p.figures[name] for p in parts), np.zeros(size, np.int64))
               for name in names}  # fmt: skip
    money: dict[str, Ints] = {}
    for part in parts:
        for currency, sums in part.money.items():
            money[currency] = money.get(currency, np.zeros(size, np.int64)) + sums
    earliest = min((p.earliest for p in parts if p.earliest is not None), default=None)
    return Counted(figures, money, earliest, total([part.basis for part in parts]))


def series(
    view: View,
    of: str = BUSINESS,
    every: Every = "week",
    count: int | None = None,
    beside: Beside | None = None,
) -> Table:
    """One row a period: the business's figures, or how many came into a stage, moved on, left.

    Periods are days, weeks (from Monday) or months of the report zone: those between `from` and
    `to`, else the last `count` until `as_of`. `complete` is false for one that has not ended, or
    in which the log begins. With `beside` (`year`: the same period a year before; `before`: the
    periods before these) every figure has a column `..._before`. Revenue is a column a currency.
    """
    stage = _stage_of(view, of)
    _check(every, count, beside)
    first, last = _range(view, every, count)
    back = 0 if beside is None else A_YEAR[every] if beside == "year" else last - first + 1
    calendar = periods(first - back, last, view.zone, every)
    found = counted(view, calendar.edges.tolist(), stage)
    shown = slice(back, None)
    columns, data = list(HEAD), _head(view, found, first, last, calendar.edges[shown], every)
    for column, values in _figures(found, stage):
        columns.append(column)
        data[column.name] = values[shown]
        if beside is not None:
            columns.append(replace(column, name=f"{column.name}_before"))
            data[f"{column.name}_before"] = values[: last - first + 1]
    said = {"of": of, "every": every, **({"beside": beside} if beside else {})}
    return Table.of("series", [*columns, NOTED], data, {**notes(view, [found.basis]), **said})


def _stage_of(view: View, of: str) -> int | None:
    if of == BUSINESS:
        return None
    ids = [stage.id for stage in view.model.stages]
    if of not in ids:
        near = get_close_matches(of, [BUSINESS, *ids], 1)
        raise UnknownName(
            f"There is no series of {of[:80]!r}.",
            hint=(f"Did you mean {near[0]!r}? " if near else "")
            + f"Known: {', '.join([BUSINESS, *ids])}.",
        )
    return ids.index(of)


def _check(every: str, count: int | None, beside: str | None) -> None:
    for word, known in ((every, get_args(Every)), (beside, (None, *get_args(Beside)))):
        if word not in known:
            told = [each for each in known if each]
            near = get_close_matches(str(word), told, 1)
            raise UnknownName(
                f"A series cannot be by or beside {str(word)[:40]!r}.",
                hint=(f"Did you mean {near[0]!r}? " if near else "") + f"Known: {', '.join(told)}.",
            )
    if count is not None and not 1 <= count <= MOST:
        raise QuestionError(f"found {count:,} periods, expected 1 to {MOST}")


def _range(view: View, every: Every, count: int | None) -> tuple[int, int]:
    end = view.as_of if view.end is None else min(view.as_of, view.end - 1)
    last = number_at(end, view.zone, every)
    if view.start is None:
        return last - (count or USUAL[every]) + 1, last
    first = number_at(view.start, view.zone, every)
    if not 0 <= last - first < MOST:
        raise QuestionError(
            f"That would be {last - first + 1:,} periods, expected 1 to {MOST}",
            hint="Choose longer periods, or a shorter time.",
        )
    return first, last


def _head(
    view: View, found: Counted, first: int, last: int, edges: Ints, every: Every
) -> dict[str, Any]:
    numbers = range(first, last + 1)
    begun = view.as_of if found.earliest is None else found.earliest
    names, told, noted = [label(n, every) for n in numbers], [], view.plan.annotations()
    for number in numbers:
        begins = first_day(number, every)
        ends = first_day(number + 1, every) - timedelta(days=1)
        mine = [a for a in noted if a.day <= ends and (a.until or a.day) >= begins]
        told.append("; ".join(each.text for each in mine) or None)
    complete = [
        bool(begun <= begin or number > number_at(begun, view.zone, every)) and end <= view.as_of
        for number, begin, end in zip(numbers, edges[:-1], edges[1:], strict=True)
    ]
    return {"period": names, "complete": complete, "annotations": told}


def _figures(found: Counted, stage: int | None) -> list[tuple[Column, Any]]:
    if stage is not None:
        return [(column, found.figures[column.name]) for column in AT_A_STAGE]
    most = Counter({currency: int(sums.sum()) for currency, sums in found.money.items()})
    money = [
        (Column("revenue" if currency == NONE else f"revenue_{currency}", "number", currency),
         found.money[currency] / 10_000)
        for currency, _ in most.most_common()
    ]  # fmt: skip
    return [*((column, found.figures[column.name]) for column in FIGURES), *money]


def last_days(view: View, days: int) -> tuple[int, int]:
    """The edges of the last days until `as_of`, which itself is inside."""
    return view.as_of - days * DAY + 1, view.as_of + 1
