"""`sojourn accounts`: who may use the pages, for whoever can read the workspace's folder."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from sojourn.cli.output import format_option, show
from sojourn.core.table import Column, Table
from sojourn.errors import SettingsError
from sojourn.server.config import load
from sojourn.server.running import address, prepare_pages
from sojourn.workspace import Workspace

COLUMNS = ("email", "name", "role", "state")


@click.group()
def accounts() -> None:
    """Who may use the pages; also when nobody can sign in any more."""


@accounts.command("list")
@format_option
@click.pass_obj
def list_accounts(workspace: Workspace, /, style: str) -> None:
    """The accounts with their roles."""
    lines = [line.split("\t") for line in ask_pages(workspace, "accounts", "list").splitlines()]
    data = {name: [line[i] for line in lines] for i, name in enumerate(COLUMNS)}
    show(Table.of("accounts", [Column(name, "text") for name in COLUMNS], data, {}), style)


@accounts.command()
@click.argument("email")
@click.option(
    "--role",
    type=click.Choice(["viewer", "editor", "owner"]),
    default="viewer",
    show_default=True,
    help="What a new account may do.",
)
@click.pass_obj
def link(workspace: Workspace, /, email: str, role: str) -> None:
    """A one-time link: a new account for an address, or a new password for one that is there."""
    path = ask_pages(workspace, "accounts", "link", email, "--role", role).strip()
    click.echo(address(load(workspace.folder, os.environ)) + path)


@accounts.command()
@click.argument("email")
@click.pass_obj
def close(workspace: Workspace, /, email: str) -> None:
    """Let an account sign in no more."""
    ask_pages(workspace, "accounts", "close", email)
    click.echo(f"{email} can sign in no more.")


def ask_pages(workspace: Workspace, /, *words: str) -> str:
    """What the pages' own command says; their database is made when it is not there."""
    prepare_pages(workspace.folder, load(workspace.folder, os.environ))
    command = [sys.executable, "-m", "sojourn.server.site.command", str(workspace.folder)]
    done = subprocess.run([*command, *words], capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it failed"])[-1]
        raise SettingsError(said.removeprefix("CommandError: "))
    return done.stdout
