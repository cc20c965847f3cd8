"""`sojourn presets` and `sojourn recipes`: what comes with Sojourn, and how each reads."""

from __future__ import annotations

import click

from sojourn.cli.output import format_option, show
from sojourn.store.recipes import shelf
from sojourn.workspace import Workspace


@click.group(invoke_without_command=True)
@format_option
@click.pass_context
def presets(context: click.Context, style: str) -> None:
    """The files that are recognised, and your own saved mappings."""
    if context.invoked_subcommand is None:
        show(shelf.presets(context.obj.folder), style)


@presets.command("show")
@click.argument("name")
@click.pass_obj
def show_preset(workspace: Workspace, name: str) -> None:
    """Print the YAML of a preset: change it and use it with `import --map FILE`."""
    click.echo(shelf.text_of(workspace.folder, name)[0], nl=False)


@click.group(invoke_without_command=True)
@format_option
@click.pass_context
def recipes(context: click.Context, style: str) -> None:
    """Recipes for files that belong together; use one with `import --recipe ID FOLDER`."""
    if context.invoked_subcommand is None:
        show(shelf.recipes(), style)


@recipes.command("show")
@click.argument("name")
@click.pass_obj
def show_recipe(workspace: Workspace, name: str) -> None:
    """Print the YAML of a recipe."""
    click.echo(shelf.text_of(workspace.folder, name, shelf.RECIPES)[0], nl=False)
