"""From a file to the log: all of it or nothing."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError

from sojourn.errors import ImportFailed, SojournError
from sojourn.store.durable import sync_all
from sojourn.store.importers.convert import Converted
from sojourn.store.importers.dedupe import settle
from sojourn.store.importers.headers import SecondHeader
from sojourn.store.importers.leavings import left_behind, recover, take_in
from sojourn.store.importers.manifest import FILE as MANIFEST
from sojourn.store.importers.manifest import Manifest, changed, load, reading_of
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.options import ImportOptions, ImportReport
from sojourn.store.importers.peoplerows import converted
from sojourn.store.importers.pipeline import Changed, Engine, engine, placed
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.planning import Planner, micros_of
from sojourn.store.importers.reporting import (
    by_file,
    fingerprint,
    record_of,
    repeated,
    report_of,
    withheld_of,
)
from sojourn.store.importers.showing import SHOWN_ROWS, shown_rows
from sojourn.store.importers.source import Block, Place, Source
from sojourn.store.importers.stage import CHECKPOINT_ROWS, Stage
from sojourn.store.importers.staging import (
    FOLDER,
    add_action,
    clear,
    move_in,
    put_back,
    staging_folder,
)
from sojourn.store.importers.textfile import NotUtf8
from sojourn.store.importers.times import Undecided
from sojourn.store.importers.told import settle_told
from sojourn.store.importers.withheld import withhold
from sojourn.store.lock import WriterLock
from sojourn.store.log import ImportRecord, Log
from sojourn.store.progress import Progress, done, part, say
from sojourn.store.secret import secret_of

READ, SETTLED = 0.85, 0.9
"""How much of an import's time is over when the file is read, and when duplicates are found."""

SPACE = "Make room on the disk and try again."


def import_file(
    log: Log,
    source: Any,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
    *,
    now: datetime | None = None,
) -> ImportReport:
    """Bring a file, or anything that hands out Arrow data, into the log: all of it or nothing.

    `progress` is called with bytes (rows for frames) read so far and in all. Raises
    AmbiguousTime when the times need a flag, WorkspaceBusy when somebody else writes,
    ImportFailed for everything else; the log is then as it was. Rows that cannot be read do not
    fail an import: they go to the rejected table.
    """
    started = time.monotonic()
    options = keyed(options or ImportOptions(), log.root)
    with plainly(name_of(source)):
        opened = open_source(source, options)
        now = now or datetime.now(UTC)
        moment = now if now.tzinfo else now.replace(tzinfo=UTC)
        work = Import(log, opened, options, moment, progress)
        with nullcontext() if options.dry_run else WriterLock(log.root):
            report = work.run()
    return replace(report, seconds=time.monotonic() - started)


def keyed(options: ImportOptions, root: Path) -> ImportOptions:
    """The options with the workspace's key, where something is to be hashed."""
    if not options.hash or options.secret:
        return options
    return replace(options, secret=secret_of(root, create=not options.dry_run))


