"""What a `stages` table says, read once for every picture that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.pictures.text import clean, count, finite
from sojourn.pictures.theme import stage_colors

COUNTS = (
    *("reached", "people", "seen", "entered", "passed_over"),
    *("moved_on", "restarted", "lapsed", "here", "stalled"),
)
NEEDED = ("stage", "name", *COUNTS, "conversion", "moved_90d", "days_to_move")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
FEW = 30
"""Under this many people a share is written as `3 of 11`."""


class StageInfo(Protocol):
    """What a picture needs of a stage of a journey model."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def question(self) -> str | None: ...
    @property
    def neck(self) -> bool: ...


class ModelInfo(Protocol):
    """What a picture needs of a journey model; `stages` are in order."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> str: ...
    @property
    def source(self) -> str | None: ...
    @property
    def stages(self) -> Sequence[StageInfo]: ...


@dataclass(frozen=True)
class Leap:
    """The most usual way of skipping stages from one stage: how often, and to which."""

    count: int
    to: str


@dataclass(frozen=True)
class StageFacts:
    """One stage: the columns of the `stages` table, and what the model says of it."""

    id: str
    name: str
    question: str
    neck: bool
    color: str
    reached: int
    people: int
    seen: int
    entered: int
    passed_over: int
    moved_on: int
    restarted: int
    lapsed: int
    here: int
    stalled: int
    conversion: float | None
    moved_90d: float | None
    days_to_move: float | None
    next_name: str | None = None
    next_reached: int = 0
    leap: Leap | None = None


@dataclass(frozen=True)
class Facts:
    """All stages in order, and the notes that stand around them."""

    title: str
    source: str
    about: tuple[str, ...]
    people: int
    simulated: bool
    referred: int | None
    stages: tuple[StageFacts, ...]

    @property
    def neck(self) -> int:
        """Where the purchase stands among the stages."""
        return next((i for i, s in enumerate(self.stages) if s.neck), len(self.stages) - 1)

    @property
    def restarted(self) -> int:
        """How many journeys ended by beginning again."""
        return sum(s.restarted for s in self.stages)

    @property
    def empty(self) -> bool:
        """Whether nobody is on the journey."""
        return not any(s.reached for s in self.stages)

    @property
    def skipping(self) -> bool:
        """Whether anybody got past a stage without showing it."""
        return any(s.seen < s.reached for s in self.stages)


def read_facts(
    stages: Table, model: ModelInfo, title: str | None = None, moves: Table | None = None
) -> Facts:
    """Read a `stages` table of one block, with the leaps from a `moves` table when given.

    Raises PictureError for another kind of table, several blocks, or stages not in the model.
    """
    rows, block = one_block(stages, NEEDED)
    leaps = read_leaps(moves, model) if moves is not None else {}
    found = _stages(rows, model, leaps)
    notes = stages.notes
    people = whole(notes.get("people"), found[0].people if found else 0)
    return Facts(
        title=clean(title or model.name or model.id),
        source=clean(model.source or ""),
        about=tuple(about(notes, block, people)),
        people=people,
        simulated=bool(notes.get("simulated")),
        referred=whole(notes["referred"], 0) if _given(notes, "referred") else None,
        stages=tuple(found),
    )


def about(notes: Mapping[str, Any], block: str, people: int | None) -> list[str]:
    """Whom a picture shows: the block, how many people and touchpoints, which, up to which day."""
    parts = [block, "" if people is None else count(people, "person", "people")]
    if whole(notes.get("people_without_evidence"), 0):
        parts.append(f"{whole(notes['people_without_evidence'], 0):,} of them not on the journey")
    if _given(notes, "touchpoints"):
        parts.append(count(whole(notes["touchpoints"], 0), "touchpoint"))
    zone = notes.get("zone")
    parts += [f"{word} {day(notes[word], zone)}" for word in ("from", "to") if notes.get(word)]
    chosen = ((name, notes.get(f"filter_{name}")) for name in ("people", "where", "only"))
    parts += [f"{name}: {clean(condition)}" for name, condition in chosen if condition]
    if day(notes.get("as_of"), zone):
        parts.append(f"as of {day(notes['as_of'], zone)}")
    return [part for part in parts if part]


def _given(notes: Mapping[str, Any], key: str) -> bool:
    return finite(notes.get(key)) is not None


def whole(value: Any, otherwise: int) -> int:
    """A count, or another when there is none."""
    number = finite(value)
    return otherwise if number is None else int(number)


def one_block(table: Table, needed: Iterable[str]) -> tuple[list[dict[str, Any]], str]:
    """The rows of a table that holds a single block, and what that block is called.

    Raises PictureError when a column is missing or the table has several blocks.
    """
    names = [column.name for column in table.columns]
    missing = [name for name in needed if name not in names]
    if missing:
        raise PictureError(
            f"This picture needs the column {missing[0]!r}, which a {table.kind} table lacks.",
            hint=f"It has {', '.join(names)}.",
        )
    rows, by = table.rows, names[0]
    if by in needed:
        return rows, ""
    blocks = list(dict.fromkeys(str(row[by]) for row in rows))
    if len(blocks) > 1:
        raise PictureError(
            f"A picture shows one block; this table has {len(blocks)} by {by}: "
            f"{', '.join(clean(b) for b in blocks[:3])}{', ...' if len(blocks) > 3 else ''}.",
            hint="Draw one picture a block: keep the rows of one value, or ask with --where.",
        )
    return rows, f"{clean(by)}: {clean(blocks[0])}" if blocks else ""


def _stages(
    rows: list[dict[str, Any]], model: ModelInfo, leaps: Mapping[str, Leap]
) -> list[StageFacts]:
    known = {stage.id: stage for stage in model.stages}
    strange = [row["stage"] for row in rows if row["stage"] not in known]
    if strange:
        near = get_close_matches(str(strange[0]), known, 1)
        raise PictureError(
            f"The table has a stage {strange[0]!r} that the model {model.id!r} lacks.",
            hint=f"Its nearest is {near[0]!r}. " * bool(near) + "Give the model that was asked.",
        )
    if not rows:
        rows = [{"stage": stage.id} for stage in model.stages]
    colors = stage_colors(len(rows))
    following = [*rows[1:], {}]
    return [
        _stage(row, after, known, color, leaps)
        for row, after, color in zip(rows, following, colors, strict=True)
    ]


def _stage(
    row: Mapping[str, Any],
    after: Mapping[str, Any],
    known: Mapping[str, StageInfo],
    color: str,
    leaps: Mapping[str, Leap],
) -> StageFacts:
    stage = known[row["stage"]]
    counts = {name: whole(row.get(name), 0) for name in COUNTS}
    counts["seen"] = min(counts["seen"], counts["reached"])
    next_name = stage_name(known[after["stage"]]) if after else None
    return StageFacts(
        id=stage.id,
        name=stage_name(stage),
        question=clean(stage.question or ""),
        neck=bool(stage.neck),
        color=color,
        **counts,
        conversion=finite(row.get("conversion")),
        moved_90d=finite(row.get("moved_90d")),
        days_to_move=finite(row.get("days_to_move")),
        next_name=next_name,
        next_reached=whole(after.get("reached"), 0),
        leap=leaps.get(stage.id),
    )


def stage_name(stage: StageInfo) -> str:
    """A stage's name as it is shown: its id where it has no drawable name."""
    return clean(stage.name or "") or clean(stage.id)


