"""`sojourn emotions`: how people feel, what surveys say, what they tell others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sojourn.cli.measures import asked, question
from sojourn.cli.output import drawing_option, show
from sojourn.core.feelings import SURVEYS
from sojourn.core.table import SHOWN_ROWS
from sojourn.measure.retention_calendar import Every
from sojourn.pictures import save
from sojourn.workspace import Workspace


@click.command()
@question
@click.option("--only", metavar="COND", help="Only touchpoints for which this holds.")
@click.option(
    "--of",
    default="stage",
    show_default=True,
    metavar="COLUMN",
    help="What to compare: stage, name, channel, or any other column or property.",
)
@click.option(
    "--every", type=click.Choice(["day", "week", "month"]), help="By calendar period, too."
)
@click.option(
    "--survey", type=click.Choice(SURVEYS), help="What answered such a survey, by its own score."
)
@click.option("--word-of-mouth", is_flag=True, help="What people tell others, good and bad apart.")
@click.option("--verbatims", is_flag=True, help="What people said, in their own words.")
@drawing_option()
@click.pass_obj
def emotions(
    workspace: Workspace,
    /,
    by: str | None,
    style: str,
    of: str,
    every: Every | None,
    survey: str | None,
    word_of_mouth: bool,
    verbatims: bool,
    output: Path | None,
    **asking: Any,
) -> None:
    """How do people feel in each stage? From -1 to 1, with how many said so."""
    if (survey is not None) + word_of_mouth + verbatims > 1:
        raise click.UsageError(
            "--survey, --word-of-mouth and --verbatims are questions of their own: ask one."
        )
    if output and verbatims:
        raise click.UsageError("Verbatims have no picture: leave out -o.")
    if output and every and not survey:
        raise click.UsageError("Feelings by period have no picture: leave out -o, or --every.")
    journey = asked(workspace, **asking)
    if survey:
        answer = journey.survey(survey, every=every, by=by)
    elif word_of_mouth:
        answer = journey.word_of_mouth(by=by)
    elif verbatims:
        answer = journey.verbatims()
    else:
        answer = journey.emotions(of, every=every, by=by)
    if output is not None:
        save(answer.plot(), output)
    show(answer, style, limit=SHOWN_ROWS)
