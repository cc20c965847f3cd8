"""What the pages keep of their own: links by which a map is shared."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Share(models.Model):
    """A link by which whoever has it reads one map; only its hash is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    map = models.CharField(max_length=60, db_index=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="shares"
    )
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.map}, since {self.made_at:%Y-%m-%d}"
