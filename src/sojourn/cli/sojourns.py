"""`sojourn sojourns`: every stay of a person in a stage, or how soon people move on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sojourn.cli.measures import asked, question
from sojourn.cli.output import drawing_option, show
from sojourn.core.table import SHOWN_ROWS
from sojourn.pictures import save
from sojourn.workspace import Workspace


@click.command()
@question
@click.option(
    "--curve",
    is_flag=True,
    help="How soon people move on from each stage: shares within 1, 7, 30 and 90 days.",
)
@click.option("--points", is_flag=True, help="With --curve: every moment at which a share rises.")
@drawing_option("With --curve: draw the curves too, into this file.")
@click.pass_obj
def sojourns(
    workspace: Workspace,
    /,
    by: str | None,
    style: str,
    curve: bool,
    points: bool,
    output: Path | None,
    **asking: Any,
) -> None:
    """List every stay of a person in a stage, or tell how soon people move on (--curve)."""
    if (points or output is not None) and not curve:
        raise click.UsageError("--points and -o need --curve.")
    journey = asked(workspace, **asking)
    if not curve:
        show(journey.sojourns(by), style, limit=SHOWN_ROWS)
        return
    if output is not None:
        save(journey.curve(by).plot(), output)
    show(journey.curve(by, points=points), style, limit=SHOWN_ROWS if points else None)
