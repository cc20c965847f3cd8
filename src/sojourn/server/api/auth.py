"""Who asks: a program by its key, or somebody who is signed in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from sojourn.errors import SojournError
from sojourn.server.accounts.roles import allowed
from sojourn.server.api.models import ApiKey


class NotAllowed(SojournError):
    """The role of this key does not include it."""

    code = "forbidden"


class Key(HttpBearer):
    """`Authorization: Bearer KEY`."""

    openapi_description = "A key of the API, made by `sojourn apikeys add NAME`."

    def authenticate(self, request: HttpRequest, token: str) -> Any:  # noqa: ARG002
        """The key, None for one that is not known."""
        return ApiKey.of(token)


def need(request: HttpRequest, role: str) -> str:
    """The name of who asks; raises NotAllowed when their role does not include this one."""
    who: Any = getattr(request, "auth", None)
    held = getattr(who, "role", "")
    if not allowed(held, role):
        raise NotAllowed(hint=f"It needs the role {role}; this one has {held or 'none'}.")
    return str(getattr(who, "email", None) or getattr(who, "name", ""))


AUTH = [Key(), SessionAuth(csrf=True)]
