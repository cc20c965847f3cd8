"""`sojourn doctor`: does everything add up?"""

from __future__ import annotations

import click

from sojourn.cli.output import format_option, show
from sojourn.errors import WorkspaceDamaged
from sojourn.workspace import Workspace


@click.command()
@click.option("--rebuild", is_flag=True, help="Make the trail anew from the log first.")
@click.option(
    "--journey", metavar="ID|FILE", help="The journey model to check (default: all of them)."
)
@format_option
@click.pass_obj
def doctor(workspace: Workspace, /, rebuild: bool, journey: str | None, style: str) -> None:
    """Check that the numbers reconcile: log, people, journeys and measures."""
    if rebuild:
        workspace.rebuild()
    table = workspace.doctor(journey)
    show(table, style)
    wrong = [row["check"] for row in table if not row["holds"]]
    if wrong:
        raise WorkspaceDamaged(
            f"{len(wrong)} of {len(table)} checks do not hold: {'; '.join(wrong[:3])}.",
            hint="Run `sojourn doctor --rebuild`; it makes the trail anew from the log.",
        )
