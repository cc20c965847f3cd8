"""`accounts first|list|link|close`: accounts from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from sojourn.server.accounts import links
from sojourn.server.accounts.models import User
from sojourn.server.accounts.roles import Role


class Command(BaseCommand):
    """Accounts from the command line, for whoever can read the workspace's folder."""

    help = "List accounts, make one-time links, close an account."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, for which address, in which role."""
        parser.add_argument("action", choices=["prepare", "first", "list", "link", "close"])
        parser.add_argument("email", nargs="?", default="")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER)

    def handle(self, *_: Any, action: str, email: str, role: str, **__: Any) -> None:
        """Do it, and print what a program can read: one line an answer."""
        if action in ("link", "close") and "@" not in email:
            raise CommandError(f"found {email!r}, expected an email address")
        if action in ("first", "prepare"):
            call_command("migrate", verbosity=0)
        if action == "prepare":
            return
        if action == "first":
            token = links.first()
            if token:
                self.stdout.write(reverse("accounts:welcome", args=[token]))
        elif action == "link":
            self.stdout.write(reverse("accounts:welcome", args=[links.make(email, role)]))
        elif action == "close":
            if not User.objects.filter(email=email.strip().lower()).update(is_active=False):
                raise CommandError(f"{email} has no account")
        else:
            for user in User.objects.order_by("email"):
                told = "" if user.is_active else "closed"
                self.stdout.write(f"{user.email}\t{user.name}\t{user.role}\t{told}")
