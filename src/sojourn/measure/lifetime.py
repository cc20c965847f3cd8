"""What is a customer worth? Orders and their value expected from each person, by BG/NBD.

A purchase is a day with an order, in the report's zone: two orders on one day are one purchase.
Times run from a person's first purchase to their last, and to the day of `as_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.bgnbd import distinct, expected, fit
from sojourn.core.bucket import Bools, Bucket, Coded, Ints, Reals, run_starts
from sojourn.core.durations import DAY, duration, in_words
from sojourn.core.history import ORDER_ROW
from sojourn.core.table import Column, Table
from sojourn.errors import QuestionError
from sojourn.measure.attribution_worth import Worth, worth_of
from sojourn.measure.lifetime_by import divided
from sojourn.measure.lifetime_estimate import ESTIMATES, UNSETTLED, Bought, enough, estimates
from sojourn.measure.notes import notes
from sojourn.measure.select import Basis, Selected, columns_needed, select
from sojourn.measure.view import View

UNITS = {"day": 1, "week": 7}
COLUMNS = (
    Column("person", "text"),
    Column("orders", "integer", "orders"),
    Column("frequency", "integer", "orders"),
    Column("recency", "number"),
    Column("T", "number"),
    *ESTIMATES,
)
HOLDOUT_COLUMNS = (
    Column("frequency", "text", "orders before"),
    Column("people", "integer", "people"),
    Column("expected_orders", "number", "orders"),
    Column("orders", "integer", "orders"),
)
MOST_FREQUENT = 7
"""From this many repeat purchases on, people are one row of the hold-out."""


@dataclass(frozen=True)
class Buyers:
    """People who bought: days of first and last purchase, repeats, orders, mean repeat value.

    `later` counts the purchases after the day on which a hold-out begins.
    """

    person: Ints
    first: Ints
    last: Ints
    repeats: Ints
    orders: Ints
    mean: Reals
    later: Ints


@dataclass(frozen=True)
class LifetimeKernel:
    """One bucket's buyers up to and including a day; with a hold-out that day is before its end."""

    view: View
    worth: Worth
    until: int

    @property
    def columns(self) -> frozenset[str]:
        """What the filters and the value read."""
        return columns_needed(self.view, {"currency"} | self.worth.columns)

    def __call__(self, bucket: Bucket) -> tuple[Buyers, frozenset[str], Basis]:
        selected = select(replace(self.view, start=None, end=None), bucket)
        rows = np.flatnonzero((selected.bucket.order == ORDER_ROW) & selected.row_kept)
        worth, _, _ = worth_of(self.worth, selected, rows)
        currency = selected.bucket.columns["currency"]
        assert isinstance(currency, Coded)  # noqa: S101 - currencies are texts
        used = np.flatnonzero(np.bincount(currency.codes[rows] + 1)) - 1
        named = frozenset(currency.values[code] for code in used.tolist() if code >= 0)
        return _buyers(self, selected, rows, np.nan_to_num(worth)), named, selected.basis()


def days(view: View, ts: Ints) -> Ints:
    """The day of each moment in the report's zone, counted from 1970."""
    moments = pa.array(ts, pa.timestamp("us", str(view.zone)))
    local = pc.floor_temporal(pc.local_timestamp(moments), unit="day")
    return np.asarray(local.cast(pa.int64()).to_numpy()) // DAY


