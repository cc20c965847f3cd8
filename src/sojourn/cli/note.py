"""`sojourn note`: what somebody tells of a person, kept as a touchpoint."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta

import click

from sojourn.byhand import NOTE, ByHand
from sojourn.moments import micros
from sojourn.workspace import Workspace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@click.command()
@click.argument("person")
@click.argument("text", default="")
@click.option("--name", default=NOTE, show_default=True, help="What happened.")
@click.option("--channel", default="", help="How it reached them (default: by the name).")
@click.option("--at", "when", metavar="TIME", help="When (default: now).")
@click.option("--value", default="", help="Money, such as 12.50.")
@click.option("--currency", default="", help="Its currency, such as EUR.")
@click.option("--referred-by", default="", metavar="PERSON", help="Who sent them.")
@click.pass_obj
def note(
    workspace: Workspace,
    /,
    person: str,
    text: str,
    name: str,
    channel: str,
    when: str | None,
    value: str,
    currency: str,
    referred_by: str,
) -> None:
    """Add a touchpoint by hand: a note about PERSON, a call, a visit, who sent them.

    PERSON is an id as `sojourn people list` shows it, or email:a@example.com.
    """
    zone = workspace.settings.zoneinfo
    at = datetime.now(UTC)
    if when is not None:
        at = EPOCH + timedelta(microseconds=micros(when, zone, "at"))
    told = ByHand(person, name, at, channel, text, value, currency, referred_by, getpass.getuser())
    workspace.record(told)
    click.echo(f"{name}, {at.astimezone(zone):%Y-%m-%d %H:%M}: kept for {person}")
