"""What goes into a workspace: its settings, and imports that are whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sojourn import settings as configuration
from sojourn import shelf
from sojourn.core.identity import People
from sojourn.core.table import Table
from sojourn.engine.choice import LOCAL
from sojourn.errors import WorkspaceBusy, WorkspaceDamaged, WorkspaceMissing
from sojourn.settings import Settings
from sojourn.store import costs, traits
from sojourn.store.build import Builder, Rules, build, up_to_date
from sojourn.store.erasure import finish
from sojourn.store.held import Held
from sojourn.store.importers import (
    ImportOptions,
    ImportReport,
    Undone,
    listed,
    recover,
    undo,
)
from sojourn.store.importers.compacting import compact
from sojourn.store.importers.cost_file import CostOptions, add_costs
from sojourn.store.importers.run import keyed
from sojourn.store.known_ids import KnownIds
from sojourn.store.lock import WriterLock, running
from sojourn.store.log import Log
from sojourn.store.progress import Progress, part
from sojourn.store.recipes import choosing, guided, saving
from sojourn.store.recipes.replaying import replay_any
from sojourn.store.rejected import Rejected
from sojourn.store.trail import Trail

FIRST_TRAIL = 10.0
"""How many seconds a question waits for the one who writes the very first touchpoints."""

PATIENCE, LOOK = 2.0, 0.05
"""How many seconds a question waits for a server that brings the trail up to the log, and between
two looks whether it has: who does its work makes it forget what it remembers of the trail."""

IMPORTED = 0.6
"""How much of the time is over when a file is in the log; its trail takes the rest."""


class Intake:
    """One business's folder, as those see it who bring something into it."""

    def __init__(
        self, folder: Path | str, settings: Settings | None = None, engine: str = LOCAL
    ) -> None:
        self.folder = Path(folder)
        self.engine = engine
        self._given = settings
        self._trail: Trail | None = None
        self._behind = False
        self._known: tuple[tuple[Any, ...], People] | None = None
        self._builder: Builder | None = None
        self._ids: KnownIds | None = None

    @property
    def exists(self) -> bool:
        """Whether anything was imported into it, or it was set up."""
        return (self.folder / configuration.FILE).is_file() or Log(self.folder).exists()

    @property
    def settings(self) -> Settings:
        """The settings as they are in the folder now."""
        return self._given or configuration.load(self.folder)

    @property
    def log(self) -> Log:
        """The log of touchpoints."""
        return Log(self.folder, self._ids)

    @property
    def rejected(self) -> Rejected:
        """The rows that could not be read, whole and with their reasons."""
        return Rejected(self.folder)

    @property
    def rules(self) -> Rules:
        """What the settings say of the trail."""
        now = self.settings
        return Rules(now.order, now.unit, now.blocked, now.zone, now.contacts)

    def configure(self, **changes: Any) -> Settings:
        """Change settings and write them; each is checked."""
        raw = {key: getattr(self.settings, key) for key in configuration.KEYS}
        raw.update(changes)
        raw = {k: list(v) if isinstance(v, tuple) else v for k, v in raw.items()}
        checked = configuration.from_mapping(raw, str(self.folder / configuration.FILE))
        configuration.save(self.folder, checked)
        return checked

    def add(
        self,
        source: Any,
        *,
        progress: Progress | None = None,
        tz: str | None = None,
        time_format: str | None = None,
        person_kind: str = "user",
        decimal: str | None = None,
        encoding: str | None = None,
        header: Sequence[str] = (),
        sheet: str | None = None,
        source_name: str | None = None,
        people: bool = False,
        alias: Mapping[str, str] | None = None,
        hash: Sequence[str] = (),
        drop: Sequence[str] = (),
        dry_run: bool = False,
        preset: str | None = None,
        mapping: choosing.Mapping | None = None,
        **columns: str,
    ) -> ImportReport:
        """Import a file or a frame; each keyword names the column that holds a log column.

        `ws.add(frame, person="cookie", ts="time")`. Without any, a known preset is recognised;
        `preset` names one (or "none"), `mapping` one of your own; `people` are customers, with
        more ids in `alias`; `hash=["email"]` and `drop` keep personal data out.
        """
        ids = {f"alias:{kind}": column for kind, column in (alias or {}).items()}
        options = ImportOptions(
            {**columns, **ids}, person_kind, tz or self.settings.zone, time_format, decimal,
            encoding, source_name or "file", actors=self.settings.names,
            blocked=self.settings.blocked, header=header, sheet=sheet,
            people=people, hash=hash, drop=drop,
        )  # fmt: skip
        how = choosing.How(preset, mapping)
        return self.add_with(source, options, dry_run=dry_run, progress=progress, how=how)

    def add_with(
        self,
        source: Any,
        options: ImportOptions,
        *,
        dry_run: bool = False,
        progress: Progress | None = None,
        how: choosing.How | None = None,
        refresh: bool = True,
    ) -> ImportReport:
        """Import with ready-made options, then bring the trail up to date.

        Without `refresh` the trail stays behind until `refresh` is called, or a question is asked.
        """
        if not dry_run:
            finish(self.folder, self.rules)
        options = replace(options, dry_run=dry_run, contacts=self.settings.contacts)
        options = keyed(options, self.folder)
        share = 1.0 if dry_run or not refresh else IMPORTED
        report = choosing.bring_in(self.log, source, options, part(progress, 0, share), how)
        if dry_run:
            return report
        if not (self.folder / configuration.FILE).is_file():
            configuration.save(self.folder, self.settings)
        (self.folder / shelf.MODELS).mkdir(exist_ok=True)
        if refresh:
            self._refresh(progress=part(progress, share, 1))
        return report

    def refresh(self, progress: Progress | None = None) -> None:
        """Bring the trail up to the log, where that was put off for several imports."""
        self._need()
        self._refresh(progress=progress)

    def remember(self, held: Held) -> None:
        """Keep in memory what the next import needs, for who imports something every second.

        `held` are the columns of the trail's files that need not be read again.
        """
        self._builder, self._ids = Builder(self.folder, held), KnownIds()

    def prepare(self) -> None:
        """Read now what is to be remembered, so that the first import need not."""
        if self._builder is not None and self._ids is not None and self.log.exists():
            self._builder.prepare(self.rules)
            with duckdb.connect() as con:
                self._ids.read([file.path for file in self.log.files()], con)

    def trail_as_it_is(self) -> Trail:
        """The newest trail, whether it is up to the log or not."""
        return (self._builder or Builder(self.folder)).trail()

    def tidy(self) -> None:
        """Put many small files of the log together, and let a bucket of the trail take in what
        lies beside it: what is done between imports where one follows the other."""
        if not self.log.exists():
            return
        if compact(self.log):
            self._refresh()
        self.fold()

    def fold(self, most: int = 1) -> int:
        """Let so many buckets of the trail take in what lies beside them; how many did."""
        with WriterLock(self.folder):
            return (self._builder or Builder(self.folder)).fold(self.rules, most)

    def add_recipe(
        self,
        recipe: choosing.Named,
        files: choosing.Files,
        *,
        dry_run: bool = False,
        **options: Any,
    ) -> ImportReport:
        """Import files that belong together by a recipe: its id or YAML file, and their folder.

        `files` may also name the file, or the frame, of each source. `options` are those of
        `ImportOptions`.
        """
        now = self.settings
        given = {"tz": now.zone, "actors": now.names, "blocked": now.blocked, **options}
        how = choosing.How(recipe=recipe)
        return self.add_with(files, ImportOptions(**given), dry_run=dry_run, how=how)

    def save_mapping(self, name: str, report: ImportReport, source: Any, **options: Any) -> Path:
        """Keep how an import read its file as the mapping `name`: such files are then recognised.

        `source` is the file, `options` those of `ImportOptions` that open it; gives the YAML file.
        """
        given = ImportOptions(**options)
        return saving.save_mapping(self.log, name, report.import_id, source, given)

    def columns(self, source: Any, **options: Any) -> Table:
        """What the columns of a file look like, what each may be, and why: a row a column."""
        return guided.guide(source, ImportOptions(**options)).table()

    def imports(self) -> Table:
        """What was imported, oldest first: a row an import, with the id that `undo` takes."""
        return listed(self.log)

    def undo(self, import_id: str, *, dry_run: bool = False) -> Undone:
        """Take an import back, from the log and wherever else it wrote; with `dry_run` only tell.

        Answers are then those of a workspace that never had it.
        """
        self._need()
        told = undo(self.log, import_id, dry_run=dry_run)
        if not dry_run:
            self._refresh()
        return told

    def _refresh(self, *, whole: bool = False, progress: Progress | None = None) -> None:
        try:
            with WriterLock(self.folder):
                builder = self._builder or Builder(self.folder)
                self._trail = builder.build(self.rules, whole=whole, progress=progress)
        except OSError as error:
            raise WorkspaceDamaged(
                f"The log is complete, but its trail could not be written: {error}",
                hint="Make room or check the folder's rights; the next question tries again.",
            ) from None

    def _brought_up(self, trail: Trail) -> Trail:
        """The trail brought up to the log: by a server, which is at it, or else by us."""
        ends = time.monotonic() + (PATIENCE if running(self.folder) else 0)
        while time.monotonic() < ends:
            time.sleep(LOOK)
            trail = Trail(self.folder)
            if up_to_date(self.folder, trail, self.rules):
                return trail
        first = FIRST_TRAIL if trail.note.last_ts is None else 0
        with suppress(WorkspaceBusy, OSError), WriterLock(self.folder, timeout=first):
            recover(self.log)
            trail = build(self.folder, self.rules)
        return trail

    def add_traits(self, rows: Any, source: str = "file") -> int:
        """Add traits of people (`user_id, ts, name, value`); give how many were new."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with WriterLock(self.folder):
            return traits.append(self.folder, pa.table(rows), source)

    def add_costs(
        self,
        rows: Any,
        source: str = "file",
        *,
        options: CostOptions | None = None,
        instead: bool = False,
    ) -> costs.CostReport:
        """Take in what was spent, from a file or a frame: a row a day, channel and campaign.

        The rows replace what `source` said of the same channel and days before, so adding them
        again adds nothing. `instead` lets them replace rows of other campaigns only.
        """
        with WriterLock(self.folder):
            return add_costs(self.folder, rows, options, source, instead=instead)

    def costs(self, every: str = "month", source: str | None = None) -> Table:
        """What was spent, by period (`day`, `month` or `all`), channel, campaign and source."""
        return costs.summary(self.folder, every, source)

    def remove_costs(self, source: str) -> int:
        """Forget what a source said was spent; how many rows that were."""
        with WriterLock(self.folder):
            return costs.remove(self.folder, source)

    def replay(self, file: Path | str, progress: Progress | None = None) -> ImportReport:
        """Import rows that were exported from the rejected ones and mended."""
        self._need()
        report = replay_any(self.log, file, progress)
        self._refresh()
        return report

    def rebuild(self) -> None:
        """Make the trail anew from the log."""
        self._need()
        self._refresh(whole=True)

    def _need(self) -> None:
        if self.exists and not self.log.exists():
            raise WorkspaceMissing(
                f"The log in {self.folder} is empty.", hint="Import a file: `sojourn import FILE`."
            )
        self._there()

    def _there(self) -> None:
        if not self.exists:
            raise WorkspaceMissing(
                f"There is no workspace in {self.folder}.",
                hint="Import a file first (`sojourn import FILE`), try `sojourn demo`, or name "
                "the folder with -w DIR or SOJOURN_WORKSPACE.",
            )
