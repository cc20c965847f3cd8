"""Which channel brings people who stay, and at what cost? One row a channel, from all sides."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sojourn.core.bucket import Bools, Bucket, Coded, Ints
from sojourn.core.condition import Condition
from sojourn.core.durations import DAY
from sojourn.core.history import ORDER_ROW
from sojourn.core.intervals import wilson
from sojourn.core.persons import columns_read
from sojourn.core.table import Column, Table
from sojourn.measure.notes import notes
from sojourn.measure.roles import FEWEST
from sojourn.measure.select import NONE, Basis, columns_needed, people_in, select
from sojourn.measure.view import View

STAY = 90
"""Days after the first order in which the next one shows that somebody stays."""

FEW = 30
"""Of fewer people no share is told, and channels are not compared."""

COLUMNS = (
    Column("channel", "text"),
    Column("people", "integer", "people"),
    Column("customers", "integer", "people"),
    Column("ripe", "integer", "people"),
    Column("stayed", "integer", "people"),
    Column("stay_share", "number", "share"),
    Column("stay_low", "number", "share"),
    Column("stay_high", "number", "share"),
    Column("ideal", "integer", "people"),
    Column("ideal_share", "number", "share"),
    Column("ideal_low", "number", "share"),
    Column("ideal_high", "number", "share"),
    Column("credited_low", "number", "orders"),
    Column("credited_high", "number", "orders"),
    Column("works_in", "text"),
)
COSTS = (
    Column("cost", "number", "money"),
    Column("per_customer_low", "number", "money"),
    Column("per_customer_high", "number", "money"),
    Column("currency", "text"),
)
COUNTS = ("people", "customers", "ripe", "stayed", "ideal")


@dataclass(frozen=True)
class Brought:
    """One bucket's people by the channel of their first touchpoint, counted in several ways."""

    counts: dict[str, Counter[str]]
    basis: Basis


@dataclass(frozen=True)
class BroughtKernel:
    """Counts whom each channel brought, who of them bought, stayed, and is as wished."""

    view: View
    ideal: Condition | None = None

    @property
    def columns(self) -> frozenset[str]:
        """What the walk, the filters and the ideal persona read, and the channel."""
        read = columns_read([self.ideal]) if self.ideal is not None else frozenset()
        return columns_needed(self.view, {"channel", *read})

    def __call__(self, bucket: Bucket) -> Brought:
        selected = select(self.view, bucket)
        bucket = selected.bucket
        chosen = np.zeros(len(bucket.starts), bool)
        chosen[selected.person_of_cycle[selected.kept]] = True
        ripe, stayed, bought = _bought(bucket, self.view.as_of)
        masks = {"people": chosen, "customers": bought, "ripe": ripe, "stayed": stayed}
        masks["ideal"] = (
            people_in(selected, self.ideal) if self.ideal is not None else np.zeros_like(chosen)
        )
        channel = bucket.columns["channel"]
        assert isinstance(channel, Coded)  # noqa: S101 - the engine loads texts coded, always
        first = channel.codes[bucket.starts]
        counts = {name: _by(channel, first[chosen & mask]) for name, mask in masks.items()}
        return Brought(counts, selected.basis())


def _bought(bucket: Bucket, as_of: int) -> tuple[Bools, Bools, Bools]:
    """Of each person: whether the first order is ripe, the next came in time, there was one."""
    orders = np.flatnonzero(bucket.order == ORDER_ROW)
    person = np.searchsorted(bucket.starts, orders, side="right") - 1
    size = len(bucket.starts)
    first, second = np.full(size, -1), np.full(size, -1)
    whose, place, many = np.unique(person, return_index=True, return_counts=True)
    first[whose] = orders[place]
    second[whose[many > 1]] = orders[place[many > 1] + 1]
    bought, again = first >= 0, second >= 0
    ripe = bought & (bucket.ts[first] <= as_of - STAY * DAY)
    return ripe, ripe & again & (bucket.ts[second] - bucket.ts[first] <= STAY * DAY), bought


