"""`sojourn map`: the living journey map, written by a team and filled from the log."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from sojourn.cli.output import format_option, show
from sojourn.maps.exporting import FORMS
from sojourn.pictures import Theme
from sojourn.workspace import Workspace


@click.group("map")
def maps() -> None:
    """Journey maps: from templates, filled from the log, edited, compared, drawn."""


@maps.command("list")
@format_option
@click.pass_obj
def list_maps(workspace: Workspace, /, style: str) -> None:
    """The maps there are."""
    show(workspace.maps.table(), style)


@maps.command()
@click.argument("name")
@click.option("--journey", metavar="ID", help="Whose stages are the columns.")
@click.option("--title", default="", help="What stands above it.")
@click.pass_obj
def new(workspace: Workspace, /, name: str, journey: str | None, title: str) -> None:
    """Make a map from the template of a journey: maps/NAME.yaml in the workspace."""
    workspace.maps.new(name, journey, title=title, by=getpass.getuser())
    click.echo(workspace.folder / "maps" / f"{name}.yaml")


@maps.command("set")
@click.argument("name")
@click.argument("lane")
@click.argument("column")
@click.argument("text")
@click.option(
    "--part",
    type=click.Choice(["text", "owner", "note"]),
    default="text",
    show_default=True,
    help="Which part of the cell.",
)
@click.pass_obj
def set_cell(
    workspace: Workspace, /, name: str, lane: str, column: str, text: str, part: str
) -> None:
    """Write TEXT into a cell; an empty one takes it out. COLUMN is a stage, or stage/step."""
    workspace.maps.set(name, lane, column, text, part=part, by=getpass.getuser())
    click.echo(f"{name}: {lane}, {column} is written")


@maps.command()
@click.argument("name")
@click.argument("lane")
@click.argument("column")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--words", required=True, help="What is to be seen on it.")
@click.pass_obj
def image(
    workspace: Workspace, /, name: str, lane: str, column: str, file: Path, words: str
) -> None:
    """Put a picture (PNG, JPEG or WebP) into a cell of a lane of pictures."""
    raw = file.read_bytes()
    kept = workspace.maps.add_image(name, lane, column, raw, file.name, words, by=getpass.getuser())
    click.echo(kept)


@maps.command()
@click.argument("name")
@click.pass_obj
def check(workspace: Workspace, /, name: str) -> None:
    """Whether a map's file is right, after it was edited by hand."""
    workspace.maps.fill(name)
    click.echo(f"{name} is right")


@maps.command()
@click.argument("name")
@click.pass_obj
def versions(workspace: Workspace, /, name: str) -> None:
    """The earlier states of a map, the newest first."""
    workspace.maps.load(name)
    for each in workspace.maps.versions(name):
        click.echo(f"{each.id}  {each.by}")


@maps.command()
@click.argument("name")
@click.argument("version")
@click.pass_obj
def restore(workspace: Workspace, /, name: str, version: str) -> None:
    """Make an earlier state the present one."""
    workspace.maps.restore(name, version, by=getpass.getuser())
    click.echo(f"{name} is as it was")


@maps.command()
@click.argument("name")
@click.pass_obj
def remove(workspace: Workspace, /, name: str) -> None:
    """Take a map away; its last state stays among its versions."""
    workspace.maps.remove(name, by=getpass.getuser())
    click.echo(f"{name} is gone")


@maps.command()
@click.argument("name")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE" + "|".join(FORMS),
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write.",
)
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@click.option("--beside", metavar="MAP", help="Another map: what differs stands above.")
@click.option("--beside-persona", metavar="NAME", help="The same of another persona.")
@click.option("--beside-from", metavar="DATE", help="The same from this day ...")
@click.option("--beside-to", metavar="DATE", help="... until before this day.")
@click.pass_obj
def draw(
    workspace: Workspace,
    /,
    name: str,
    output: Path,
    theme: Theme,
    beside: str | None,
    beside_persona: str | None,
    beside_from: str | None,
    beside_to: str | None,
) -> None:
    """Write a map as a picture, a page, slides, or its own YAML."""
    other = {"persona": beside_persona, "start": beside_from, "end": beside_to}
    told = {key: value for key, value in other.items() if value is not None}
    if beside and told:
        raise click.UsageError("--beside names another map, the others change this one: one way.")
    click.echo(workspace.maps.export(name, output, beside, theme=theme, **told))
