"""`sojourn export`: touchpoints, sojourns, moves and people as files for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, cast

import click

from sojourn.cli.measures import filters
from sojourn.exporting import FORMATS, WHAT
from sojourn.workspace import Workspace


@click.command()
@click.argument("what", type=click.Choice(WHAT))
@filters
@click.option("--only", metavar="COND", help="Only touchpoints for which this holds.")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; .gz at its end packs it.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(FORMATS),
    help="The format, where the file's ending does not tell it.",
)
@click.option(
    "--case",
    type=click.Choice(["person", "cycle"]),
    default="person",
    show_default=True,
    help="What a trace of a process log (xes) is.",
)
@click.pass_obj
def export(
    workspace: Workspace,
    /,
    what: str,
    output: Path,
    style: str | None,
    case: str,
    **asking: Any,
) -> None:
    """Write touchpoints, sojourns, moves or people to FILE, whole or by the usual filters.

    The period chooses touchpoints by when they happened, everything else by when the cycle
    began. What was exported can be imported again: nothing is lost on the way.
    """
    done = workspace.export(
        what, output, style, case=cast(Literal["person", "cycle"], case), **asking
    )
    click.echo(str(done))
