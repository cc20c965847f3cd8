"""What a condition on people can see of a bucket: each person's life so far, at `as_of`.

`stage`, `cycle`, `stalled` and `lapsed` are of the question's own model. A lapsed person has
the stage of the last cycle; a person without evidence has none. Channels and devices are the
first and last known ones; `last_seen` is the last sign of life.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Codes, Ints, Reals
from sojourn.core.condition import Condition, Ref, Times
from sojourn.core.durations import DAY
from sojourn.core.history import ORDER_ROW
from sojourn.core.model import Model
from sojourn.core.stride import Walked
from sojourn.errors import QuestionError

MESSAGE = "Message Sent"
REFUND = "Order Refunded"

_READS = {
    "first_channel": ("channel",),
    "last_channel": ("channel",),
    "first_device": ("device",),
    "total_value": ("value", "currency", "name"),
    "last_message_days": ("name",),
    "did": ("name",),
}
OUTCOMES = frozenset(
    {"stage", "cycle", "stalled", "lapsed", "days_in_stage", "total_orders", "total_value"}
)
"""What choosing people by it decides beforehand part of the answer."""


@dataclass(frozen=True)
class Trait:
    """One trait: whose (ascending keys), since when, and what, as codes of `values`."""

    person: Ints
    ts: Ints
    codes: Codes
    values: Sequence[str]

    def latest(self, people: Ints, as_of: int) -> Coded:
        """What holds of each person at `as_of`."""
        known = self.ts <= as_of
        person, codes = self.person[known], self.codes[known]
        place = np.searchsorted(person, people, side="right") - 1
        found = np.full(len(people), -1, np.int32)
        if len(person):
            hit = (place >= 0) & (person[np.maximum(place, 0)] == people)
            found[hit] = codes[place[hit]]
        return Coded(found, self.values)

    def at(self, people: Ints, moments: Ints) -> Codes:
        """What holds of each person at a moment of their own; -1 where nothing was known yet.

        >>> codes = np.array([0, 1], np.int32)
        >>> plan = Trait(np.array([7, 7]), np.array([10, 20]), codes, ["a", "b"])
        >>> plan.at(np.array([7, 7, 7, 8]), np.array([9, 10, 99, 99])).tolist()
        [-1, 0, 1, -1]
        """
        mine = np.isin(self.person, people)
        known = np.append(self.codes[mine], np.full(len(people), -1, np.int32))
        person, ts = np.append(self.person[mine], people), np.append(self.ts[mine], moments)
        asked = np.arange(len(known)) >= len(known) - len(people)
        order = np.lexsort((asked, ts, person))
        rows = np.arange(len(order))
        latest = np.maximum.accumulate(np.where(asked[order], -1, rows))
        same = (latest >= 0) & (person[order][latest] == person[order])
        found = np.where(same, known[order][latest], -1)
        answer = np.empty(len(order), np.int32)
        answer[order] = found
        return answer[len(order) - len(people) :]


def columns_read(conditions: Iterable[Condition]) -> set[str]:
    """The log's columns that these conditions on people need."""
    return {
        c for condition in conditions for ref in condition.refs for c in _READS.get(ref.name, ())
    }


