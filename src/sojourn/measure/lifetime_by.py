"""What is a customer worth, by channel, device, trait or persona? The models fitted to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sojourn.core.table import Column, Table
from sojourn.errors import QuestionError
from sojourn.measure.by_people import by_people, remark
from sojourn.measure.lifetime_estimate import FEWEST, Bought, estimates
from sojourn.measure.stages import with_block
from sojourn.measure.view import View

COLUMNS = (
    Column("people", "integer", "people"),
    Column("orders", "integer", "orders"),
    Column("bought_again", "integer", "people"),
    Column("p_alive", "number", "share"),
    Column("expected_orders", "number", "orders"),
    Column("expected_orders_low", "number", "orders"),
    Column("expected_orders_high", "number", "orders"),
    Column("expected_value", "number", "money"),
    Column("expected_value_low", "number", "money"),
    Column("expected_value_high", "number", "money"),
)
EACH = "Expected orders and value are of one customer of the block, on average, with 95% intervals."


def divided(
    view: View,
    ask: Callable[[View], tuple[Bought, int]],
    horizon: float,
    whole: Mapping[str, Any],
) -> Table:
    """One row a block: its customers and what one of them is expected to buy, on average.

    `ask` gives what the people of a view bought and their number of orders; `whole` are the
    notes about everybody. Where too few bought again the estimates are empty, and a note says so.
    """
    assert view.by is not None  # noqa: S101 - only then there is something to divide by
    made: list[dict[str, Any]] = []
    few: list[str] = []
    for label, (bought, orders) in by_people(view, ask):
        row: dict[str, Any] = dict.fromkeys(column.name for column in COLUMNS)
        again = int((bought.x > 0).sum())
        row |= {view.by: label, "people": len(bought), "orders": orders, "bought_again": again}
        made.append(row)
        try:
            row |= _each(bought, horizon)
        except QuestionError:
            few.append(label)
    columns = with_block(COLUMNS, view.by)
    data = {column.name: [row[column.name] for row in made] for column in columns}
    remarks = [*whole.get("remarks", []), EACH, remark(view.by), *_few(few)]
    return Table.of("lifetime", columns, data, {**whole, "remarks": remarks})


def _each(bought: Bought, horizon: float) -> dict[str, float | None]:
    """What is expected of one customer, on average."""
    found = estimates(bought, horizon)
    names = [column.name for column in COLUMNS if column.name.startswith("expected")]
    totals = {name: found.notes.get(name) for name in names}
    means = {n: None if t is None else t / len(bought) for n, t in totals.items()}
    return {"p_alive": float(np.mean(found.columns["p_alive"])), **means}


def _few(labels: Sequence[str]) -> list[str]:
    if not labels:
        return []
    return [
        f"Too few data in {', '.join(labels)}: fewer than {FEWEST} people bought again, so there "
        "is no estimate."
    ]
