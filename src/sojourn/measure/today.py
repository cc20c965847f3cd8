"""What wants attention today: one list, the most urgent first, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sojourn.core.table import Column, Table
from sojourn.measure.friction import friction
from sojourn.measure.goals import BEHIND, MISSED, goals
from sojourn.measure.notes import moment
from sojourn.measure.view import View
from sojourn.measure.waiting import fallen_silent, newcomers, unanswered, unheard

COLUMNS = (
    Column("kind", "text"),
    Column("text", "text"),
    Column("detail", "text"),
    Column("people", "integer", "people"),
    Column("opens", "text"),
)
NEW_FRICTION = timedelta(days=45)
NAMED = 3
MOST_IDS = 100
"""How many people a condition names."""

Line = dict[str, Any]


def today(view: View) -> Table:
    """One row a thing that wants attention; `opens` is the condition that finds its people.

    Kinds, in order: `customers`, `broken`, `unhappy`, `unheard`, `goal`, `silent`. The first is
    always there; without another the business has a quiet day.
    """
    came = newcomers(view)
    lines = [
        _customers(came),
        *_broken(view),
        *_people(unanswered(view), "unhappy", "{n} unhappy in the last 30 days, and unanswered"),
        *_people(unheard(view), "unheard", "{n} bought and heard nothing from us within 2 days"),
        *_behind(view),
        *_silent(view),
    ]
    data = {column.name: [line.get(column.name) for line in lines] for column in COLUMNS}
    return Table.of("today", COLUMNS, data, came.notes)


def _customers(came: Table) -> Line:
    totals = {name: sum(came.column(name)) for name in ("last_week", "week_before", "year_ago")}
    new = totals["last_week"]
    text = f"{_count(new, 'new customer')} in the last 7 days"
    told = [f"{totals['week_before']:,} the week before"]
    if totals["year_ago"]:
        told.append(f"{totals['year_ago']:,} a year ago")
    top = [f"{row['channel']} {row['last_week']:,}" for row in came.rows if row["last_week"]]
    if top:
        told.append("first met through " + ", ".join(top[:NAMED]))
    return {"kind": "customers", "text": text, "detail": "; ".join(told), "people": new}


def new_friction(view: View) -> Iterator[dict[str, Any]]:
    """The rows of friction that began lately and goes on."""
    begins = moment(view.as_of) - NEW_FRICTION
    for row in friction(view).rows:
        if row["since"] and not row["until"] and _day(row["since"]) >= begins.replace(tzinfo=None):
            yield row


def _broken(view: View) -> Iterator[Line]:
    for row in new_friction(view):
        yield {
            "kind": "broken",
            "text": row["text"],
            "detail": f"since {row['since']}",
            "people": round(row["excess_lost"]),
            "opens": _named([each.strip() for each in (row["examples"] or "").split(",")]),
        }


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _people(table: Table, kind: str, text: str) -> Iterator[Line]:
    if not len(table):
        return
    rows = table.rows
    said = next((row["text"] for row in rows if row["text"]), None)
    yield {
        "kind": kind,
        "text": text.format(n=_count(len(rows), "person", "people")),
        "detail": f"“{said}”" if said else f"the last one {rows[0]['ts']:%-d %B}",
        "people": len(rows),
        "opens": _named(table.column("person")),
    }


def _behind(view: View) -> Iterator[Line]:
    """Goals that are missed, or worse than they should be by now."""
    for row in goals(view).rows:
        if row["status"] in (MISSED, BEHIND):
            late = "its day is over" if row["status"] == MISSED else "behind the way to it"
            chance = "" if row["sure"] is not False else ", though within chance"
            yield {
                "kind": "goal",
                "text": row["text"],
                "detail": late + chance,
                "people": None,
                "opens": f"stage = '{row['stage']}'" if row["stage"] else "",
            }


def _silent(view: View) -> Iterator[Line]:
    for row in fallen_silent(view).rows:
        yield {
            "kind": "silent",
            "text": f"Nothing has come through {row['channel']} for {row['silent_days']} days",
            "detail": f"usually {row['usual_a_week']:,.0f} touchpoints a week",
            "opens": "",
        }


def _named(people: list[str]) -> str:
    ids = ", ".join(f"'{each.replace(chr(39), 2 * chr(39))}'" for each in people[:MOST_IDS] if each)
    return f"person in ({ids})" if ids else ""


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
