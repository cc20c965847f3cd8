"""A table's notes as a page says them: what the numbers rest on, what is pending or assumed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sojourn.core.table import Table

PLAIN = {
    "sojourns": "stays",
    "sojourn": "stay",
    "cycles": "journeys",
    "cycle": "journey",
    "neck": "purchase",
    "evidence": "sign",
    "censored": "still open",
    "Aalen-Johansen": "a method that counts people still on their way fairly",
}
"""Words of ours in a remark, and what a page says instead."""


def sentences(table: Table) -> Iterator[str]:
    """The notes that a reader of the page needs, one sentence each."""
    notes = table.notes
    people, touchpoints = notes.get("people"), notes.get("touchpoints")
    if isinstance(people, int) and isinstance(touchpoints, int):
        yield _("%(people)s and %(touchpoints)s, as things stood on %(when)s.") % {
            "people": ngettext("%(n)s person", "%(n)s people", people) % {"n": _n(people)},
            "touchpoints": ngettext("%(n)s touchpoint", "%(n)s touchpoints", touchpoints)
            % {"n": _n(touchpoints)},
            "when": when(str(notes.get("as_of", "")), str(notes.get("zone", "UTC"))),
        }
    for remark in notes.get("remarks", ()):
        yield plain_words(str(remark))


def plain_words(text: str) -> str:
    """A remark without the words that only we say to each other.

    >>> plain_words("12 sojourns have not ended")
    '12 stays have not ended'
    """
    for ours, theirs in PLAIN.items():
        text = text.replace(ours, theirs).replace(ours.capitalize(), theirs.capitalize())
    return text


def when(text: str, zone: str) -> str:
    """A moment in the report's zone.

    >>> when("2026-01-02T10:00:00.000000Z", "UTC")
    '2 Jan 2026, 10:00'
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return formats.date_format(moment.astimezone(ZoneInfo(zone)), "j M Y, H:i")


def _n(value: int) -> str:
    return formats.number_format(value, 0, use_l10n=True, force_grouping=True)
