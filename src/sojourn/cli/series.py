"""`sojourn series` and `sojourn annotations`: how things go, and what happened when."""

from __future__ import annotations

from typing import Any, get_args

import click

from sojourn.cli.measures import asked, filters
from sojourn.cli.output import format_option, show
from sojourn.core.plan import EVENTS, Annotation
from sojourn.core.table import Column, Table
from sojourn.measure.retention_calendar import Every
from sojourn.measure.series import BUSINESS, MOST, Beside
from sojourn.workspace import Workspace


@click.command()
@filters
@format_option
@click.option(
    "--of", default=BUSINESS, show_default=True, metavar="STAGE", help="The business, or a stage."
)
@click.option("--every", type=click.Choice(get_args(Every)), default="week", show_default=True)
@click.option("--count", type=click.IntRange(1, MOST), help="How many periods (else: half a year).")
@click.option(
    "--beside", type=click.Choice(get_args(Beside)), help="With a year before, or the time before."
)
@click.pass_obj
def series(
    workspace: Workspace,
    /,
    style: str,
    of: str,
    every: Every,
    count: int | None,
    beside: Beside | None,
    **asking: Any,
) -> None:
    """How do things go, week by week: people, customers, orders, revenue, or one stage?"""
    found = asked(workspace, **asking).series(of, every=every, count=count, beside=beside)
    show(found, style, limit=MOST)


@click.group("annotations", invoke_without_command=True)
@click.pass_context
def annotated(context: click.Context) -> None:
    """What happened when: launches, prices, outages, to be seen beside the numbers."""
    if context.invoked_subcommand is None:
        context.invoke(told)


@annotated.command("list")
@format_option
@click.pass_obj
def told(workspace: Workspace, /, style: str = "table") -> None:
    """What is noted, by day."""
    show(as_table(workspace.plan.annotations()), style)


def as_table(found: tuple[Annotation, ...]) -> Table:
    """One row an annotation."""
    columns = [Column(name, "text") for name in ("day", "until", "kind", "text")]
    data = {
        "day": [each.day.isoformat() for each in found],
        "until": [each.until.isoformat() if each.until else None for each in found],
        "kind": [each.kind for each in found],
        "text": [each.text for each in found],
    }
    return Table.of("annotations", columns, data, {})


@annotated.command()
@click.argument("day")
@click.argument("text")
@click.option("--kind", type=click.Choice([*EVENTS]), default="other", show_default=True)
@click.option("--until", metavar="DAY", help="The last day, if it was more than one.")
@click.pass_obj
def add(workspace: Workspace, /, day: str, text: str, kind: str, until: str | None) -> None:
    """Note what happened on DAY (2026-03-01)."""
    note = workspace.plan.annotate(day, text, kind, until)
    click.echo(f"{note.day}: {note.text} ({note.kind})")


@annotated.command()
@click.argument("day")
@click.argument("text")
@click.pass_obj
def remove(workspace: Workspace, /, day: str, text: str) -> None:
    """Forget what was noted on DAY."""
    workspace.plan.drop_annotation(day, text)
    click.echo(f"{day}: {text} is forgotten.")
