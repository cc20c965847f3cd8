"""`sojourn funnel`: do people do A, then B, then C, within some time of A?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sojourn.cli.measures import asked, question
from sojourn.cli.output import drawing_option, show
from sojourn.measure.funnel_question import Order
from sojourn.pictures import save
from sojourn.workspace import Workspace


@click.command()
@question
@click.option(
    "--step",
    "steps",
    multiple=True,
    required=True,
    metavar="COND",
    help="A step, in order: a touchpoint's name or a condition. Say it once for each step.",
)
@click.option(
    "--within",
    default="7 days",
    show_default=True,
    metavar="TIME",
    help="The longest time from step 1, its last instant included.",
)
@click.option(
    "--order",
    type=click.Choice(["ordered", "strict", "any"]),
    default="ordered",
    show_default=True,
    help="strict: nothing between the steps; any: the steps in any order.",
)
@click.option("--exclude", metavar="COND", help="A touchpoint that ends an attempt.")
@click.option("--hold", metavar="COLUMN", help="This column's value is the same in all steps.")
@drawing_option()
@click.pass_obj
def funnel(
    workspace: Workspace,
    /,
    by: str | None,
    style: str,
    steps: tuple[str, ...],
    within: str,
    order: Order,
    exclude: str | None,
    hold: str | None,
    output: Path | None,
    **asking: Any,
) -> None:
    """Do people do A, then B, then C, within 7 days of A?"""
    journey = asked(workspace, **asking)
    answer = journey.funnel(steps, within=within, order=order, exclude=exclude, hold=hold, by=by)
    if output is not None:
        save(answer.plot(), output)
    show(answer, style)
