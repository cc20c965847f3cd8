"""The room People: who they are, one of them, and what somebody tells of them by hand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from sojourn.byhand import OFFERED, ByHand
from sojourn.server.accounts.deeds import record
from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio import desk, filters
from sojourn.server.studio.answers import people as room
from sojourn.server.studio.answers.about import about
from sojourn.server.studio.desk import Refused
from sojourn.server.studio.forms import Note, SaveList, Told
from sojourn.server.studio.views.page import nothing_yet, sheet, twin


@needs(Role.VIEWER)
def people(request: HttpRequest, style: str = "") -> HttpResponse:
    """The people that are chosen."""
    search = request.GET.get("q", "").strip()[:200]
    if style:
        record(request.user, "exported a list of people", detail=style)
    return sheet(
        request,
        room.everybody,
        search,
        bool(style),
        style=style,
        template="studio/people/people.html",
        question=_("Who are they?"),
        search=search,
        form=SaveList(),
        person_links=True,
    )


@needs(Role.VIEWER)
def person(request: HttpRequest, who: str, style: str = "") -> HttpResponse:
    """One person, from the first touchpoint to the last."""
    chosen = filters.read(request.GET)
    if desk.ask(about).empty:
        return nothing_yet(request, style)
    try:
        if style == "json":
            record(request.user, "exported a person", person=who)
            return JsonResponse(desk.ask(room.everything, who))
        if style == "csv":
            record(request.user, "exported a person", person=who)
            return twin(desk.ask(room.touchpoints, who), style)
        found = desk.ask(room.person, chosen, who)
    except Refused as error:
        known = {"problem": error, "who": who, "question": _("Whom do you mean?")}
        return render(request, "studio/people/unknown.html", known, status=404)
    record(request.user, "looked at a person", person=found.person.id)
    told = {"found": found, "filters": chosen, "question": found.person.id, "note": Note()}
    return render(request, "studio/people/person.html", told)


@needs(Role.EDITOR)
@require_POST
def add_note(request: HttpRequest, who: str) -> HttpResponse:
    """Write a note about a person."""
    form = Note(request.POST)
    if form.is_valid():
        _keep(request, form.told(who, request.user.get_username()), who)
    else:
        messages.error(request, _("A note needs a text of at most 10,000 characters."))
    return redirect("studio:person", who)


@needs(Role.EDITOR)
def add(request: HttpRequest) -> HttpResponse:
    """A touchpoint by hand."""
    zone = desk.ask(about).zone
    first = {"person": request.GET.get("who", "")[:200], "name": request.GET.get("name", "")[:200]}
    form = Told(request.POST or None, zone=zone, initial=first)
    if request.method == "POST" and form.is_valid():
        told = form.told(request.user.get_username())
        if _keep(request, told, told.person):
            return redirect(reverse("studio:add") + "?" + "done=1")
    empty = desk.ask(about).empty
    known = {
        "form": form,
        "question": _("What happened?"),
        "offered": OFFERED,
        "names": () if empty else desk.ask(room.names),
        "channels": () if empty else desk.ask(room.channels),
    }
    return render(request, "studio/people/add.html", known)


@needs(Role.EDITOR)
@require_POST
def save_list(request: HttpRequest) -> HttpResponse:
    """Save those who are chosen as a list."""
    chosen, form = filters.read(request.GET), SaveList(request.POST)
    back = reverse("studio:people") + chosen.query()
    if not form.is_valid():
        messages.error(request, _("A list needs a name."))
        return redirect(back)
    given = form.cleaned_data
    try:
        count = desk.do(room.save_list, chosen, given["name"], given["fixed"], given["note"])
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
        return redirect(back)
    record(request.user, "saved a list", detail=given["name"])
    told = ngettext("Saved: %(n)s person.", "Saved: %(n)s people.", count) % {"n": f"{count:,}"}
    messages.success(request, told)
    return redirect(reverse("studio:people") + f"?list={given['name']}")


@needs(Role.VIEWER)
def lists(request: HttpRequest, style: str = "") -> HttpResponse:
    """The saved lists."""
    return sheet(
        request,
        room.lists,
        style=style,
        template="studio/people/lists.html",
        question=_("Which lists are there?"),
    )


@needs(Role.EDITOR)
@require_POST
def remove_list(request: HttpRequest) -> HttpResponse:
    """Forget a list; nobody in it is touched."""
    name = request.POST.get("name", "")
    try:
        desk.do(room.remove_list, name)
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
    else:
        record(request.user, "removed a list", detail=name)
        messages.success(request, _("The list is gone; its people are as they were."))
    return redirect("studio:lists")


@needs(Role.EDITOR)
@require_POST
def correct(request: HttpRequest, who: str) -> HttpResponse:
    """Say that two people are one, or that an id is not theirs."""
    by, other = request.user.get_username(), request.POST.get("other", "").strip()
    apart = tuple(request.POST.getlist("alias"))
    change = (room.split, who, apart, by) if apart else (room.merge, who, other, by)
    try:
        told = desk.do(*change)
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
    else:
        record(request.user, "parted" if apart else "joined", person=who)
        messages.success(request, f"{told}.")
    return redirect("studio:person", who)


def _keep(request: HttpRequest, told: ByHand, who: str) -> bool:
    try:
        desk.do(room.add_by_hand, told)
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
        return False
    record(request.user, "told a touchpoint", person=who, detail=told.name)
    messages.success(request, _("Kept: %(name)s.") % {"name": told.name})
    return True