class Import:
    """One import, from the first look at the file to the commit."""

    def __init__(
        self,
        log: Log,
        source: Source,
        options: ImportOptions,
        now: datetime,
        progress: Progress | None,
    ) -> None:
        self.log = log
        self.source = source
        self.options = options
        self.now = now
        self.whole = progress
        self.progress = part(progress, 0, READ)
        self.shown: list[dict[str, Any]] = []
        self.id = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
        self.finished = True
        self.notes: list[str] = []

    def run(self) -> ImportReport:
        """Do it; the report."""
        if not self.options.dry_run:
            recover(self.log)
        planner = Planner(self.source, self.options, self.now)
        before = self._before(planner)
        if before is not None:
            again = repeated(before, self.source, planner.mapping)
            return replace(again, dry_run=self.options.dry_run)
        left = self._left_off()
        if left:
            planner.now = micros_of(left.moment)
        folder = self._folder(left)
        try:
            with engine(folder / "spill") as tools:
                stage, plan, staged = self._staged(planner, tools, folder, left)
                tools.widen()
                say(self.whole, "looking for duplicates")
                keep, staged, elders = settle(stage, staged, self.log, tools.cursor())
                keep, staged, *held = withhold(self.log.root, stage, keep, staged)
                done(part(self.whole, READ, SETTLED))
                say(self.whole, "looking at what came in")
                told = settle_told(self.log.root, folder, self.now, tools.cursor())
                con, files = tools.cursor(), by_file(self.log, elders)
                found = report_of(stage, plan, keep, staged, self.source, con, told, files)
                found = withheld_of(found, sum(held))
            notes = (*self.notes, *found.warnings)
            dry, shown = self.options.dry_run, tuple(self.shown[:SHOWN_ROWS])
            report = replace(found, import_id=self.id, dry_run=dry, shown=shown, warnings=notes)
            if not self.options.dry_run:
                record = record_of(report, stage, plan, self.options, self.source, self.now)
                self._commit(replace(record, duplicate_of=elders), staged, folder)
            done(self.whole)
        except KeyboardInterrupt:
            self.finished = load(folder) is None
            raise
        finally:
            if self.finished:
                clear(self.log, folder)
        return report

    def _before(self, planner: Planner) -> ImportRecord | None:
        """The import of this very file, read in the same way, if there was one."""
        alike = [r for r in self.log.complete() if r.sha256 and r.size == self.source.size]
        if not alike:
            return None
        mark = fingerprint(self.source.hashed(), planner.mapping, self.options)
        return next((record for record in alike if record.fingerprint == mark), None)

    def _left_off(self) -> Manifest | None:
        """What a killed import of this file left to go on from; it is then this import."""
        if self.options.dry_run or self.source.path is None:
            return None
        for folder, left in left_behind(self.log):
            if left.path != str(self.source.path.resolve()):
                continue
            reason = left.other_file(self.source)
            if reason is None:
                self.id, self.now = left.id, left.moment
                return left
            self.notes.append(anew(reason))
            clear(self.log, folder)
        return None

    def _folder(self, left: Manifest | None = None) -> Path:
        if self.options.dry_run:
            return Path(tempfile.mkdtemp(prefix="sojourn-"))
        return self.log.path / FOLDER / left.id if left else staging_folder(self.log, self.id)

    def _staged(
        self, planner: Planner, tools: Engine, folder: Path, left: Manifest | None
    ) -> tuple[Stage, Plan, list[Path]]:
        """Read the file into the staging folder, again where its beginning told too little."""
        looks = [*left.looks] if left else []
        for name in looks:
            planner = self._looked(name, planner)
        for _ in range(6):
            plan = None
            try:
                if Undecided.__name__ in looks and not planner.whole:
                    say(self.whole, "looking at all of it first")
                    planner.look_at_all(self.progress)
                plan = planner.plan()
                left = self._fitting(left, plan, folder)
                stage = self._stage(folder, left)
                try:
                    self._read(stage, plan, tools, left, looks)
                    return stage, plan, stage.finish()
                finally:
                    stage.close()
            except (Undecided, NotUtf8, SecondHeader) as error:
                left = self._fitting(None, plan, folder)
                looks.append(type(error).__name__)
                planner = self._looked(looks[-1], planner)
            except Changed:
                self.notes.append(anew("the part of the file that was read is another now"))
                left = self._fitting(None, plan, folder)
        raise AssertionError("a file that was looked at as a whole is still undecided")

    def _looked(self, name: str, planner: Planner) -> Planner:
        """A planner that knows of the whole file what its beginning did not tell."""
        if name == NotUtf8.__name__:
            self.source.settle_encoding()
        elif name == SecondHeader.__name__:
            self.source.look_for_headers()
            return Planner(self.source, self.options, self.now)
        return planner

    def _fitting(self, left: Manifest | None, plan: Plan | None, folder: Path) -> Manifest | None:
        """What was left, where the file is still read in the same way; else nothing stays."""
        if left and plan and left.reading == reading_of(plan, self.options):
            return left
        if left:
            self.notes.append(anew("it is read in another way now"))
        (folder / MANIFEST).unlink(missing_ok=True)
        return None

    def _stage(self, folder: Path, left: Manifest | None) -> Stage:
        first_seq = self.log.last_seq() + 1
        state = left.stage if left else None
        return Stage(folder, self.id, self.options.source, first_seq, state)

    def _read(
        self, stage: Stage, plan: Plan, tools: Engine, left: Manifest | None, looks: Sequence[str]
    ) -> None:
        def work(block: Block) -> Converted:
            return converted(block, plan, tools.cursor())

        self.shown = []
        self.source.code([m.column for m in plan.repeated if m.column])
        begin = left.place if left else Place()
        say(self.whole, f"resumed at {left.share:.0%}" if left else "reading")
        if left:
            self.notes.append(f"Resumed at {left.share:.0%}: it had been cut off there.")
        for place, block in placed(self.source, work, self.progress, begin):
            stage.add(block)
            if self.options.dry_run and len(self.shown) < SHOWN_ROWS:
                self.shown += shown_rows(block)
            if stage.fresh >= CHECKPOINT_ROWS and self._keeps:
                stage.checkpoint(self._saver(place, plan, stage, looks))
        if stage.parts and stage.fresh:
            stage.checkpoint(self._saver(place, plan, stage, looks))

    @property
    def _keeps(self) -> bool:
        return self.source.path is not None and not self.options.dry_run

    def _saver(
        self, place: Place, plan: Plan, stage: Stage, looks: Sequence[str]
    ) -> Callable[[Mapping[str, Any]], None]:
        """What writes the manifest, once all that it speaks of is on the disk."""
        left = Manifest(
            id=self.id,
            path=str(self.source.path.resolve()) if self.source.path else "",
            size=self.source.size,
            changed=changed(self.source),
            total=self.source.total,
            now=self.now.isoformat(),
            reading=reading_of(plan, self.options),
            first_seq=stage.first_seq,
            place=place,
            looks=tuple(looks),
        )
        return lambda state: replace(left, stage=state).save(stage.folder)

    def _commit(self, record: ImportRecord, staged: Sequence[Path], folder: Path) -> None:
        moved: list[Path] = []
        self.finished = False
        try:
            moved.extend(move_in(self.log, path) for path in staged)
            sync_all(moved, self.log.root)
            actions = [add_action(self.log.path, path) for path in moved]
            self.log.commit(actions, record)
        except BaseException as error:
            # A commit can stand although what followed it failed.
            if self.id not in {each.id for each in self.log.imports()}:
                put_back(folder, moved)
                self.finished = True
                raise
            if not isinstance(error, Exception):
                raise
        try:
            take_in(self.log, folder, record)
        except Exception as error:
            raise ImportFailed(
                f"{self.source.name} is in the log, but its {record.rejected:,} rejected rows "
                f"could not be written: {error}.",
                hint="The next import writes them.",
            ) from error
        self.finished = True


def anew(reason: str) -> str:
    """What a user is told when an import that was cut off cannot go on."""
    return f"An import of it was cut off, but could not go on, because {reason}: begun anew."


@contextmanager
def plainly(name: str) -> Iterator[None]:
    """Say in plain words what the system or a library could not do."""
    try:
        yield
    except SojournError:
        raise
    except (OSError, duckdb.Error, DeltaError, pa.ArrowException, MemoryError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(number) if number else str(error)
        hint = SPACE if number in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT) else None
        raise ImportFailed(
            f"{name} could not be imported: {reason}. The log is as it was.", hint=hint
        ) from error


def name_of(source: Any) -> str:
    """What to call a file, or data in memory, in a message."""
    return Path(source).name if isinstance(source, (str, os.PathLike)) else "The data"
