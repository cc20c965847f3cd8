"""What granian runs: the collector and the feed for what they answer, Django for all else."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.wsgi import get_wsgi_application

from sojourn.server import config as configuration
from sojourn.server.answer import Answer, refusal, send_answer
from sojourn.server.collector import Collector
from sojourn.server.config import WORKSPACE
from sojourn.server.feed.api import MovesApi
from sojourn.server.lifeline import die_with_parent
from sojourn.server.site.bridge import Bridge, Receive, Scope, Send

NO_PAGES = "this collector only takes touchpoints; the pages are at the workspace's own server"
SETTINGS = "sojourn.server.site.settings"


class Entry:
    """One address for both: touchpoints come in, pages go out; without pages, nothing else."""

    def __init__(self, collector: Collector, moves: MovesApi, pages: Bridge | None = None) -> None:
        self.collector = collector
        self.moves = moves
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.collector(scope, receive, send)
            self.moves.close()
        elif scope["type"] != "http" or self.collector.answers(scope["path"]):
            await self.collector(scope, receive, send)
        elif self.moves.answers(scope["path"]):
            await self.moves(scope, receive, send)
        elif self.pages is not None:
            await self.pages(scope, receive, send)
        else:
            await send_answer(Answer(404, refusal(NO_PAGES)), scope, send)


def collecting() -> Entry:
    """A collector beside the server of the workspace that the environment names."""
    die_with_parent()
    root = Path(os.environ[WORKSPACE])
    config = configuration.load(root, os.environ)
    return Entry(Collector(root, config), MovesApi(root, config))


def application() -> Entry:
    """The server of the workspace that the environment names."""
    die_with_parent()
    root = Path(os.environ[WORKSPACE])
    config = configuration.load(root, os.environ)
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    pages = Bridge(get_wsgi_application(), config.upload_bytes)
    return Entry(Collector(root, config), MovesApi(root, config), pages)
