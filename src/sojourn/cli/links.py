"""`sojourn links`: campaign links in the business's own words, and visits that nobody tagged."""

from __future__ import annotations

import getpass
from typing import Any

import click

from sojourn.cli.measures import asked, filters
from sojourn.cli.output import format_option, show
from sojourn.core.links import TAGS
from sojourn.core.table import SHOWN_ROWS, Column, Table
from sojourn.workspace import Workspace


@click.group(invoke_without_command=True)
@click.pass_context
def links(context: click.Context) -> None:
    """Campaign links: made in agreed words, with the visits that they brought."""
    if context.invoked_subcommand is None:
        context.invoke(made)


@links.command("list")
@format_option
@click.pass_obj
def made(workspace: Workspace, /, style: str = "table") -> None:
    """The links that were made, the newest first, and their visits so far."""
    show(workspace.links.table(), style, limit=SHOWN_ROWS * 5)


@links.command()
@click.argument("url")
@click.option("--source", default="", help="Where the link stands: newsletter, facebook, ...")
@click.option("--medium", default="", help="What kind of place that is: email, social, cpc, ...")
@click.option("--campaign", default="", help="What it is part of.")
@click.option("--content", default="", help="Which of several links there.")
@click.option("--term", default="", help="Which keyword was paid for.")
@click.pass_obj
def make(workspace: Workspace, /, url: str, **tags: str) -> None:
    """Tag the address URL; what is not spelled as agreed is refused, with the nearest."""
    link = workspace.links.make(url, by=getpass.getuser(), **tags)
    click.echo(link.url)
    click.echo(f"Visits will be counted as {link.channel}.", err=True)


@links.command()
@click.argument("url")
@click.pass_obj
def drop(workspace: Workspace, /, url: str) -> None:
    """Take a link off the list; it goes on working."""
    workspace.links.drop(url)
    click.echo("The link is no longer listed.")


@links.command()
@format_option
@click.pass_obj
def vocabulary(workspace: Workspace, /, style: str) -> None:
    """The values that each tag may have; a tag without any may have every value."""
    words = workspace.links.vocabulary()
    pairs = [(tag, word) for tag in TAGS for word in words.of(tag)]
    columns = [Column("tag", "text"), Column("value", "text")]
    data = {"tag": [tag for tag, _ in pairs], "value": [word for _, word in pairs]}
    show(Table.of("vocabulary", columns, data, {}), style, limit=len(pairs) + 1)


@links.command()
@click.argument("tag", type=click.Choice(TAGS))
@click.argument("value")
@click.pass_obj
def agree(workspace: Workspace, /, tag: str, value: str) -> None:
    """Add VALUE to the values that TAG may have."""
    click.echo(f"{tag}: {', '.join(workspace.links.agree(tag, value).of(tag))}")


@links.command()
@click.argument("tag", type=click.Choice(TAGS))
@click.argument("value")
@click.pass_obj
def forget(workspace: Workspace, /, tag: str, value: str) -> None:
    """Take VALUE out of the values that TAG may have."""
    left = workspace.links.forget(tag, value).of(tag)
    click.echo(f"{tag}: {', '.join(left) or 'any'}")


@links.command()
@filters
@format_option
@click.pass_obj
def untagged(workspace: Workspace, /, style: str, **asking: Any) -> None:
    """Visits that nobody tagged, or whose tags are not spelled as agreed."""
    words = workspace.links.vocabulary()
    show(asked(workspace, **asking).untagged(words), style, limit=SHOWN_ROWS * 5)
