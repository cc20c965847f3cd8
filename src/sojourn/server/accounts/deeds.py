"""The record of who saw and changed what about persons and data."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from django.conf import settings

from sojourn.server.accounts.models import Deed, User


def record(who: User | Any, what: str, *, person: str = "", detail: str = "") -> None:
    """Note a deed; a person's id is kept as a keyed hash, so that erasing them erases it here."""
    known = who if isinstance(who, User) else None
    about = whom(person) if person else ""
    Deed.objects.create(who=known, what=what[:60], about=about, detail=detail[:200])


def forget(person: str) -> None:
    """Let no deed point to a person any more: they were erased."""
    Deed.objects.filter(about=whom(person)).update(about="")


def whom(person: str) -> str:
    """The keyed hash by which a person is named."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"person:{person}".encode(), hashlib.sha256).hexdigest()
