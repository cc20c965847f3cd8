"""Are the stages where they should be by now? Every goal beside the number that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from math import sqrt
from typing import Any

from sojourn.core.plan import Goal
from sojourn.core.table import Column, Table
from sojourn.measure.curve import curves
from sojourn.measure.emotions import emotions
from sojourn.measure.notes import moment, notes
from sojourn.measure.series import counted, last_days
from sojourn.measure.stages import stages
from sojourn.measure.view import View

WEEK = 7
FEW = 30
"""A share, a pace or a feeling of fewer is no ground to judge by."""

SURE = 1.96
COLUMNS = (
    Column("goal", "text"),
    Column("journey", "text"),
    Column("stage", "text"),
    Column("measure", "text"),
    Column("within_days", "integer", "days"),
    Column("value", "number"),
    Column("low", "number"),
    Column("high", "number"),
    Column("n", "integer"),
    Column("target", "number"),
    Column("due", "number"),
    Column("status", "text"),
    Column("sure", "boolean"),
    Column("by", "text"),
    Column("owner", "text"),
    Column("text", "text"),
    Column("note", "text"),
)
MET, ON, BEHIND, MISSED, FEWER, OPEN = (
    "met", "on track", "behind", "missed", "too few people", "open",
)  # fmt: skip
COUNTED = ("people", "touchpoints", "cycles", "people_without_evidence", "touchpoints_in_no_cycle",
           "remarks")  # fmt: skip
"""What the notes of other answers count: every goal rests on numbers of its own."""

WORST_FIRST = (MISSED, BEHIND, FEWER, OPEN, ON, MET)


@dataclass(frozen=True)
class Found:
    """The number that a goal is about, its interval, and how many it rests on."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


class Numbers:
    """The numbers of a view, each question asked once."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._asked: dict[tuple[str, int], Mapping[str, Mapping[str, Any]]] = {}

    def find(self, goal: Goal) -> Found:
        """The number that a goal is about, now."""
        return FINDS[goal.measure](self, goal)

    def rows(self, kind: str, over: int) -> Mapping[str, Mapping[str, Any]]:
        """The rows of a table by their stage; `over` so many last days of journeys, or all (0)."""
        if (kind, over) not in self._asked:
            table = {"curve": lambda v: curves(v).summary(), "stages": stages,
                     "emotions": emotions}[kind](self._recent(over))  # fmt: skip
            self._asked[kind, over] = {row["stage"]: row for row in table.rows}
        return self._asked[kind, over]

    def _recent(self, days: int) -> View:
        """The view of journeys that began in the last days, unless a period is chosen."""
        if not days or self.view.start is not None or self.view.end is not None:
            return self.view
        return replace(self.view, start=last_days(self.view, days)[0])

    def arrived(self, stage: str) -> int:
        """How many came into a stage in the last 7 days."""
        place = [each.id for each in self.view.model.stages].index(stage)
        return int(counted(self.view, last_days(self.view, WEEK), place).figures["arrived"][0])

    @cached_property
    def customers(self) -> int:
        """How many bought for the first time in the last 7 days."""
        return int(counted(self.view, last_days(self.view, WEEK)).figures["new_customers"][0])


def _counted(number: int) -> Found:
    """A count with the 95% interval of a Poisson count."""
    half = SURE * sqrt(number)
    return Found(float(number), number, max(0.0, number - half), number + half)


def _share(numbers: Numbers, goal: Goal, name: str) -> Found:
    row = numbers.rows("curve", goal.over)[goal.stage]
    return Found(row[name], row["entered"], row[f"{name}_low"], row[f"{name}_high"])


def _pace(numbers: Numbers, goal: Goal) -> Found:
    row = numbers.rows("stages", goal.over)[goal.stage]
    return Found(row["days_to_move"], row["moved_on"])


def _stalled(numbers: Numbers, goal: Goal) -> Found:
    number = numbers.rows("stages", 0)[goal.stage]["stalled"]
    return Found(float(number), number)


def _feeling(numbers: Numbers, goal: Goal) -> Found:
    row = numbers.rows("emotions", goal.over).get(goal.stage)
    return Found(None, 0) if row is None else Found(row["mean"], row["n"], row["low"], row["high"])


FINDS: Mapping[str, Callable[[Numbers, Goal], Found]] = {
    "arrivals": lambda numbers, goal: _counted(numbers.arrived(goal.stage)),
    "moved_on": lambda numbers, goal: _share(numbers, goal, f"moved_{goal.days}d"),
    "days_to_move": _pace,
    "quiet": lambda numbers, goal: _share(numbers, goal, "lapsed_365d"),
    "stalled": _stalled,
    "feeling": _feeling,
    "customers": lambda numbers, _: _counted(numbers.customers),
}
"""How the number of each measure is found: the measures that there are, asked of a stage."""


def goals(view: View) -> Table:
    """One row a goal of the view's journey: the number now, where it should be, and how it stands.

    `due` is where a straight line from the number when the goal was set to its target stands
    today. `status`: `met`, `on track`, `behind` (worse than due), `missed` (its day is over), `too
    few people` (under 30), or `open` (no line to compare with). `sure` says whether the 95%
    interval leaves `due` out. Shares and feelings are of journeys that began in the last 180 days.
    """
    numbers, today = Numbers(view), moment(view.as_of).astimezone(view.zone).date()
    names = {stage.id: stage.name for stage in view.model.stages}
    mine = [goal for goal in view.plan.goals() if goal.journey == view.model.id]
    rows = [_row(goal, numbers.find(goal), today, names) for goal in mine]
    data = {column.name: [row[column.name] for row in rows] for column in COLUMNS}
    said = {key: value for key, value in notes(view, []).items() if key not in COUNTED}
    return every_goal([Table.of("goals", COLUMNS, data, said)])


def every_goal(tables: Sequence[Table]) -> Table:
    """The goals of several journeys as one table, the worst first; notes are the first's."""
    rows = [row for table in tables for row in table.rows]
    rows.sort(key=lambda row: (WORST_FIRST.index(row["status"]), row["by"], row["goal"]))
    data = {column.name: [row[column.name] for row in rows] for column in COLUMNS}
    return Table.of("goals", COLUMNS, data, tables[0].notes)


