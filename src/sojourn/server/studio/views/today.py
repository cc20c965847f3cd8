"""The room Today: one list of what wants attention, each line with one button."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio.answers import today as room
from sojourn.server.studio.views.page import sheet

BUTTONS = {
    "customers": (gettext_lazy("Where from"), "/today/newcomers/"),
    "broken": (gettext_lazy("See what broke"), "/journey/friction/"),
    "unhappy": (gettext_lazy("See whom to answer"), "/today/unanswered/"),
    "unheard": (gettext_lazy("See whom to write to"), "/today/unheard/"),
    "goal": (gettext_lazy("See the goals"), "/journey/goals/"),
    "silent": (gettext_lazy("See the channels"), "/grow/channels/"),
}
"""Each kind of line with its one button."""

ASKS = {
    "newcomers": gettext_lazy("Where do new customers come from?"),
    "unanswered": gettext_lazy("Who is unhappy and unanswered?"),
    "unheard": gettext_lazy("Who bought and heard nothing?"),
}


@needs(Role.VIEWER)
def today(request: HttpRequest, style: str = "") -> HttpResponse:
    """What wants attention."""
    return sheet(
        request,
        room.today,
        style=style,
        template="studio/today/today.html",
        question=_("What wants attention today?"),
        buttons=BUTTONS,
    )


@needs(Role.VIEWER)
def listed(request: HttpRequest, which: str, style: str = "") -> HttpResponse:
    """One of the lists behind it."""
    if which not in room.LISTS:
        raise Http404
    return sheet(
        request,
        room.listed,
        which,
        style=style,
        template="studio/today/list.html",
        question=ASKS[which],
        person_links=which != "newcomers",
    )