def _by(channel: Coded, codes: Ints) -> Counter[str]:
    found, count = np.unique(codes, return_counts=True)
    named = (channel.values[code] if code >= 0 else NONE for code in found.tolist())
    return Counter(dict(zip(named, count.tolist(), strict=True)))


def channels(
    view: View,
    credits: Table,
    roles: Table,
    ideal: Condition | None = None,
    currencies: Sequence[str] = (),
) -> Table:
    """One row a channel: whom it brought, who stayed, what it is credited with, what it cost.

    People belong to the channel of their first touchpoint. `ripe` are customers whose first order
    is at least 90 days old, `stayed` those of them who ordered again within 90 days, `ideal` those
    for whom the condition `ideal` holds; shares come with 95% (Wilson) intervals, and only of 30
    people or more. `credited` and `per_customer` span the models of `credits`, an `attribution`
    table; `works_in` is the stage of whose moves it had the largest part, of a `roles` table;
    `currencies` are those of the log.
    """
    parts: list[Brought] = view.run(BroughtKernel(replace(view, by=None), ideal))
    counts = {name: Counter[str]() for name in COUNTS}
    for part in parts:
        for name in COUNTS:
            counts[name].update(part.counts[name])
    only = currencies[0] if len(currencies) == 1 else None
    credited, works = _credited(credits, only), _works(roles)
    named = [each for each in {*counts["people"], *credited} if each != NONE]
    named.sort(key=lambda each: (-counts["people"][each], each))
    costly = any("cost" in told for told in credited.values())
    rows = [_row(name, counts, credited.get(name, {}), works.get(name)) for name in named]
    wished = [c for c in COLUMNS if ideal is not None or not c.name.startswith("ideal")]
    columns = (*wished, *(COSTS if costly else ()))
    data = {column.name: [row.get(column.name) for row in rows] for column in columns}
    return Table.of("channels", columns, data, notes(view, [p.basis for p in parts], [CAUTION]))


CAUTION = (
    "Who came through a channel might have come without it: compare costs with lift where "
    "something was tried."
)


def _row(
    name: str, counts: Mapping[str, Counter[str]], credited: Mapping[str, Any], works: str | None
) -> dict[str, Any]:
    told = {each: counts[each][name] for each in COUNTS}
    return {
        "channel": name,
        **told,
        **_share("stay", told["stayed"], told["ripe"]),
        **_share("ideal", told["ideal"], told["people"]),
        **credited,
        "works_in": works,
    }


def _share(name: str, part: int, whole: int) -> dict[str, float | None]:
    if whole < FEW:
        return {}
    low, high = wilson(part, whole)
    return {f"{name}_share": part / whole, f"{name}_low": low, f"{name}_high": high}


def _credited(credits: Table, only: str | None) -> dict[str, dict[str, Any]]:
    """Of each channel what the models credit it with, from the least to the most."""
    rows = defaultdict[str, list[dict[str, Any]]](list)
    for row in credits.rows:
        rows[row["credit"]].append(row)
    found = {}
    for name, mine in rows.items():
        orders = _ends([row["conversions"] for row in mine])
        told: dict[str, Any] = {"credited_low": orders[0], "credited_high": orders[1]}
        spent = [row for row in mine if row.get("cost")]
        currencies = {row.get("currency") for row in spent}
        if len(currencies) == 1:
            each = _ends([row.get("cost_per_new_customer") for row in spent])
            told |= {
                "cost": float(spent[0]["cost"]),
                "per_customer_low": each[0],
                "per_customer_high": each[1],
                "currency": currencies.pop() or only,
            }
        found[name] = told
    return found


def _ends(values: Sequence[Any]) -> tuple[float | None, float | None]:
    known = [float(value) for value in values if value is not None]
    return (min(known), max(known)) if known else (None, None)


def _works(roles: Table) -> dict[str, str]:
    """The stage of whose moves each item had a part in the largest share."""
    best: dict[str, tuple[float, str]] = {}
    for row in roles.rows:
        if row["moved"] >= FEWEST and row["part"] > best.get(row["item"], (0.0, ""))[0]:
            best[row["item"]] = (row["part"], row["stage"])
    return {item: stage for item, (_, stage) in best.items()}
