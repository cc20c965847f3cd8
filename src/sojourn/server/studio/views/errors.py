"""The pages of what went wrong."""

from __future__ import annotations

import sys
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from sojourn.errors import DatabaseFailed
from sojourn.server.accounts.roles import ANYONE, needs

COME_BACK = "5"
"""After so many seconds a page may be asked for again."""

AWAY = "The database does not answer just now; come back later."
OURS = "Something went wrong here; it is our fault, and it was written down."


@needs(ANYONE)
def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:  # noqa: ARG001
    """The request made no sense."""
    return render(request, "studio/error.html", {"code": 400}, status=400)


@needs(ANYONE)
def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Their role does not include it."""
    told = {"code": 403, "needed": str(exception or "")}
    return render(request, "studio/error.html", told, status=403)


@needs(ANYONE)
def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:  # noqa: ARG001
    """There is no such page."""
    return render(request, "studio/error.html", {"code": 404}, status=404)


@needs(ANYONE)
def broken(request: HttpRequest) -> HttpResponse:
    """Something is wrong with us, or with the database."""
    away = isinstance(sys.exc_info()[1], OperationalError | DatabaseFailed)
    code = 503 if away else 500
    answer: HttpResponse
    if request.path.startswith("/api/"):
        told = {"error": AWAY if away else OURS, "code": "database" if away else "broken"}
        answer = JsonResponse({**told, "hint": None}, status=code)
    else:
        # Without the request, as who is signed in may be what could not be read.
        answer = HttpResponse(render_to_string("studio/error.html", {"code": code}), status=code)
    if away:
        answer.headers["Retry-After"] = COME_BACK
    return answer
