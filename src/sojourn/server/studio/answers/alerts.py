"""What the page of alerts shows: who is told, and what is wrong since the last look."""

from __future__ import annotations

from sojourn.core.alerting import Wishes
from sojourn.core.table import Table
from sojourn.workspace import Workspace


def alerts(workspace: Workspace) -> tuple[Wishes, Table, str]:
    """Who is told, what stands, and the key with which calls are signed."""
    found = workspace.alerts
    return found.wishes(), found.standing(), found.secret()


def wish(workspace: Workspace, wishes: Wishes) -> None:
    """Keep who is told."""
    workspace.alerts.wish(wishes)


def test(workspace: Workspace) -> None:
    """Send a test."""
    workspace.alerts.test()
