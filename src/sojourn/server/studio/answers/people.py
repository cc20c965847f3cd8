"""What the room People shows."""

from __future__ import annotations

from sojourn.server.studio.answers.sheet import Sheet
from sojourn.server.studio.filters import Filters
from sojourn.workspace import Workspace


def everybody(workspace: Workspace, filters: Filters, search: str) -> Sheet:
    """One row a person that is chosen; `search` is a part of an id they are known by."""
    return Sheet(workspace.people.list(search=search or None, **filters.asked()))
