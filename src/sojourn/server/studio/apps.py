"""The studio as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class Studio(AppConfig):
    """The pages."""

    name = "sojourn.server.studio"
    label = "studio"
    verbose_name = "Studio"
