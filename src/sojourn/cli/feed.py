"""`sojourn feed`: every change of a person's journey, in the order in which it became known."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import click
import msgspec

from sojourn.cli.output import format_option, show
from sojourn.core.changes import KINDS
from sojourn.errors import UnknownName, WorkspaceMissing
from sojourn.server.feed.rows import COLUMNS, as_table, plain_row
from sojourn.server.feed.table import FeedTable, there
from sojourn.workspace import Workspace

LOOK = 0.2
PAGE = 1_000


@click.command()
@click.option("--after", type=click.IntRange(0), help="Rows after this position; else the newest.")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="So many rows."
)
@click.option("--model", help="Only what this model says.")
@click.option("--kind", type=click.Choice(KINDS), help="Only changes of this kind.")
@click.option("--follow", is_flag=True, help="Then wait for more, until stopped.")
@format_option
@click.pass_obj
def feed(
    workspace: Workspace,
    /,
    after: int | None,
    limit: int,
    model: str | None,
    kind: str | None,
    follow: bool,
    style: str,
) -> None:
    """Who entered which stage, moved on, stalled or lapsed: told once each, as it is known.

    `sojourn serve` keeps the feed; rows come in the order in which they were noticed.
    """
    if not there(workspace.folder):
        raise WorkspaceMissing(
            f"There is no feed in {workspace.folder}.", hint="Start it with `sojourn serve`."
        )
    if model is not None and model not in workspace.models():
        raise UnknownName(f"There is no journey model {model!r}.", hint="See `sojourn models`.")
    with closing(FeedTable(workspace.folder)) as table:
        if after is None:
            rows, place = table.newest(limit, model, kind), table.last()
        else:
            rows, place = table.read(after, limit, model, kind)
        if not follow:
            show(as_table(rows, place), style, limit=limit)
            return
        for some in _onward(table, rows, place, model, kind):
            _print(some, style)


def _onward(
    table: FeedTable, rows: list[dict[str, Any]], place: int, model: str | None, kind: str | None
) -> Iterator[list[dict[str, Any]]]:
    """The first rows, then those that come."""
    yield rows
    while True:
        rows, place = table.read(place, PAGE, model, kind)
        if rows:
            yield rows
        elif place == table.last():
            time.sleep(LOOK)


def _print(rows: list[dict[str, Any]], style: str) -> None:
    """Rows one a line: JSON, CSV without a head, or words."""
    for row in map(plain_row, rows):
        if style == "json":
            click.echo(msgspec.json.encode(row))
        elif style == "csv":
            csv.writer(sys.stdout).writerow([row[column.name] for column in COLUMNS])
        else:
            click.echo(_words(row))
    sys.stdout.flush()


def _words(row: dict[str, Any]) -> str:
    told = "" if row["told"] == "fresh" else f"{row['told']}: "
    way = f"{row['from'] or '-'} > {row['to'] or '-'}"
    past = "  (backfill)" if row["backfill"] else ""
    return (
        f"{row['position']:>8}  {row['at'][:19]}Z  {row['model']}  {row['person'] or '(erased)'}  "
        + (f"{told}{row['kind']}  {way}{past}")
    )
