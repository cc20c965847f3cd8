"""What every page knows: the rooms, where it stands, and who is looking."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sojourn import __version__
from sojourn.server.studio import desk
from sojourn.server.studio.answers.about import about

ROOMS = (
    ("today", _("Today"), "studio:home"),
    ("journey", _("Journey"), "studio:journey"),
    ("people", _("People"), "studio:people"),
    ("grow", _("Grow"), "studio:channels"),
    ("data", _("Data"), "studio:data"),
)
"""The rooms: the first part of their addresses, their names, their pages."""


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """The rooms (with the one that is open), the business, and the version."""
    if not request.user.is_authenticated:
        return {"version": __version__}
    here = request.path.strip("/").partition("/")[0].partition(".")[0] or "today"
    rooms = [
        {"id": room, "name": name, "url": reverse(view), "open": here == room}
        for room, name, view in ROOMS
    ]
    return {"rooms": rooms, "business": desk.ask(about), "version": __version__}
