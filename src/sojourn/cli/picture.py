"""`sojourn picture`: the journey as an SVG, PNG or PDF file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sojourn.cli.measures import asked, filters
from sojourn.journey import ANSWERS, SHAPES
from sojourn.pictures import Theme
from sojourn.workspace import Workspace


@click.command()
@click.argument("kind", type=click.Choice([*SHAPES, *ANSWERS]))
@filters
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE.svg|png|pdf",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write.",
)
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@click.option(
    "--width", type=click.IntRange(320, 4000), default=960, show_default=True, help="In pixels."
)
@click.pass_obj
def picture(
    workspace: Workspace, /, kind: str, output: Path, theme: Theme, width: int, **asking: Any
) -> None:
    """Draw the journey as an hourglass, a circle or a line, or one of its answers."""
    journey = asked(workspace, **asking)
    click.echo(journey.save_picture(output, kind, theme=theme, width=width))
