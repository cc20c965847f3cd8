"""`sojourn retention`: who comes back, who orders again?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sojourn.cli.measures import asked, question
from sojourn.cli.output import drawing_option, show
from sojourn.core.table import SHOWN_ROWS
from sojourn.measure.retention_calendar import Every
from sojourn.pictures import save
from sojourn.workspace import Workspace


@click.command()
@question
@click.option(
    "--every",
    type=click.Choice(["day", "week", "month"]),
    default="month",
    show_default=True,
    help="The calendar periods, in the report's time zone; weeks begin on Monday.",
)
@click.option(
    "--first",
    default="touchpoint",
    show_default=True,
    metavar="touchpoint|order|COND",
    help="What puts a person into a cohort, the first time that it happens.",
)
@click.option(
    "--back",
    metavar="touchpoint|order|COND",
    help="What counts as coming back (default: an order after a first order, else any act).",
)
@click.option(
    "--periods",
    type=click.IntRange(min=0),
    metavar="N",
    help="Only so many periods after the first.",
)
@drawing_option("Draw a heat map too, into this file.")
@click.pass_obj
def retention(
    workspace: Workspace,
    /,
    by: str | None,
    style: str,
    every: Every,
    first: str,
    back: str | None,
    periods: int | None,
    output: Path | None,
    **asking: Any,
) -> None:
    """Who comes back, who orders again?"""
    journey = asked(workspace, **asking)
    answer = journey.retention(first, back, every=every, periods=periods, by=by)
    if output is not None:
        save(answer.plot(), output)
    show(answer, style, limit=SHOWN_ROWS)
