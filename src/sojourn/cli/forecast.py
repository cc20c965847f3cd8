"""`sojourn forecast`: what comes, and what if."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sojourn.cli.measures import asked, by_option, filters
from sojourn.cli.output import drawing_option, format_option, show
from sojourn.measure.forecast import MOST_WEEKS
from sojourn.pictures import save
from sojourn.workspace import Workspace


@click.command()
@filters
@by_option
@format_option
@click.option(
    "--weeks",
    default=8,
    show_default=True,
    type=click.IntRange(1, MOST_WEEKS),
    help="How many weeks ahead.",
)
@click.option(
    "--change",
    multiple=True,
    metavar="CHANGE",
    help="What if: `try>buy +10%` (more of those in try move to buy a day), "
    "`know:arrivals +20%`. May be given several times.",
)
@click.option("--backtest", is_flag=True, help="As it would have been then, beside what came.")
@drawing_option()
@click.pass_obj
def forecast(
    workspace: Workspace,
    /,
    style: str,
    weeks: int,
    change: tuple[str, ...],
    backtest: bool,
    output: Path | None,
    by: str | None,
    **asking: Any,
) -> None:
    """What comes in the next weeks, with an 80% interval, and what if more people moved on?"""
    if backtest and change:
        raise click.UsageError("--backtest asks what came: leave out --change.")
    answer = asked(workspace, **asking).forecast(weeks, change=change, backtest=backtest, by=by)
    if output is not None:
        save(answer.plot(), output)
    show(answer, style, limit=len(answer))
