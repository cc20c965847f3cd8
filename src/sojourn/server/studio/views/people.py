"""The room People: who they are, found by a condition, a list or a part of a name."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio.answers.people import everybody
from sojourn.server.studio.views.page import sheet


@needs(Role.VIEWER)
def people(request: HttpRequest, style: str = "") -> HttpResponse:
    """The people that are chosen."""
    search = request.GET.get("q", "").strip()[:200]
    return sheet(
        request, everybody, search, style=style, question=_("Who are they?"), search=search
    )
