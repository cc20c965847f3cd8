"""What the API answers, worked out from a workspace: plain functions, without Django."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sojourn.core.table import Table
from sojourn.errors import UnknownName
from sojourn.journey import Journey
from sojourn.server.studio.filters import Filters
from sojourn.workspace import Workspace

Pairs = tuple[tuple[str, str], ...]


def _one(pairs: Pairs, name: str, default: str) -> str:
    return next((value for key, value in pairs if key == name and value), default)


def _many(pairs: Pairs, name: str) -> list[str]:
    return [value for key, value in pairs if key == name and value]


def _number(pairs: Pairs, name: str, default: int) -> int:
    text = _one(pairs, name, str(default))
    if not text.isdigit() or len(text) > 9:
        raise UnknownName(f"{name}: found {text[:40]!r}, expected a whole number.")
    return int(text)


MEASURES: Mapping[str, Callable[[Journey, str | None, Pairs], Table]] = {
    "stages": lambda j, by, _: j.stages(by),
    "moves": lambda j, by, _: j.moves(by),
    "sojourns": lambda j, by, _: j.sojourns(by),
    "curve": lambda j, by, _: j.curve(by),
    "flow": lambda j, by, o: j.flow(_one(o, "of", "name"), top=_number(o, "top", 20), by=by),
    "funnel": lambda j, by, o: j.funnel(
        _many(o, "step"),
        within=_one(o, "within", "7 days"),
        order=_one(o, "order", "ordered"),  # type: ignore[arg-type]
        exclude=_one(o, "exclude", "") or None,
        hold=_one(o, "hold", "") or None,
        by=by,
    ),
    "retention": lambda j, by, o: j.retention(
        _one(o, "first", "touchpoint"),
        _one(o, "back", "") or None,
        every=_one(o, "every", "month"),  # type: ignore[arg-type]
        by=by,
    ),
    "attribution": lambda j, by, o: j.attribution(
        _many(o, "model") or None,
        credit=_one(o, "credit", "channel"),
        lookback=_one(o, "lookback", "30 days"),
        by=by,
    ),
    "roles": lambda j, by, o: j.roles(_one(o, "of", "channel"), by=by),
    "moments": lambda j, by, o: j.moments(_one(o, "of", "name"), by=by),
    "friction": lambda j, by, _: j.friction(by=by),
    "emotions": lambda j, by, o: j.emotions(_one(o, "of", "stage"), by=by),
    "verbatims": lambda j, _by, _: j.verbatims(),
    "met": lambda j, _by, _: j.met(),
    "lifetime": lambda j, _by, o: j.lifetime(horizon=_one(o, "horizon", "90 days")),
    "referrals": lambda j, _by, _: j.referrals(),
    "forecast": lambda j, _by, o: j.forecast(_number(o, "weeks", 8), change=_many(o, "change")),
    "channels": lambda j, _by, o: j.channels(_one(o, "ideal", "") or None),
    "untagged": lambda j, _by, _: j.untagged(),
    "series": lambda j, _by, o: j.series(
        _one(o, "of", "business"),
        every=_one(o, "every", "week"),  # type: ignore[arg-type]
        count=_number(o, "count", 0) or None,
        beside=_one(o, "beside", "") or None,  # type: ignore[arg-type]
    ),
    "goals": lambda j, _by, _: j.goals(),
    "today": lambda j, _by, _: j.today(),
    "newcomers": lambda j, _by, _: j.newcomers(),
    "unanswered": lambda j, _by, o: j.unanswered(_number(o, "days", 30)),
    "unheard": lambda j, _by, o: j.unheard(_number(o, "days", 14)),
}
"""Each measure by the command's name; `by` divides it, the pairs are its own options."""

OPTIONS = (
    *("step", "within", "order", "exclude", "hold", "of", "top", "first", "back", "every"),
    *("model", "credit", "lookback", "horizon", "weeks", "change", "days", "count", "beside"),
    "ideal",
)
"""What measures can be asked beside the filters."""


def measure(workspace: Workspace, name: str, filters: Filters, options: Pairs) -> dict[str, Any]:
    """The answer of a measure as JSON: `columns`, `rows`, `notes`."""
    journey = workspace.journey(**filters.asked())
    return MEASURES[name](journey, filters.by or None, options).to_json()


def people(workspace: Workspace, filters: Filters, search: str) -> dict[str, Any]:
    """One row a person that is chosen."""
    return workspace.people.list(search=search or None, **filters.asked()).to_json()


def person(workspace: Workspace, who: str, journey: str) -> dict[str, Any]:
    """Everything that is known of one person."""
    asked = {"model": journey} if journey else {}
    return workspace.people.show(who, **asked).to_json()


def why(workspace: Workspace, one: str, other: str) -> dict[str, Any]:
    """By which claims two ids are one person."""
    return workspace.people.why(one, other).to_json()


def claims(workspace: Workspace, who: str) -> dict[str, Any]:
    """The claims that were made of a person."""
    return workspace.people.claims(who).to_json()


def take_back(workspace: Workspace, act: str, by: str) -> str:
    """Take back what was said of people."""
    return workspace.people.undo(act, by=by).told


def merge(workspace: Workspace, one: str, other: str, by: str) -> dict[str, str]:
    """Say that two people are one; the id by which it is taken back."""
    done = workspace.people.merge(one, other, by=by)
    return {"act": done.act, "told": done.told}


def split(workspace: Workspace, who: str, aliases: tuple[str, ...], by: str) -> dict[str, str]:
    """Say that some aliases are not a person's; the id by which it is taken back."""
    done = workspace.people.split(who, *aliases, by=by)
    return {"act": done.act, "told": done.told}


def models(workspace: Workspace) -> list[dict[str, Any]]:
    """The journeys: id, name, shape and stages."""
    found = [workspace.model(name) for name in workspace.models()]
    return [
        {
            "id": model.id,
            "name": model.name,
            "shape": model.shape,
            "stages": [{"id": s.id, "name": s.name, "purchase": s.neck} for s in model.stages],
        }
        for model in found
    ]


def lists(workspace: Workspace) -> dict[str, Any]:
    """The saved lists."""
    return workspace.lists.table().to_json()
