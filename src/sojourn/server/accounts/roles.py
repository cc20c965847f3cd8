"""What people may do: look (viewer), change (editor), decide about data and people (owner)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

View = TypeVar("View", bound=Callable[..., Any])

ANYONE = "anyone"
"""Of a page that needs no account."""


class Role(models.TextChoices):
    """The roles, from the least to the most."""

    VIEWER = "viewer", _("Viewer")
    EDITOR = "editor", _("Editor")
    OWNER = "owner", _("Owner")


ORDER: tuple[str, ...] = tuple(Role.values)
MEANING = {
    Role.VIEWER: _("sees every page, number and person, and changes nothing"),
    Role.EDITOR: _("also edits maps, lists, notes, goals and models, and imports data"),
    Role.OWNER: _("also manages accounts, keys and settings, and erases people"),
}


def needs(role: str) -> Callable[[View], View]:
    """Say which role a view needs; the gate shows no view that says nothing."""

    def mark(view: View) -> View:
        view.role = role  # type: ignore[attr-defined]
        return view

    return mark


def allowed(held: str, needed: str) -> bool:
    """Whether one role includes another.

    >>> allowed("owner", "editor"), allowed("viewer", "editor")
    (True, False)
    """
    return held in ORDER and ORDER.index(held) >= ORDER.index(needed)