def read_leaps(moves: Table, model: ModelInfo) -> dict[str, Leap]:
    """For each stage, the stage beyond the next that most of its moves went to."""
    rows, _ = one_block(moves, ("from_stage", "to_stage", "kind", "count"))
    place = {stage.id: i for i, stage in enumerate(model.stages)}
    names = {stage.id: stage_name(stage) for stage in model.stages}
    best: dict[str, Leap] = {}
    for row in rows:
        start, end = row["from_stage"], row["to_stage"]
        if row["kind"] != "moved" or start not in place or end not in place:
            continue
        number = whole(row["count"], 0)
        if place[end] > place[start] + 1 and number > (best[start].count if start in best else 0):
            best[start] = Leap(number, names[end])
    return best


def day(moment: Any, zone: Any = None) -> str:
    """An instant as people write it, in the report's zone (else UTC); midnight goes unsaid.

    >>> day("2026-03-31T00:00:00.000000Z"), day("2026-03-31T14:05:00Z"), day(None)
    ('31 March 2026', '31 March 2026, 14:05 UTC', '')
    >>> day("2026-03-30T22:00:00Z", "Europe/Amsterdam")
    '31 March 2026'
    """
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return clean(moment)
    if not isinstance(moment, datetime):
        return clean(moment) if moment is not None else ""
    local = moment.astimezone(_zone(zone)) if moment.tzinfo else moment.replace(tzinfo=UTC)
    date = f"{local.day} {MONTHS[local.month - 1]} {local.year}"
    return date if (local.hour, local.minute) == (0, 0) else f"{date}, {local:%H:%M %Z}"


def _zone(name: Any) -> tzinfo:
    try:
        return ZoneInfo(str(name)) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
