"""`sojourn serve`, `config` and `keys`: collecting touchpoints as they happen."""

from __future__ import annotations

import os
from contextlib import closing

import click

from sojourn.cli.output import format_option, show
from sojourn.core.table import Column, Table
from sojourn.server.config import SECRET, load, told
from sojourn.server.inbox import Inbox
from sojourn.server.readkeys import ReadKeys
from sojourn.server.running import collect
from sojourn.server.running import serve as run
from sojourn.workspace import Workspace


@click.command()
@click.option("--host", help="Where to listen; 0.0.0.0 for every address of this machine.")
@click.option("--port", type=int, help="On which port to listen.")
@click.option(
    "--collector-only",
    is_flag=True,
    help="Only take touchpoints, beside the server that has the pages; both on one PostgreSQL.",
)
@click.pass_obj
def serve(
    workspace: Workspace, /, host: str | None, port: int | None, collector_only: bool
) -> None:
    """Open the pages, and collect touchpoints from any client of Segment, until stopped."""
    config = load(workspace.folder, os.environ, host=host, port=port)
    if collector_only:
        collect(workspace.folder, config, click.echo)
        return
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


kind_option = click.option(
    "--kind",
    type=click.Choice(["write", "read"]),
    default="write",
    show_default=True,
    help="To send touchpoints, or to read the feed of moves.",
)


@click.group()
def keys() -> None:
    """Write keys, with which sources may send touchpoints; read keys, for programs that read."""


@keys.command("list")
@format_option
@click.pass_obj
def list_keys(workspace: Workspace, /, style: str) -> None:
    """The keys and the names of their sources; of a read key only a hash is kept."""
    with closing(Inbox(workspace.folder)) as inbox:
        found = inbox.keys()
    readers = [*ReadKeys(workspace.folder).hashes().values()]
    data = {
        "source": [*found.values(), *readers],
        "key": [*found, *["(not kept)"] * len(readers)],
        "kind": ["write"] * len(found) + ["read"] * len(readers),
    }
    show(Table.of("keys", [Column(name, "text") for name in data], data, {}), style)


@keys.command("add")
@click.argument("source")
@kind_option
@click.pass_obj
def add_key(workspace: Workspace, /, source: str, kind: str) -> None:
    """Make a key for a source, such as website, or for a reader, such as crm."""
    if kind == "read":
        click.echo(f"read key, shown this once: {ReadKeys(workspace.folder).add(source)}")
    else:
        with closing(Inbox(workspace.folder)) as inbox:
            click.echo(f"write key: {inbox.add_key(source)}")


@keys.command("remove")
@click.argument("source")
@kind_option
@click.pass_obj
def remove_key(workspace: Workspace, /, source: str, kind: str) -> None:
    """Let a source send no more, or a reader read no more; what was sent stays."""
    if kind == "read":
        ReadKeys(workspace.folder).remove(source)
    else:
        with closing(Inbox(workspace.folder)) as inbox:
            inbox.remove_key(source)
    click.echo(f"The {kind} key of {source} is gone.")
