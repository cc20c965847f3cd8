"""A workspace: a folder that holds one business, its log, trail, models and settings."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sojourn import health, shelf
from sojourn.alerts import Alerts
from sojourn.atlas import Atlas
from sojourn.byhand import SOURCE, ByHand, columns_of
from sojourn.core.bucket import Ints
from sojourn.core.condition import Condition, parse, parse_or_name
from sojourn.core.identity import People
from sojourn.core.model import Model
from sojourn.core.persons import Trait
from sojourn.core.plan import Goal
from sojourn.core.table import Table
from sojourn.digest import Digest, weekly
from sojourn.engine.choice import LOCAL, engine_of
from sojourn.errors import (
    QuestionError,
    WorkspaceBusy,
    WorkspaceMissing,
)
from sojourn.exporting import Case, Exported, export
from sojourn.groups import Lists
from sojourn.intake import Intake
from sojourn.journey import Journey
from sojourn.measure.alarms import alarms
from sojourn.measure.goals import begun, every_goal
from sojourn.measure.members import narrowed
from sojourn.measure.notes import moment
from sojourn.measure.outlines import Outlines
from sojourn.measure.personas import both
from sojourn.measure.view import View
from sojourn.moments import Moment, micros
from sojourn.people import PeopleRoom
from sojourn.plan import Plan
from sojourn.settings import Settings
from sojourn.store import claims, costs, dictionaries, traits
from sojourn.store.build import up_to_date
from sojourn.store.held import Held
from sojourn.store.importers import ImportOptions, ImportReport
from sojourn.store.named import keys_of
from sojourn.store.people import people_of
from sojourn.store.progress import Progress
from sojourn.store.recipes import choosing
from sojourn.store.retention import retain
from sojourn.store.safekeeping import Kept, backup, verify
from sojourn.store.trail import Trail
from sojourn.tagging import Links

Question = str | Condition | None


class Workspace(Intake):
    """One business's folder; made by the first import into it.

    >>> import pyarrow as pa
    >>> frame = {"user_id": ["a"], "ts": ["2026-01-01T10:00:00Z"], "name": ["Page Viewed"]}
    >>> read(pa.table(frame)).journey("hourglass").stages().rows[0]["reached"]
    1
    """

    _held: Held | None = None
    _walks: Outlines | None = None

    def __repr__(self) -> str:
        return f"Workspace({str(self.folder)!r})"

    def keep_at_hand(self) -> None:
        """Keep in memory what questions read and walk, for a process that asks again and again.

        Of a log to which touchpoints come every second only what is new is walked then; it takes
        up to 2.5 GB where the log has ten million touchpoints and more.
        """
        self._held, self._walks = Held(), Outlines()

    # Journeys out

    def trail(self) -> Trail:
        """The newest trail, brought up to the log when an import was cut off before it was."""
        self._need()
        trail = Trail(self.folder, held=self._held)
        if not up_to_date(self.folder, trail, self.rules):
            trail = self._brought_up(trail)
        if self._trail is None or trail.version != self._trail.version:
            self._trail = trail
            if self._held is not None:
                self._held.keep_only({*trail.paths})
            self._behind = not up_to_date(self.folder, trail, self.rules)
        if self._trail.note.last_ts is None:
            raise WorkspaceMissing(
                f"The log in {self.folder} has no touchpoints.", hint=self._what_to_import()
            )
        return self._trail

    def _what_to_import(self) -> str:
        waiting = self.rejected.count()
        if waiting:
            return f"{waiting:,} rows wait in `sojourn rejected list`."
        if claims.version(self.folder) >= 0:
            return "People are known, but not what they did: import a file of touchpoints."
        return "Import a file."

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
        persona: str | None = None,
        in_list: str | None = None,
        threads: int | None = None,
    ) -> Journey:
        """The log read through a model: an id, a YAML file, a mapping or a Model.

        `start` and `end` (half-open, report zone) choose cycles by when they began, `people` by a
        condition, `where` by a touchpoint that they hold; `only` hides others (a name will do).
        """
        settings, zone, trail = self.settings, self.settings.zoneinfo, self.trail()
        first, last = _period(start, end, zone)
        view = View(
            source=trail,
            engine=engine_of(self.engine, threads),
            model=self.model(model if model is not None else settings.journey),
            as_of=self._now(trail) if as_of is None else micros(as_of, zone, "as of"),
            zone=zone,
            start=first,
            end=last,
            people=_about_people(people, settings.zone),
            where=_touching(where, "where", trail, settings.zone),
            only=_touching(only, "only", trail, settings.zone),
            personas=settings.persona_conditions(),
            ids=trail.shown_people,
            costs=partial(costs.read, self.folder),
            meant=settings.content,
            plan=self.plan,
            about=_about(settings, trail, self._behind),
        )
        return self._of_groups(replace(view, clock=settings.clock), persona, in_list)

    def _now(self, trail: Trail) -> int:
        """What now is: the present once touchpoints come in live, else the log's last moment."""
        if self.settings.clock == "recorded":
            return trail.recorded
        return max(trail.recorded, time.time_ns() // 1_000)

    def _of_groups(self, view: View, persona: str | None, in_list: str | None) -> Journey:
        if persona is not None:
            told = {**view.about, "persona": persona}
            view = replace(
                view, people=both(view.people, self.settings.persona(persona)), about=told
            )
        if in_list is not None:
            told = {**view.about, "list": in_list}
            view = replace(narrowed(view, self.lists.keys(in_list, view.as_of)), about=told)
        view = replace(view, traits=self._traits(view), walks=self._walks)
        return Journey(view, self._traits, self._keys_of)

    @property
    def lists(self) -> Lists:
        """The saved lists of people."""
        return Lists(self.folder, self.journey, self._people, self.settings.journey)

    def personas(self, journey: str | None = None, **filters: Any) -> Table:
        """One row a persona: its people, their share, and who is in no other persona."""
        return self.journey(journey, **filters).personas()

    def _traits(self, view: View) -> dict[str, Trait]:
        conditions = [c for c in (view.people, *view.personas.values()) if c is not None]
        wanted = {".".join(r.path) for c in conditions for r in c.refs if r.name == "traits"}
        if view.by and view.by.startswith("traits."):
            wanted.add(view.by.removeprefix("traits."))
        wanted.update(traits.names(self.folder) if view.alike is None else view.alike)
        if not wanted:
            return {}
        keys = dictionaries.load(self.folder, dictionaries.PERSON)
        recorded = self.trail().recorded
        present = recorded if view.as_of >= recorded else None
        return traits.load(self.folder, sorted(wanted), self._people(), keys, latest=present)

    @property
    def people(self) -> PeopleRoom:
        """People one by one: to be listed, looked at, explained, joined and parted."""
        self._need()
        return PeopleRoom(self.folder, self.settings, self.journey, self._refresh)

    @property
    def maps(self) -> Atlas:
        """The journey maps."""
        return Atlas(self.folder, self.journey, self.settings.journey)

    @property
    def plan(self) -> Plan:
        """The goals of the stages, and what happened when."""
        return Plan(self.folder, self.settings.zone)

    @property
    def links(self) -> Links:
        """The campaign links, and the vocabulary of their tags."""
        return Links(self.folder, self.journey if self.exists else None)

    def goals(self, journey: str | None = None, **filters: Any) -> Table:
        """One row a goal with its number now: those of a journey, or of all."""
        named = [goal.journey for goal in self.plan.goals()]
        asked = [journey] if journey else [*dict.fromkeys(named)] or [self.settings.journey]
        return every_goal([self.journey(each, **filters).goals() for each in asked])

    def set_goal(self, **told: Any) -> Goal:
        """Keep a goal; its way begins at today's number. One of the same id is replaced.

        `stage`, `measure`, `target` and `by`, and what else a goal has; raises PlanError.
        """
        goal = self.plan.checked({"journey": self.settings.journey, **told})
        goal = begun(goal, self.journey(goal.journey).view) if self.exists else goal
        self.plan.set_goal(goal)
        return goal

    @property
    def alerts(self) -> Alerts:
        """Who is told when something goes wrong, and when the weekly mail goes out."""
        name = self.settings.name or self.folder.resolve().name
        address = os.environ.get("SOJOURN_SITE_URL", "")
        zone = self.settings.zoneinfo
        return Alerts(self.folder, name, self._alarms, self.digest, zone, address)

    def _alarms(self) -> Table:
        return alarms(self.journey().view)

    def digest(self, journey: str | None = None, *, as_of: Moment | None = None) -> Digest:
        """The Monday mail: what changed in the 7 days until `as_of`."""
        name = self.settings.name or self.folder.resolve().name
        latest = {} if as_of is None else {"as_of": as_of}
        return weekly(
            name, lambda model, **asked: self.journey(model, **{**latest, **asked}), journey
        )

    def record(self, told: ByHand, *, timeout: float = 10) -> ImportReport:
        """Keep a touchpoint that somebody tells; waits so many seconds for another writer."""
        frame = told.frame()
        now = self.settings
        options = ImportOptions(
            columns_of(frame), tz=now.zone, source=SOURCE, actors=now.names, blocked=now.blocked
        )
        ends = time.monotonic() + timeout
        while True:
            try:
                return self.add_with(frame, options, how=choosing.How("none"))
            except WorkspaceBusy:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.1)

    def _people(self) -> People:
        now = self.settings
        versions = self.log.version(), claims.version(self.folder), now.blocked, now.contacts
        if self._known is None or self._known[0] != versions:
            files = [str(file.path) for file in self.log.files()]
            told = claims.read(self.folder, versions[1])
            self._known = versions, people_of(files, now.blocked, told=told, contacts=now.contacts)
        return self._known[1]

    def _keys_of(self, texts: Sequence[str], ts: Sequence[int]) -> Ints:
        """The key of the person that each id names at its moment."""
        known = dictionaries.load(self.folder, dictionaries.PERSON)
        return keys_of(self._people(), known, self.settings.contacts, texts, ts)

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

    def backup(self, file: Path | str, progress: Progress | None = None) -> Kept:
        """Write all of the workspace into one archive, also while others read and write."""
        self._there()
        return backup(self.folder, Path(file), progress)

    def verify(self) -> Table:
        """Whether nothing was lost: one row a check, which holds when both sides agree."""
        self._there()
        return verify(self.folder)

    def retain(self, *, dry_run: bool = True) -> Table:
        """What is older than its period (`retention` in the settings): told, or let go of."""
        self._there()
        now = self._now(Trail(self.folder))
        return retain(
            self.folder, self.rules, self.settings.retention, moment(now), dry_run=dry_run
        )

    def info(self) -> Table:
        """What is in the log: a row a touchpoint name."""
        trail = self.trail()
        return health.info(self.log, trail, self.settings.clock, self._now(trail))

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


