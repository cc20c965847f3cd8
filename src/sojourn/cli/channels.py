"""`sojourn channels`: which channel brings people who stay, and at what cost."""

from __future__ import annotations

from typing import Any

import click

from sojourn.cli.measures import asked, filters
from sojourn.cli.output import format_option, show
from sojourn.workspace import Workspace


@click.command()
@filters
@format_option
@click.option("--ideal", metavar="PERSONA", help="Whom you wish for (default: the setting).")
@click.pass_obj
def channels(workspace: Workspace, /, style: str, ideal: str | None, **asking: Any) -> None:
    """Which channel brings people who stay, and at what cost?"""
    wished = ideal or workspace.settings.ideal or None
    show(asked(workspace, **asking).channels(wished), style)
