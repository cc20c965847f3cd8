"""The notes that every answer carries: when, on whom, and what a reader should know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sojourn.core.persons import OUTCOMES
from sojourn.core.table import iso
from sojourn.measure.select import Basis
from sojourn.measure.view import View

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MID_JOURNEY = 0.1
PERSONAS_OVERLAP = "Personas may overlap, so the blocks need not add up to the whole."


def moment(micros: int) -> datetime:
    """Microseconds since 1970 as a moment in UTC."""
    return EPOCH + timedelta(microseconds=micros)


def total(parts: Sequence[Basis]) -> Basis:
    """The counts of all buckets together: a person is in one bucket only."""
    sums = [sum(values) for values in zip(*(vars(p).values() for p in parts), strict=True)]
    return Basis(*sums) if parts else Basis(*[0] * 7)


def notes(view: View, parts: Sequence[Basis], extra: Iterable[str] = ()) -> dict[str, Any]:
    """The notes of a question on cycles."""
    basis = total(parts)
    found: dict[str, Any] = {
        "clock": view.clock,
        "as_of": iso(moment(view.as_of)),
        "zone": str(view.zone),
        "people": basis.people,
        "touchpoints": basis.touchpoints,
        **_journey(view, basis),
        **view.about,
        **_filters(view),
    }
    remarks = [*_remarks(view, basis), *extra]
    if remarks:
        found["remarks"] = remarks
    return found


def _journey(view: View, basis: Basis) -> dict[str, Any]:
    if view.within == "person":
        return {}
    return {
        "journey": view.model.id,
        "cycles": basis.cycles,
        "people_without_evidence": basis.without_evidence,
        "touchpoints_in_no_cycle": basis.in_no_cycle,
    }


def _filters(view: View) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("people", "where", "only"):
        condition = getattr(view, name)
        if condition is not None:
            found[f"filter_{name}"] = condition.text
    if view.start is not None:
        found["from"] = iso(moment(view.start))
    if view.end is not None:
        found["to"] = iso(moment(view.end))
    return found


def _remarks(view: View, basis: Basis) -> list[str]:
    found = []
    if view.people is not None and (used := sorted({r.name for r in view.people.refs} & OUTCOMES)):
        found.append(
            f"People were chosen by an outcome ({', '.join(used)}): shares among them say little "
            "about everybody else."
        )
    if view.by == "persona":
        found.append(PERSONAS_OVERLAP)
    if basis.first_cycles and basis.begun_late > MID_JOURNEY * basis.first_cycles:
        neck = view.model.stages[view.model.neck].name
        found.append(
            f"{basis.begun_late:,} of {basis.first_cycles:,} people's first cycles begin at "
            f"{neck} or later: the log may start in mid-journey."
        )
    if not basis.cycles:
        found.append("Nobody matches: no cycle passes the filters.")
    return found
