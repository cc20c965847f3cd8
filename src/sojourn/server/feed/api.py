"""The feed over HTTP: `GET /api/moves` by pages, and `/api/moves/stream` as it grows."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from sojourn.core.changes import KINDS
from sojourn.errors import DatabaseFailed
from sojourn.server.answer import (
    Answer,
    Receive,
    Scope,
    Send,
    encoded,
    headers_of,
    refusal,
    send_answer,
)
from sojourn.server.config import Config
from sojourn.server.feed.rows import plain_row
from sojourn.server.feed.table import FRESH, FeedTable, there
from sojourn.server.rate import Rates
from sojourn.server.readkeys import MARK, ReadKeys, name_of

PAGE = "/api/moves"
STREAM = PAGE + "/stream"
LIMIT, MOST = 100, 1_000
HEARTBEAT = 15.0
"""After so many seconds without a row a stream says that it is still there."""

LOOK = 0.2
KEYS_HOLD = 1.0
STUCK = 30.0
"""A stream whose client takes nothing for so many seconds is ended."""

STREAM_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}
Result = TypeVar("Result")


class Refused(Exception):
    """A question that is not answered: with which status, and what to say."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.answer = Answer(status, refusal(message), **headers)


class Asked(msgspec.Struct):
    """What was asked for: rows after a position, of a model, of a kind."""

    after: int | None = None
    limit: int = LIMIT
    model: str | None = None
    kind: str | None = None