@dataclass
class PeopleFrame:
    """The people of a walked bucket as the condition language reads them, one row a person."""

    bucket: Bucket
    walked: Walked
    model: Model
    as_of: int
    traits: Mapping[str, Trait]
    ids: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.starts = self.bucket.starts
        self.ends = np.append(self.starts, len(self.bucket))[1:].astype(np.int64)
        cycles = self.walked.cycles
        self.last_cycle = np.searchsorted(cycles.row, self.ends) - 1
        upto = np.searchsorted(self.walked.sojourns.cycle, self.last_cycle, side="right") - 1
        inside = (upto >= 0) & (cycles.furthest[self.last_cycle] >= 0)
        self.last_sojourn = np.where(inside, upto, -1)

    def __len__(self) -> int:
        return len(self.starts)

    def column(self, ref: Ref) -> Any:
        """One value a person."""
        if ref.name == "traits":
            keys = self.bucket.person[self.starts]
            name = ".".join(ref.path)
            if name not in self.traits:
                return Coded(np.full(len(self), -1, np.int32), [])
            return self.traits[name].latest(keys, self.as_of)
        if ref.name == "did":
            days = float(ref.args[1]) if len(ref.args) > 1 else None
            return self._did(str(ref.args[0]), days)
        return getattr(self, f"_{ref.name}")()

    def some(self, _: Ref, rows: Ints) -> None:
        """Nothing is cheaper for some people than for all."""

    def _stage(self) -> Coded:
        stage = self.walked.cycles.furthest[self.last_cycle].astype(np.int32)
        return Coded(stage, [stage.id for stage in self.model.stages])

    def _cycle(self) -> Reals:
        return self.walked.cycles.number[self.last_cycle].astype(np.float64)

    def _person(self) -> Coded:
        keys = self.bucket.person[self.starts]
        return Coded(np.arange(len(keys), dtype=np.int32), [self.ids[key] for key in keys.tolist()])

    def _silent_since(self) -> Ints:
        """When each person's last cycle lapses or lapsed; far away when nobody lapses."""
        if self.model.lapse is None:
            return np.full(len(self), np.iinfo(np.int64).max)
        return self.walked.cycles.last_sign[self.last_cycle] + self.model.lapse

    def _lapsed(self) -> Bools:
        return np.asarray(self.as_of > self._silent_since())

    def _days_in_stage(self) -> Reals:
        days = np.full(len(self), np.nan)
        inside = self.last_sojourn >= 0
        entered = self.bucket.ts[self.walked.sojourns.row[self.last_sojourn[inside]]]
        days[inside] = (np.minimum(self.as_of, self._silent_since()[inside]) - entered) / DAY
        return days

    def _stalled(self) -> Bools:
        stage = self.walked.cycles.furthest[self.last_cycle]
        patience = np.array(
            [np.inf if s.patience is None else s.patience / DAY for s in self.model.stages]
        )[stage]
        with np.errstate(invalid="ignore"):
            return (self._days_in_stage() > patience) & ~self._lapsed()

    def _total_orders(self) -> Reals:
        return self._sum((self.bucket.order == ORDER_ROW).astype(np.float64))

    def _total_value(self) -> Reals:
        order = self.bucket.order == ORDER_ROW
        refund = self._named(REFUND)
        self._one_currency(order | refund)
        value = np.nan_to_num(np.asarray(self.bucket.columns["value"]))
        whole = np.rint(np.where(order, value, np.where(refund, -np.abs(value), 0)) * 10_000)
        return self._sum(whole) / 10_000

    def _one_currency(self, rows: Bools) -> None:
        currency = self.bucket.columns["currency"]
        assert isinstance(currency, Coded)  # noqa: S101 - the engine loads texts coded, always
        found = [currency.values[c] for c in np.unique(currency.codes[rows]).tolist() if c >= 0]
        if len(found) > 1:
            raise QuestionError(
                f"total_value would add up different currencies: {', '.join(sorted(found))}",
                hint="Ask for one of them at a time, or convert the values before importing.",
            )

    def _first_channel(self) -> Coded:
        return self._known("channel", first=True)

    def _last_channel(self) -> Coded:
        return self._known("channel", first=False)

    def _first_device(self) -> Coded:
        return self._known("device", first=True)

    def _first_seen(self) -> Times:
        return Times(self.bucket.ts[self.starts])

    def _last_seen(self) -> Times:
        return Times(self.walked.cycles.last_sign[self.last_cycle])

    def _last_message_days(self) -> Reals:
        last = self._last_row(self._named(MESSAGE))
        days = np.full(len(self), np.nan)
        days[last >= 0] = (self.as_of - self.bucket.ts[last[last >= 0]]) / DAY
        return days

    def _did(self, name: str, days: float | None = None) -> Bools:
        rows = self._named(name)
        if days is not None:
            rows &= self.as_of - self.bucket.ts <= days * DAY
        return self._sum(rows.astype(np.float64)) > 0

    def _named(self, name: str) -> Bools:
        column = self.bucket.columns["name"]
        assert isinstance(column, Coded)  # noqa: S101 - the engine loads names coded, always
        codes = [code for code, value in enumerate(column.values) if value == name]
        return np.isin(column.codes, codes)

    def _sum(self, amounts: Reals) -> Reals:
        return np.add.reduceat(amounts, self.starts) if len(self) else np.zeros(0)

    def _last_row(self, rows: Bools) -> Ints:
        """Each person's last row among `rows`, -1 where there is none."""
        found = np.flatnonzero(rows)
        place = np.searchsorted(found, self.ends) - 1
        last = np.where(place >= 0, found[np.maximum(place, 0)] if len(found) else -1, -1)
        return np.where(last >= self.starts, last, -1)

    def _known(self, name: str, *, first: bool) -> Coded:
        column = self.bucket.columns[name]
        assert isinstance(column, Coded)  # noqa: S101 - the engine loads texts coded, always
        found = np.flatnonzero(column.codes >= 0)
        if first:
            place = np.searchsorted(found, self.starts)
            row = np.append(found, len(self.bucket))[place]
            good = row < self.ends
        else:
            row = self._last_row(column.codes >= 0)
            good = row >= 0
        codes = np.full(len(self), -1, np.int32)
        codes[good] = column.codes[row[good]]
        return Coded(codes, column.values)
