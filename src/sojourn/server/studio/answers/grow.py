"""What the room Grow shows: channels from all sides, content with its gaps, links, personas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sojourn import pictures
from sojourn.core.links import TAGS, Link, Vocabulary
from sojourn.core.table import Table
from sojourn.measure.channels import FEW, STAY
from sojourn.pictures.text import duration, percent
from sojourn.server.studio.answers.closer import Options, chosen, picture, sheet_of, stage_names
from sojourn.server.studio.answers.sheet import Sheet
from sojourn.server.studio.filters import Filters
from sojourn.workspace import Workspace

MOST_SENTENCES = 4
CARD = ("first channel", "device", "touchpoint", "weekday", "time of day")
"""What a persona's card tells of their habits: the most usual of each."""


def channels(workspace: Workspace, filters: Filters, options: Options) -> Sheet:
    """Whom each channel brings, who stays, what that costs."""
    journey = workspace.journey(**filters.asked())
    ideal = chosen(options, "ideal", workspace.settings.ideal) or None
    table = journey.channels(ideal)
    shown = sheet_of(journey, table, picture(pictures.ranges, table))
    return Sheet(shown.table, shown.drawings, tuple(sentences(table.rows)), names=shown.names)


def sentences(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The answer in words: who brings people that stay, and what a new customer costs."""
    told = [_who_stays([row for row in rows if row["stay_share"] is not None])]
    told += [_cost(row) for row in rows if row.get("per_customer_low") is not None]
    return told[:MOST_SENTENCES]


def _who_stays(rows: Sequence[Mapping[str, Any]]) -> str:
    """Which channel brings people who stay, and which may do as well."""
    if not rows:
        return f"No channel has brought {FEW} customers whose first order is {STAY} days old."
    best = max(rows, key=lambda row: row["stay_share"])
    rest = [row for row in rows if row is not best]
    alike = [row["channel"] for row in rest if row["stay_high"] >= best["stay_low"]]
    sure = ", surely more than of any other channel" if rest and not alike else ""
    if alike:
        sure = f"; {_and(alike)} may do as well"
    return (
        f"{best['channel']} brings people who stay: {best['stayed']:,} of {best['ripe']:,} "
        f"({percent(best['stay_share'])}) ordered again within {STAY} days{sure}."
    )


def _cost(row: Mapping[str, Any]) -> str:
    """What a new customer costs through a channel, over all ways of counting."""
    low, high = (f"{row[f'per_customer_{end}']:,.0f}" for end in ("low", "high"))
    span = f"about {low}" if low == high else f"{low} to {high}"
    money = f"{span} {row['currency'] or ''}".strip()
    return f"A new customer through {row['channel']} costs {money}, depending on how it is counted."


def content(workspace: Workspace, filters: Filters, options: Options) -> Sheet:
    """Which channel or content serves which stage, and which stage nothing serves."""
    journey = workspace.journey(**filters.asked())
    of = chosen(options, "of", "channel")
    table = journey.roles(of, by=filters.by or None)
    names = stage_names(journey)
    lead: tuple[str, ...] = ()
    if not filters.by:
        served = {row["stage"] for row in table.rows if row["item"] != "(none)" and row["people"]}
        gaps = [name for stage, name in names.items() if stage not in served]
        lead = (f"Nobody meets any {of} in {_and(gaps)}.",) if gaps else ()
    drawings = () if filters.by else picture(pictures.roles, table, model=journey.model)
    return Sheet(table, drawings, lead, names=names)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def untagged(workspace: Workspace, filters: Filters, _options: Options) -> Sheet:
    """Visits that nobody tagged, or that are not spelled as agreed."""
    journey = workspace.journey(**filters.asked())
    table = journey.untagged(workspace.links.vocabulary())
    return sheet_of(journey, table)


@dataclass(frozen=True)
class Card:
    """A persona: who they are, how many, their numbers and what is most usual of them."""

    name: str
    condition: str
    ideal: bool
    people: int
    share: float
    numbers: tuple[tuple[str, str, str], ...]
    habits: tuple[tuple[str, str, float, float], ...]


def sizes(workspace: Workspace, filters: Filters) -> Table:
    """How many people each persona has."""
    return workspace.journey(**filters.asked("persona")).personas()


def cards(workspace: Workspace, filters: Filters) -> tuple[Card, ...]:
    """Every persona as a card, the wished-for first."""
    now = workspace.settings
    asked = filters.asked("persona")
    if not now.personas:
        return ()
    sizes = {row["persona"]: row for row in workspace.journey(**asked).personas().rows}
    found = []
    for name, condition in now.personas.items():
        rows = workspace.journey(**asked, persona=name).habits().rows
        size = sizes[name]
        found.append(Card(
            name, condition, name == now.ideal, size["people"], size["share"] or 0.0,
            tuple((row["item"], _told(row["figure"], row["unit"]),
                   _told(row["everybody"], row["unit"])) for row in rows
                  if row["section"] == "numbers" and row["figure"] is not None),
            tuple(_most(rows)),
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda card: (not card.ideal, -card.people)))


def _told(figure: float | None, unit: str) -> str:
    """A number of a card as people read it."""
    if figure is None:
        return "none"
    if unit == "share":
        return percent(figure)
    return duration(figure) if unit == "days" else f"{figure:,.1f}".removesuffix(".0")


def _most(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, float, float]]:
    """Of each kind of habit the most usual one, beside everybody's share of it."""
    best: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        section = row["section"]
        if section in CARD and (row["figure"] or 0) > (
            (best.get(section) or {}).get("figure") or 0
        ):
            best[section] = row
    return [
        (section, best[section]["item"], best[section]["figure"], best[section]["everybody"] or 0.0)
        for section in CARD
        if section in best
    ]


def set_ideal(workspace: Workspace, name: str) -> None:
    """Say which persona the business wishes for; none where the name is empty."""
    workspace.configure(ideal=name)


# Links


def links(workspace: Workspace) -> tuple[Table, Vocabulary]:
    """The links that were made, and the agreed words."""
    return workspace.links.table(), workspace.links.vocabulary()


def make_link(workspace: Workspace, url: str, tags: tuple[tuple[str, str], ...], by: str) -> Link:
    """Make a link."""
    return workspace.links.make(url, by=by, **{tag: value for tag, value in tags if tag in TAGS})


def drop_link(workspace: Workspace, url: str) -> None:
    """Take a link off the list."""
    workspace.links.drop(url)


def agree(workspace: Workspace, tag: str, value: str) -> None:
    """Add a value to the vocabulary."""
    workspace.links.agree(tag, value)


def forget(workspace: Workspace, tag: str, value: str) -> None:
    """Take a value out of the vocabulary."""
    workspace.links.forget(tag, value)
