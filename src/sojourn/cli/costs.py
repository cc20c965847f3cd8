"""`sojourn costs`: what was spent, from the exports of whoever was paid."""

from __future__ import annotations

from pathlib import Path

import click

from sojourn.cli.output import format_option, show
from sojourn.core.table import SHOWN_ROWS
from sojourn.store.importers.cost_file import CALLED, CostOptions, read_costs
from sojourn.workspace import Workspace


@click.group()
def costs() -> None:
    """Take in, list and take out what was spent on channels and campaigns."""


@costs.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...",
                type=click.Path(path_type=Path))  # fmt: skip
@click.option("--day", metavar="C", help="Column for the day.")
@click.option("--channel", metavar="C", help='Column for the channel, or "=Paid Search".')
@click.option("--campaign", metavar="C", help="Column for the campaign.")
@click.option("--amount", metavar="C", help="Column for what was spent.")
@click.option("--currency", metavar="C", help='Column for the currency, or "=EUR".')
@click.option("--source-column", "column_source", metavar="C", help="Column for utm_source.")
@click.option("--medium", metavar="C", help="Column for utm_medium.")
@click.option("--source", default="file", show_default=True, metavar="NAME",
              help="Whose export it is; a later one replaces its days.")  # fmt: skip
@click.option(
    "--time-format", metavar="FORMAT", help="iso, day-first, month-first, or like %d.%m.%Y."
)
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="How money is written.")
@click.option("--encoding", metavar="NAME", help="Of the text, such as cp1254, if found out wrong.")
@click.option("--replace", is_flag=True,
              help="It corrects earlier rows, although no campaign is the same.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show the rows as they would be read; write nothing.")
@click.pass_obj
def import_costs(
    workspace: Workspace, /, files: tuple[Path, ...], source: str, time_format: str | None,
    decimal: str | None, encoding: str | None, replace: bool, dry_run: bool, **columns: str | None,
) -> None:  # fmt: skip
    """Import FILE...: one line a day and campaign; "=value" instead of a column is for every line.

    A file comes in whole or not at all. It replaces what the same source said of the same channel
    and days, so importing it again adds nothing.
    """
    given = {k.removeprefix("column_"): v for k, v in columns.items() if v is not None}
    said = {name: given[name] for name in CALLED if name in given}
    options = CostOptions(said, time_format, decimal, encoding)
    for file in sorted(files):
        if dry_run:
            show(read_costs(file, options).preview(), "table", limit=SHOWN_ROWS)
        else:
            click.echo(
                f"{file}: {workspace.add_costs(file, source, options=options, instead=replace)}"
            )


@costs.command("list")
@click.option("--source", metavar="NAME", help="Only those of one source.")
@click.option("--every", type=click.Choice(["day", "month", "all"]), default="month",
              show_default=True, help="Add them up by day or month, or all together.")  # fmt: skip
@format_option
@click.pass_obj
def list_costs(workspace: Workspace, /, source: str | None, every: str, style: str) -> None:
    """What was spent, by period, channel, campaign and source."""
    show(workspace.costs(every, source), style, limit=SHOWN_ROWS if style == "table" else None)


@costs.command("remove")
@click.argument("source")
@click.pass_obj
def remove_costs(workspace: Workspace, /, source: str) -> None:
    """Forget everything that SOURCE said was spent."""
    click.echo(f"{workspace.remove_costs(source):,} rows of costs removed")
