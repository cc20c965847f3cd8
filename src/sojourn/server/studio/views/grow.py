"""What is done in the room Grow: campaign links made in agreed words, personas as cards."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sojourn.core.links import TAGS
from sojourn.server.accounts.deeds import record
from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio import desk, filters
from sojourn.server.studio.answers import grow as room
from sojourn.server.studio.answers.about import about
from sojourn.server.studio.desk import Refused
from sojourn.server.studio.forms import NewLink
from sojourn.server.studio.views.page import BAD, done, nothing_yet, tabs, twin


@needs(Role.VIEWER)
def links(request: HttpRequest, style: str = "") -> HttpResponse:
    """The links that were made, the agreed words, and the form for another."""
    return _links(request, NewLink(), style=style)


def _links(
    request: HttpRequest, form: NewLink, made: str = "", channel: str = "", style: str = ""
) -> HttpResponse:
    told: dict[str, object] = {
        "question": _("Where will visits come from?"),
        "here": {"id": "links", "room": "grow"},
        "tabs": tabs(request),
    }
    try:
        table, words = desk.ask(room.links)
    except Refused as error:
        return render(request, "studio/grow/links.html", {**told, "problem": error}, status=BAD)
    if style:
        return twin(table, style)
    told |= {
        "form": form,
        "links": table.rows,
        "vocabulary": [(tag, words.of(tag)) for tag in TAGS],
        "made": made,
        "channel": channel,
    }
    return render(request, "studio/grow/links.html", told)


@needs(Role.EDITOR)
@require_POST
def make_link(request: HttpRequest) -> HttpResponse:
    """Tag an address; what is wrong is said beside the form, which stays filled in."""
    form = NewLink(request.POST)
    if form.is_valid():
        by = str(request.user)
        try:
            link = desk.do(room.make_link, form.cleaned_data["url"], form.tags(), by)
        except Refused as error:
            form.add_error(None, f"{error.message}. {error.hint or ''}".strip())
        else:
            record(request.user, "made a link", detail=link.url)
            return _links(request, NewLink(), link.url, link.channel)
    page = _links(request, form)
    page.status_code = BAD
    return page


@needs(Role.EDITOR)
@require_POST
def drop_link(request: HttpRequest) -> HttpResponse:
    """Take a link off the list."""
    url = request.POST.get("url", "")[:4_000]
    done(request, partial(desk.do, room.drop_link, url), "took a link off", url, _("Done."))
    return redirect("studio:links")


@needs(Role.EDITOR)
@require_POST
def agree_word(request: HttpRequest) -> HttpResponse:
    """Add a word to the vocabulary."""
    tag, value = request.POST.get("tag", "")[:20], request.POST.get("value", "")[:100]
    done(request, partial(desk.do, room.agree, tag, value), "agreed on a word", value, _("Done."))
    return redirect("studio:links")


@needs(Role.EDITOR)
@require_POST
def forget_word(request: HttpRequest) -> HttpResponse:
    """Take a word out of the vocabulary."""
    tag, value = request.POST.get("tag", "")[:20], request.POST.get("value", "")[:100]
    done(request, partial(desk.do, room.forget, tag, value), "forgot a word", value, _("Done."))
    return redirect("studio:links")


@needs(Role.VIEWER)
def personas(request: HttpRequest, style: str = "") -> HttpResponse:
    """The personas as cards; their sizes as a file."""
    if desk.ask(about).empty:
        return nothing_yet(request, style)
    if style:
        return twin(desk.ask(room.sizes, filters.read(request.GET)), style)
    told = {
        "question": _("Who are our people, and whom do we wish for?"),
        "here": {"id": "personas", "room": "grow"},
        "tabs": tabs(request),
        "cards": desk.ask(room.cards, filters.read(request.GET)),
    }
    return render(request, "studio/grow/personas.html", told)


@needs(Role.EDITOR)
@require_POST
def set_ideal(request: HttpRequest) -> HttpResponse:
    """Say which persona is wished for."""
    name = request.POST.get("ideal", "")[:80]
    done(request, partial(desk.do, room.set_ideal, name), "wished for a persona", name)
    return redirect("studio:persona_cards")
