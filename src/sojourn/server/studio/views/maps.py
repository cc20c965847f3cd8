"""The living map: looked at, edited in place, compared, shared and exported."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sojourn.maps.images import MOST_BYTES
from sojourn.server.accounts.deeds import record
from sojourn.server.accounts.models import User
from sojourn.server.accounts.roles import ANYONE, Role, needs
from sojourn.server.studio import desk
from sojourn.server.studio.answers import maps as room
from sojourn.server.studio.answers.about import about
from sojourn.server.studio.desk import Refused
from sojourn.server.studio.models import Share
from sojourn.server.studio.views.page import nothing_yet, tabs

FORMS = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "yaml": "application/yaml",
}
HERE = {"id": "maps", "room": "journey"}
"""Which tab is open."""

PARTS = ("text", "owner", "note")
MARKS = ("dismiss", "accept", "pin", "add")
LONGEST = 2_000


@needs(Role.VIEWER)
def atlas(request: HttpRequest) -> HttpResponse:
    """The maps there are."""
    if desk.ask(about).empty:
        return nothing_yet(request)
    told = {"atlas": desk.ask(room.atlas), "question": _("What is the journey like?")}
    return render(request, "studio/maps/atlas.html", {**told, "tabs": tabs(request), "here": HERE})


@needs(Role.EDITOR)
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Make a map from the template of a journey."""
    title = request.POST.get("title", "").strip()[:200]
    name = slugify(title)[:60].strip("-") or "map"
    try:
        desk.do(room.new, name, request.POST.get("journey", ""), title, _me(request))
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
        return redirect("studio:maps")
    record(request.user, "made a map", detail=name)
    return redirect("studio:map", name)


@needs(Role.VIEWER)
def one(request: HttpRequest, name: str) -> HttpResponse:
    """A map."""
    if desk.ask(about).empty:
        return nothing_yet(request)
    words = {"persona": "persona", "from": "start", "to": "end"}
    given = {key: request.GET[f"beside_{word}"].strip()[:100]
             for word, key in words.items() if request.GET.get(f"beside_{word}")}  # fmt: skip
    beside = request.GET.get("beside", "").strip()[:60]
    told: dict[str, Any] = {"name": name, "here": HERE, "tabs": tabs(request), "forms": FORMS}
    try:
        found = desk.ask(room.one, name, beside, tuple(sorted(given.items())))
    except Refused as error:
        status = 404 if error.kind == "unknown" else 400
        wrong = {**told, "problem": error, "question": name}
        return render(request, "studio/maps/wrong.html", wrong, status=status)
    told |= {
        "found": found,
        "map": found.filled,
        "question": found.filled.title,
        "maps": [each.id for each in desk.ask(room.atlas).maps if each.id != name],
        "shares": Share.objects.filter(map=name),
        "editing": request.user.may(Role.EDITOR) if isinstance(request.user, User) else False,
    }
    return render(request, "studio/maps/map.html", told)


@needs(Role.EDITOR)
def cell(request: HttpRequest, name: str, lane: str, column: str) -> HttpResponse:
    """One cell to be edited, and what was written into it."""
    try:
        if request.method == "POST":
            if "image" in request.FILES:
                _take_image(request, name, (lane, column))
            parts = tuple((p, request.POST.get(p, "").strip()[:LONGEST]) for p in PARTS)
            desk.do(room.write, name, lane, column, parts, _me(request))
            record(request.user, "wrote into a map", detail=f"{name}: {lane}, {column}")
            return redirect(reverse("studio:map", args=[name]) + f"#{lane}")
        written, hint, pictures = desk.do(room.cell, name, lane, column)
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
        return redirect("studio:map", name)
    told = {"name": name, "lane": lane, "column": column, "cell": written, "hint": hint,
            "pictures": pictures,
            "question": _("What is true here?")}  # fmt: skip
    return render(request, "studio/maps/cell.html", told)


def _take_image(request: HttpRequest, name: str, place: tuple[str, str]) -> None:
    """Take in the picture that came with a cell."""
    file = request.FILES.getlist("image")[0]
    raw = file.read(MOST_BYTES + 1)
    words = request.POST.get("words", "")[:500]
    desk.do(room.add_image, name, place, raw, str(file.name)[:200], words, _me(request))


