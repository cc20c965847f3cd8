"""A workspace: a folder that holds one business, its log, trail, models and settings."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from sojourn import health, shelf
from sojourn import settings as configuration
from sojourn.core.condition import Condition, parse
from sojourn.core.identity import People
from sojourn.core.model import Model
from sojourn.core.persons import Trait
from sojourn.core.table import Table
from sojourn.engine.local import LocalEngine
from sojourn.errors import (
    QuestionError,
    WorkspaceBusy,
    WorkspaceDamaged,
    WorkspaceMissing,
)
from sojourn.exporting import Case, Exported, export
from sojourn.journey import Journey
from sojourn.measure.view import View
from sojourn.moments import Moment, micros
from sojourn.settings import Settings
from sojourn.store import claims, costs, dictionaries, people, traits
from sojourn.store.build import Rules, build, up_to_date
from sojourn.store.importers import (
    ImportOptions,
    ImportReport,
    Preview,
    Undone,
    import_file,
    listed,
    preview,
    recover,
    replay,
    undo,
)
from sojourn.store.importers.cost_file import CostOptions, add_costs
from sojourn.store.lock import WriterLock
from sojourn.store.log import Log
from sojourn.store.rejected import Rejected
from sojourn.store.trail import Trail

Progress = Callable[[int, int], None]
Question = str | Condition | None


class Workspace:
    """One business's folder; made by the first import into it.

    >>> frame = {"user_id": ["a"], "ts": ["2026-01-01T10:00:00Z"], "name": ["Page Viewed"]}
    >>> read(pa.table(frame)).journey("hourglass").stages().rows[0]["reached"]
    1
    """

    def __init__(self, folder: Path | str, settings: Settings | None = None) -> None:
        self.folder = Path(folder)
        self._given = settings
        self._trail: Trail | None = None
        self._behind = False
        self._known: tuple[tuple[Any, ...], People] | None = None

    def __repr__(self) -> str:
        return f"Workspace({str(self.folder)!r})"

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
        return Log(self.folder)

    @property
    def rejected(self) -> Rejected:
        """The rows that could not be read, whole and with their reasons."""
        return Rejected(self.folder)

    @property
    def rules(self) -> Rules:
        """What the settings say of the trail."""
        now = self.settings
        return Rules(now.order, now.unit, now.blocked, now.zone)

    def configure(self, **changes: Any) -> Settings:
        """Change settings and write them; each is checked."""
        raw = {key: getattr(self.settings, key) for key in configuration.KEYS}
        raw.update(changes)
        raw["blocked"] = list(raw["blocked"])
        checked = configuration.from_mapping(raw, str(self.folder / configuration.FILE))
        configuration.save(self.folder, checked)
        return checked

    # Data in

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
        source_name: str | None = None,
        dry_run: bool = False,
        **columns: str,
    ) -> ImportReport | Preview:
        """Import a file or a frame; each keyword names the column that holds a log column.

        `ws.add(frame, person="cookie", ts="time", name="interaction")`. With `dry_run` it says
        what it would do and writes nothing.
        """
        return self.add_with(
            source,
            ImportOptions(
                columns=columns,
                tz=tz or self.settings.zone,
                time_format=time_format,
                person_kind=person_kind,
                decimal=decimal,
                encoding=encoding,
                source=source_name or "file",
                actors=self.settings.names,
                blocked=self.settings.blocked,
            ),
            dry_run=dry_run,
            progress=progress,
        )

    def add_with(
        self,
        source: Any,
        options: ImportOptions,
        *,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> ImportReport | Preview:
        """Import with ready-made options, then bring the trail up to date."""
        if dry_run:
            return preview(source, options)
        report = import_file(self.log, source, options, progress)
        if not (self.folder / configuration.FILE).is_file():
            configuration.save(self.folder, self.settings)
        (self.folder / shelf.MODELS).mkdir(exist_ok=True)
        self._refresh()
        return report

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
            self.__dict__.pop("_people", None)
            self._refresh()
        return told

    def _refresh(self, *, whole: bool = False) -> None:
        try:
            with WriterLock(self.folder):
                self._trail = build(self.folder, self.rules, whole=whole)
        except OSError as error:
            raise WorkspaceDamaged(
                f"The log is complete, but its trail could not be written: {error}",
                hint="Make room or check the folder's rights; the next question tries again.",
            ) from None

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
        report = replay(self.log, file, progress=progress)
        self._refresh()
        return report

    def rebuild(self) -> None:
        """Make the trail anew from the log."""
        self._need()
        self._refresh(whole=True)

    # Journeys out

    def trail(self) -> Trail:
        """The newest trail, brought up to the log when an import was cut off before it was."""
        self._need()
        trail = Trail(self.folder)
        if not up_to_date(self.folder, trail, self.rules):
            with suppress(WorkspaceBusy, OSError), WriterLock(self.folder):
                recover(self.log)
                trail = build(self.folder, self.rules)
        if self._trail is None or trail.version != self._trail.version:
            self._trail = trail
            self._behind = not up_to_date(self.folder, trail, self.rules)
        if self._trail.note.last_ts is None:
            waiting = self.rejected.count()
            raise WorkspaceMissing(
                f"The log in {self.folder} has no touchpoints.",
                hint=f"{waiting:,} rows wait in `sojourn rejected list`."
                if waiting
                else "Import a file.",
            )
        return self._trail

    def _need(self) -> None:
        if self.exists and not self.log.exists():
            raise WorkspaceMissing(
                f"The log in {self.folder} is empty.", hint="Import a file: `sojourn import FILE`."
            )
        if not self.exists:
            raise WorkspaceMissing(
                f"There is no workspace in {self.folder}.",
                hint="Import a file first (`sojourn import FILE`), try `sojourn demo`, or name "
                "the folder with -w DIR or SOJOURN_WORKSPACE.",
            )

    def journey(
        self,
        model: str | Path | Mapping[str, Any] | Model | None = None,
        as_of: Moment | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        people: Question = None,
        where: Question = None,
        *,
        only: Question = None,
        threads: int | None = None,
    ) -> Journey:
        """The log read through a model: an id, a YAML file, a mapping or a Model.

        `start` and `end` (half-open, report zone) choose cycles by when they began; `people` is a
        condition on people, `where` one on touchpoints that a cycle must hold, `only` one on
        the touchpoints that are shown.
        """
        settings = self.settings
        zone, trail = settings.zoneinfo, self.trail()
        view = View(
            source=trail,
            engine=LocalEngine(threads),
            model=self.model(model if model is not None else settings.journey),
            as_of=trail.recorded if as_of is None else micros(as_of, zone, "as of"),
            zone=zone,
            start=None if start is None else micros(start, zone, "from"),
            end=None if end is None else micros(end, zone, "to"),
            people=_condition(people, "people", "people", settings.zone),
            where=_condition(where, "touchpoint", "where", settings.zone),
            only=_condition(only, "touchpoint", "only", settings.zone),
            personas=settings.persona_conditions(),
            ids=trail.shown_people,
            about=_about(settings, trail, self._behind),
        )
        if view.start is not None and view.end is not None and view.start >= view.end:
            raise QuestionError("The period is empty: 'from' is not before 'to'.")
        return Journey(replace(view, traits=self._traits(view)), self._traits)

    def _traits(self, view: View) -> dict[str, Trait]:
        conditions = [c for c in (view.people, *view.personas.values()) if c is not None]
        wanted = {".".join(r.path) for c in conditions for r in c.refs if r.name == "traits"}
        if view.by and view.by.startswith("traits."):
            wanted.add(view.by.removeprefix("traits."))
        if not wanted:
            return {}
        keys = dictionaries.load(self.folder, dictionaries.PERSON)
        return traits.load(self.folder, sorted(wanted), self._people(), keys)

    def _people(self) -> People:
        versions = self.log.version(), claims.version(self.folder), self.settings.blocked
        if self._known is None or self._known[0] != versions:
            files = [str(file.path) for file in self.log.files()]
            told = claims.read(self.folder, versions[1])
            self._known = versions, people.people_of(files, versions[2], told=told)
        return self._known[1]

    def export(
        self,
        what: str,
        file: Path | str,
        style: str | None = None,
        *,
        case: Case = "person",
        journey: str | Path | Mapping[str, Any] | Model | None = None,
        **filters: Any,
    ) -> Exported:
        """Write `touchpoints`, `sojourns`, `moves` or `people` to a file.

        The file's ending tells the format, or `style` does: `csv`, `jsonl`, `parquet`, and for
        touchpoints `xes` (a trace a `case`), `ocel` and `segment`. Filters are those of `journey`.
        """
        asked = self.journey(journey, **filters)
        return export(asked, self.log, what, Path(file), style, case)

    def info(self) -> Table:
        """What is in the log: a row a touchpoint name."""
        return health.info(self.log, self.trail())

    def doctor(self, model: str | Path | None = None) -> Table:
        """Whether everything adds up, through one model or all of them."""
        trail = self.trail()
        asked = [model] if model is not None else self.models()
        return health.doctor(self.log, trail, [self.journey(name) for name in asked])

    # Models

    def models(self) -> list[str]:
        """The ids of the models that can be asked: the built-in ones and the workspace's own."""
        return shelf.known(self.folder)

    def model(self, model: str | Path | Mapping[str, Any] | Model) -> Model:
        """A model by its id or file, or from a mapping."""
        return shelf.model(self.folder, model, self.settings.zone)

    def model_text(self, model: str | Path) -> tuple[str, str]:
        """The YAML of a model, and the name of its file."""
        return shelf.text(self.folder, model)


