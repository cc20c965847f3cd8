"""The plain words of the pages: what a column is called where people read it.

Names in files and programs stay as they are; a page never says what only we say to each other.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

COLUMNS = {
    "stage": _("Stage"),
    "name": _("Name"),
    "reached": _("Got here"),
    "people": _("People"),
    "seen": _("Seen here"),
    "entered": _("Came in"),
    "passed_over": _("Skipped it"),
    "moved_on": _("Moved on"),
    "restarted": _("Began again"),
    "lapsed": _("Lapsed"),
    "here": _("Here now"),
    "stalled": _("Stalled"),
    "conversion": _("Go on to the next"),
    "moved_90d": _("Move on within 90 days"),
    "days_to_move": _("Half of them within"),
    "person": _("Person"),
    "cycles": _("Journeys"),
    "touchpoints": _("Touchpoints"),
    "orders": _("Orders"),
    "first_seen": _("First seen"),
    "last_seen": _("Last seen"),
    "made_at": _("Made"),
}
"""Columns by their name, whatever the question."""

IN_A_TABLE: dict[tuple[str, str], object] = {
    ("stages", "name"): _("Stage"),
}
"""Columns that are called otherwise in one kind of table."""

HIDDEN: dict[str, tuple[str, ...]] = {"stages": ("stage",)}
"""Columns of a kind that a page leaves to the files beside it."""

UNITS = {"cycles": _("journeys"), "sojourns": _("stays")}


def label(kind: str, column: str) -> object:
    """What a column is called on a page."""
    plain = column.replace("_", " ")
    return IN_A_TABLE.get((kind, column)) or COLUMNS.get(column) or plain[:1].upper() + plain[1:]
