"""What the room Journey shows: the stages, and what becomes of those in them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sojourn.core.model import Model
from sojourn.core.table import Table
from sojourn.journey import Journey
from sojourn.measure.referred import referred
from sojourn.pictures import SHAPES
from sojourn.server.studio.answers.sheet import Sheet, drawn
from sojourn.server.studio.filters import Filters
from sojourn.workspace import Workspace


def overview(workspace: Workspace, filters: Filters) -> Sheet:
    """How far people get, as the picture of the journey's shape."""
    journey = workspace.journey(**filters.asked())
    table = journey.stages(filters.by or None)
    drawings = () if filters.by else (drawn(partial(_picture, journey, table)),)
    return Sheet(table, drawings, (), opens(journey.model, table))


def opens(model: Model, table: Table) -> tuple[str, ...]:
    """The condition that finds the people who are in each row's stage now."""
    ids = {stage.id for stage in model.stages}
    return tuple(f"stage = '{s}'" if s in ids else "" for s in table.column("stage"))


def _picture(journey: Journey, table: Table, width: int) -> str:
    told = replace(table, notes={**table.notes, "referred": referred(journey.view)})
    shape = SHAPES[journey.model.shape]
    return shape(told, model=journey.model, moves=journey.moves(), theme="web", width=width)
