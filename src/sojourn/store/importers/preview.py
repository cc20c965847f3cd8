"""A look at what an import would do, before it does."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sojourn.errors import ImportFailed
from sojourn.store.importers.convert import Converted, convert
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.options import ImportOptions, Preview
from sojourn.store.importers.pipeline import Progress, engine
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.planning import Planner
from sojourn.store.importers.run import name_of, plainly
from sojourn.store.importers.textfile import NotUtf8
from sojourn.store.importers.times import Undecided

SHOWN_ROWS = 3
SHOWN_PROBLEMS = 5


def preview(
    source: Any,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
    *,
    now: datetime | None = None,
) -> Preview:
    """What `import_file` would make of a file: the mapping with reasons, times, three rows.

    Reads the beginning of the file, and all of it only when that does not tell how times or
    amounts are written. What would stop the import is listed in `problems`; raises ImportFailed
    for what is no file that can be read, or when it is not clear who, what or when.
    """
    options = options or ImportOptions()
    with plainly(name_of(source)):
        opened = open_source(source, options)
        planner = Planner(opened, options, now or datetime.now(UTC))
        problems: list[str] = []
        plan: Plan | None = None
        try:
            plan = _plan(planner, progress)
        except ImportFailed as error:
            problems.append(str(error))
        found = _converted(planner, plan) if plan else None
    broken = found.broken[:SHOWN_PROBLEMS] if found else []
    problems += [f"row {one.row}: {one.reason}" for one in broken]
    used = {mapped.column for mapped in planner.mapping}
    return Preview(
        file=opened.name,
        format=opened.format,
        encoding=opened.encoding,
        mapping=planner.mapping,
        extras=plan.extras if plan else tuple(set(planner.sample.schema.names) - used),
        times=str(plan.times) if plan else "",
        rows=tuple(_rows(found)) if found else (),
        problems=(*opened.notes, *problems),
    )


def _plan(planner: Planner, progress: Progress | None) -> Plan:
    try:
        return planner.plan()
    except Undecided:
        try:
            planner.look_at_all(progress)
        except NotUtf8:
            planner.source.settle_encoding()
            planner.look_at_all(progress)
        return planner.plan()


def _converted(planner: Planner, plan: Plan) -> Converted | None:
    with tempfile.TemporaryDirectory(prefix="sojourn-") as folder, engine(Path(folder)) as tools:
        try:
            return convert(planner.first, plan, tools.cursor())
        except Undecided:
            planner.look_at_all()
            return convert(planner.first, planner.plan(), tools.cursor())


def _rows(found: Converted) -> list[dict[str, Any]]:
    rows = found.table.slice(0, SHOWN_ROWS).drop_columns(["received_at"]).to_pylist()
    return [{name: v for name, v in row.items() if v is not None} for row in rows]
