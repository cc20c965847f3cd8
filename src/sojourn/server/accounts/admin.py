"""Accounts and the record of deeds in Django's administration, for owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from sojourn.server.accounts.models import Deed, Link, User

if TYPE_CHECKING:
    Accounts = admin.ModelAdmin[User]
    Anything = admin.ModelAdmin[Any]
else:
    Accounts = Anything = admin.ModelAdmin


@admin.register(User)
class UserAdmin(Accounts):
    """Accounts; passwords are set by one-time links only."""

    list_display = ("email", "name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    fields = ("email", "name", "role", "is_active")


class ToRead(Anything):
    """What is only to be read."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nothing is changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nothing is deleted."""
        return False


@admin.register(Deed)
class DeedAdmin(ToRead):
    """Who did what."""

    list_display = ("at", "who", "what", "detail")
    list_filter = ("what",)


@admin.register(Link)
class LinkAdmin(ToRead):
    """Invitations; the links themselves are not kept."""

    list_display = ("email", "role", "made_by", "made_at", "used_at")
