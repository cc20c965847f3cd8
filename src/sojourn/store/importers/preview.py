"""A look at what an import would do, before it does."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sojourn.errors import ImportFailed
from sojourn.store.importers.convert import Converted
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.options import ImportOptions, Preview
from sojourn.store.importers.peoplerows import converted
from sojourn.store.importers.pipeline import engine
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.planning import Planner
from sojourn.store.importers.run import name_of, plainly
from sojourn.store.importers.showing import shown_rows
from sojourn.store.importers.times import Undecided
from sojourn.store.progress import Progress

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
        plan, found = None, None
        try:
            plan, found = _converted(planner, progress)
        except ImportFailed as error:
            problems.append(str(error))
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
        rows=tuple(shown_rows(found)) if found else (),
        problems=(*opened.notes, *problems),
    )


def _converted(planner: Planner, progress: Progress | None) -> tuple[Plan, Converted]:
    """The plan, and what it makes of the first rows."""
    with tempfile.TemporaryDirectory(prefix="sojourn-") as folder, engine(Path(folder)) as tools:
        try:
            plan = planner.plan()
            return plan, converted(planner.first, plan, tools.cursor())
        except Undecided:
            planner.look_at_all(progress)
            plan = planner.plan()
            return plan, converted(planner.first, plan, tools.cursor())
