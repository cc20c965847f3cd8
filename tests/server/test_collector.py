"""The collector by itself: who posts too often is told when to come back, and loses nothing."""

import asyncio
import json
from contextlib import closing

import pytest

from sojourn.errors import DatabaseFailed
from sojourn.server.collector import Collector
from sojourn.server.config import Config
from sojourn.server.inbox import Inbox


class Client:
    """Posts to a collector without a network."""

    def __init__(self, root, **settings):
        self.root = root
        with closing(Inbox(root)) as inbox:
            self.key = inbox.add_key("website")
        self.collector = Collector(root, Config(**settings))

    def post(self, *bodies, route="track", key=None, headers=()):
        return asyncio.run(
            self._all(self._post(body, route, key or self.key, headers) for body in bodies)
        )

    def get(self, *paths):
        return asyncio.run(self._all(self._asked("GET", path, b"", ()) for path in paths))

    async def _all(self, asked):
        events = asyncio.Queue()
        await events.put({"type": "lifespan.startup"})
        started = asyncio.Event()

        async def told(event):
            if event["type"] == "lifespan.startup.complete":
                started.set()

        life = asyncio.ensure_future(self.collector({"type": "lifespan"}, events.get, told))
        await started.wait()
        found = [await each for each in asked]
        await events.put({"type": "lifespan.shutdown"})
        await life
        return found

    async def _post(self, body, route, key, headers):
        raw = body if isinstance(body, bytes) else json.dumps({"writeKey": key, **body}).encode()
        status, told, _ = await self._asked("POST", f"/v1/{route}", raw, headers)
        return status, told

    async def _asked(self, method, path, raw, headers):
        sent = []

        async def receive():
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(event):
            sent.append(event)

        scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
        await self.collector(scope, receive, send)
        told = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return sent[0]["status"], told, b"".join(event.get("body", b"") for event in sent)

    def kept(self):
        with closing(Inbox(self.root)) as inbox:
            return inbox.first(10**9)


def test_who_posts_too_often_is_told_when_to_come_back(tmp_path):
    client = Client(tmp_path, posts_per_second=1)
    found = client.post(*[{"event": str(i), "userId": "u"} for i in range(5)])
    assert [status for status, _ in found] == [200, 200, 429, 429, 429]
    assert found[-1][1]["retry-after"] == "1"
    assert len(client.kept()) == 2


def test_by_default_nobody_who_is_not_flooding_is_held_up(tmp_path):
    client = Client(tmp_path)
    found = client.post(*[{"event": str(i), "userId": "u"} for i in range(300)])
    assert {status for status, _ in found} == {200}
    assert len(client.kept()) == 300


@pytest.mark.parametrize(
    "key",
    ["", "x" * 100_000, "' or 1=1 --", "\u0000", "\ud800".encode("utf-8", "replace").decode()],
)
def test_a_forged_key_is_refused_and_nothing_is_kept(tmp_path, key):
    client = Client(tmp_path)
    [(status, _)] = client.post({"event": "A", "userId": "u", "writeKey": key})
    assert status in (401, 413)
    assert client.kept() == []


def test_while_the_database_is_away_it_says_so_and_goes_on_when_it_is_back(tmp_path, monkeypatch):
    def away(*_):
        raise DatabaseFailed("PostgreSQL, database shop at db: connection refused")

    client = Client(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "put", away)
        patch.setattr(Inbox, "waiting", away)
        [(status, headers)] = client.post({"event": "A", "userId": "u"})
        assert (status, headers["retry-after"]) == (503, "2")
        ready, metrics = client.get("/readyz", "/metrics")
        assert ready[0] == 503
        assert b"connection refused" in ready[2]
        assert metrics[0] == 200
        assert b"sojourn_inbox_posts NaN" in metrics[2]
    assert client.kept() == []
    [(status, _)] = client.post({"event": "A", "userId": "u"})
    assert status == 200
    assert len(client.kept()) == 1
