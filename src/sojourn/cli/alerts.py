"""`sojourn alerts`: who is told when something goes wrong, and when the weekly mail goes out."""

from __future__ import annotations

from dataclasses import replace

import click

from sojourn.cli.output import format_option, show
from sojourn.core.alerting import DAYS, KINDS, Schedule, Wishes
from sojourn.workspace import Workspace


@click.group(invoke_without_command=True)
@click.pass_context
def alerts(context: click.Context) -> None:
    """Who is told when something breaks, feelings fall or data stop; the weekly mail."""
    if context.invoked_subcommand is None:
        context.invoke(standing)


@alerts.command("list")
@format_option
@click.pass_obj
def standing(workspace: Workspace, /, style: str = "table") -> None:
    """What is wrong since the last look, and who is told."""
    show(workspace.alerts.standing(), style)
    if style == "table":
        click.echo(_told(workspace.alerts.wishes()))


def _told(wishes: Wishes) -> str:
    ways = [*wishes.to, *([wishes.webhook] if wishes.webhook else [])]
    lines = [f"told: {', '.join(ways) or 'nobody'} ({', '.join(wishes.kinds) or 'nothing'})"]
    mail = wishes.mail
    when = f"{mail.day} at {mail.hour}:00 to {', '.join(mail.to)}" if mail.to else "to nobody"
    return "\n".join([*lines, f"weekly mail: {when}"])


@alerts.command("set")
@click.option("--to", multiple=True, metavar="ADDRESS", help="Tell these addresses.")
@click.option("--webhook", metavar="URL", help="Tell this address, signed.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice([*KINDS]), help="Only of these.")
@click.pass_obj
def set_alerts(
    workspace: Workspace, /, to: tuple[str, ...], webhook: str | None, kinds: tuple[str, ...]
) -> None:
    """Say who is told, and of what; what is not given stays as it was."""
    now = workspace.alerts.wishes()
    wishes = replace(
        now, to=to or now.to, webhook=now.webhook if webhook is None else webhook,
        kinds=kinds or now.kinds,
    )  # fmt: skip
    workspace.alerts.wish(wishes)
    click.echo(_told(workspace.alerts.wishes()))


@alerts.command()
@click.pass_obj
def off(workspace: Workspace, /) -> None:
    """Tell nobody any more; the weekly mail stays."""
    workspace.alerts.wish(Wishes(mail=workspace.alerts.wishes().mail))
    click.echo(_told(workspace.alerts.wishes()))


@alerts.command()
@click.argument("day", type=click.Choice(DAYS))
@click.argument("hour", type=click.IntRange(0, 23))
@click.option("--to", multiple=True, metavar="ADDRESS", help="To whom; nobody ends it.")
@click.pass_obj
def mail(workspace: Workspace, /, day: str, hour: int, to: tuple[str, ...]) -> None:
    """Say when `sojourn serve` sends the weekly mail, in the zone of the reports."""
    wishes = replace(workspace.alerts.wishes(), mail=Schedule(day, hour, to))
    workspace.alerts.wish(wishes)
    click.echo(_told(workspace.alerts.wishes()))


@alerts.command()
@click.option("--quiet", is_flag=True, help="Say nothing where there is nothing new.")
@click.pass_obj
def check(workspace: Workspace, /, quiet: bool) -> None:
    """Look now, and send what began or is over; the weekly mail too, if it is due."""
    week = workspace.alerts.mail_when_due()
    sent = workspace.alerts.check() if workspace.exists else []
    for each in sent:
        click.echo(f"{each['what']}: {each['text']}")
    if week:
        click.echo(f"the mail of {week} was sent")
    if not sent and not week and not quiet:
        click.echo("nothing new")


@alerts.command()
@click.pass_obj
def test(workspace: Workspace, /) -> None:
    """Send a test to everybody who is told."""
    workspace.alerts.test()
    click.echo("sent")


@alerts.command()
@click.pass_obj
def secret(workspace: Workspace, /) -> None:
    """The key with which calls to the webhook are signed."""
    click.echo(workspace.alerts.secret())
