"""`sojourn serve`, `config` and `keys`: collecting touchpoints as they happen."""

from __future__ import annotations

import os

import click

from sojourn.cli.output import format_option, show
from sojourn.core.table import Column, Table
from sojourn.server.config import SECRET, load, told
from sojourn.server.inbox import Inbox
from sojourn.server.running import serve as run
from sojourn.workspace import Workspace


@click.command()
@click.option("--host", help="Where to listen; 0.0.0.0 for every address of this machine.")
@click.option("--port", type=int, help="On which port to listen.")
@click.pass_obj
def serve(workspace: Workspace, /, host: str | None, port: int | None) -> None:
    """Open the pages, and collect touchpoints from any client of Segment, until stopped."""
    config = load(workspace.folder, os.environ, host=host, port=port)
    if not (workspace.exists and workspace.settings.simulated):
        workspace.configure(clock="live")
    run(workspace.folder, config, click.echo)


@click.command("config")
@format_option
@click.pass_obj
def show_config(workspace: Workspace, /, style: str) -> None:
    """How the server would run, and where each setting was made."""
    found = told(workspace.folder, os.environ)
    data = {
        "setting": [*found],
        "value": [_told(name, value) for name, (value, _) in found.items()],
        "from": [source for _, source in found.values()],
    }
    show(Table.of("config", [Column(name, "text") for name in data], data, {}), style)


def _told(name: str, value: object) -> str:
    """A setting's value, but no secret."""
    return "(set)" if name in SECRET and value else str(value)


@click.group()
def keys() -> None:
    """The write keys, with which sources may send touchpoints; one a source."""


@keys.command("list")
@format_option
@click.pass_obj
def list_keys(workspace: Workspace, /, style: str) -> None:
    """The keys and the names of their sources."""
    found = Inbox(workspace.folder).keys()
    data = {"source": [*found.values()], "key": [*found]}
    show(Table.of("keys", [Column(name, "text") for name in data], data, {}), style)


@keys.command("add")
@click.argument("source")
@click.pass_obj
def add_key(workspace: Workspace, /, source: str) -> None:
    """Make a key for a source, such as website or shop."""
    click.echo(f"write key: {Inbox(workspace.folder).add_key(source)}")


@keys.command("remove")
@click.argument("source")
@click.pass_obj
def remove_key(workspace: Workspace, /, source: str) -> None:
    """Let a source send no more; what it sent stays."""
    Inbox(workspace.folder).remove_key(source)
    click.echo(f"The key of {source} is gone.")
