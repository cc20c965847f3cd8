"""`sojourn today`: what wants attention now."""

from __future__ import annotations

from typing import Any

import click

from sojourn.cli.measures import asked, filters
from sojourn.cli.output import format_option, show
from sojourn.workspace import Workspace

ASKS = ("newcomers", "unanswered", "unheard")


@click.command()
@filters
@format_option
@click.option(
    "--only-list", "which", type=click.Choice(ASKS), help="One of its lists, whole, instead."
)
@click.pass_obj
def today(workspace: Workspace, /, style: str, which: str | None, **asking: Any) -> None:
    """What wants attention: new customers, what broke, who waits for us, what fell silent."""
    journey = asked(workspace, **asking)
    show(journey.today() if which is None else getattr(journey, which)(), style)
