"""What every page says of the business: its name, its journeys, its personas, its lists."""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.errors import SojournError
from sojourn.workspace import Workspace


@dataclass(frozen=True)
class About:
    """A business at a glance; `empty` until touchpoints have come in."""

    name: str
    zone: str
    simulated: bool
    empty: bool
    journey: str
    journeys: tuple[tuple[str, str], ...]
    personas: tuple[str, ...]
    lists: tuple[str, ...]
    live: bool


def about(workspace: Workspace) -> About:
    """The business of a workspace."""
    settings = workspace.settings
    return About(
        name=settings.name or workspace.folder.resolve().name.replace("-", " ").capitalize(),
        zone=settings.zone,
        simulated=settings.simulated,
        empty=is_empty(workspace),
        journey=settings.journey,
        journeys=tuple((name, workspace.model(name).name) for name in workspace.models()),
        personas=tuple(settings.personas),
        lists=_lists(workspace),
        live=settings.clock == "live",
    )


def is_empty(workspace: Workspace) -> bool:
    """Whether there are no touchpoints yet."""
    try:
        workspace.trail()
    except SojournError:
        return True
    return False


def _lists(workspace: Workspace) -> tuple[str, ...]:
    if not workspace.exists:
        return ()
    return tuple(workspace.lists.names())
