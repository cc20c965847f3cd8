"""Who brought whom? People and money brought by each advocate, first and second hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.core.table import Column, Table
from sojourn.measure.attribution_tally import UNITS
from sojourn.measure.notes import moment
from sojourn.measure.referrals.chains import places, reach
from sojourn.measure.referrals.question import Asked, Find, ask, in_blocks, shown, told
from sojourn.measure.view import View

COLUMNS = (
    Column("advocate", "text"),
    Column("invited", "integer", "touchpoints"),
    Column("brought", "integer", "people"),
    Column("second_hand", "integer", "people"),
    Column("chain", "integer", "links"),
    Column("currency", "text"),
    Column("orders", "integer", "orders"),
    Column("money", "money"),
    Column("second_hand_orders", "integer", "orders"),
    Column("second_hand_money", "money"),
    Column("first_at", "time"),
)
Sum = list[int]
"""Orders and money at first hand, then at second hand."""


def advocates(view: View, find: Find) -> Table:
    """One row an advocate and currency, who brought most people first; the notes hold K.

    At first hand are the people whom they brought, at second hand those whom these brought. Money
    is net of refunds; people are counted whatever they ordered. With `view.by` the people who
    were brought are divided, and an advocate has a row in every block of theirs.
    """
    if view.by is not None:
        return in_blocks(view, lambda each: advocates(each, find))
    asked = ask(view, find)
    chains, counted = asked.chains, asked.counted
    found = np.unique(chains.advocate[chains.advocate >= 0])
    parent = places(found, chains.advocate)
    above = _above(asked, parent)
    size = len(found)
    brought = np.bincount(parent[counted], minlength=size)
    second = np.bincount(above[counted & (above >= 0)], minlength=size)
    links = reach(chains, found)
    ids = shown(view, found)
    who: dict[str, Any] = {
        "advocate": ids,
        "invited": np.append(asked.invited, 0)[places(asked.inviter, found)],
        "brought": brought,
        "second_hand": second,
        "chain": links,
        "first_at": _firsts(asked, parent, size),
    }
    mine = sorted(
        (place for place in range(size) if brought[place] or second[place]),
        key=lambda place: (-brought[place], -second[place], ids[place], found[place]),
    )
    money = _money(asked, parent, above)
    rows: list[dict[str, Any]] = [
        {**{n: c[place] for n, c in who.items()}, "currency": currency or None, **_sums(sums)}
        for place in mine
        for currency, sums in sorted(money[place].items()) or [("", [0, 0, 0, 0])]
    ]
    data = {column.name: [row[column.name] for row in rows] for column in COLUMNS}
    return Table.of("referrals", COLUMNS, data, _notes(asked, links, second))


def _firsts(asked: Asked, parent: Ints, size: int) -> list[datetime]:
    """When each advocate first brought somebody."""
    first = np.full(size, np.iinfo(np.int64).max)
    known = parent >= 0
    np.minimum.at(first, parent[known], asked.chains.ts[known])
    return [moment(int(at)) for at in first]


def _above(asked: Asked, parent: Ints) -> Ints:
    """For each brought person the place of their advocate's advocate, -1 without one."""
    chains = asked.chains
    mine = chains.place(chains.advocate)
    return np.where((mine >= 0) & (parent >= 0), np.append(parent, -1)[mine], -1)


def _money(asked: Asked, parent: Ints, above: Ints) -> defaultdict[int, dict[str, Sum]]:
    """By the advocate's place and the currency: what the people whom they brought ordered."""
    sales = asked.sales
    place = asked.chains.place(sales.person)
    found: defaultdict[int, dict[str, Sum]] = defaultdict(dict)
    for row in np.flatnonzero(place >= 0).tolist():
        for hand, advocate in enumerate((parent[place[row]], above[place[row]])):
            if advocate >= 0:
                sums = found[int(advocate)].setdefault(sales.currency[row], [0, 0, 0, 0])
                sums[2 * hand] += int(sales.orders[row])
                sums[2 * hand + 1] += int(sales.net[row])
    return found


def _sums(sums: Sum) -> dict[str, Any]:
    return {
        "orders": sums[0],
        "money": Decimal(sums[1]) / UNITS,
        "second_hand_orders": sums[2],
        "second_hand_money": Decimal(sums[3]) / UNITS,
    }


def _notes(asked: Asked, links: Ints, second: Ints) -> dict[str, Any]:
    said = told(asked, ["Who brought somebody need not be why they came."])
    remarks = said.pop("remarks")
    second_hand = int(second.sum())
    longest = int(links.max()) if len(links) else 0
    return {**said, "second_hand": second_hand, "longest_chain": longest, "remarks": remarks}
