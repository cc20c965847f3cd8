"""Closer looks: one function a question, each giving its table and its picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from sojourn import pictures
from sojourn.core.table import Table
from sojourn.journey import Journey
from sojourn.measure.attribution_tally import MODELS as ALL_MODELS
from sojourn.measure.funnel_question import Order
from sojourn.measure.retention_calendar import Every
from sojourn.server.studio.answers.sheet import Drawing, Sheet, drawn
from sojourn.server.studio.filters import Filters
from sojourn.workspace import Workspace

Options = tuple[tuple[str, str], ...]
"""What a page's own fields say, by name; a field may come several times."""


def chosen(options: Options, name: str, default: str = "") -> str:
    """What a field says, the default where it says nothing."""
    return next((value for key, value in options if key == name and value), default)


def several(options: Options, name: str) -> list[str]:
    """Everything that a field says, in order."""
    return [value for key, value in options if key == name and value.strip()]


def picture(draw: Callable[..., str], table: Table, **more: Any) -> tuple[Drawing, ...]:
    """The picture of a table in both widths; none of an empty one."""
    if not len(table):
        return ()

    def at(width: int) -> str:
        return draw(table, theme="web", width=width, **more)

    return (drawn(at),)


def stage_names(journey: Journey) -> dict[str, str]:
    """The names of the stages by their ids."""
    return {stage.id: stage.name for stage in journey.model.stages}


def sheet_of(journey: Journey, table: Table, drawings: tuple[Drawing, ...] = ()) -> Sheet:
    """A table as a sheet that calls the journey's stages by their names."""
    return Sheet(table, drawings, names=stage_names(journey))


def flow(workspace: Workspace, filters: Filters, options: Options) -> Sheet:
    """What follows what."""
    journey = workspace.journey(**filters.asked())
    table = journey.flow(chosen(options, "of", "name"), top=12, by=filters.by or None)
    return sheet_of(journey, table, () if filters.by else picture(pictures.flow, table))


def funnel(workspace: Workspace, filters: Filters, options: Options) -> Sheet:
    """Whether people do one thing after the other."""
    journey = workspace.journey(**filters.asked())
    steps = several(options, "step") or _usual_steps(workspace)
    table = journey.funnel(
        steps,
        within=chosen(options, "within", "30 days"),
        order=cast(Order, chosen(options, "order", "ordered")),
        exclude=chosen(options, "exclude") or None,
        hold=chosen(options, "hold") or None,
        by=filters.by or None,
    )
    return sheet_of(journey, table, () if filters.by else picture(pictures.funnel, table))


def _usual_steps(workspace: Workspace) -> list[str]:
    """Steps to begin with: those of a purchase that occur, or the two most usual names."""
    names = list(workspace.trail().values("name"))
    usual = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed")
    found = [name for name in usual if name in names]
    return found if len(found) > 1 else names[:2]


def retention(workspace: Workspace, filters: Filters, options: Options) -> Sheet:
    """Who comes back."""
    journey = workspace.journey(**filters.asked())
    table = journey.retention(
        chosen(options, "first", "touchpoint"),
        chosen(options, "back") or None,
        every=cast(Every, chosen(options, "every", "month")),
        by=filters.by or None,
    )
    return sheet_of(journey, table, () if filters.by else picture(pictures.retention, table))


def feelings(workspace: Workspace, filters: Filters, options: Options) -> Sheet:
    """How people feel."""
    journey = workspace.journey(**filters.asked())
    table = journey.emotions(chosen(options, "of", "stage"), by=filters.by or None)
    drawings = () if filters.by else picture(pictures.emotions, table, names=stage_names(journey))
    return sheet_of(journey, table, drawings)


def friction(workspace: Workspace, filters: Filters, _options: Options) -> Sheet:
    """Where and why people are lost."""
    journey = workspace.journey(**filters.asked())
    table = journey.friction(by=filters.by or None)
    return sheet_of(journey, table, picture(pictures.friction, table))


def moments(workspace: Workspace, filters: Filters, options: Options) -> Sheet:
    """After which touchpoints people move on sooner."""
    journey = workspace.journey(**filters.asked())
    table = journey.moments(chosen(options, "of", "name"))
    return sheet_of(journey, table, picture(pictures.moments, table, model=journey.model))


def forecast(workspace: Workspace, filters: Filters, options: Options) -> Sheet:
    """What comes, and what if."""
    journey = workspace.journey(**filters.asked())
    weeks = chosen(options, "weeks", "8")
    table = journey.forecast(
        int(weeks) if weeks.isdigit() else 8, change=several(options, "change")
    )
    return sheet_of(journey, table, picture(pictures.forecast, table, names=stage_names(journey)))


def pace(workspace: Workspace, filters: Filters, _options: Options) -> Sheet:
    """How soon people move on."""
    journey = workspace.journey(**filters.asked())
    table, points = (
        journey.curve(filters.by or None),
        journey.curve(filters.by or None, points=True),
    )
    draw = partial(pictures.leaving, points=points)
    return sheet_of(journey, table, picture(draw, table))


def channels(workspace: Workspace, filters: Filters, options: Options) -> Sheet:
    """What each channel is worth, by all the ways of counting."""
    journey = workspace.journey(**filters.asked())
    table = journey.attribution(
        ALL_MODELS,
        credit=chosen(options, "credit", "channel"),
        lookback=chosen(options, "lookback", "30 days"),
    )
    return sheet_of(journey, table, picture(pictures.attribution, table))


def referrals(workspace: Workspace, filters: Filters, _options: Options) -> Sheet:
    """Who brought whom."""
    journey = workspace.journey(**filters.asked())
    table = journey.referrals()
    return sheet_of(journey, table, picture(pictures.referrals, table))


def lifetime(workspace: Workspace, filters: Filters, _options: Options) -> Sheet:
    """What a customer is worth."""
    journey = workspace.journey(**filters.asked())
    table = journey.lifetime()
    return sheet_of(journey, table, picture(pictures.lifetime, table))
