"""A plan: the goals of stages, with owner and date, and what happened when."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, NoReturn

from sojourn.errors import PlanError

KEYS = (
    *("id", "journey", "stage", "measure", "days", "target", "by", "owner", "note"),
    *("since", "was", "over"),
)
NAMED = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
LONGEST = 500
HORIZONS = (1, 7, 30, 90)
"""Within how many days a share of people may be asked to have moved on."""

OVER = 180
"""Shares, paces and feelings are those of journeys that began in so many last days."""


@dataclass(frozen=True)
class Measure:
    """What a goal can be about: what it is called, its unit, and whether more is better."""

    name: str
    unit: str
    more: bool = True
    staged: bool = True


MEASURES: Mapping[str, Measure] = {
    "arrivals": Measure("people who come in, in 7 days", "people"),
    "moved_on": Measure("share who move on in time", "share"),
    "days_to_move": Measure("days until half have moved on", "days", more=False),
    "quiet": Measure("share who go quiet within a year", "share", more=False),
    "stalled": Measure("people who are stalled", "people", more=False),
    "feeling": Measure("how people feel, from -1 to 1", "-1..1"),
    "customers": Measure("new customers in 7 days", "people", staged=False),
}


@dataclass(frozen=True)
class Goal:
    """One goal: `measure` of `stage` should reach `target` on the day `by`.

    `days` is the time in which people should have moved on (`moved_on` alone). `since` and `was`
    are the day and the value from which the way to the target is measured; `over` is how many
    last days of journeys a share or a feeling is measured on.
    """

    id: str
    journey: str
    stage: str
    measure: str
    target: float
    by: date
    days: int = 0
    owner: str = ""
    note: str = ""
    since: date | None = None
    was: float | None = None
    over: int = OVER

    @property
    def what(self) -> Measure:
        """What it is about."""
        return MEASURES[self.measure]

    def due(self, day: date) -> float | None:
        """Where a straight line from `was` to the target stands on a day; None without `was`.

        >>> goal = Goal("a", "hourglass", "try", "arrivals", 100, date(2026, 1, 31),
        ...             since=date(2026, 1, 1), was=40.0)
        >>> goal.due(date(2026, 1, 16))
        70.0
        """
        if day >= self.by:
            return self.target
        if self.since is None or self.was is None:
            return None
        part = max(0.0, (day - self.since).days / max(1, (self.by - self.since).days))
        return self.was + (self.target - self.was) * part

    def to_mapping(self) -> dict[str, Any]:
        """As it is written down; what is usual is left out."""
        raw = {key: value for key, value in asdict(self).items() if value not in ("", None)}
        if not self.days:
            raw.pop("days")
        if self.over == OVER:
            raw.pop("over")
        if not self.what.staged:
            raw.pop("stage", None)
        return {key: raw[key] for key in KEYS if key in raw}


def goal_of(raw: Any, where: str, stages: Mapping[str, tuple[str, ...]]) -> Goal:
    """Check a mapping and give the goal; `stages` are those of each journey there is.

    Raises PlanError, which says place, found, expected and the nearest right thing.
    """
    if not isinstance(raw, Mapping):
        _fail(where, raw, "a goal such as `{stage: try, measure: arrivals, target: 200, ...}`")
    for key in raw:
        if key not in KEYS:
            _fail(f"{where}.{key}", key, f"one of {', '.join(KEYS)}", KEYS)
    journey = _one_of(raw.get("journey"), f"{where}.journey", stages)
    measure = _one_of(raw.get("measure"), f"{where}.measure", MEASURES)
    stage = ""
    if MEASURES[measure].staged:
        stage = _one_of(raw.get("stage"), f"{where}.stage", stages[journey])
    by, since = _day(raw.get("by"), f"{where}.by"), raw.get("since")
    goal = Goal(
        id=_text(raw, "id", where) or _named(stage, measure, raw.get("days")),
        journey=journey,
        stage=stage,
        measure=measure,
        target=_number(raw.get("target"), f"{where}.target", MEASURES[measure].unit),
        by=by,
        days=_days(raw.get("days"), f"{where}.days") if measure == "moved_on" else 0,
        owner=_text(raw, "owner", where),
        note=_text(raw, "note", where),
        since=None if since is None else _day(since, f"{where}.since"),
        was=None if raw.get("was") is None
        else _number(raw["was"], f"{where}.was", MEASURES[measure].unit),
        over=_over(raw.get("over", OVER), f"{where}.over"),
    )  # fmt: skip
    if not NAMED.fullmatch(goal.id):
        _fail(f"{where}.id", goal.id, "small letters, digits and hyphens")
    if goal.since is not None and goal.since >= goal.by:
        _fail(f"{where}.by", goal.by.isoformat(), f"a day after {goal.since.isoformat()}")
    return goal


EVENTS: Mapping[str, str] = {
    "launch": "something new",
    "price": "a price changed",
    "campaign": "a campaign began",
    "outage": "something did not work",
    "other": "anything else",
}
ANNOTATED = ("day", "text", "kind", "until")
SHORT = 200


@dataclass(frozen=True)
class Annotation:
    """What happened on a day, or from it until another (inclusive)."""

    day: date
    text: str
    kind: str = "other"
    until: date | None = None

    def to_mapping(self) -> dict[str, Any]:
        """As it is written down."""
        raw = {"day": self.day, "until": self.until, "kind": self.kind, "text": self.text}
        return {key: value for key, value in raw.items() if value is not None}


def annotation_of(raw: Any, where: str) -> Annotation:
    """Check a mapping and give the annotation.

    Raises PlanError, which says place, found, expected and the nearest right thing.

    >>> annotation_of({"day": "2026-03-01", "text": "New price", "kind": "price"}, "a").kind
    'price'
    """
    if not isinstance(raw, Mapping):
        _fail(where, raw, "a mapping such as `{day: 2026-03-01, text: New price}`")
    for key in raw:
        if key not in ANNOTATED:
            _fail(f"{where}.{key}", key, f"one of {', '.join(ANNOTATED)}", ANNOTATED)
    text, kind = raw.get("text"), raw.get("kind", "other")
    if not isinstance(text, str) or not text.strip() or len(text) > SHORT:
        _fail(f"{where}.text", text, f"a text of at most {SHORT} characters")
    if not isinstance(kind, str) or kind not in EVENTS:
        _fail(f"{where}.kind", kind, f"one of {', '.join(EVENTS)}", EVENTS)
    day = _day(raw.get("day"), f"{where}.day")
    until = None if raw.get("until") is None else _day(raw["until"], f"{where}.until")
    if until is not None and until < day:
        _fail(f"{where}.until", until.isoformat(), f"a day not before {day.isoformat()}")
    return Annotation(day, " ".join(text.split()), kind, until)


def _named(stage: str, measure: str, days: Any) -> str:
    told = f"{days}d" if measure == "moved_on" and days else ""
    parts = [part for part in (stage, measure, told) if part]
    return re.sub(r"[^a-z0-9-]+", "-", "-".join(parts).lower()).strip("-")[:80]


def _one_of(raw: Any, where: str, known: Any) -> str:
    if not isinstance(raw, str) or raw not in known:
        _fail(where, raw, f"one of {', '.join(known)}", known)
    return raw


def _text(raw: Mapping[str, Any], key: str, where: str) -> str:
    found = raw.get(key)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > LONGEST:
        _fail(f"{where}.{key}", found, f"a text of at most {LONGEST} characters")
    return " ".join(found.split())


def _number(raw: Any, where: str, unit: str) -> float:
    """A number; a share may be written in percent."""
    text = str(raw).strip().replace(",", "") if raw is not None else ""
    percent = unit == "share" and text.endswith("%")
    try:
        value = float(text.removesuffix("%")) / 100 if percent else float(text)
    except ValueError:
        _fail(where, raw, "a share such as 40% or 0.4" if unit == "share" else "a number")
    low, high = {"share": (0.0, 1.0), "-1..1": (-1.0, 1.0)}.get(unit, (0.0, 1e12))
    if not math.isfinite(value) or not low <= value <= high:
        told = "from 0% to 100%" if unit == "share" else f"from {low:g} to {high:g}"
        _fail(where, raw, f"a number {told}")
    return value


def _day(raw: Any, where: str) -> date:
    if isinstance(raw, date):
        return date(raw.year, raw.month, raw.day)
    try:
        return date.fromisoformat(str(raw).strip())
    except ValueError:
        _fail(where, raw, "a day such as 2027-03-31")


def _days(raw: Any, where: str) -> int:
    text = str(raw).strip().removesuffix("days").removesuffix("day").strip()
    if not text.isdigit() or int(text) not in HORIZONS:
        _fail(where, raw, f"one of {', '.join(map(str, HORIZONS))}: within so many days")
    return int(text)


def _over(raw: Any, where: str) -> int:
    text = str(raw).strip()
    if isinstance(raw, bool) or not text.isdigit() or not 1 <= int(text) <= 3650:
        _fail(where, raw, "a number of days from 1 to 3650")
    return int(text)


def _fail(where: str, found: Any, expected: str, known: Any = ()) -> NoReturn:
    near = get_close_matches(str(found), list(known), 1) if found is not None else []
    told = "nothing" if found is None else repr(found)[:80]
    raise PlanError(
        f"{where}: found {told}, expected {expected}",
        hint=f"Did you mean {near[0]!r}?" if near else None,
    )
