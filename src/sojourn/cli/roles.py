"""`sojourn roles`: which channel or content serves which stage?"""

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
@click.option("--only", metavar="COND", help="Only contacts for which this holds.")
@click.option(
    "--of",
    "of",
    default="channel",
    show_default=True,
    metavar="COLUMN",
    help="What is met: channel, campaign, content, name, ...",
)
@click.option(
    "--meant",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A YAML file that says for which stage each is meant (`Buying guide: trust`).",
)
@drawing_option("Draw a heat map too, into this file.")
@click.pass_obj
def roles(
    workspace: Workspace,
    /,
    by: str | None,
    style: str,
    of: str,
    meant: Path | None,
    output: Path | None,
    **asking: Any,
) -> None:
    """Which channel or content serves which stage?

    Its part as the first, the last, or another contact before each move out of a stage.
    """
    answer = asked(workspace, **asking).roles(of, meant=meant, by=by)
    if output is not None:
        save(answer.plot(), output)
    show(answer, style, limit=SHOWN_ROWS)
