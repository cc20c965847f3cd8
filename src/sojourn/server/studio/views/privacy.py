"""Handing out and erasing what is kept of a person."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sojourn.core.consent import PURPOSES
from sojourn.core.retention import KINDS
from sojourn.server.accounts.deeds import forget, record
from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio import desk
from sojourn.server.studio.answers import privacy as room
from sojourn.server.studio.desk import Refused
from sojourn.server.studio.views.page import BAD


@needs(Role.EDITOR)
def export(request: HttpRequest, who: str) -> HttpResponse:
    """Everything that is known of a person, as a file to hand to them."""
    try:
        told = desk.do(room.export, who)
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
        return redirect("studio:people")
    record(request.user, "exported a person", person=who)
    response = JsonResponse(told, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="person.json"'
    return response


@needs(Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, who: str) -> HttpResponse:
    """What an erasure would take; and, when their id is written again, the erasure."""
    question = _("Erase this person for good?")
    try:
        if request.method == "POST" and request.POST.get("again", "").strip() == who:
            told, clean = desk.do(room.erase, who, request.user.get_username())
            forget(who)
            record(request.user, "erased a person")
            done = {"told": told, "clean": clean, "question": _("It is done")}
            return render(request, "studio/people/erased.html", done)
        touchpoints, aliases = desk.do(room.erasable, who)
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
        return redirect("studio:people")
    wrong = request.method == "POST"
    known = {"who": who, "touchpoints": touchpoints, "aliases": aliases, "wrong": wrong}
    return render(request, "studio/people/erase.html", {**known, "question": question})


@needs(Role.EDITOR)
@require_POST
def consent(request: HttpRequest, who: str) -> HttpResponse:
    """Note what a person says of a purpose, as they told us."""
    purpose = request.POST.get("purpose", "").strip()[:60]
    given = request.POST.get("given") == "yes"
    how = request.POST.get("how", "").strip()[:100] or request.user.get_username()
    try:
        desk.do(room.consent, who, purpose, given, how)
        record(request.user, "noted a consent", person=who, detail=purpose)
        messages.success(request, _("Noted."))
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
    return redirect("studio:person", who)


@needs(Role.OWNER)
def rules(request: HttpRequest) -> HttpResponse:
    """What is stored only with consent, and for how long what is kept."""
    problem = None
    if request.method == "POST":
        purposes = request.POST.get("consent", "")[:500].split(",")
        asked = tuple(each.strip() for each in purposes if each.strip())
        periods = tuple((kind, request.POST.get(kind, "").strip()[:40]) for kind in KINDS)
        try:
            desk.do(room.set_rules, asked, periods)
            record(request.user, "changed privacy settings")
            messages.success(request, _("Saved."))
            return redirect("studio:privacy")
        except Refused as error:
            problem = error
    told = {
        "question": _("What do we keep, and for how long?"),
        "here": "privacy",
        "now": desk.do(room.rules),
        "given": request.POST,
        "purposes": PURPOSES,
        "problem": problem,
    }
    return render(request, "studio/data/privacy.html", told, status=BAD if problem else 200)
