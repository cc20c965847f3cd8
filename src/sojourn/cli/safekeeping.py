"""`sojourn backup`, `restore` and `verify`: that nothing is ever lost."""

from __future__ import annotations

from pathlib import Path

import click

from sojourn.cli.output import format_option, show
from sojourn.errors import WorkspaceDamaged
from sojourn.store import safekeeping
from sojourn.workspace import Workspace


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def backup(workspace: Workspace, /, file: Path) -> None:
    """Write all of the workspace into the archive FILE, while it goes on running."""
    click.echo(str(workspace.backup(file)))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def restore(file: Path, folder: Path) -> None:
    """Make the workspace of the backup FILE again, in the new folder DIR."""
    kept = safekeeping.restore(file, folder)
    click.echo(f"{folder} is as it was at {kept.at}: {kept.files:,} files, {kept.bytes:,} bytes")
    click.echo("Who was erased since is in it again: see the guide on backups.")


@click.command()
@click.argument("place", metavar="[DIR|FILE]", required=False, type=click.Path(path_type=Path))
@format_option
@click.pass_obj
def verify(workspace: Workspace, /, place: Path | None, style: str) -> None:
    """Check that nothing was lost in the workspace, in the folder DIR, or in the backup FILE."""
    table = safekeeping.verify(workspace.folder if place is None else place)
    show(table, style)
    wrong = [row["check"] for row in table if not row["holds"]]
    if wrong:
        raise WorkspaceDamaged(
            f"{len(wrong)} of {len(table)} checks do not hold: {'; '.join(wrong[:3])}.",
            hint="Restore the last good backup with `sojourn restore FILE DIR`.",
        )
