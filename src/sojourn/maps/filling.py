"""Filling a map: the data lanes from the measures, the others from the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Protocol

from sojourn.core.table import Table
from sojourn.errors import MapError, QuestionError
from sojourn.maps import entries
from sojourn.maps.document import Cell, LaneChoice, MapDocument
from sojourn.maps.entries import Answers
from sojourn.maps.filled import Entry, FilledCell, FilledMap, Lane, Stage
from sojourn.pictures.facts import Facts, ModelInfo, read_facts

FOUND: Mapping[str, Callable[[Answers, str], list[Entry]]] = {
    "goal": entries.goals,
    "expectation": entries.expectations,
    "touchpoints": entries.chips,
    "thoughts": entries.quotes,
    "feelings": entries.feelings,
    "pains": entries.pains,
    "chances": entries.chances,
    "content": entries.content,
}
"""The lanes that are found in the answers."""


class Asks(Protocol):
    """A journey, as far as a map asks it."""

    @property
    def model(self) -> ModelInfo: ...
    def stages(self) -> Table: ...
    def moves(self) -> Table: ...
    def met(self) -> Table: ...
    def verbatims(self) -> Table: ...
    def emotions(self) -> Table: ...
    def friction(self) -> Table: ...
    def moments(self) -> Table: ...
    def roles(self, of: str) -> Table: ...
    def goals(self) -> Table: ...
    def expectations(self) -> Table: ...


def fill(document: MapDocument, journey: Asks, before: Asks | None = None) -> FilledMap:
    """The map of a journey; `before` is the same journey in the period before, for trends.

    Raises MapError for a column that the journey does not have.
    """
    facts = read_facts(journey.stages(), journey.model, None, journey.moves())
    _check_columns(document, journey.model)
    answers = ask(journey, before)
    stages = tuple(_stage(document, facts, i) for i in range(len(facts.stages)))
    found = {stage.id: _found(document, answers, facts, i) for i, stage in enumerate(stages)}
    lanes = tuple(_lane(document, lane, stages, found) for lane in document.lanes)
    return FilledMap(
        id=document.id,
        title=document.title or facts.title,
        about=tuple([document.persona, *facts.about] if document.persona else facts.about),
        journey=journey.model.id,
        stages=stages,
        lanes=lanes,
        simulated=facts.simulated,
    )


def ask(journey: Asks, before: Asks | None = None) -> Answers:
    """Everything that the data lanes need."""
    return Answers(
        met=journey.met(),
        verbatims=journey.verbatims(),
        emotions=journey.emotions(),
        friction=journey.friction(),
        moments=journey.moments(),
        content=_content(journey),
        before=before.met() if before is not None else None,
        goals=journey.goals(),
        expectations=journey.expectations(),
    )


def _content(journey: Asks) -> Table:
    """The parts of content; of pages where content has too many values to follow."""
    try:
        return journey.roles("content")
    except QuestionError:
        return journey.roles("campaign")


def _stage(document: MapDocument, facts: Facts, number: int) -> Stage:
    stage = facts.stages[number]
    return Stage(
        id=stage.id,
        name=stage.name,
        question=stage.question,
        color=stage.color,
        purchase=stage.neck,
        people=stage.people,
        opens=f"stage = '{stage.id}'",
        steps=document.steps.get(stage.id, ()),
    )


def _found(
    document: MapDocument, answers: Answers, facts: Facts, number: int
) -> dict[str, list[Entry]]:
    """What the data say of one stage, by kind of lane."""
    stage = facts.stages[number]
    found = {lane: make(answers, stage.id) for lane, make in FOUND.items()}
    found["measures"] = entries.measures(stage)
    owners = {lane.lane: document.cell(lane.id, stage.id) for lane in document.lanes}
    backstage = owners.get("backstage", Cell())
    planned = [row["owner"] or "" for row in answers.goals.rows if row["stage"] == stage.id]
    named = [backstage.text, backstage.owner, *(c.owner for c in owners.values()), *planned]
    owner = next((each for each in named if each), "")
    goal = bool(planned) or any(
        _written(document.cell(lane.id, column))
        for lane in document.lanes
        if lane.lane == "goal"
        for column in _columns(document, stage.id)
    )
    own = _written(owners.get("content", Cell()))
    with_own = {**found, "content": found["content"] or ([Entry("content", "")] if own else [])}
    found["coverage"] = entries.gaps(dict(with_own), owner, goal)
    return found


def _written(cell: Cell) -> bool:
    return bool(cell.text or cell.add or cell.pin)


def _columns(document: MapDocument, stage: str) -> Sequence[str]:
    return [stage, *(f"{stage}/{step}" for step in document.steps.get(stage, ()))]


def _lane(
    document: MapDocument,
    lane: LaneChoice,
    stages: Sequence[Stage],
    found: Mapping[str, Mapping[str, list[Entry]]],
) -> Lane:
    cells: dict[str, FilledCell] = {}
    for stage in stages:
        for column in _columns(document, stage.id):
            cell = document.cell(lane.id, column)
            data = found[stage.id].get(lane.lane, []) if column == stage.id else []
            made = [*_by_hand(lane, cell, stage, column), *_kept(lane, cell, data)]
            if made or cell.owner or cell.note:
                cells[column] = FilledCell(tuple(made), cell.owner, cell.note)
    return Lane(lane.id, lane.lane, lane.name, cells)


def _by_hand(lane: LaneChoice, cell: Cell, stage: Stage, column: str) -> list[Entry]:
    kind = {"pains": "pain", "chances": "chance", "content": "content"}
    own = kind.get(lane.lane, "text")
    texts = [*([cell.text] if cell.text else []), *cell.add]
    if not texts and lane.lane == "question" and column == stage.id:
        texts = [stage.question] if stage.question else []
    if lane.lane == "images":
        return [_image(text) for text in texts]
    made = [Entry(own, text, by_hand=True) for text in texts]  # type: ignore[arg-type]
    return made + [Entry("quote", text, "pinned", by_hand=True) for text in cell.pin]


def _image(text: str) -> Entry:
    """A picture as it is written down: `tasting-1a2b3c4d.jpeg: People taste coffee`."""
    name, _, words = text.partition(":")
    return Entry("image", words.strip() or name.strip(), key=name.strip(), by_hand=True)


def _kept(lane: LaneChoice, cell: Cell, data: list[Entry]) -> list[Entry]:
    if lane.lane == "thoughts":
        data = [entry for entry in data if entry.text not in cell.pin]
    return entries.settled(data, cell.dismiss, cell.accept)


def _check_columns(document: MapDocument, model: ModelInfo) -> None:
    known = [stage.id for stage in model.stages]
    for stage in document.steps:
        if stage not in known:
            raise _unknown(f"{document.id}: steps.{stage}", stage, known)
    columns = [column for stage in known for column in _columns(document, stage)]
    for lane, cells in document.cells.items():
        for column in cells:
            if column not in columns:
                raise _unknown(f"{document.id}: cells.{lane}.{column}", column, columns)


def _unknown(place: str, found: str, known: Sequence[str]) -> MapError:
    near = get_close_matches(found, known, 1)
    return MapError(
        f"{place}: found {found!r}, expected one of {', '.join(known)}",
        hint=f"Did you mean {near[0]!r}?" if near else None,
    )
