"""`sojourn apikeys`: with which keys programs may ask the HTTP API."""

from __future__ import annotations

import click

from sojourn.cli.accounts import ask_pages
from sojourn.cli.output import format_option, show
from sojourn.core.table import Column, Table
from sojourn.workspace import Workspace

COLUMNS = ("key", "role", "used_on")


@click.group()
def apikeys() -> None:
    """The keys with which programs ask the HTTP API; write keys only send."""


@apikeys.command("list")
@format_option
@click.pass_obj
def list_keys(workspace: Workspace, /, style: str) -> None:
    """The keys by name, what each may do, and the day it was used last."""
    lines = [line.split("\t") for line in ask_pages(workspace, "apikeys", "list").splitlines()]
    data = {name: [line[i] or None for line in lines] for i, name in enumerate(COLUMNS)}
    show(Table.of("apikeys", [Column(name, "text") for name in COLUMNS], data, {}), style)


@apikeys.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["viewer", "editor", "owner"]),
    default="viewer",
    show_default=True,
    help="What it may do.",
)
@click.pass_obj
def add(workspace: Workspace, /, name: str, role: str) -> None:
    """Make a key; it is told once."""
    click.echo(ask_pages(workspace, "apikeys", "add", name, "--role", role).strip())


@apikeys.command()
@click.argument("name")
@click.pass_obj
def remove(workspace: Workspace, /, name: str) -> None:
    """Let a key ask no more."""
    ask_pages(workspace, "apikeys", "remove", name)
    click.echo(f"The key of {name} is gone.")
