"""`sojourn picture`: the journey as an SVG, PNG or PDF file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sojourn.cli.measures import asked, filters
from sojourn.core.feelings import SURVEYS
from sojourn.drawing import ANSWERS
from sojourn.measure.forecast import MOST_WEEKS
from sojourn.pictures import SHAPES, Theme
from sojourn.workspace import Workspace

HOW = ("within", "of", "every", "weeks", "survey")
ASKED_AS = {"survey": "kind"}
"""Options whose name in Python is another."""


def how(command: Callable[..., Any]) -> Callable[..., Any]:
    """What some pictures can be asked for; the answers' own commands, with -o, know the rest."""
    for option in (
        click.option("--survey", type=click.Choice(SURVEYS), help="survey: which kind."),
        click.option("--weeks", type=click.IntRange(1, MOST_WEEKS), help="forecast: how far."),
        click.option(
            "--every",
            type=click.Choice(["day", "week", "month"]),
            help="retention, survey: by which period.",
        ),
        click.option(
            "--of", metavar="COLUMN", help="flow, paths, roles, moments, emotions: of what."
        ),
        click.option("--within", metavar="TIME", help="funnel: how long after the first step."),
        click.option(
            "--step", "steps", multiple=True, metavar="COND", help="funnel: its steps, in order."
        ),
    ):
        command = option(command)
    return command


@click.command(epilog=f"Kinds: {', '.join([*SHAPES, *ANSWERS])}.")
@click.argument("kind", metavar="KIND")
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
@how
@click.pass_obj
def picture(
    workspace: Workspace,
    /,
    kind: str,
    output: Path,
    theme: Theme,
    width: int,
    steps: tuple[str, ...],
    **options: Any,
) -> None:
    """Draw the journey as an hourglass, a circle or a line, or one of its answers."""
    asking = {name: options.pop(name) for name in HOW}
    asking = {ASKED_AS.get(name, name): value for name, value in asking.items() if value}
    if steps:
        asking["steps"] = steps
    journey = asked(workspace, **options)
    click.echo(journey.save_picture(output, kind, theme=theme, width=width, **asking))
