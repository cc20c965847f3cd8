"""The room Data: sources with what arrives, files brought in, rows to mend, and health."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sojourn.server.accounts.deeds import record
from sojourn.server.accounts.models import User
from sojourn.server.accounts.roles import Role, needs
from sojourn.server.studio import desk, jobs
from sojourn.server.studio.answers import data as room
from sojourn.server.studio.answers.about import about
from sojourn.server.studio.desk import Refused
from sojourn.server.studio.grid import grid
from sojourn.server.studio.views.page import twin

SAID = ("person", "ts", "name", "person_kind", "tz", "decimal", "time_format", "source", "preset")
"""What the form of an import can say."""

KINDS = ("user", "device", "email", "phone", "card")


@needs(Role.VIEWER)
def sources(request: HttpRequest) -> HttpResponse:
    """Where touchpoints come from, and what has arrived."""
    found = desk.do(room.sources)
    told = {
        "question": _("Where do touchpoints come from?"),
        "found": found,
        "origin": request.build_absolute_uri("/").rstrip("/"),
        "owner": isinstance(request.user, User) and request.user.may(Role.OWNER),
        "here": "sources",
    }
    part = getattr(request, "htmx", False)
    return render(
        request, "studio/data/arrivals.html" if part else "studio/data/sources.html", told
    )


@needs(Role.OWNER)
@require_POST
def change_key(request: HttpRequest) -> HttpResponse:
    """Make a write key, or take one away."""
    name, gone = request.POST.get("name", "").strip(), request.POST.get("remove", "")
    try:
        if gone:
            desk.do(room.remove_key, gone)
            record(request.user, "removed a write key", detail=gone)
        else:
            desk.do(room.add_key, name)
            record(request.user, "made a write key", detail=name)
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
    return redirect("studio:data")


@needs(Role.EDITOR)
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file to bring in."""
    given = request.FILES.get("file")
    if request.method == "POST" and given is not None and given.name:
        root, token = desk.folder(), secrets.token_hex(12)
        room.sweep(root)
        folder = room.upload_folder(root, token)
        folder.mkdir(parents=True)
        name = Path(given.name.replace("\\", "/")).name[-120:] or "file"
        safe = "".join(c if c.isalnum() or c in "._- " else "_" for c in name).lstrip(". ")
        with (folder / (safe or "file")).open("wb") as out:
            for chunk in given.chunks():
                out.write(chunk)
        page = "replay" if request.POST.get("mended") else "look"
        return redirect(f"studio:{page}", token)
    told = {"question": _("Which file do you want to bring in?"), "here": "upload"}
    return render(request, "studio/data/upload.html", told)


@needs(Role.EDITOR)
def look(request: HttpRequest, token: str) -> HttpResponse:
    """What is in an uploaded file; what is still to be said; what an import would do."""
    said = tuple((key, request.POST.get(key, "").strip()[:200]) for key in SAID)
    if request.method == "POST" and request.POST.get("go"):
        jobs.begin(token, room.bring_in, token, said)
        record(request.user, "began an import")
        return redirect("studio:progress", token)
    try:
        found = desk.do(room.look, token, said)
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
        return redirect("studio:upload")
    zone = desk.ask(about).zone
    told = {
        "question": found.file,
        "found": found,
        "columns": grid(found.columns, zone) if found.columns is not None else None,
        "said": dict(said),
        "kinds": KINDS,
        "here": "upload",
    }
    return render(request, "studio/data/look.html", told)


@needs(Role.EDITOR)
def progress(request: HttpRequest, token: str) -> HttpResponse:
    """How far an import is, and what came of it."""
    job = jobs.find(token)
    if job is None:
        return redirect("studio:imports")
    told: dict[str, Any] = {"question": _("Bringing it in"), "job": job, "token": token}
    told |= {"percent": round(100 * room.progress(desk.folder(), token)), "here": "upload"}
    part = getattr(request, "htmx", False)
    page = "studio/data/_progress.html" if part else "studio/data/progress.html"
    return render(request, page, told)


@needs(Role.VIEWER)
def imports(request: HttpRequest, style: str = "") -> HttpResponse:
    """What was brought in, and how to take it back."""
    empty = desk.ask(about).empty
    try:
        table = None if empty else desk.do(room.imports)
    except Refused:
        table = None
    if style and table is not None:
        return twin(table, style)
    told = {"question": _("What was brought in?"), "rows": table.rows if table else (),
            "here": "imports"}  # fmt: skip
    return render(request, "studio/data/imports.html", told)


@needs(Role.EDITOR)
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take an import back."""
    import_id = request.POST.get("import_id", "")[:100]
    try:
        messages.success(request, desk.do(room.undo, import_id))
        record(request.user, "took an import back", detail=import_id)
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
    return redirect("studio:imports")


@needs(Role.VIEWER)
def rejected(request: HttpRequest, style: str = "") -> HttpResponse:
    """The rows that could not be read, why, and how to mend them."""
    table = desk.do(room.rejected)
    if style:
        return twin(table, style)
    told = {"question": _("Which rows could not be read?"), "here": "rejected",
            "grid": grid(table, desk.ask(about).zone), "count": len(table)}  # fmt: skip
    return render(request, "studio/data/rejected.html", told)


@needs(Role.EDITOR)
def rejected_file(request: HttpRequest) -> HttpResponse:
    """The rejected rows as a file to be mended."""
    record(request.user, "exported rejected rows")
    response = HttpResponse(desk.do(room.export_rejected), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="rejected.csv"'
    return response


@needs(Role.EDITOR)
def replay(request: HttpRequest, token: str) -> HttpResponse:
    """Bring mended rows in."""
    try:
        messages.success(request, desk.do(room.replay, token))
        record(request.user, "replayed rejected rows")
    except Refused as error:
        messages.error(request, f"{error.message} {error.hint or ''}")
    return redirect(reverse("studio:rejected"))


@needs(Role.VIEWER)
def health(request: HttpRequest, style: str = "") -> HttpResponse:
    """Whether everything adds up."""
    if desk.ask(about).empty:
        return redirect("studio:data")
    table = desk.ask(room.health)
    if style:
        return twin(table, style)
    wrong = [row for row in table.rows if not row["holds"]]
    told = {"question": _("Does everything add up?"), "here": "health", "wrong": wrong,
            "checks": len(table)}  # fmt: skip
    return render(request, "studio/data/health.html", told)
