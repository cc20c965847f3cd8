"""Django's own commands for a workspace: `python -m sojourn.server.site.command WORKSPACE ...`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django
from django.core.management import execute_from_command_line

from sojourn.server.config import WORKSPACE
from sojourn.server.site.entry import SETTINGS
from sojourn.store.database import FOLDER
from sojourn.store.secret import secret_of


def run(root: Path, *words: str) -> None:
    """Run one of Django's commands on a workspace's database, which is made when missing."""
    os.environ[WORKSPACE] = str(root)
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    secret_of(root)
    django.setup()
    execute_from_command_line(["sojourn", *words])


if __name__ == "__main__":
    run(Path(sys.argv[1]), *sys.argv[2:])
