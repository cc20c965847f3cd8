"""Keys with which programs ask: only their hashes are kept, each has a role."""

from __future__ import annotations

import hashlib
import secrets

from django.db import models
from django.utils import timezone

from sojourn.server.accounts.roles import Role

PREFIX = "sj_"


class ApiKey(models.Model):
    """A key of the API: what it is for, what it may do, and when it was used last."""

    key_hash = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=60, unique=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    made_at = models.DateTimeField(default=timezone.now)
    used_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"

    @classmethod
    def make(cls, name: str, role: str) -> str:
        """A new key's text, which is told once."""
        text = PREFIX + secrets.token_urlsafe(32)
        cls.objects.create(key_hash=digest(text), name=name, role=role)
        return text

    @classmethod
    def of(cls, text: str) -> ApiKey | None:
        """The key of a text; that it was used is noted once a day."""
        found = cls.objects.filter(key_hash=digest(text)).first()
        today = timezone.now().date()
        if found is not None and found.used_on != today:
            cls.objects.filter(pk=found.pk).update(used_on=today)
        return found


def digest(text: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
