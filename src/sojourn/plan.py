"""A workspace's plan: its goals and what happened when, as YAML files for people and for git.

`goals.yaml` and `annotations.yaml` are lists; a change touches the lines that it must, comments
stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedSeq

from sojourn import shelf
from sojourn.core.plan import Annotation, Goal, annotation_of, goal_of
from sojourn.errors import PlanError, SojournError, UnknownName
from sojourn.store import written

GOALS, ANNOTATIONS = "goals.yaml", "annotations.yaml"
MOST = 500


@dataclass(frozen=True)
class Plan:
    """The plan of the workspace in a folder, whose report is in `zone`."""

    folder: Path
    zone: str

    # Goals

    def goals(self) -> tuple[Goal, ...]:
        """Every goal, in the order of the file."""
        raw = _read(self.folder / GOALS)
        if not raw:
            return ()
        stages = self._stages()
        found = [goal_of(each, f"{GOALS}[{i}]", stages) for i, each in enumerate(raw)]
        ids = [goal.id for goal in found]
        for twice in {each for each in ids if ids.count(each) > 1}:
            raise PlanError(f"{GOALS}: id: found {twice!r} twice, expected each once")
        return tuple(found)

    def checked(self, raw: Mapping[str, Any]) -> Goal:
        """The goal that a mapping describes; raises PlanError."""
        return goal_of({k: v for k, v in raw.items() if v not in ("", None)}, "goal",
                       self._stages())  # fmt: skip

    def set_goal(self, goal: Goal) -> None:
        """Keep a goal; one of the same id before is replaced, but for where its way began."""
        before = next((each for each in self.goals() if each.id == goal.id), None)
        if before is not None and goal.was is None and _goes_on(before, goal):
            goal = replace(goal, since=before.since, was=before.was)

        def put(rows: CommentedSeq) -> None:
            _put(rows, [g.get("id") or checked(g) for g in rows], goal.id, goal.to_mapping())

        def checked(raw: Any) -> str:
            return goal_of(raw, GOALS, self._stages()).id

        _change(self.folder / GOALS, put)

    def drop_goal(self, name: str) -> None:
        """Forget a goal; raises UnknownName where there is none of this id."""
        ids = [goal.id for goal in self.goals()]
        place = _place(name, ids, "goal")
        _change(self.folder / GOALS, lambda rows: rows.pop(place))

    def _stages(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for name in shelf.known(self.folder):
            try:
                model = shelf.model(self.folder, name, self.zone)
            except SojournError:
                continue
            found[name] = tuple(stage.id for stage in model.stages)
        return found

    # Annotations

    def annotations(self) -> tuple[Annotation, ...]:
        """Everything that is noted, by day."""
        raw = _read(self.folder / ANNOTATIONS)
        found = [annotation_of(each, f"{ANNOTATIONS}[{i}]") for i, each in enumerate(raw)]
        return tuple(sorted(found, key=lambda each: (each.day, each.text)))

    def annotate(
        self, day: date | str, text: str, kind: str = "other", until: date | str | None = None
    ) -> Annotation:
        """Note what happened on a day; the same again changes nothing."""
        raw = {"day": day, "text": text, "kind": kind, "until": until or None}
        note = annotation_of(raw, "annotation")
        if note not in self.annotations():
            _change(
                self.folder / ANNOTATIONS,
                lambda rows: rows.append(note.to_mapping()),
            )
        return note

    def drop_annotation(self, day: date | str, text: str) -> None:
        """Forget what was noted on a day; raises UnknownName where nothing was."""
        raw = _read(self.folder / ANNOTATIONS)
        told = [annotation_of(each, ANNOTATIONS) for each in raw]
        names = [f"{each.day.isoformat()} {each.text}" for each in told]
        place = _place(f"{day} {' '.join(text.split())}", names, "annotation")
        _change(self.folder / ANNOTATIONS, lambda rows: rows.pop(place))


def _goes_on(before: Goal, goal: Goal) -> bool:
    """Whether a goal is about the same number as before, and on its way already."""
    fields = ("journey", "stage", "measure", "days", "over")
    begun = before.since is not None and before.since < goal.by
    return begun and all(getattr(before, name) == getattr(goal, name) for name in fields)


def _put(rows: CommentedSeq, ids: list[str], name: str, told: Mapping[str, Any]) -> None:
    if name not in ids:
        rows.append(dict(told))
        return
    old = rows[ids.index(name)]
    for key in [key for key in old if key not in told]:
        del old[key]
    old.update(told)


def _place(name: str, known: list[str], what: str) -> int:
    if name not in known:
        near = get_close_matches(name, known, 1)
        told = ", ".join(known[:10]) or "none yet"
        hint = (f"Did you mean {near[0]!r}? " if near else "") + f"There are: {told}."
        raise UnknownName(f"There is no {what} {name[:80]!r}.", hint=hint)
    return known.index(name)


def _read(path: Path) -> CommentedSeq:
    found = written.read(path, PlanError)
    if found is None:
        return CommentedSeq()
    if not isinstance(found, CommentedSeq):
        raise PlanError(f"{path.name}: found {type(found).__name__}, expected a list")
    if len(found) > MOST:
        raise PlanError(f"{path.name}: found {len(found):,} entries, expected at most {MOST}")
    return found


def _change(path: Path, change: Callable[[CommentedSeq], Any]) -> None:
    rows = _read(path)
    change(rows)
    if len(rows) > MOST:
        raise PlanError(f"{path.name}: there are {MOST} already, which is the most there can be")
    written.write(path, rows)