def _period(
    start: Moment | None, end: Moment | None, zone: ZoneInfo
) -> tuple[int | None, int | None]:
    first = None if start is None else micros(start, zone, "from")
    last = None if end is None else micros(end, zone, "to")
    if first is not None and last is not None and first >= last:
        raise QuestionError("The period is empty: 'from' is not before 'to'.")
    return first, last


def _about_people(raw: Question, zone: str) -> Condition | None:
    return parse(raw, "people", where="people", zone=zone) if isinstance(raw, str) else raw


def _touching(raw: Question, where: str, trail: Trail, zone: str) -> Condition | None:
    if not isinstance(raw, str):
        return raw
    return parse_or_name(raw, trail.values("name"), where=where, zone=zone)


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


def open_workspace(folder: Path | str = "sojourn", *, engine: str = LOCAL) -> Workspace:
    """The workspace in a folder; it need not exist yet: the first import makes it.

    `engine` is who answers: `local`, or a Spark cluster such as `spark://host:7077`.
    """
    engine_of(engine)
    return Workspace(folder, engine=engine)


def read(source: Any, *, zone: str = "UTC", **options: Any) -> Workspace:
    """A log in a temporary folder that goes with the workspace; options as in `Workspace.add`."""
    workspace = Workspace(tempfile.mkdtemp(prefix="sojourn-"))
    weakref.finalize(workspace, shutil.rmtree, workspace.folder, ignore_errors=True)
    if zone != "UTC":
        workspace.configure(zone=ZoneInfo(zone).key)
    workspace.add(source, **options)
    return workspace
