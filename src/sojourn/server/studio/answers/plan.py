"""What is planned: goals with their numbers, and how things go with what happened when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sojourn import pictures
from sojourn.core.plan import Annotation, Goal
from sojourn.core.table import Table
from sojourn.measure.retention_calendar import Every
from sojourn.measure.series import BUSINESS, Beside
from sojourn.server.studio.answers.closer import Options, chosen
from sojourn.server.studio.answers.sheet import Drawing, Sheet, drawn
from sojourn.server.studio.filters import Filters
from sojourn.workspace import Workspace


@dataclass(frozen=True)
class Planned:
    """What a page about the plan needs to know: stages to choose from, what is noted, goals."""

    journey: str
    stages: tuple[tuple[str, str], ...]
    annotations: tuple[Annotation, ...]
    goals: tuple[Goal, ...]


NOTHING_PLANNED = Planned("", (), (), ())


def planned(workspace: Workspace, filters: Filters) -> Planned:
    """The stages of the chosen journey, and the plan as it is written down."""
    model = workspace.model(filters.journey or workspace.settings.journey)
    stages = tuple((stage.id, stage.name) for stage in model.stages)
    plan = workspace.plan
    return Planned(model.id, stages, plan.annotations(), plan.goals())


def goals(workspace: Workspace, filters: Filters) -> Sheet:
    """The goals, the worst first: of a journey where one is chosen, else of all."""
    asked = filters.asked("journey")
    table = workspace.goals(filters.journey or None, **asked)
    return Sheet(table, names=_names(workspace, table))


def _names(workspace: Workspace, table: Table) -> dict[str, str]:
    found: dict[str, str] = {}
    for journey in dict.fromkeys(table.column("journey")):
        found |= {stage.id: stage.name for stage in workspace.model(journey).stages}
    return found


def set_goal(workspace: Workspace, told: tuple[tuple[str, str], ...]) -> str:
    """Keep a goal; its id."""
    return workspace.set_goal(**dict(told)).id


def drop_goal(workspace: Workspace, name: str) -> None:
    """Forget a goal."""
    workspace.plan.drop_goal(name)


def series(workspace: Workspace, filters: Filters, options: Options) -> Sheet:
    """How things go, period by period."""
    journey = workspace.journey(**filters.asked())
    table = journey.series(
        chosen(options, "of", BUSINESS),
        every=cast(Every, chosen(options, "every", "week")),
        beside=cast(Beside | None, chosen(options, "beside") or None),
    )
    names = {stage.id: stage.name for stage in journey.model.stages}

    def at(width: int) -> str:
        return pictures.series(table, names=names, theme="web", width=width)

    drawings: tuple[Drawing, ...] = (drawn(at),)
    return Sheet(table, drawings)


def annotate(workspace: Workspace, day: str, text: str, kind: str, until: str) -> None:
    """Note what happened."""
    workspace.plan.annotate(day, text, kind, until or None)


def forget(workspace: Workspace, day: str, text: str) -> None:
    """Forget what happened."""
    workspace.plan.drop_annotation(day, text)
