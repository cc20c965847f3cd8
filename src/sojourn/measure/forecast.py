"""What comes, and what if more people got from one stage to the next?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np

from sojourn.core.table import Column, Table
from sojourn.errors import QuestionError
from sojourn.measure.by_people import by_people, stacked
from sojourn.measure.forecast_change import changed_by, checked
from sojourn.measure.forecast_future import Changed, arrivals_of
from sojourn.measure.forecast_lines import (
    REVENUE,
    WINDOW,
    Line,
    drawn,
    lines_of,
)
from sojourn.measure.forecast_past import Past
from sojourn.measure.forecast_tried import FOLDS, Origins, applied
from sojourn.measure.notes import moment, notes
from sojourn.measure.view import View

DRAWS = 200
LOW, HIGH = 10, 90
MOST_WEEKS = 52
APART = (
    "Each block is forecast from its own people: intervals of blocks do not add up, and those of "
    "small blocks are wide."
)
SHORT = {"back_test": "none: the log is too short"}
COLUMNS = (
    Column("week", "integer", "weeks"),
    Column("until", "time"),
    Column("figure", "text"),
    Column("stage", "text"),
    Column("expected", "number"),
    Column("low", "number"),
    Column("high", "number"),
    Column("as_last", "number"),
)
WHAT_IF = (Column("without", "number"), Column("difference", "number"))
ACTUAL = (Column("actual", "number"), Column("inside", "boolean"))


def forecast(
    view: View,
    weeks: int = 8,
    changes: Sequence[str] = (),
    *,
    draws: int = DRAWS,
    seed: int = 1,
    refuse: bool = True,
) -> Table:
    """One row a week and figure: people in each stage, arrivals, orders and revenue to come.

    `low` to `high` is an 80% interval; `as_last` what the last weeks would say if they came
    again. With `changes` (`try>buy +10%`, `know:arrivals +20%`) `without` is the expectation
    without them. The notes tell how the same forecast would have done on the last weeks. A change
    of what never happens is refused; with `view.by` only where it happens to nobody at all.
    """
    if view.by is not None:
        ask = partial(forecast, weeks=weeks, changes=changes, draws=draws, seed=seed)
        return _divided(view, ask, partial(ask, refuse=False))
    _check(weeks)
    changed = changed_by(changes, view.model)
    origins = Origins(view, weeks, draws, seed)
    past, lessons = origins.past(0), origins.lessons()
    capped = _feasible(view, past, changed, weeks) if refuse else []
    future = drawn(past, changed, weeks, draws, seed)
    lines = applied(lines_of(view, past, future, weeks), lessons)
    data = _data(view, lines, weeks)
    columns: tuple[Column, ...] = COLUMNS
    if changes:
        without = _data(view, applied(origins.lines(0), lessons), weeks)["expected"]
        data["without"] = without
        data["difference"] = [a - b for a, b in zip(data["expected"], without, strict=True)]
        columns = (*COLUMNS, *WHAT_IF)
    said = notes(view, [past.basis], [*_remarks(past, changes), *capped])
    tested = _backtest(origins).notes["back_test"]
    return Table.of("forecast", columns, data, {**said, "back_test": tested, "seed": seed})


def backtest(view: View, weeks: int = 8, *, draws: int = DRAWS, seed: int = 1) -> Table:
    """The forecast as it would have been `weeks` ago, with what came since beside it."""
    if view.by is not None:
        ask = partial(backtest, weeks=weeks, draws=draws, seed=seed)
        return _divided(view, ask, ask)
    _check(weeks)
    return _backtest(Origins(view, weeks, draws, seed))


def _backtest(origins: Origins) -> Table:
    weeks, before = origins.weeks, origins.seen(1)
    past, came = origins.past(1), origins.came(1)
    data = _data(before, applied(origins.lines(1), origins.lessons(1)), weeks)
    actual = [
        came[figure, stage][week - 1]
        for figure, stage, week in zip(data["figure"], data["stage"], data["week"], strict=True)
    ]
    bounds = zip(data["low"], actual, data["high"], strict=True)
    data |= {"actual": actual, "inside": [low <= it <= high for low, it, high in bounds]}
    said = notes(before, [past.basis])
    table = Table.of("backtest", (*COLUMNS, *ACTUAL), data, said)
    known = past.basis.people > 0
    return replace(table, notes={**said, **(_tested(table, weeks) if known else SHORT)})


def _divided(view: View, ask: Callable[[View], Table], ask_block: Callable[[View], Table]) -> Table:
    """The forecast of each block of people; the notes tell how each would have done."""
    assert view.by is not None  # noqa: S101 - only then there is something to divide by
    whole, parts = ask(replace(view, by=None)), by_people(view, ask_block)
    found = stacked(view.by, whole, parts)
    tested = {label: table.notes["back_test"] for label, table in parts}
    remarks = [*found.notes["remarks"], APART]
    return replace(found, notes={**found.notes, "back_test_by": tested, "remarks": remarks})


def _check(weeks: int) -> None:
    if not 1 <= weeks <= MOST_WEEKS:
        raise QuestionError(f"found {weeks} weeks, expected 1 to {MOST_WEEKS}")


def _feasible(view: View, past: Past, changed: Changed, weeks: int) -> list[str]:
    """What to say of changes that can only partly be; raises QuestionError for impossible ones."""
    span = arrivals_of(past.arrivals, weeks, past.first_day).span
    came = past.arrivals[-7 * span :].sum(axis=0) if span else past.arrivals[:0].sum(axis=0)
    stages = [stage.id for stage in view.model.stages]
    return checked(changed, past.rates, came, stages)


def _data(view: View, lines: Sequence[Line], weeks: int) -> dict[str, list[Any]]:
    data: dict[str, list[Any]] = {column.name: [] for column in COLUMNS}
    start = moment(view.as_of)
    for line in lines:
        low, high = np.percentile(line.draws, (LOW, HIGH), axis=0)
        for week in range(weeks):
            values = (
                week + 1, start + timedelta(days=7 * (week + 1)), line.figure, line.stage,
                float(line.draws[:, week].mean()), float(low[week]), float(high[week]),
                line.as_last[week],
            )  # fmt: skip
            for name, value in zip(data, values, strict=True):
                data[name].append(value)
    return data


def _tested(table: Table, weeks: int) -> dict[str, Any]:
    """How a back-test did, in figures: errors beside those of `as_last`, and coverage."""
    rows = [row for row in table if row["actual"] is not None]
    if not rows or not any(row["actual"] for row in rows):
        return SHORT
    weight = {"people": "people", "orders": "orders", "arrivals": "arrivals"}
    parts = []
    for figure in weight:
        mine = [row for row in rows if row["figure"] == figure]
        error = sum(abs(row["expected"] - row["actual"]) for row in mine)
        naive = sum(abs(row["as_last"] - row["actual"]) for row in mine)
        size = sum(row["actual"] for row in mine)
        if size:
            parts.append(f"{figure} {error / size:.0%} (as last: {naive / size:.0%})")
    counted = [row["inside"] for row in rows if not row["figure"].startswith(REVENUE)]
    return {
        "back_test": f"on the last {weeks} weeks, off by {', '.join(parts)}; "
        f"{sum(counted)} of {len(counted)} figures lay within their 80% interval"
    }


def _remarks(past: Past, changes: Sequence[str]) -> list[str]:
    found = [
        f"Levels and intervals are corrected by how up to {FOLDS} earlier forecasts came out.",
        f"Rates are those of the last {WINDOW} days; what the business will do otherwise, seasons "
        "that have not come yet, and surprises are not in them.",
    ]
    if changes:
        found.append(
            "A change is taken for a cause: whoever is brought to a stage behaves as those who "
            "came there by themselves. That is an assumption, not a finding."
        )
    if past.unstaged:
        found.append(f"{past.unstaged:,} orders outside of any stage are not forecast.")
    if -past.first_day < WINDOW:
        found.append(f"The log reaches back {-past.first_day:,} days only.")
    return found
