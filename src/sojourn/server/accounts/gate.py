"""The gate before every view: who is not signed in goes to the door, whose role is less is told so.

A view that does not say which role it needs is shown to owners only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from sojourn.server.accounts.roles import ANYONE, Role, allowed

API = "/api/"


class Gate:
    """Django middleware that checks the role of every view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Nothing to let the request through, or what to answer instead."""
        if request.path.startswith(API):
            return None  # The API knows its own keys, and asks for them.
        needed = getattr(view, "role", Role.OWNER)
        if needed == ANYONE:
            return None
        if not request.user.is_authenticated:
            return _to_the_door(request)
        if not allowed(request.user.role, needed):
            raise PermissionDenied(needed)
        return None


def _to_the_door(request: HttpRequest) -> HttpResponse:
    if request.path.endswith((".json", ".csv")):
        return JsonResponse({"error": "sign in first", "code": "unauthenticated"}, status=401)
    door = reverse("accounts:login")
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": door})
    back = quote(request.get_full_path()) if request.method == "GET" else ""
    return redirect(f"{door}?next={back}" if back and back != "/" else door)