def _buyers(kernel: LifetimeKernel, selected: Selected, rows: Ints, worth: Reals) -> Buyers:
    view = kernel.view
    person, ts = selected.bucket.person[rows], selected.bucket.ts[rows]
    day = days(view, ts)
    begins = run_starts(person)
    of = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(person)))
    chosen = _cohort(view, ts[begins]) & (day[begins] <= kernel.until)
    fresh = np.ones(len(day), bool)
    fresh[1:] = (day[1:] != day[:-1]) | (person[1:] != person[:-1])
    before = day <= kernel.until
    size = len(begins)
    purchases = np.bincount(of[fresh & before], minlength=size)
    later = np.bincount(of[fresh & ~before], minlength=size)
    repeat = before & (day > day[begins][of])
    spent = np.bincount(of[repeat], worth[repeat], minlength=size)
    last = np.zeros(size, np.int64)
    last[of[before]] = day[before]
    repeats = purchases - 1
    mean = np.divide(spent, repeats, out=np.full(size, np.nan), where=repeats > 0)
    orders = np.bincount(of[before], minlength=size)
    found = Buyers(person[begins], day[begins], last, repeats, orders, mean, later)
    return Buyers(**{name: column[chosen] for name, column in vars(found).items()})


def _cohort(view: View, first: Ints) -> Bools:
    """Whose first order falls in the period."""
    inside = np.ones(len(first), bool)
    if view.start is not None:
        inside &= first >= view.start
    if view.end is not None:
        inside &= first < view.end
    return inside


def lifetime_question(
    view: View, unit: str, horizon: str, holdout: str | None, refunds: bool
) -> Table:
    """The answer for lengths of time as people write them (`90 days`)."""
    if unit not in UNITS:
        raise QuestionError(f"found unit {unit!r}, expected {' or '.join(UNITS)}")
    held = None if holdout is None else _length(holdout, "hold-out")
    return lifetime(
        view, unit=unit, horizon=_length(horizon, "horizon"), holdout=held, refunds=refunds
    )


def _length(text: str, what: str) -> int:
    try:
        return duration(text)
    except ValueError as error:
        raise QuestionError(f"{what}: {error}") from None


def lifetime(
    view: View, *, unit: str, horizon: int, refunds: bool, holdout: int | None = None
) -> Table:
    """One row a person who ever ordered, the most valuable first; or how a hold-out came out.

    `horizon` and `holdout` are microseconds, rounded to whole days. With a hold-out the models
    see nothing of the last days, and the answer compares what they expect with what happened.
    With `view.by` there is one row a block of people.
    """
    if view.by is not None:
        if holdout is not None:
            raise QuestionError(
                "A hold-out is of all people chosen.",
                hint="Choose some with --people or --persona.",
            )
        return _divided(view, unit, horizon, refunds)
    if holdout is not None:
        return _held_out(view, unit, _days(holdout, "hold-out"), refunds)
    buyers, currencies, basis = _ask(view, refunds, _today(view))
    bought = _bought(buyers, unit, _today(view), known=len(currencies) < 2)
    found = estimates(bought, _days(horizon, "horizon") / UNITS[unit])
    place = np.lexsort(
        (
            buyers.person,
            -found.columns["expected_orders"],
            -np.nan_to_num(found.columns["expected_value"]),
        )
    )
    data: dict[str, Any] = {
        "person": view.ids().take(pa.array(buyers.person[place])),
        "orders": buyers.orders[place],
        "frequency": buyers.repeats[place],
        "recency": bought.tx[place],
        "T": bought.T[place],
        **{name: column[place] for name, column in found.columns.items()},
    }
    remarks = [*_remarks(currencies), *found.remarks]
    said = notes(_whole(view), basis, remarks) | _about(buyers, unit)
    said |= {"horizon": in_words(_days(horizon, "horizon") * DAY), **found.notes}
    return Table.of("lifetime", _with_unit(unit), data, _remarks_last(said))


def _divided(view: View, unit: str, horizon: int, refunds: bool) -> Table:
    """One row a block of people; the notes are those of everybody."""
    today = _today(view)

    def ask(each: View) -> tuple[Bought, int]:
        buyers, currencies, _ = _ask(each, refunds, today)
        bought = _bought(buyers, unit, today, known=len(currencies) < 2)
        return bought, int(buyers.orders.sum())

    said = dict(lifetime(replace(view, by=None), unit=unit, horizon=horizon, refunds=refunds).notes)
    return divided(view, ask, _days(horizon, "horizon") / UNITS[unit], said)


