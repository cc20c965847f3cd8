"""What the room Today shows: what wants attention, and the lists behind it."""

from __future__ import annotations

from sojourn.server.studio.answers.sheet import Sheet
from sojourn.server.studio.filters import Filters
from sojourn.workspace import Workspace

LISTS = ("newcomers", "unanswered", "unheard")


def today(workspace: Workspace, filters: Filters) -> Sheet:
    """What wants attention, the most urgent first."""
    return Sheet(workspace.journey(**filters.asked()).today())


def listed(workspace: Workspace, filters: Filters, which: str) -> Sheet:
    """One of the lists behind it, whole."""
    journey = workspace.journey(**filters.asked())
    answers = {
        "newcomers": journey.newcomers,
        "unanswered": journey.unanswered,
        "unheard": journey.unheard,
    }
    return Sheet(answers[which]())
