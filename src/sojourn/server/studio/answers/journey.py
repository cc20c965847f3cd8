"""What the room Journey shows: the stages, and what becomes of those in them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sojourn.core.model import Model
from sojourn.core.table import Table
from sojourn.errors import QuestionError
from sojourn.journey import Journey
from sojourn.maps.comparing import stage_drift
from sojourn.measure.notes import moment
from sojourn.measure.referred import referred
from sojourn.pictures import SHAPES
from sojourn.server.studio.answers.sheet import Sheet, drawn
from sojourn.server.studio.filters import Filters
from sojourn.workspace import Workspace


def overview(
    workspace: Workspace, filters: Filters, beside: str = "", previous: bool = False
) -> Sheet:
    """How far people get, as the picture of the journey's shape.

    Beside it another journey's, or the same in the period before with the same follow-up, and
    what differs in sentences.
    """
    journey = workspace.journey(**filters.asked())
    table = journey.stages(filters.by or None)
    if filters.by:
        return Sheet(table, (), (), opens(journey.model, table))
    drawings, lead = [drawn(partial(_picture, journey, table))], tuple[str, ...]()
    if beside and beside != journey.model.id:
        other = workspace.journey(**{**filters.asked(), "model": beside})
        drawings.append(drawn(partial(_picture, other, other.stages())))
    elif previous:
        before = _before(workspace, filters, journey)
        stages = before.stages()
        told = stage_drift(table, stages, journey.model, "the period before")
        lead = tuple(told or ["Nothing differs from the period before beyond chance."])
        drawings.append(drawn(partial(_picture, before, stages)))
    return Sheet(table, tuple(drawings), lead, opens(journey.model, table))


def _before(workspace: Workspace, filters: Filters, journey: Journey) -> Journey:
    """The journey in the period before, of the same length and with the same follow-up."""
    view = journey.view
    if view.start is None or view.end is None:
        raise QuestionError(
            "Which period? To compare with the one before, choose where this one begins and ends."
        )
    length = view.end - view.start
    return workspace.journey(
        **{
            **filters.asked(),
            "start": moment(view.start - length).isoformat(),
            "end": moment(view.start).isoformat(),
            "as_of": moment(view.as_of - length).isoformat(),
        }
    )


def opens(model: Model, table: Table) -> tuple[str, ...]:
    """The condition that finds the people who are in each row's stage now."""
    ids = {stage.id for stage in model.stages}
    return tuple(f"stage = '{s}'" if s in ids else "" for s in table.column("stage"))


def _picture(journey: Journey, table: Table, width: int) -> str:
    told = replace(table, notes={**table.notes, "referred": referred(journey.view)})
    shape = SHAPES[journey.model.shape]
    return shape(told, model=journey.model, moves=journey.moves(), theme="web", width=width)
