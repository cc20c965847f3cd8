"""Mended rows come in and leave the rejected table."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sojourn.errors import ImportFailed
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.options import ImportOptions, ImportReport
from sojourn.store.importers.run import import_file
from sojourn.store.importers.source import Source
from sojourn.store.log import Log
from sojourn.store.progress import Progress
from sojourn.store.rejected import ID_COLUMN, Rejected


def replay(
    log: Log,
    source: Path | str,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
    *,
    now: datetime | None = None,
) -> ImportReport:
    """Import rows that were exported from the rejected table and mended.

    Rows that can be read now leave the table; those that still cannot stay in it as they are
    now. Without `options` the rows are read as the import did that rejected them.
    """
    if options is None:
        opened = open_source(source, ImportOptions())
        told = ImportOptions.from_json(told_of(log, ids_in(opened)))
        names = opened.sample().table.schema.names
        there = {key: c for key, c in told.columns.items() if c[:1] == "=" or c in names}
        options = replace(told, columns=there)
    return import_file(log, source, options, progress, now=now)


def ids_in(opened: Source) -> set[str]:
    """The ids of the rejected rows in a file; raises ImportFailed for a file that has none."""
    if ID_COLUMN not in opened.sample().table.schema.names:
        raise ImportFailed(
            f"{opened.name} has no column {ID_COLUMN!r}: these are not exported rejected rows.",
            hint="Export them with `sojourn rejected export FILE`, or import this as any file.",
        )
    found: set[str] = set()
    for piece in opened.pieces():
        found.update(opened.parse(piece).table.column(ID_COLUMN).to_pylist())
    return {each for each in found if each}


def told_of(log: Log, ids: set[str]) -> dict[str, Any]:
    """How the import that rejected these rows had read its file."""
    origins = Rejected(log.root).origin(ids)
    options: list[dict[str, Any]] = []
    for record in log.imports():
        if record.id in origins and record.options not in options:
            options.append(record.options)
    if len(options) != 1:
        what = "from imports with different mappings" if options else "not from a known import"
        raise ImportFailed(
            f"These rows are {what}, so it is not clear how to read them.",
            hint="Export and replay one import at a time, or say the columns with flags.",
        )
    return options[0]
