"""`sojourn backup`, `restore`, `verify` and `retain`: nothing is lost, nothing kept for ever."""

from __future__ import annotations

from pathlib import Path

import click

from sojourn.cli.output import format_option, show
from sojourn.errors import WorkspaceDamaged
from sojourn.store import safekeeping
from sojourn.store.erasure import erase_again
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
@click.option("--erased", metavar="DIR", type=click.Path(path_type=Path, exists=True),
              help="A workspace that knows who was erased since: they are again.")  # fmt: skip
def restore(file: Path, folder: Path, erased: Path | None) -> None:
    """Make the workspace of the backup FILE again, in the new folder DIR."""
    kept = safekeeping.restore(file, folder)
    click.echo(f"{folder} is as it was at {kept.at}: {kept.files:,} files, {kept.bytes:,} bytes")
    if erased is None:
        click.echo("Who was erased since is in it again: see --erased.")
        return
    done = erase_again(folder, erased, Workspace(folder).rules)
    click.echo("Nobody who was erased since is in it." if done is None else str(done))


@click.command()
@click.option("--apply", is_flag=True, help="Let go of it; without, it is only told.")
@format_option
@click.pass_obj
def retain(workspace: Workspace, /, apply: bool, style: str) -> None:
    """What is older than its period, by [retention] in sojourn.toml; --apply lets go of it."""
    show(workspace.retain(dry_run=not apply), style)


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