def _row(goal: Goal, found: Found, today: date, names: Mapping[str, str]) -> dict[str, Any]:
    due = goal.due(today)
    status, sure = judged(goal, found, due, today)
    return {
        "goal": goal.id,
        "journey": goal.journey,
        "stage": goal.stage or None,
        "measure": goal.measure,
        "within_days": goal.days or None,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "target": goal.target,
        "due": due,
        "status": status,
        "sure": sure,
        "by": goal.by.isoformat(),
        "owner": goal.owner or None,
        "text": sentence(goal, found, names.get(goal.stage, "")),
        "note": goal.note or None,
    }


def judged(goal: Goal, found: Found, due: float | None, today: date) -> tuple[str, bool | None]:
    """How a goal stands on a day, and whether that is surely so."""
    if found.value is None or (goal.what.unit != "people" and found.n < FEW):
        return FEWER, None
    sign = 1.0 if goal.what.more else -1.0
    if sign * found.value >= sign * goal.target:
        return MET, None
    if today > goal.by:
        return MISSED, _apart(found, goal.target)
    if due is None:
        return OPEN, None
    if sign * found.value >= sign * due:
        return ON, None
    return BEHIND, _apart(found, due)


def _apart(found: Found, other: float) -> bool | None:
    """Whether an interval leaves a number out; None where there is no interval."""
    if found.low is None or found.high is None:
        return None
    return not found.low <= other <= found.high


def sentence(goal: Goal, found: Found, stage: str) -> str:
    """A goal and its number in plain words."""
    place = f"{stage}: " if stage else ""
    now = "nothing to count yet" if found.value is None else _said(goal, found.value)
    owner = f" ({goal.owner})" if goal.owner else ""
    return f"{place}{now}; the goal is {shown(goal, goal.target)} by {_day(goal.by)}{owner}"


def _said(goal: Goal, value: float) -> str:
    told = shown(goal, value)
    return {
        "arrivals": f"{told} came in the last 7 days",
        "moved_on": f"{told} move on within {goal.days} day{'s' if goal.days > 1 else ''}",
        "days_to_move": f"half of those who move on do so within {told}",
        "quiet": f"{told} go quiet within a year",
        "stalled": f"{told} are stalled",
        "feeling": f"people feel {told} on the scale from -1 to 1",
        "customers": f"{told} new customers in the last 7 days",
    }[goal.measure]


def shown(goal: Goal, value: float) -> str:
    """A number of a goal as people read it."""
    if goal.what.unit == "share":
        return f"{value * 100:.1f}".removesuffix(".0") + "%"
    if goal.what.unit == "days":
        return f"{value:.1f}".removesuffix(".0") + " days"
    return f"{value:+.2f}" if goal.what.unit == "-1..1" else f"{value:,.0f}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def begun(goal: Goal, view: View) -> Goal:
    """The goal with the number of today, from which its way begins, where it has none yet."""
    if goal.was is not None or goal.journey != view.model.id:
        return goal
    today = moment(view.as_of).astimezone(view.zone).date()
    value = Numbers(view).find(goal).value
    if value is None or today >= goal.by:
        return goal
    return replace(goal, was=round(value, 4), since=today)
