"""`sojourn personas` and `sojourn lists`: groups of people with a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sojourn.cli.measures import asked, filters
from sojourn.cli.output import format_option, show
from sojourn.core.table import SHOWN_ROWS
from sojourn.workspace import Workspace


@click.group(invoke_without_command=True)
@click.pass_context
def personas(context: click.Context) -> None:
    """Named conditions on people: how many they are, how they overlap, what they are like."""
    if context.invoked_subcommand is None:
        context.invoke(sizes)


@personas.command("list")
@filters
@format_option
@click.pass_obj
def sizes(workspace: Workspace, /, style: str = "table", **asking: Any) -> None:
    """How many people each persona has, and who is in no other."""
    asking = asking or {"journey": None}
    show(asked(workspace, **asking).personas(), style)


@personas.command()
@filters
@format_option
@click.pass_obj
def overlap(workspace: Workspace, /, style: str, **asking: Any) -> None:
    """How many people of each persona are of each other one."""
    show(asked(workspace, **asking).overlaps(), style)


@personas.command("show")
@click.argument("name")
@filters
@format_option
@click.pass_obj
def card(workspace: Workspace, /, name: str, style: str, **asking: Any) -> None:
    """A card of the persona's measured habits, beside everybody's."""
    show(asked(workspace, **{**asking, "persona": name}).habits(), style)


@personas.command()
@click.argument("name")
@click.argument("condition")
@click.pass_obj
def add(workspace: Workspace, /, name: str, condition: str) -> None:
    """Name the people for whom CONDITION holds; a persona of that name before is replaced."""
    workspace.configure(personas={**workspace.settings.personas, name: condition})
    click.echo(f"{name}: {condition}")


@personas.command()
@click.argument("name")
@click.pass_obj
def remove(workspace: Workspace, /, name: str) -> None:
    """Forget a persona; nobody in it is touched."""
    workspace.settings.persona(name)
    left = {key: text for key, text in workspace.settings.personas.items() if key != name}
    ideal = workspace.settings.ideal
    workspace.configure(personas=left, ideal=ideal if ideal in left else "")
    click.echo(f"{name} is forgotten.")


@click.group(invoke_without_command=True)
@click.pass_context
def lists(context: click.Context) -> None:
    """Saved lists of people: live ones are asked anew, fixed ones stay as they were."""
    if context.invoked_subcommand is None:
        context.invoke(list_lists)


@lists.command("list")
@format_option
@click.pass_obj
def list_lists(workspace: Workspace, /, style: str = "table") -> None:
    """The lists, and how many people are in each now."""
    show(workspace.lists.table(), style)


@lists.command()
@click.argument("name")
@filters
@click.option("--fixed", is_flag=True, help="Keep the people of this moment.")
@click.option(
    "--ids",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A fixed list of these people: an id a line (42, email:ann@example.org).",
)
@click.option("--note", default="", metavar="TEXT", help="What it is for.")
@click.pass_obj
def save(
    workspace: Workspace, /, name: str, fixed: bool, ids: Path | None, note: str, **asking: Any
) -> None:
    """Save the people that the filters choose as NAME.

    A list of `--people` alone is live: it is asked anew each time. With other filters, with
    `--fixed` or with `--ids` it keeps the people of this moment.
    """
    if ids is not None:
        lines = ids.read_text(encoding="utf-8-sig").splitlines()
        given = [line.strip() for line in lines if line.strip()]
        count = workspace.lists.save(name, ids=given, note=note)
        missing = len(set(given)) - count
        told = f"; {missing:,} ids are nobody's here" if missing > 0 else ""
        click.echo(f"{name}: {count:,} people (fixed){told}")
        return
    if not any(value is not None for key, value in asking.items() if key != "journey"):
        raise click.UsageError("Say who: with --people COND, --persona NAME, --ids FILE, ...")
    count = workspace.lists.save(name, fixed=fixed, note=note, **asking)
    kind = next(row["kind"] for row in workspace.lists.table() if row["list"] == name)
    click.echo(f"{name}: {count:,} people now ({kind})")


@lists.command("show")
@click.argument("name")
@filters
@format_option
@click.pass_obj
def show_list(workspace: Workspace, /, name: str, style: str, **asking: Any) -> None:
    """What the people of a list are like: their habits, beside everybody's."""
    show(asked(workspace, **{**asking, "in_list": name}).habits(), style, limit=SHOWN_ROWS * 2)


@lists.command("remove")
@click.argument("name")
@click.pass_obj
def remove_list(workspace: Workspace, /, name: str) -> None:
    """Forget a list; nobody in it is touched."""
    workspace.lists.remove(name)
    click.echo(f"{name} is forgotten.")
