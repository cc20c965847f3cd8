"""`sojourn rejected`: rows that could not be read, to be seen, fixed and tried again."""

from __future__ import annotations

from pathlib import Path

import click

from sojourn.cli.output import format_option, show
from sojourn.workspace import Workspace


@click.group()
def rejected() -> None:
    """See, export and replay the rows that could not be read."""


@rejected.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1))
@format_option
@click.pass_obj
def list_rejected(workspace: Workspace, /, limit: int, style: str) -> None:
    """Where each row stood, and why it could not be read."""
    show(workspace.rejected.list(limit), style)


@rejected.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def export_rejected(workspace: Workspace, /, file: Path) -> None:
    """Write the rows to a CSV file, as they were, with the reason beside each."""
    click.echo(f"{workspace.rejected.export(file):,} rows written to {file}")


@rejected.command("replay")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.pass_obj
def replay_rejected(workspace: Workspace, /, file: Path) -> None:
    """Import the fixed rows of an exported file; they leave the rejected ones."""
    click.echo(str(workspace.replay(file)))
