"""`apikeys list|add|remove`: keys of the API from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from sojourn.server.accounts.roles import Role
from sojourn.server.api.models import ApiKey
from sojourn.server.inbox import NAME


class Command(BaseCommand):
    """Keys of the API, for whoever can read the workspace's folder."""

    help = "List, make and remove keys of the API."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, with which key, in which role."""
        parser.add_argument("action", choices=["list", "add", "remove"])
        parser.add_argument("name", nargs="?", default="")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER)

    def handle(self, *_: Any, action: str, name: str, role: str, **__: Any) -> None:
        """Do it, and print what a program can read."""
        if action == "list":
            for key in ApiKey.objects.order_by("name"):
                self.stdout.write(f"{key.name}\t{key.role}\t{key.used_on or ''}")
        elif not name or len(name) > 60:
            raise CommandError(f"found {name[:60]!r}, expected a name of at most 60 characters")
        elif action == "add":
            if not NAME.fullmatch(name):
                wanted = "expected small letters, digits, - and _"
                raise CommandError(f"found the name {name[:60]!r}, {wanted}")
            try:
                self.stdout.write(ApiKey.make(name, role))
            except IntegrityError:
                raise CommandError(f"there is a key {name!r} already: remove it first") from None
        elif not ApiKey.objects.filter(name=name).delete()[0]:
            raise CommandError(f"there is no key {name!r}")