def _condition(raw: Question, scope: Any, where: str, zone: str) -> Condition | None:
    if raw is None or isinstance(raw, Condition):
        return raw
    return parse(raw, scope, where=where, zone=zone)


def _about(settings: Settings, trail: Trail, behind: bool) -> dict[str, Any]:
    about: dict[str, Any] = {}
    if behind:
        about["behind"] = "the newest rows of the log are not counted yet: somebody is writing"
    if settings.simulated:
        about["simulated"] = True
    if settings.source:
        about["source"] = settings.source
    if trail.note.nobody:
        about["nobody"] = trail.note.nobody
    if trail.note.bots:
        about["bots"] = trail.note.bots
    return about


def open_workspace(folder: Path | str = "sojourn") -> Workspace:
    """The workspace in a folder; it need not exist yet: the first import makes it."""
    return Workspace(folder)


def read(source: Any, *, zone: str = "UTC", **options: Any) -> Workspace:
    """A log in a temporary folder that goes with the workspace; options as in `Workspace.add`."""
    workspace = Workspace(tempfile.mkdtemp(prefix="sojourn-"))
    weakref.finalize(workspace, shutil.rmtree, workspace.folder, ignore_errors=True)
    if zone != "UTC":
        workspace.configure(zone=ZoneInfo(zone).key)
    workspace.add(source, **options)
    return workspace
