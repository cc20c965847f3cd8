"""`sojourn moments`: after which touchpoints do people move on sooner?"""

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
    "--of",
    "of",
    default="name",
    show_default=True,
    metavar="COLUMN",
    help="What is tested: name, channel, content, campaign, ...",
)
@click.option("--only", metavar="COND", help="Test only touchpoints for which this holds.")
@click.option(
    "--silence",
    metavar="TIME",
    help="How long somebody silent is still watched (default: the stage's patience).",
)
@click.option(
    "--alike",
    multiple=True,
    metavar="TRAIT",
    help="Compare people with their like by this trait; may be repeated. `none`: by no trait "
    "(default: every trait with at most 20 values).",
)
@drawing_option("Draw the ratios with their intervals too, into this file.")
@click.pass_obj
def moments(
    workspace: Workspace,
    /,
    by: str | None,
    style: str,
    of: str,
    silence: str | None,
    alike: tuple[str, ...],
    output: Path | None,
    **asking: Any,
) -> None:
    """After which touchpoints do people move on sooner? (moments of truth)"""
    journey = asked(workspace, **asking)
    answer = journey.moments(of, silence=silence, alike=alike or None, by=by)
    if output is not None:
        save(answer.plot(), output)
    show(answer, style, limit=SHOWN_ROWS)
