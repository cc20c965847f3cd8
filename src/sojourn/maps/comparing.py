"""One map beside another: what differs, in plain sentences with their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt

from sojourn.core.table import Table
from sojourn.maps.filled import Entry, FilledMap
from sojourn.pictures.facts import FEW, ModelInfo, StageFacts, read_facts
from sojourn.pictures.text import count, duration, percent

SURE = 1.96
"""So many standard errors apart are no chance."""

SLOWER = 1.25
"""By which factor a pace has to differ to be told."""


def compared(shown: FilledMap, drift: list[str]) -> FilledMap:
    """The map with what differs written above it."""
    return replace(shown, drift=tuple(drift))


def drift(
    now: tuple[FilledMap, Table], then: tuple[FilledMap, Table], model: ModelInfo, name: str
) -> list[str]:
    """What differs between two maps and their `stages` tables; `name` is what the other is called.

    Shares are compared where each has 30 people, and told when they are further apart than chance.
    """
    (shown, stages), (other, other_stages) = now, then
    facts, before = read_facts(stages, model), read_facts(other_stages, model)
    told = []
    for new, old in zip(facts.stages, before.stages, strict=True):
        told += [f"{new.name}: {text}, {name} {was}" for text, was in _numbers(new, old)]
        told += [f"{new.name}: {text}" for text in _felt(shown, other, new.id, name)]
    return told


def stage_drift(now: Table, then: Table, model: ModelInfo, name: str) -> list[str]:
    """What differs between two `stages` tables of one journey, as `drift` tells it."""
    pairs = zip(read_facts(now, model).stages, read_facts(then, model).stages, strict=True)
    return [
        f"{new.name}: {text}, {name} {was}"
        for new, old in pairs
        for text, was in _numbers(new, old)
    ]


def _numbers(new: StageFacts, old: StageFacts) -> Iterator[tuple[str, str]]:
    enough = new.people >= FEW and old.people >= FEW
    if enough and new.conversion is not None and old.conversion is not None and _apart(new, old):
        yield f"{percent(new.conversion)} go on to {new.next_name}", percent(old.conversion)
    fast, was = new.days_to_move, old.days_to_move
    if enough and fast and was and not 1 / SLOWER < fast / was < SLOWER:
        yield f"half move on within {duration(fast)}", duration(was)
    if not enough and new.people != old.people:
        yield f"{count(new.people, 'person', 'people')} got here", f"{old.people:,}"


def _apart(new: StageFacts, old: StageFacts) -> bool:
    """Whether two shares differ by more than chance (two-proportion z test)."""
    one, other = new.conversion or 0.0, old.conversion or 0.0
    pooled = (one * new.reached + other * old.reached) / (new.reached + old.reached)
    error = sqrt(pooled * (1 - pooled) * (1 / new.reached + 1 / old.reached))
    return error > 0 and abs(one - other) > SURE * error


def _felt(shown: FilledMap, other: FilledMap, stage: str, name: str) -> Iterator[str]:
    new, old = _feeling(shown, stage), _feeling(other, stage)
    if new is None or old is None or None in (new.low, new.high, old.low, old.high):
        return
    if new.low > old.high or new.high < old.low:  # type: ignore[operator]
        way = "happier" if (new.mean or 0) > (old.mean or 0) else "less happy"
        yield f"people are {way} ({new.text}, {new.detail}), {name} {old.text} ({old.detail})"


def _feeling(shown: FilledMap, stage: str) -> Entry | None:
    cells = (lane.cell(stage) for lane in shown.lanes if lane.lane == "feelings")
    return next((entry for cell in cells for entry in cell.entries), None)
