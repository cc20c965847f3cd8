"""The accounts as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class Accounts(AppConfig):
    """Accounts, roles and links."""

    name = "sojourn.server.accounts"
    label = "accounts"
    verbose_name = "Accounts"
