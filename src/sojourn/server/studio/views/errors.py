"""The pages of what went wrong."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sojourn.server.accounts.roles import ANYONE, needs


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
    """Something is wrong with us."""
    return render(request, "studio/error.html", {"code": 500}, status=500)
