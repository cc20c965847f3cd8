"""`sojourn friction`: where and why are people lost, since when, for whom?"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import click

from sojourn.cli.measures import asked, question
from sojourn.cli.output import drawing_option, show
from sojourn.measure.friction import HEARD_WITHIN
from sojourn.pictures import save
from sojourn.workspace import Workspace


@click.command()
@question
@click.option("--only", metavar="COND", help="Only cases that begin at such a touchpoint.")
@click.option(
    "--heard-within",
    default=HEARD_WITHIN,
    show_default=True,
    metavar="TIME",
    help="How soon after an order people should hear from you.",
)
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the costliest N.")
@drawing_option()
@click.pass_obj
def friction(
    workspace: Workspace,
    /,
    by: str | None,
    style: str,
    heard_within: str,
    top: int | None,
    output: Path | None,
    **asking: Any,
) -> None:
    """Where and why are people lost, since when, for whom, and what does it cost?"""
    answer = asked(workspace, **asking).friction(heard_within=heard_within, top=top, by=by)
    if output is not None:
        save(answer.plot(), output)
    if style == "table":
        for row in answer.rows:
            block = f"{row[by]}: " if by is not None else ""
            told = f"{block}{row['rank']}. {row['text']}"
            click.echo(textwrap.fill(told, 96, subsequent_indent="   "))
        click.echo()
    show(answer, style)
