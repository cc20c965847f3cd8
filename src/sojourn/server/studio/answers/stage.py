"""What a stage's page shows: who is here, how they came, where they go, how fast, what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow.compute as pc

from sojourn import pictures
from sojourn.core.table import Table
from sojourn.errors import UnknownName
from sojourn.maps import Entry, FilledMap
from sojourn.pictures.facts import FEW, StageFacts, read_facts
from sojourn.pictures.text import count, duration, percent
from sojourn.server.studio.answers.sheet import Drawing, drawn
from sojourn.server.studio.filters import Filters
from sojourn.workspace import Workspace

LANES = ("touchpoints", "thoughts", "feelings", "pains", "chances", "content")
CHANNELS = 6


@dataclass(frozen=True)
class OneStage:
    """One stage: its sentences, the picture of its pace, its ways in and out, and its entries."""

    id: str
    name: str
    question: str
    purchase: bool
    lead: tuple[str, ...]
    numbers: tuple[tuple[str, int, str], ...]
    came: tuple[tuple[str, int], ...]
    goes: tuple[tuple[str, int, str], ...]
    channels: tuple[Mapping[str, Any], ...]
    entries: Mapping[str, tuple[Entry, ...]]
    drawings: tuple[Drawing, ...]
    before: str
    after: str
    goals: tuple[Mapping[str, Any], ...]
    table: Table


def one(workspace: Workspace, filters: Filters, stage: str) -> OneStage:
    """Everything about one stage of the chosen journey; raises UnknownName for another's."""
    journey = workspace.journey(**filters.asked())
    ids = [each.id for each in journey.model.stages]
    if stage not in ids:
        raise UnknownName(f"There is no stage {stage!r}.", hint=f"Stages: {', '.join(ids)}.")
    moves = journey.moves()
    facts = {f.id: f for f in read_facts(journey.stages(), journey.model, None, moves).stages}
    mine, names = facts[stage], {f.id: f.name for f in facts.values()}
    curve, points = journey.curve(), journey.curve(points=True)
    filled, place = journey.map(), ids.index(stage)
    roles = [row for row in journey.roles("channel").rows if row["stage"] == stage]
    return OneStage(
        id=stage,
        name=mine.name,
        question=mine.question,
        purchase=mine.neck,
        lead=tuple(_lead(mine, next(r for r in curve.rows if r["stage"] == stage))),
        numbers=_numbers(mine),
        came=_came(moves, stage, names, mine),
        goes=_goes(moves, stage, names),
        channels=tuple(roles[:CHANNELS]),
        entries={lane: _entries(filled, lane, stage) for lane in LANES},
        drawings=_pace(curve, points, stage) if mine.entered else (),
        before=ids[place - 1] if place else "",
        after=ids[place + 1] if place + 1 < len(ids) else "",
        goals=tuple(row for row in journey.goals().rows if row["stage"] == stage),
        table=_only(curve, stage),
    )


def _lead(facts: StageFacts, curve: Mapping[str, Any]) -> list[str]:
    """The stage in plain sentences: how fast people move on, and how many go quiet."""
    if not facts.entered:
        return ["Nobody has been here yet."]
    told = [f"{count(facts.people, 'person', 'people')} got here."]
    if facts.people < FEW:
        told.append(f"{facts.moved_on} of {facts.entered} moved on, {facts.lapsed} went quiet.")
        return told
    if facts.days_to_move is not None and facts.moved_90d:
        share = percent(facts.moved_90d)
        told.append(f"{share} move on within 90 days, half of these within "
                    f"{duration(facts.days_to_move)}.")  # fmt: skip
    quiet = curve.get("lapsed_365d")
    if quiet:
        told.append(f"{percent(quiet)} go quiet within a year.")
    return told


def _numbers(facts: StageFacts) -> tuple[tuple[str, int, str], ...]:
    stage = f"stage = '{facts.id}'"
    return (
        ("here now", facts.here, f"{stage} and not lapsed"),
        ("stalled", facts.stalled, f"{stage} and stalled and not lapsed"),
        ("went quiet", facts.lapsed, f"{stage} and lapsed"),
    )


def _came(
    moves: Table, stage: str, names: Mapping[str, str], facts: StageFacts
) -> tuple[tuple[str, int], ...]:
    rows = [row for row in moves.rows if row["to_stage"] == stage]
    came = [(f"from {names[row['from_stage']]}", row["count"]) for row in rows]
    first = facts.entered - sum(number for _, number in came)
    return (*([("as their first stage", first)] if first > 0 else []), *came)


def _goes(moves: Table, stage: str, names: Mapping[str, str]) -> tuple[tuple[str, int, str], ...]:
    found = []
    for row in moves.rows:
        if row["from_stage"] == stage:
            days = row["median_of_completed_days"]
            where = f"to {names[row['to_stage']]}" if row["to_stage"] else "quiet"
            pace = f"half within {duration(days)}" if days is not None and row["to_stage"] else ""
            found.append((where, row["count"], pace))
    return tuple(sorted(found, key=lambda each: -each[1]))


def _entries(filled: FilledMap, lane: str, stage: str) -> tuple[Entry, ...]:
    return next((each.cell(stage).entries for each in filled.lanes if each.lane == lane), ())


def _only(table: Table, stage: str) -> Table:
    rows = table.data.filter(pc.equal(table.data["stage"], stage))
    return replace(table, data=rows, plotter=None)


def _pace(curve: Table, points: Table, stage: str) -> tuple[Drawing, ...]:
    draw = partial(pictures.leaving, _only(curve, stage), points=_only(points, stage), theme="web")
    return (drawn(lambda width: draw(width=width)),)