class MovesApi:
    """The feed of one workspace, for those who have a read key."""

    def __init__(self, root: Path, config: Config) -> None:
        self.root = root
        self.config = config
        self.streams = 0
        self._rates = Rates(config.reads_per_second)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="feed")
        self._table: FeedTable | None = None
        self._hashes: dict[str, str] = {}
        self._keys_at = -KEYS_HOLD
        self._last = 0
        self._last_at = -LOOK

    def answers(self, path: str) -> bool:
        """Whether an address is the feed's."""
        return path in (PAGE, STREAM)

    def close(self) -> None:
        """Let go of the feed."""
        self._pool.shutdown()
        if self._table is not None:
            self._table.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            asked = await self._asked(scope)
            if scope["path"] == STREAM and scope["method"] == "GET":
                await self._stream(asked, receive, send)
                return
            answer = Answer(200, await self._page(asked))
        except Refused as refused:
            answer = refused.answer
        except DatabaseFailed as error:
            answer = Answer(
                503, refusal(f"the feed cannot be read: {error.message}"), retry_after="2"
            )
        await send_answer(answer, scope, send)

    async def _asked(self, scope: Scope) -> Asked:
        if scope["method"] not in ("GET", "HEAD"):
            raise Refused(405, "the feed is only to be read", allow="GET, HEAD")
        headers = headers_of(scope)
        name = await self._who(headers)
        wait = self._rates.wait(name, time.monotonic())
        if wait:
            raise Refused(429, "too many questions with this key", retry_after=str(wait))
        return asked_for(scope["query_string"], headers.get("last-event-id", ""))

    async def _who(self, headers: Mapping[str, str]) -> str:
        """The name of the read key that was given."""
        if time.monotonic() - self._keys_at > KEYS_HOLD:
            self._hashes = await self._call(ReadKeys(self.root).hashes)
            self._keys_at = time.monotonic()
        key = key_of(headers.get("authorization", ""))
        if not key:
            told = "a read key is missing: make one with `sojourn keys add NAME --kind read`"
            raise Refused(401, f"{told}, send Authorization: Bearer KEY", www_authenticate="Bearer")
        name = name_of(key, self._hashes)
        if name is None and not key.startswith(MARK):
            raise Refused(403, f"this is no read key; those begin with {MARK}")
        if name is None:
            raise Refused(401, "this read key is not known", www_authenticate="Bearer")
        return name

    async def _page(self, asked: Asked) -> dict[str, Any]:
        rows, place = await self._read(asked, asked.after or 0, asked.limit)
        return {"moves": [plain_row(row) for row in rows], "next": place}

    async def _read(self, asked: Asked, after: int, limit: int) -> tuple[list[dict[str, Any]], int]:
        table = await self._opened()
        if table is None:
            return [], after
        return await self._call(lambda: table.read(after, limit, asked.model, asked.kind))

    async def _opened(self) -> FeedTable | None:
        if self._table is None and there(self.root):
            self._table = await self._call(lambda: FeedTable(self.root))
        return self._table

    async def _call(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    # The stream

    async def _stream(self, asked: Asked, receive: Receive, send: Send) -> None:
        if self.streams >= self.config.streams:
            raise Refused(503, "as many streams are open as there may be", retry_after="10")
        self.streams += 1
        left = asyncio.ensure_future(_left(receive))
        try:
            await send(
                {"type": "http.response.start", "status": 200, "headers": encoded(STREAM_HEADERS)}
            )
            await self._tell(asked, left, send)
        except (TimeoutError, ConnectionError):
            return
        finally:
            left.cancel()
            self.streams -= 1

    async def _tell(self, asked: Asked, left: asyncio.Future[None], send: Send) -> None:
        """Send rows as they come, until the client has gone."""
        place = await self._newest() if asked.after is None else asked.after
        await _part(send, b": here are the moves\n\n")
        told_at = time.monotonic()
        while not left.done():
            rows, upto = list[dict[str, Any]](), place
            if await self._newest() > place:
                rows, upto = await self._read(asked, place, MOST)
            if rows:
                await _part(send, b"".join(map(_event, rows)))
                told_at = time.monotonic()
            elif time.monotonic() - told_at > HEARTBEAT:
                await _part(send, b": still here\n\n")
                told_at = time.monotonic()
            if upto == place:
                await asyncio.wait({left}, timeout=LOOK)
            place = upto

    async def _newest(self) -> int:
        """The last position; all streams look together, a few times a second."""
        if time.monotonic() - self._last_at >= LOOK:
            self._last_at = time.monotonic()
            table = await self._opened()
            self._last = 0 if table is None else await self._call(table.last)
        return self._last


def asked_for(query: bytes, last_event: str = "") -> Asked:
    """What the address asks for; `last_event` is where a stream was cut off.

    >>> asked_for(b"after=7&kind=lapsed")
    Asked(after=7, limit=100, model=None, kind='lapsed')
    """
    given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    unknown = sorted(set(given) - {"after", "limit", "model", "kind"})
    if unknown:
        raise Refused(400, f"unknown: {unknown[0][:40]!r}; there are after, limit, model and kind")
    if last_event:
        given["after"] = last_event
    kind = given.get("kind")
    if kind is not None and kind not in KINDS:
        raise Refused(400, f"kind: found {kind[:40]!r}, expected one of {', '.join(KINDS)}")
    after = _whole(given, "after", 0, 2**62) if "after" in given else None
    limit = _whole(given, "limit", 1, MOST) if "limit" in given else LIMIT
    return Asked(after, limit, given.get("model"), kind)


def _whole(given: Mapping[str, str], name: str, low: int, high: int) -> int:
    text = given[name]
    if text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high:
        return int(text)
    raise Refused(400, f"{name}: found {text[:40]!r}, expected a whole number from {low} to {high}")


def key_of(authorization: str) -> str:
    """The key that was given, as a bearer's or as the user of basic authentication.

    >>> key_of("Bearer read_x"), key_of("Basic cmVhZF94Og=="), key_of("")
    ('read_x', 'read_x', '')
    """
    scheme, _, told = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return told.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(told, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _event(row: Mapping[str, Any]) -> bytes:
    data = msgspec.json.encode(plain_row(row))
    name = row["kind"] if row["told"] == FRESH else row["told"]
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (row["position"], name.encode(), data)


async def _left(receive: Receive) -> None:
    """Ends when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _part(send: Send, body: bytes) -> None:
    async with asyncio.timeout(STUCK):
        await send({"type": "http.response.body", "body": body, "more_body": True})
