"""The room Journey: how far people get, and what becomes of them on the way."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio.answers.journey import overview
from sojourn.server.studio.views.page import sheet


@needs(Role.VIEWER)
def journey(request: HttpRequest, style: str = "") -> HttpResponse:
    """The whole journey."""
    asks = _("How far do people get?")
    return sheet(request, overview, style=style, template="studio/closer.html", question=asks)
