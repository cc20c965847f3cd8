"""How answers leave the command line: as a table to read, as JSON, or as CSV."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from sojourn.core.table import Table, as_text, iso, plain

CHUNK = 10_000
Command = TypeVar("Command", bound=Callable[..., Any])

format_option = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to print the answer.",
)


def drawing_option(words: str = "Draw it too, into this file.") -> Callable[[Command], Command]:
    """The option for a picture of the answer beside its table."""
    return click.option(
        "-o",
        "--output",
        metavar="FILE.svg|png|pdf",
        type=click.Path(path_type=Path, dir_okay=False),
        help=words,
    )


def show(table: Table, style: str, *, limit: int | None = None) -> None:
    """Print an answer; with `json` and `csv` nothing else goes to standard output.

    A reader that closes early (`| head`) has what it wanted.
    """
    try:
        _print(table, style, limit)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print(table: Table, style: str, limit: int | None) -> None:
    if style == "json":
        write_json(table)
    elif style == "csv":
        write_csv(table)
    else:
        click.echo(as_text(table, len(table) if limit is None else limit))


def write_json(table: Table) -> None:
    """`{"columns": [...], "rows": [...], "notes": {...}}`, written row by row."""
    head = table.to_json_head()
    out = sys.stdout
    out.write('{"columns": ' + _json(head["columns"]) + ', "rows": [')
    first = True
    for row in _rows(table):
        out.write(("" if first else ",") + "\n" + _json({k: plain(v) for k, v in row.items()}))
        first = False
    out.write('], "notes": ' + _json(head["notes"]) + "}\n")
    out.flush()


def write_csv(table: Table) -> None:
    """A header and one line a row; the notes go to standard error."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    for row in _rows(table):
        writer.writerow([_cell(value) for value in row.values()])
    sys.stdout.flush()


def _cell(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else "" if value is None else value


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _rows(table: Table) -> Iterator[dict[str, Any]]:
    for batch in table.data.to_batches(max_chunksize=CHUNK):
        yield from batch.to_pylist()
