"""`sojourn referrals`: who brought whom, and whether the referred differ from the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sojourn.cli.measures import asked, by_option, filters
from sojourn.cli.output import drawing_option, format_option, show
from sojourn.core.table import SHOWN_ROWS
from sojourn.pictures import save
from sojourn.workspace import Workspace


@click.command()
@filters
@by_option
@format_option
@click.option("--compare", is_flag=True, help="Referred people beside the rest, with intervals.")
@drawing_option()
@click.pass_obj
def referrals(
    workspace: Workspace,
    /,
    style: str,
    compare: bool,
    by: str | None,
    output: Path | None,
    **asking: Any,
) -> None:
    """Who brought whom: people and money brought by each advocate, first and second hand."""
    answer = asked(workspace, **asking).referrals(compare=compare, by=by)
    if output is not None:
        save(answer.plot(), output)
    show(answer, style, limit=SHOWN_ROWS)
