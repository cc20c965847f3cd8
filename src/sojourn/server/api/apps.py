"""The API as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class Api(AppConfig):
    """Keys of the API."""

    name = "sojourn.server.api"
    label = "api"
    verbose_name = "API"
