"""From a file to the log: all of it or nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError

from sojourn.errors import ImportFailed, SojournError
from sojourn.store.importers.convert import IS_BOT, IS_NOBODY, convert
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.options import ImportOptions, ImportReport
from sojourn.store.importers.pipeline import Engine, Progress, engine, in_order
from sojourn.store.importers.planning import Planner
from sojourn.store.importers.source import Source
from sojourn.store.importers.stage import Stage
from sojourn.store.importers.staging import add_action, clear, move_in, staging_folder, take_back
from sojourn.store.importers.times import Undecided
from sojourn.store.lock import WriterLock
from sojourn.store.log import ImportRecord, Log


def import_file(
    log: Log,
    source: Any,
    options: ImportOptions,
    progress: Progress | None = None,
    *,
    now: datetime | None = None,
) -> ImportReport:
    """Bring a file, or anything that holds an Arrow table, into the log."""
    started = time.monotonic()
    now = now or datetime.now(UTC)
    opened = open_source(source, options)
    with plainly(opened.name), WriterLock(log.root):
        planner = Planner(opened, options, now)
        import_id = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
        folder = staging_folder(log, import_id)
        try:
            with engine(folder / "spill") as tools:
                stage = _staged(opened, planner, tools, folder, import_id, log, progress)
            files = stage.finish()
            moved = move_in(log, files, folder)
            record = _record(stage, opened, options, import_id, now)
            try:
                log.commit([a for a in (add_action(log.path, f) for f in moved) if a], record)
            except BaseException:
                take_back(moved)
                raise
        finally:
            clear(log, folder)
    return ImportReport(
        opened.name,
        options.source,
        record.rows_read,
        record.touchpoints,
        record.duplicates,
        record.rejected,
        record.bots,
        record.nobody,
        seconds=time.monotonic() - started,
    )


def _staged(
    opened: Source,
    planner: Planner,
    tools: Engine,
    folder: Path,
    import_id: str,
    log: Log,
    progress: Progress | None,
) -> Stage:
    while True:
        stage = Stage(folder, import_id, planner.options.source, log.last_seq() + 1)
        try:
            plan = planner.plan()
            for block in in_order(
                opened, lambda block: convert(block, plan, tools.cursor()), progress
            ):
                stage.add(block)
            return stage
        except Undecided:
            planner.look_at_all(progress)
        finally:
            pass


def _record(
    stage: Stage, opened: Source, options: ImportOptions, import_id: str, now: datetime
) -> ImportRecord:
    bots = int(((stage.bits & IS_BOT) > 0).sum())
    rows = stage.next_seq - stage.first_seq
    return ImportRecord(
        import_id,
        opened.name,
        options.source,
        now,
        rows_read=stage.records,
        touchpoints=rows - bots,
        rejected=stage.rejected,
        bots=bots,
        nobody=int(((stage.bits & IS_NOBODY) > 0).sum()),
        first_seq=stage.first_seq,
        last_seq=stage.next_seq - 1,
    )


@contextmanager
def plainly(name: str) -> Iterator[None]:
    """Say in plain words what the system or a library could not do; the log is as it was."""
    try:
        yield
    except SojournError:
        raise
    except (OSError, duckdb.Error, DeltaError, pa.ArrowException, MemoryError) as error:
        raise ImportFailed(
            f"{name} could not be imported: {error}. The log is as it was."
        ) from error