def _held_out(view: View, unit: str, held: int, refunds: bool) -> Table:
    until = _today(view) - held
    buyers, _, basis = _ask(view, refunds, until)
    bought = _bought(buyers, unit, until, known=False)
    enough(bought)
    seen, place = distinct(bought.x, bought.tx, bought.T)
    found = fit(seen)
    predicted = expected(seen, found.parameters, held / UNITS[unit])[place]
    group = np.minimum(buyers.repeats, MOST_FREQUENT)
    people = np.bincount(group, minlength=MOST_FREQUENT + 1)
    used = np.flatnonzero(people)
    data = {
        "frequency": [f"{n}+" if n == MOST_FREQUENT else str(n) for n in used.tolist()],
        "people": people[used],
        "expected_orders": np.bincount(group, predicted, minlength=MOST_FREQUENT + 1)[used],
        "orders": np.bincount(group, buyers.later, minlength=MOST_FREQUENT + 1)[used].astype(int),
    }
    remarks = ["Purchases after the models' last day: what they expected, and what happened."]
    if not found.settled:
        remarks.append(UNSETTLED)
    said = notes(_whole(view), basis, remarks) | _about(buyers, unit)
    names = zip(("r", "alpha", "a", "b"), map(float, found.parameters), strict=True)
    said |= {"holdout": in_words(held * DAY), **dict(names)}
    said |= {"log_likelihood": found.log_likelihood, "expected_orders": float(predicted.sum())}
    said |= {"actual_orders": int(buyers.later.sum())}
    return Table.of("lifetime", HOLDOUT_COLUMNS, data, _remarks_last(said))


def _ask(view: View, refunds: bool, until: int) -> tuple[Buyers, set[str], list[Basis]]:
    kernel = LifetimeKernel(_whole(view), Worth("value", refunds), until)
    parts = view.run(kernel)
    named = {currency for part in parts for currency in part[1]}
    return _together([part[0] for part in parts]), named, [part[2] for part in parts]


def _whole(view: View) -> View:
    """The same question about whole lives: a customer is not cut into cycles."""
    return replace(view, within="person")


def _together(parts: Sequence[Buyers]) -> Buyers:
    none = np.zeros(0, np.int64)
    whole = [Buyers(none, none, none, none, none, np.zeros(0), none), *parts]
    names = vars(whole[0])
    return Buyers(**{name: np.concatenate([getattr(p, name) for p in whole]) for name in names})


def _bought(buyers: Buyers, unit: str, until: int, known: bool) -> Bought:
    size = UNITS[unit]
    return Bought(
        buyers.repeats.astype(np.float64),
        (buyers.last - buyers.first) / size,
        (until - buyers.first) / size,
        buyers.mean if known else None,
    )


def _today(view: View) -> int:
    return int(days(view, np.array([view.as_of]))[0])


def _days(micros: int, what: str) -> int:
    found = round(micros / DAY)
    if found < 1:
        raise QuestionError(f"the {what} is {in_words(micros)}, expected at least 1 day")
    return found


def _with_unit(unit: str) -> tuple[Column, ...]:
    return tuple(replace(c, unit=f"{unit}s") if c.name in ("recency", "T") else c for c in COLUMNS)


def _about(buyers: Buyers, unit: str) -> dict[str, Any]:
    return {
        "unit": unit,
        "buyers": len(buyers.person),
        "orders": int(buyers.orders.sum()),
        "purchases": int(buyers.repeats.sum()) + len(buyers.person),
    }


def _remarks(currencies: set[str]) -> list[str]:
    said = ["Orders of one person on one day count as one purchase."]
    if len(currencies) > 1:
        said.append(
            f"Orders are in {len(currencies)} currencies ({', '.join(sorted(currencies))}), which "
            "are never added up: values are empty."
        )
    return said


def _remarks_last(said: dict[str, Any]) -> dict[str, Any]:
    return {**{k: v for k, v in said.items() if k != "remarks"}, "remarks": said["remarks"]}
