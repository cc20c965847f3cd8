"""`sojourn stages|moves|flow`: the questions, with the same filters everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import click

from sojourn.cli.output import format_option, show
from sojourn.core.table import SHOWN_ROWS
from sojourn.journey import Journey
from sojourn.measure.flow import TOP
from sojourn.workspace import Workspace

FILTERS = (
    click.option(
        "--journey", "journey", metavar="ID|FILE", help="The journey model, or a YAML file."
    ),
    click.option(
        "--from", "start", metavar="DATE", help="Only cycles that began on or after this."
    ),
    click.option("--to", "end", metavar="DATE", help="Only cycles that began before this."),
    click.option("--people", metavar="COND", help="Only people for whom this holds."),
    click.option(
        "--where", metavar="COND", help="Only cycles with a touchpoint for which this holds."
    ),
    click.option("--persona", metavar="NAME", help="Only people of this persona."),
    click.option("--list", "in_list", metavar="NAME", help="Only people in this saved list."),
    click.option(
        "--as-of", metavar="TIME", help="As things stood then (default: the log's clock)."
    ),
)
by_option = click.option("--by", metavar="COLUMN", help="Divide the answer by a column.")


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose whose journeys are asked about."""
    for option in reversed(FILTERS):
        command = option(command)
    return command


def question(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every measure."""
    return filters(by_option(format_option(command)))


def asked(workspace: Workspace, /, journey: str | None, **filters: Any) -> Journey:
    """The journey that the options describe."""
    return workspace.journey(journey, **filters)


@click.command()
@question
@click.pass_obj
def stages(workspace: Workspace, /, by: str | None, style: str, **asking: Any) -> None:
    """How many got to each stage, are there now, moved on, stalled, lapsed?"""
    show(asked(workspace, **asking).stages(by), style)


@click.command()
@question
@click.pass_obj
def moves(workspace: Workspace, /, by: str | None, style: str, **asking: Any) -> None:
    """From which stage to which, how many, how fast?"""
    show(asked(workspace, **asking).moves(by), style)


@click.command()
@question
@click.option("--only", metavar="COND", help="Show only touchpoints for which this holds.")
@click.option(
    "--of", "of", default="name", show_default=True, metavar="COLUMN", help="What to follow."
)
@click.option(
    "--top",
    default=TOP,
    show_default=True,
    type=click.IntRange(min=1),
    help="How many values to show; the rest is (other).",
)
@click.option(
    "--within",
    type=click.Choice(["cycle", "person"]),
    default="cycle",
    show_default=True,
    help="Where paths begin and end.",
)
@click.option("--paths", is_flag=True, help="Whole paths instead of pairs.")
@click.pass_obj
def flow(
    workspace: Workspace,
    /,
    by: str | None,
    style: str,
    of: str,
    top: int,
    within: Literal["cycle", "person"],
    paths: bool,
    **asking: Any,
) -> None:
    """What follows what?"""
    journey = asked(workspace, **asking)
    show(journey.flow(of, top=top, paths=paths, by=by, within=within), style, limit=SHOWN_ROWS)
