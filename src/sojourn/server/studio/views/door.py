"""Where somebody who comes in is led."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from sojourn.server.accounts.roles import Role, needs


@needs(Role.VIEWER)
def home(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The first room."""
    return redirect("studio:journey")
