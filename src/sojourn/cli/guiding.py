"""A file of no known kind on the command line: what it holds, and what is still to be said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from sojourn.core.table import as_text
from sojourn.errors import MappingNeeded
from sojourn.store.importers import ImportOptions, ImportReport, Preview
from sojourn.store.recipes.guided import ASKED, NEEDED, Guide, guide

Run = Callable[[ImportOptions], ImportReport | Preview]


def guided(file: Path, options: ImportOptions, run: Run) -> ImportReport | Preview:
    """Import a file; where it is not clear who, when or what, show its columns.

    On a terminal what is missing is asked for; otherwise the error tells the command line.
    """
    try:
        return run(options)
    except MappingNeeded as error:
        found = guide(file, options)
        click.echo(as_text(found.table(), len(found.columns)), err=True)
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            hint = found.hint(options.columns)
            raise MappingNeeded(error.message.split(" The columns are:")[0], hint=hint) from None
    asked = _asked(found, options)
    report = run(asked)
    click.echo(f"The same without questions: {found.command(asked.columns)}", err=True)
    return report


def _asked(found: Guide, options: ImportOptions) -> ImportOptions:
    """The options with what was answered."""
    said = dict(options.columns)
    kind = options.person_kind
    names = [seen.name for seen in found.columns]
    for need in NEEDED:
        if need in said:
            continue
        while True:
            answer = click.prompt(f"Which column says {ASKED[need]}?",
                                  default=found.best.get(need), err=True)  # fmt: skip
            if answer in names or answer.startswith("="):
                break
            click.echo(f"There is no column {answer!r}.", err=True)
        said[need] = answer
        if need == "person" and answer == found.best.get(need):
            kind = found.kind
    return replace(options, columns=said, person_kind=kind)
