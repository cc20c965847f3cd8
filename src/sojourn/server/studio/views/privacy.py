"""Handing out and erasing what is kept of a person."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sojourn.server.accounts.deeds import forget, record
from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio import desk
from sojourn.server.studio.answers import privacy as room
from sojourn.server.studio.desk import Refused


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
