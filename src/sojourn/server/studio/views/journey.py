"""The room Journey: how far people get, and what becomes of them on the way."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio import desk, filters
from sojourn.server.studio.answers import stage as room
from sojourn.server.studio.answers.about import about
from sojourn.server.studio.answers.journey import overview
from sojourn.server.studio.desk import Refused
from sojourn.server.studio.views.page import nothing_yet, refused, sheet, tabs, twin
from sojourn.server.studio.words import STATUS


@needs(Role.VIEWER)
def journey(request: HttpRequest, style: str = "") -> HttpResponse:
    """The whole journey, beside another or beside the period before where that is asked."""
    beside = request.GET.get("beside", "").strip()[:60]
    return sheet(
        request,
        overview,
        beside,
        bool(request.GET.get("previous")),
        style=style,
        template="studio/journey/journey.html",
        question=_("How far do people get?"),
        links_to=lambda row, chosen: reverse("studio:stage", args=[row["stage"]]) + chosen.query(),
        beside=beside,
    )


@needs(Role.VIEWER)
def stage(request: HttpRequest, stage: str, style: str = "") -> HttpResponse:
    """One stage: who is here, how they came, where they go and how fast, and what hurts."""
    chosen = filters.read(request.GET)
    if desk.ask(about).empty:
        return nothing_yet(request, style)
    told = {"question": stage, "here": {"id": "stage", "room": "journey"}, "stage": stage}
    try:
        found = desk.ask(room.one, chosen, stage)
    except Refused as error:
        return refused(request, error, chosen, style, "studio/journey/stage.html", told)
    if style:
        return twin(found.table, style)
    known = {**told, "found": found, "filters": chosen, "question": found.name,
             "statuses": STATUS}  # fmt: skip
    return render(request, "studio/journey/stage.html", {**known, "tabs": tabs(request)})
