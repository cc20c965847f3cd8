"""The feed over HTTP: who may read it, page by page and as it grows."""

import asyncio
import base64
import json
from contextlib import closing

import pytest

from sojourn.server.config import Config
from sojourn.server.feed import api
from sojourn.server.feed.api import MovesApi
from sojourn.server.feed.table import TOLD, FeedTable, Row
from sojourn.server.inbox import Inbox
from sojourn.server.readkeys import ReadKeys

HOUR = 3_600_000_000


def row(position, kind=0, told="fresh", replaces=None):
    return Row(position, 9 * HOUR, 1, 4, "ann", 1, kind and 1, kind, position * HOUR, -1,
               TOLD.index(told), False, replaces, told != "corrected")  # fmt: skip


class Reader:
    """Asks the feed's address as a client does."""

    def __init__(self, root, **settings):
        self.root = root
        self.key = ReadKeys(root).add("crm")
        self.api = MovesApi(root, Config(**settings))
        self.table = FeedTable(root)
        with self.table.at_once():
            self.table.begin("m", "v1", ["know", "buy"], 0)
            self.table.append([row(1), row(2, 2), row(3), row(4, 0, "corrected", 3)])

    def close(self):
        self.api.close()
        self.table.close()

    def scope(self, path, method="GET", key=None, **headers):
        path, _, query = path.partition("?")
        told = {"authorization": f"Bearer {self.key if key is None else key}", **headers}
        pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in told.items() if v]
        return {"type": "http", "path": path, "method": method,
                "query_string": query.encode(), "headers": pairs}  # fmt: skip

    def ask(self, path, method="GET", key=None, **headers):
        sent = []

        async def send(event):
            sent.append(event)

        async def receive():
            await asyncio.sleep(60)

        asyncio.run(self.api(self.scope(path, method, key, **headers), receive, send))
        body = b"".join(event.get("body", b"") for event in sent)
        told = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return sent[0]["status"], json.loads(body) if body else None, told


@pytest.fixture
def reader(tmp_path):
    made = Reader(tmp_path)
    yield made
    made.close()


def test_pages_follow_one_another(reader):
    status, first, headers = reader.ask("/api/moves?limit=3")
    assert (status, first["next"], headers["content-type"]) == (200, 3, "application/json")
    assert first["moves"][1] == {
        "position": 2, "told": "fresh", "kind": "moved", "person": "ann", "model": "m",
        "version": "v1", "cycle": 1, "stage": "buy", "from": "buy", "to": None,
        "at": "1970-01-01T02:00:00.000000Z", "noticed_at": "1970-01-01T09:00:00.000000Z",
        "backfill": False, "replaces": None,
    }  # fmt: skip
    _, second, _ = reader.ask("/api/moves?after=3")
    assert [(r["position"], r["told"]) for r in second["moves"]] == [(4, "corrected")]
    assert reader.ask("/api/moves?after=4")[1] == {"moves": [], "next": 4}


def test_a_kind_comes_with_its_corrections(reader):
    _, found, _ = reader.ask("/api/moves?kind=entered")
    assert [r["position"] for r in found["moves"]] == [1, 3, 4]
    assert reader.ask("/api/moves?model=other")[1] == {"moves": [], "next": 4}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("after=-1", "after: found '-1'"),
        ("after=x", "after: found 'x'"),
        ("after=" + "9" * 30, "expected a whole number"),
        ("after=%D9%A3", "after: found"),
        ("limit=0", "limit: found '0', expected a whole number from 1 to 1000"),
        ("limit=1001", "limit"),
        ("kind=left", "kind: found 'left', expected one of entered"),
        ("kind=' or 1=1 --", "kind: found"),
        ("page=2", "unknown: 'page'"),
    ],
)
def test_what_is_asked_wrongly_is_said(reader, query, says):
    status, body, _ = reader.ask(f"/api/moves?{query}")
    assert status == 400
    assert says in body["message"]


def test_only_a_read_key_reads(reader):
    with closing(Inbox(reader.root)) as inbox:
        write = inbox.add_key("website")
    status, body, headers = reader.ask("/api/moves", key="", authorization="")
    assert (status, headers["www-authenticate"]) == (401, "Bearer")
    assert "--kind read" in body["message"]
    assert reader.ask("/api/moves", key="read_guess")[0] == 401
    assert reader.ask("/api/moves", key=write)[0] == 403
    basic = base64.b64encode(f"{reader.key}:".encode()).decode()
    assert reader.ask("/api/moves", authorization=f"Basic {basic}")[0] == 200
    for odd in ("Basic !!!", "Basic /w==", "Digest x", "Bearer", "\x01"):
        assert reader.ask("/api/moves", authorization=odd)[0] in (401, 403)


