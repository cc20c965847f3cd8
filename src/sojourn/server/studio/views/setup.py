"""The room Data, continued: journeys to edit, and the settings of the business."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sojourn.server.accounts.deeds import record
from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio import desk
from sojourn.server.studio.answers import data as room
from sojourn.server.studio.answers.about import about
from sojourn.server.studio.desk import Refused

LONGEST = 100_000
PLAIN = ("name", "zone", "journey", "region", "order")
"""The settings that the page changes as texts."""


@needs(Role.VIEWER)
def models(request: HttpRequest) -> HttpResponse:
    """The journeys there are."""
    told = {"question": _("Which journeys are there?"), "here": "models"}
    return render(request, "studio/data/models.html", told)


@needs(Role.EDITOR)
def model(request: HttpRequest, name: str) -> HttpResponse:
    """A journey's stages and their signs, edited as text; checked while it is written."""
    known = dict(desk.ask(about).journeys)
    if name != slugify(name):
        raise Http404
    text = request.POST.get("yaml", "")[:LONGEST].replace("\r\n", "\n")
    problem = None
    if request.method == "POST":
        try:
            desk.do(room.save_model, name, text)
            record(request.user, "edited a journey", detail=name)
            messages.success(request, _("Saved."))
            return redirect("studio:models")
        except Refused as error:
            problem = error
    elif name in known:
        text = desk.do(room.model_text, name)
    else:
        base = desk.do(room.model_text, desk.ask(about).journey)
        text = "\n".join(f"id: {name}" if line.startswith("id:") else line
                         for line in base.split("\n"))  # fmt: skip
    told = {"question": known.get(name, name), "name": name, "yaml": text, "problem": problem,
            "here": "models"}  # fmt: skip
    return render(request, "studio/data/model.html", told, status=400 if problem else 200)


@needs(Role.EDITOR)
@require_POST
def judge(request: HttpRequest, name: str) -> HttpResponse:
    """What becomes of a journey's text: what is wrong in it, or how many people it would move."""
    text = request.POST.get("yaml", "")[:LONGEST].replace("\r\n", "\n")
    if desk.ask(about).empty:
        return HttpResponse("")
    try:
        judged = desk.do(room.judge, name, text)
    except Refused as error:
        return render(request, "studio/_problem.html", {"problem": error})
    return render(request, "studio/data/_judged.html", {"judged": judged})


@needs(Role.OWNER)
def settings(request: HttpRequest) -> HttpResponse:
    """The settings of the business."""
    problem, now = None, desk.do(room.settings)
    if request.method == "POST":
        given = {key: request.POST.get(key, "").strip()[:500] for key in PLAIN}
        try:
            desk.do(room.configure, tuple(given.items()))
            record(request.user, "changed settings")
            messages.success(request, _("Saved."))
            return redirect("studio:settings")
        except Refused as error:
            problem, now = error, {**now, **given}
    told = {"question": _("How is the business set up?"), "now": now, "problem": problem,
            "here": "settings"}  # fmt: skip
    return render(request, "studio/data/settings.html", told, status=400 if problem else 200)


@needs(Role.EDITOR)
@require_POST
def persona(request: HttpRequest) -> HttpResponse:
    """Name a condition on people, or forget it."""
    name = request.POST.get("name", "").strip()[:80]
    condition = (
        "" if request.POST.get("remove") else request.POST.get("condition", "").strip()[:500]
    )
    try:
        if not name:
            raise Http404
        count = desk.do(room.set_persona, name, condition)
        record(request.user, "changed a persona", detail=name)
        said = _("%(name)s: %(n)s people.") if condition else _("%(name)s is gone.")
        messages.success(request, said % {"name": name, "n": f"{count:,}"})
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
    return redirect("studio:models" if request.POST.get("back") == "models" else "studio:personas")


@needs(Role.VIEWER)
def personas(request: HttpRequest) -> HttpResponse:
    """The personas: named conditions on people."""
    told = {"question": _("Who are our people?"), "here": "personas",
            "personas": desk.do(room.settings)["personas"].items()}  # fmt: skip
    return render(request, "studio/data/personas.html", told)
