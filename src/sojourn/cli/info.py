"""`sojourn info`: what is in this workspace?"""

from __future__ import annotations

import click

from sojourn.cli.output import format_option, show
from sojourn.workspace import Workspace


@click.command()
@format_option
@click.pass_obj
def info(workspace: Workspace, /, style: str) -> None:
    """What is in this workspace: touchpoints by name, people, span, imports."""
    show(workspace.info(), style)