def test_a_removed_key_reads_no_more(reader):
    assert reader.ask("/api/moves")[0] == 200
    ReadKeys(reader.root).remove("crm")
    reader.api._keys_at = -10.0
    assert reader.ask("/api/moves")[0] == 401


def test_nothing_can_be_written(reader):
    assert reader.ask("/api/moves", "POST")[0] == 405
    assert reader.ask("/api/moves", "HEAD")[:2] == (200, None)


def test_who_asks_too_often_is_told_when_to_come_back(tmp_path):
    reader = Reader(tmp_path, reads_per_second=1)
    found = [reader.ask("/api/moves") for _ in range(4)]
    assert [status for status, *_ in found] == [200, 200, 429, 429]
    assert found[-1][2]["retry-after"] == "1"
    reader.close()


def test_without_a_feed_there_is_nothing_to_read(tmp_path):
    key = ReadKeys(tmp_path).add("crm")
    bare = Reader.__new__(Reader)
    with closing(MovesApi(tmp_path, Config())) as api:
        bare.api, bare.key = api, key
        assert bare.ask("/api/moves?after=3")[1] == {"moves": [], "next": 3}


class Listener:
    """A client that listens to the stream until it has heard enough."""

    def __init__(self, reader, path, **headers):
        self.reader, self.path, self.headers = reader, path, headers
        self.heard = b""
        self.status = None
        self.gone = asyncio.Event()

    async def send(self, event):
        self.status = event.get("status", self.status)
        self.heard += event.get("body", b"")

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def listen(self, until, meanwhile=None):
        scope = self.reader.scope(self.path, **self.headers)
        task = asyncio.ensure_future(self.reader.api(scope, self.receive, self.send))
        async with asyncio.timeout(5):
            while until not in self.heard and not task.done():
                await asyncio.sleep(0.02)
                if meanwhile and b"here are" in self.heard:
                    meanwhile()
                    meanwhile = None
        self.gone.set()
        await task
        return self.heard


def events(heard):
    found = [block.split(b"\n") for block in heard.split(b"\n\n") if b"data:" in block]
    return [(int(lines[0][4:]), lines[1][7:].decode()) for lines in found]


def test_a_stream_goes_on_from_the_last_event_and_tells_what_comes(reader):
    def more():
        with reader.table.at_once():
            reader.table.append([row(5, 4)])

    listener = Listener(reader, "/api/moves/stream", last_event_id="1")
    heard = asyncio.run(listener.listen(b"id: 5", more))
    assert listener.status == 200
    assert events(heard) == [(2, "moved"), (3, "entered"), (4, "corrected"), (5, "lapsed")]
    assert reader.api.streams == 0


def test_a_stream_without_a_place_begins_now(reader):
    def more():
        with reader.table.at_once():
            reader.table.append([row(5)])

    heard = asyncio.run(Listener(reader, "/api/moves/stream").listen(b"id:", more))
    assert events(heard) == [(5, "entered")]


def test_a_quiet_stream_says_that_it_is_there(reader, monkeypatch):
    monkeypatch.setattr(api, "HEARTBEAT", 0.1)
    heard = asyncio.run(Listener(reader, "/api/moves/stream").listen(b"still here"))
    assert b": still here" in heard


def test_a_client_that_takes_nothing_is_let_go(reader, monkeypatch):
    monkeypatch.setattr(api, "STUCK", 0.1)
    listener = Listener(reader, "/api/moves/stream?after=0")

    async def stuck(event):
        if event.get("body"):
            await asyncio.sleep(60)

    listener.send = stuck
    asyncio.run(asyncio.wait_for(listener.listen(b"never"), 5))
    assert reader.api.streams == 0


def test_there_are_only_so_many_streams(tmp_path):
    reader = Reader(tmp_path, streams=0)
    status, _, headers = reader.ask("/api/moves/stream")
    assert (status, headers["retry-after"]) == (503, "10")
    reader.close()
