"""`sojourn referrals`: who brought whom, and whether the referred differ from the rest."""

from __future__ import annotations

from typing import Any

import click

from sojourn.cli.measures import asked, filters
from sojourn.cli.output import format_option, show
from sojourn.core.table import SHOWN_ROWS
from sojourn.workspace import Workspace


@click.command()
@filters
@format_option
@click.option("--compare", is_flag=True, help="Referred people beside the rest, with intervals.")
@click.pass_obj
def referrals(workspace: Workspace, /, style: str, compare: bool, **asking: Any) -> None:
    """Who brought whom: people and money brought by each advocate, first and second hand."""
    show(asked(workspace, **asking).referrals(compare=compare), style, limit=SHOWN_ROWS)
