"""`sojourn goals`: what the stages should reach, by when, and how that stands."""

from __future__ import annotations

from typing import Any

import click

from sojourn.cli.output import format_option, show
from sojourn.core.plan import HORIZONS, MEASURES
from sojourn.core.table import SHOWN_ROWS
from sojourn.measure.goals import shown
from sojourn.workspace import Workspace

WORDS = "\b\n" + "\n".join(f"{name:14}{each.name}" for name, each in MEASURES.items())


@click.group(invoke_without_command=True)
@click.pass_context
def goals(context: click.Context) -> None:
    """What the stages should reach, by when, and how that stands: the worst first."""
    if context.invoked_subcommand is None:
        context.invoke(standing)


@goals.command("list")
@click.option("--journey", metavar="ID", help="The goals of one journey (default: all).")
@format_option
@click.pass_obj
def standing(workspace: Workspace, /, journey: str | None = None, style: str = "table") -> None:
    """Every goal with its number now."""
    show(workspace.goals(journey), style, limit=SHOWN_ROWS * 5)


@goals.command("set", epilog=f"Measures:\n\n{WORDS}")
@click.argument("measure")
@click.argument("target")
@click.option("--stage", metavar="ID", help="Of which stage (but for `customers`).")
@click.option("--by", "by", required=True, metavar="DAY", help="When it should be reached.")
@click.option("--journey", metavar="ID", help="The journey model.")
@click.option("--days", metavar="N", help=f"moved_on: within {', '.join(map(str, HORIZONS))} days.")
@click.option("--owner", default="", metavar="NAME", help="Who looks after it.")
@click.option("--note", default="", metavar="TEXT", help="Why, or how.")
@click.option("--id", "name", metavar="ID", help="Its name (default: made of stage and measure).")
@click.pass_obj
def set_goal(workspace: Workspace, /, name: str | None, **told: Any) -> None:
    """Set a goal: MEASURE should reach TARGET (40%, 200, 9) by a day.

    One of the same name is replaced. The way to it begins at today's number.
    """
    given = {key: value for key, value in {"id": name, **told}.items() if value}
    goal = workspace.set_goal(**given)
    was = "" if goal.was is None else f", from {shown(goal, goal.was)} today"
    click.echo(f"{goal.id}: {shown(goal, goal.target)} by {goal.by}{was}")


@goals.command()
@click.argument("name")
@click.pass_obj
def remove(workspace: Workspace, /, name: str) -> None:
    """Forget a goal."""
    workspace.plan.drop_goal(name)
    click.echo(f"{name} is forgotten.")
