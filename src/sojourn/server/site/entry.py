"""What granian runs: the collector for what it answers, Django for every other address."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.wsgi import get_wsgi_application

from sojourn.server import config as configuration
from sojourn.server.collector import Collector
from sojourn.server.config import WORKSPACE
from sojourn.server.lifeline import die_with_parent
from sojourn.server.site.bridge import Bridge, Receive, Scope, Send

SETTINGS = "sojourn.server.site.settings"


class Entry:
    """One address for both: touchpoints come in, pages go out."""

    def __init__(self, collector: Collector, pages: Bridge) -> None:
        self.collector = collector
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self.collector.answers(scope["path"]):
            await self.pages(scope, receive, send)
        else:
            await self.collector(scope, receive, send)


def application() -> Entry:
    """The server of the workspace that the environment names."""
    die_with_parent()
    root = Path(os.environ[WORKSPACE])
    config = configuration.load(root, os.environ)
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    pages = Bridge(get_wsgi_application(), config.upload_bytes)
    return Entry(Collector(root, config), pages)
