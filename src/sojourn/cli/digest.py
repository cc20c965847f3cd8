"""`sojourn digest`: what changed this week, as a file or a mail."""

from __future__ import annotations

from pathlib import Path

import click

from sojourn.digest import mail
from sojourn.workspace import Workspace


@click.command()
@click.option("--journey", metavar="ID", help="The journey model.")
@click.option("--as-of", metavar="TIME", help="The week that ends then (default: now).")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.html|pdf|txt"
)
@click.option("--mail", "to", metavar="ADDRESS", help="Send it there.")
@click.option("--from", "sender", default="", metavar="ADDRESS", help="Who sends it.")
@click.option(
    "--smtp",
    envvar="SOJOURN_SMTP",
    default="",
    metavar="URL",
    help="smtp://USER:PASSWORD@HOST:PORT, better as SOJOURN_SMTP.",
)
@click.pass_obj
def digest(
    workspace: Workspace,
    /,
    journey: str | None,
    as_of: str | None,
    output: Path | None,
    to: str | None,
    sender: str,
    smtp: str,
) -> None:
    """What changed in the last 7 days: what wants attention, moves, feelings, moments.

    For every Monday: a line of cron, `0 7 * * 1 sojourn -w shop digest --mail boss@example.com`.
    """
    told = workspace.digest(journey, as_of=as_of)
    if output is not None:
        click.echo(told.save(output))
    if to is not None:
        mail(told, to, smtp, sender)
        click.echo(f"sent to {to}")
    if output is None and to is None:
        click.echo(told.text(), nl=False)