@needs(Role.VIEWER)
def image(request: HttpRequest, name: str, file: str) -> HttpResponse:  # noqa: ARG001
    """A picture of a map: only its pixels, whatever was brought."""
    found = desk.ask(room.image, file)
    if found is None:
        raise Http404
    response = HttpResponse(found[0], content_type=f"image/{found[1]}")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@needs(Role.EDITOR)
@require_POST
def mark(request: HttpRequest, name: str, lane: str, column: str) -> HttpResponse:
    """Agree with what was found, dismiss it, or pin it."""
    part, key = request.POST.get("part", ""), request.POST.get("key", "")[:LONGEST]
    if part in MARKS and key:
        _done(request, room.mark, name, lane, column, part, key, _me(request))
    return redirect(reverse("studio:map", args=[name]) + f"#{lane}")


@needs(Role.EDITOR)
def yaml(request: HttpRequest, name: str) -> HttpResponse:
    """A map's document, as it is written down."""
    problem = None
    try:
        text = request.POST.get("yaml") if request.method == "POST" else desk.do(room.text, name)
        if request.method == "POST":
            desk.do(room.save, name, text or "", _me(request))
            record(request.user, "edited a map", detail=name)
            return redirect("studio:map", name)
    except Refused as error:
        problem = error
        if request.method != "POST":
            raise Http404 from None
    told = {"name": name, "yaml": text, "problem": problem, "question": name}
    return render(request, "studio/maps/yaml.html", told, status=400 if problem else 200)


@needs(Role.EDITOR)
@require_POST
def restore(request: HttpRequest, name: str) -> HttpResponse:
    """Make an earlier state the present one."""
    _done(request, room.restore, name, request.POST.get("version", ""), _me(request))
    return redirect("studio:map", name)


@needs(Role.EDITOR)
@require_POST
def remove(request: HttpRequest, name: str) -> HttpResponse:
    """Take a map away."""
    if _done(request, room.remove, name, _me(request)):
        Share.objects.filter(map=name).delete()
        record(request.user, "removed a map", detail=name)
    return redirect("studio:maps")


@needs(Role.VIEWER)
def export(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """A map as a file."""
    if form not in FORMS:
        raise Http404
    record(request.user, "exported a map", detail=f"{name}.{form}")
    return _file(name, form, request.GET.get("theme", ""))


@needs(Role.EDITOR)
@require_POST
def share(request: HttpRequest, name: str) -> HttpResponse:
    """Make a link by which whoever has it reads the map, or take one back."""
    if request.POST.get("revoke"):
        Share.objects.filter(map=name, pk=request.POST["revoke"][:9] or 0).delete()
        record(request.user, "took a shared map back", detail=name)
        messages.success(request, _("The link no longer works."))
        return redirect("studio:map", name)
    token = secrets.token_urlsafe(32)
    Share.objects.create(token_hash=_hash(token), map=name, made_by_id=request.user.pk)
    record(request.user, "shared a map", detail=name)
    url = request.build_absolute_uri(reverse("studio:shared", args=[token]))
    told = {"url": url, "name": name, "question": _("Share this map")}
    return render(request, "studio/maps/shared_link.html", told)


@needs(ANYONE)
def shared(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001
    """A shared map, for whoever has the link: the picture, and no person behind it."""
    found = get_object_or_404(Share, token_hash=_hash(token))
    response = _file(found.map, "html", "", attached=False)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _file(name: str, form: str, theme: str, *, attached: bool = True) -> HttpResponse:
    try:
        content = desk.ask(room.file, name, form, theme)
    except Refused as error:
        raise Http404(error.message) from None
    response = HttpResponse(content, content_type=FORMS[form])
    if form == "html":
        # A page of its own carries its styles; nothing of it runs or asks for anything.
        digests = [f"'sha256-{each}'" for each in _styles(content.decode())]
        policy = f"default-src 'none'; style-src {' '.join(digests)}; img-src data:"
        response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
        response._csp_exempt = True  # type: ignore[attr-defined]
    if attached:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


def _styles(page: str) -> list[str]:
    """The digests of a page's own style sheets."""
    found = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    return [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in found]


def _done(request: HttpRequest, function: Any, *args: Any) -> bool:
    try:
        desk.do(function, *args)
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
        return False
    return True


def _me(request: HttpRequest) -> str:
    return request.user.get_username()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
