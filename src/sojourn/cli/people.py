"""`sojourn people`: who is there, who is who and why, and what a human knows better."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from sojourn.cli.output import format_option, show
from sojourn.core.table import Column, Table
from sojourn.people.telling import write
from sojourn.server.inbox import Inbox
from sojourn.workspace import Workspace

by_option = click.option("--by", metavar="NAME", help="Who says so (default: the user's name).")
journey_option = click.option("--journey", metavar="MODEL", help="Through which journey model.")
as_of_option = click.option("--as-of", metavar="TIME", help="Up to this moment.")


@click.group("people")
def people() -> None:
    """See who is who and why; join and part people. Everything can be taken back."""


@people.command("list")
@click.option("--people", "condition", metavar="COND", help="Only people for whom this holds.")
@click.option("--search", metavar="TEXT", help="Only people with an id that holds this text.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1),
              help="So many are printed as a table.")  # fmt: skip
@journey_option
@as_of_option
@format_option
@click.pass_obj
def list_people(
    workspace: Workspace, /, condition: str | None, search: str | None, limit: int,
    journey: str | None, as_of: str | None, style: str,
) -> None:  # fmt: skip
    """One row a person: how much they did, when, and where on the journey they are."""
    table = workspace.people.list(condition, search=search, model=journey, as_of=as_of)
    show(table, style, limit=limit)


@people.command("show")
@click.argument("person")
@journey_option
@as_of_option
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
@click.pass_obj
def show_person(
    workspace: Workspace, /, person: str, journey: str | None, as_of: str | None, as_json: bool
) -> None:
    """Aliases, traits, stages and touchpoints of PERSON: any id (42, email:ann@example.org)."""
    found = workspace.people.show(person, model=journey, as_of=as_of)
    click.echo(_json(found.to_json()) if as_json else str(found))


@people.command("export")
@click.argument("person")
@click.argument("given", required=False, metavar="[FILE]", type=click.Path(path_type=Path))
@click.option("-o", "--out", "file", type=click.Path(path_type=Path, dir_okay=False),
              help="A .json file, or a .zip with the tables as CSV, too.")  # fmt: skip
@click.pass_obj
def export_person(
    workspace: Workspace, /, person: str, given: Path | None, file: Path | None
) -> None:
    """Everything known of PERSON, also what waits or was rejected: to FILE or as JSON."""
    told, place = workspace.people.export(person), file or given
    if place is None:
        click.echo(_json(told))
    else:
        write(told, place)
        click.echo(f"{person} written to {place}")


@people.command("erase")
@click.argument("person", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--resume", is_flag=True, help="Finish an erasure that was cut off.")
@by_option
@click.pass_obj
def erase_person(
    workspace: Workspace, /, person: str | None, yes: bool, resume: bool, by: str | None
) -> None:
    """Erase PERSON for good from every file, now and whenever they come in again."""
    if resume == (person is not None):
        raise click.UsageError("Name a PERSON, or say --resume.")
    if person is None:
        done = workspace.people.finish_erasing()
        click.echo("Nothing was cut off." if done is None else str(done))
        return
    told = workspace.people.erasable(person)
    if not yes:
        listed = ", ".join(f"{kind}:{text}" for kind, text in told.aliases)
        click.echo(f"{person}: {len(told.seqs):,} touchpoints; theirs alone: {listed or 'nothing'}")
        click.confirm("Erase them for good? There is no way back", abort=True)
    done = workspace.people.erase(person, by=by)
    click.echo(str(done))
    if not done.proof.clean:
        raise click.exceptions.Exit(1)


@people.command("consent")
@click.argument("person")
@click.argument("purpose", required=False)
@click.argument("answer", required=False, type=click.Choice(["yes", "no"]))
@click.option("--source", metavar="HOW", help="How they said so: phone, letter, ...")
@format_option
@click.pass_obj
def consent(
    workspace: Workspace, /, person: str, purpose: str | None, answer: str | None,
    source: str | None, style: str,
) -> None:  # fmt: skip
    """What PERSON agreed to; with PURPOSE and yes or no: note that they say so now."""
    if (purpose is None) != (answer is None):
        raise click.UsageError("Say yes or no to a purpose: consent PERSON messages no")
    room = workspace.people
    if purpose is None:
        show(room.consents(person), style)
    else:
        told = {"source": source} if source else {}
        show(room.consent(person, purpose, answer == "yes", **told), style)


@people.command("withheld")
@format_option
@click.pass_obj
def withheld(workspace: Workspace, /, style: str) -> None:
    """How many calls were not stored because consent was lacking: by day, source and purpose."""
    with closing(Inbox(workspace.folder)) as inbox:
        rows = inbox.withheld()
    columns = [Column(name, "text") for name in ("day", "source", "purpose")]
    columns.append(Column("calls", "integer"))
    data = {column.name: [row[i] for row in rows] for i, column in enumerate(columns)}
    show(Table.of("withheld", columns, data, {"calls": sum(row[3] for row in rows)}), style)


@people.command("why")
@click.argument("one")
@click.argument("other")
@format_option
@click.pass_obj
def why(workspace: Workspace, /, one: str, other: str, style: str) -> None:
    """The chain of claims by which ONE and OTHER are one person, link by link."""
    show(workspace.people.why(one, other), style)


@people.command("claims")
@click.argument("person", required=False)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1),
              help="So many are printed as a table.")  # fmt: skip
@format_option
@click.pass_obj
def list_claims(workspace: Workspace, /, person: str | None, limit: int, style: str) -> None:
    """Who was said to be one person (with PERSON), when and by whom, and whether that stands."""
    show(workspace.people.claims(person), style, limit=limit)


@people.command("merge")
@click.argument("one")
@click.argument("other")
@by_option
@click.pass_obj
def merge(workspace: Workspace, /, one: str, other: str, by: str | None) -> None:
    """Say that ONE and OTHER are one person."""
    click.echo(str(workspace.people.merge(one, other, by=by)))


@people.command("unmerge")
@click.argument("one")
@click.argument("other")
@by_option
@click.pass_obj
def unmerge(workspace: Workspace, /, one: str, other: str, by: str | None) -> None:
    """Take back the merge of ONE and OTHER."""
    click.echo(str(workspace.people.unmerge(one, other, by=by)))


@people.command("split")
@click.argument("person")
@click.argument("aliases", nargs=-1, required=True, metavar="ALIAS...")
@by_option
@click.pass_obj
def split(workspace: Workspace, /, person: str, aliases: tuple[str, ...], by: str | None) -> None:
    """Say that ALIAS... are not PERSON's: they become a person of their own."""
    click.echo(str(workspace.people.split(person, *aliases, by=by)))


@people.command("reject")
@click.argument("claim")
@by_option
@click.pass_obj
def reject(workspace: Workspace, /, claim: str, by: str | None) -> None:
    """Take a CLAIM back, however often it was made: see `sojourn people claims`."""
    click.echo(str(workspace.people.reject(claim, by=by)))


@people.command("undo")
@click.argument("act")
@by_option
@click.pass_obj
def undo(workspace: Workspace, /, act: str, by: str | None) -> None:
    """Take back a merge, a split, a rejection or an undo, by the id it gave."""
    click.echo(str(workspace.people.undo(act, by=by)))


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False, default=str)
