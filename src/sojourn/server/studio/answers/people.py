"""What the room People shows: who they are, and one person from first to last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from sojourn.byhand import ByHand
from sojourn.core.consent import PURPOSES
from sojourn.core.table import Column, ColumnType, Table
from sojourn.people.consenting import consents_of
from sojourn.people.person import Person
from sojourn.pictures import ribbon
from sojourn.server.studio.answers.sheet import Drawing, Sheet, drawn
from sojourn.server.studio.filters import Filters
from sojourn.workspace import Workspace

SHOWN = 2_000
NEWEST = 60
"""So many touchpoints a person's page shows, the last ones."""


TOUCHPOINT: Mapping[str, ColumnType] = {
    "ts": "time",
    "name": "text",
    "actor": "text",
    "channel": "text",
    "device": "text",
    "page": "text",
    "value": "money",
    "currency": "text",
    "order_id": "text",
    "sentiment": "number",
    "text": "text",
}
"""The columns of a person's touchpoints as a file."""


def everybody(workspace: Workspace, filters: Filters, search: str, whole: bool = True) -> Sheet:
    """One row a person that is chosen; `search` is a part of an id they are known by.

    What a page shows, and remembers, are the first 2,000 of perhaps a million.
    """
    table = workspace.people.list(search=search or None, **filters.asked())
    if whole or len(table) <= SHOWN:
        return Sheet(table)
    # Taken, not sliced: a slice would travel with everybody behind it.
    first = replace(table, data=table.data.take(list(range(SHOWN))))
    return Sheet(first, rows=len(table))


@dataclass(frozen=True)
class OnePerson:
    """One person's page: who they are, the picture, what happened, and who is behind it."""

    person: Person
    drawing: Drawing
    touchpoints: tuple[Mapping[str, Any], ...]
    stage: str
    stage_name: str
    orders: int
    claims: Table
    sent_by: str
    feelings: tuple[Mapping[str, Any], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    consents: tuple[Mapping[str, Any], ...] = ()
    purposes: tuple[str, ...] = PURPOSES
    brought: str = ""


def person(workspace: Workspace, filters: Filters, who: str) -> OnePerson:
    """Everything that is known of one person, through the chosen journey."""
    asked = filters.asked("persona", "list", "people", "where", "start", "end", "only")
    found = workspace.people.show(who, **asked)
    model = workspace.model(found.journey)
    names = {stage.id: stage.name for stage in model.stages}
    settings = workspace.settings
    draw = partial(_ribbon, found, model, settings.zone, settings.simulated)
    roster = workspace.people.list(people=_only(found), **asked).rows
    now = roster[0] if roster else {}
    sent = [touch["referred_by"] for touch in found.touchpoints if touch.get("referred_by")]
    return OnePerson(
        person=found,
        drawing=drawn(draw),
        touchpoints=tuple(reversed(found.touchpoints[-NEWEST:])),
        stage=str(now.get("stage") or ""),
        stage_name=names.get(str(now.get("stage")), ""),
        orders=int(now.get("orders") or 0),
        claims=workspace.people.claims(who),
        sent_by=sent[0] if sent else "",
        feelings=tuple(t for t in found.touchpoints if t.get("sentiment") is not None),
        names=names,
        brought=_brought(found),
        consents=tuple(reversed(consents_of(found.traits))),
        purposes=tuple(dict.fromkeys([*PURPOSES, *settings.consent])),
    )


def _brought(found: Person) -> str:
    """The condition on touchpoints of those whom this person sent, by any of their ids."""
    ids = dict.fromkeys([found.id, *(str(alias["id"]) for alias in found.aliases)])
    quoted = ("'" + each.replace("'", "''") + "'" for each in ids)
    return f"referred_by in ({', '.join(quoted)})"


def _only(found: Person) -> str:
    return f"person = '{found.id.replace(chr(39), 2 * chr(39))}'"


def _ribbon(found: Person, model: Any, zone: str, simulated: bool, width: int) -> str:
    return ribbon(
        found.stages,
        found.touchpoints,
        model=model,
        as_of=datetime.fromisoformat(found.as_of),
        zone=zone,
        simulated=simulated,
        theme="web",
        width=width,
    )


def everything(workspace: Workspace, who: str) -> dict[str, Any]:
    """One person as JSON."""
    return workspace.people.show(who).to_json()


def touchpoints(workspace: Workspace, who: str) -> Table:
    """One person's touchpoints as a table."""
    rows = workspace.people.show(who).touchpoints
    columns = [Column(name, kind) for name, kind in TOUCHPOINT.items()]
    data = {column.name: [row[column.name] for row in rows] for column in columns}
    return Table.of("touchpoints", columns, data, {})


def lists(workspace: Workspace, _filters: Filters) -> Sheet:
    """The saved lists."""
    return Sheet(workspace.lists.table())


# Changing


def save_list(workspace: Workspace, filters: Filters, name: str, fixed: bool, note: str) -> int:
    """Save those that are chosen as a list; how many they are."""
    asked = filters.asked("list")
    asked["journey"] = asked.pop("model", None)
    if filters.list:
        chosen = workspace.people.list(**filters.asked())
        return workspace.lists.save(name, ids=chosen.column("person"), note=note)
    return workspace.lists.save(name, fixed=fixed, note=note, **asked)


def remove_list(workspace: Workspace, name: str) -> None:
    """Forget a list."""
    workspace.lists.remove(name)


def add_by_hand(workspace: Workspace, told: ByHand) -> None:
    """Keep a touchpoint that somebody tells."""
    workspace.record(told, timeout=30)


def names(workspace: Workspace) -> tuple[str, ...]:
    """The names of touchpoints that occur."""
    return tuple(workspace.trail().values("name"))


def channels(workspace: Workspace) -> tuple[str, ...]:
    """The channels that occur."""
    return tuple(workspace.trail().values("channel"))


def split(workspace: Workspace, who: str, aliases: tuple[str, ...], by: str) -> str:
    """Part some aliases from a person; a merge of two user ids is taken back."""
    users = [alias for alias in aliases if alias.startswith("user:")]
    told = [workspace.people.unmerge(who, alias, by=by).told for alias in users]
    rest = [alias for alias in aliases if alias not in users]
    if rest:
        told.append(workspace.people.split(who, *rest, by=by).told)
    return "; ".join(told)


def merge(workspace: Workspace, who: str, other: str, by: str) -> str:
    """Say that two people are one."""
    return workspace.people.merge(who, other, by=by).told


def why(workspace: Workspace, one: str, other: str) -> Sheet:
    """By which claims two ids are one person."""
    return Sheet(workspace.people.why(one, other))
