"""The collector: an ASGI application that keeps what is posted to it, and nothing else.

A post is acknowledged when it is in the inbox and on the disk; taking it apart is the worker's.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from importlib.resources import files
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from sojourn.core.calls import ROUTES
from sojourn.errors import DatabaseFailed, SojournError
from sojourn.server import config as configuration
from sojourn.server.answer import (
    Answer,
    Receive,
    Scope,
    Send,
    headers_of,
    refusal,
    send_answer,
)
from sojourn.server.gate import Gate
from sojourn.server.inbox import Inbox, Received, now
from sojourn.server.keeping import Full, Keeper
from sojourn.server.rate import Rates
from sojourn.server.reading import Unreadable, key_of, looked_at, opened, too_large, without_halves

KEYS_HOLD = 1.0
"""For how many seconds the write keys are remembered."""

SILENT = 30.0
"""After how many seconds without a sign of life the worker is taken for dead."""

PATIENCE = 30.0
"""How many seconds a client has to send its post."""

SCRIPT = files("sojourn.server").joinpath("static/sojourn.js").read_bytes()
SCRIPT_HEADERS = {
    "content_type": "text/javascript; charset=utf-8",
    "cache_control": "public, max-age=3600",
    "access_control_allow_origin": "*",
}
PAGES = ("/sojourn.js", "/healthz", "/readyz", "/metrics")
COME_BACK = "2"
TAKEN = {"success": True}
log = logging.getLogger("sojourn.collector")


class Collector:
    """One collector for one workspace."""

    def __init__(self, root: Path, config: configuration.Config) -> None:
        self.root = root
        self.config = config
        self.rates = Rates(config.posts_per_second)
        self.registry = CollectorRegistry()
        self.posts = Counter(
            "sojourn_posts", "Posts by the status answered", ["status"], registry=self.registry
        )
        self.unkept = Gauge(
            "sojourn_inbox_posts", "Posts not in the log yet", registry=self.registry
        )
        self.lag = Gauge(
            "sojourn_inbox_lag_seconds", "Age of the oldest of them", registry=self.registry
        )

    def answers(self, path: str) -> bool:
        """Whether an address is the collector's."""
        return path.startswith("/v1/") or path in PAGES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._send(await self._answer(scope, receive), scope, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = (await receive())["type"]
            if event == "lifespan.startup":
                try:
                    self.inbox = Inbox(self.root)
                    self._keys, self._keys_at = self.inbox.keys(), time.monotonic()
                    self.gate = Gate(self.root)
                    self.keeper = Keeper(self.root, self.config.waiting_bytes)
                except (OSError, SojournError) as error:
                    message = f"the inbox cannot be opened: {error}"
                    await send({"type": "lifespan.startup.failed", "message": message})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await asyncio.to_thread(self.keeper.stop)
                self.inbox.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path, method = scope["path"], scope["method"]
        if path.startswith("/v1/"):
            return await self._post(
                scope, receive, ROUTES.get(path.removeprefix("/v1/").strip("/"))
            )
        if method not in ("GET", "HEAD"):
            return Answer(405, refusal("this page is only to be read"), allow="GET, HEAD")
        if path == "/sojourn.js":
            return Answer(200, SCRIPT, **SCRIPT_HEADERS)
        if path == "/healthz":
            return Answer(200, {"status": "ok"})
        if path == "/readyz":
            return await asyncio.to_thread(self._ready)
        if path == "/metrics":
            await asyncio.to_thread(self._gauge)
            return Answer(
                200, generate_latest(self.registry), content_type="text/plain; version=0.0.4"
            )
        return Answer(404, refusal("there is nothing here"))

    async def _post(self, scope: Scope, receive: Receive, route: str | None) -> Answer:
        if route is None:
            return Answer(404, refusal(f"calls are posted to /v1/ and one of {', '.join(ROUTES)}"))
        if scope["method"] == "OPTIONS":
            return Answer(204, b"")
        if scope["method"] != "POST":
            return Answer(405, refusal("calls are posted"), allow="POST, OPTIONS")
        headers = headers_of(scope)
        try:
            async with asyncio.timeout(PATIENCE):
                raw = await self._body(receive)
            encoding = headers.get("content-encoding", "").strip().lower()
            body = without_halves(opened(raw, encoding, self.config.batch_bytes))
            source = await self._source(key_of(headers, looked_at(body, route, self.config)))
            wait = self.rates.wait(source, time.monotonic())
            if wait:
                told = refusal("too many posts with this key; come back later")
                return Answer(429, told, retry_after=str(wait))
            kept, route = await self._agreed(body, route, source)
            if kept is not None:
                await self.keeper.keep(Received(now(), source, route, kept))
        except Unreadable as error:
            return Answer(error.status, refusal(error.message))
        except TimeoutError:
            return Answer(408, refusal(f"the post did not arrive within {PATIENCE:.0f} seconds"))
        except Full:
            return Answer(503, refusal("too much waits; come back later"), retry_after=COME_BACK)
        except (OSError, DatabaseFailed) as error:
            log.error("the inbox cannot be written: %s", error)
            return Answer(503, refusal("the inbox cannot be written now"), retry_after=COME_BACK)
        return Answer(200, TAKEN)

    async def _body(self, receive: Receive) -> bytes:
        parts, size = [], 0
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise Unreadable(400, "the post was cut off")
            parts.append(event.get("body", b""))
            size += len(parts[-1])
            if size > self.config.batch_bytes:
                raise too_large(self.config.batch_bytes)
            if not event.get("more_body"):
                return b"".join(parts)

    async def _agreed(self, body: bytes, route: str, source: str) -> tuple[bytes | None, str]:
        """What of a post may be kept, at which route: all of it, unless consent is required."""
        try:
            if self.gate.stale:
                await asyncio.to_thread(self.gate.look)
        except SojournError as error:
            raise OSError(f"what consent is required is not known: {error.message}") from error
        kept, route, held = self.gate.let_in(body, route)
        if held:
            await asyncio.to_thread(self.inbox.withhold, source, held)
        return kept, route

    async def _source(self, key: str) -> str:
        """The name of a write key."""
        if time.monotonic() - self._keys_at > KEYS_HOLD:
            self._keys_at = time.monotonic()
            self._keys = await asyncio.to_thread(self.inbox.keys)
        if not key:
            raise Unreadable(401, "a write key is missing: basic authentication, or writeKey")
        if key not in self._keys:
            raise Unreadable(401, "this write key is not known")
        return self._keys[key]

    def _ready(self) -> Answer:
        try:
            waiting = self.inbox.waiting()
        except DatabaseFailed as error:
            return Answer(503, {"status": "not ready", "inbox": error.message})
        age = None if waiting.worker_at is None else (now() - waiting.worker_at) / 1e6
        told = {
            "waiting": waiting.posts,
            "lag_seconds": _age(waiting.since),
            "worker_seconds_ago": age,
            "problem": waiting.problem or None,
        }
        alive = age is not None and age < SILENT
        return Answer(200 if alive else 503, {"status": "ready" if alive else "not ready", **told})

    def _gauge(self) -> None:
        """Say how much waits: not a number while the inbox cannot tell."""
        try:
            waiting = self.inbox.waiting()
        except DatabaseFailed as error:
            log.error("the inbox cannot be read: %s", error)
            self.unkept.set(math.nan)
            self.lag.set(math.nan)
            return
        self.unkept.set(waiting.posts)
        self.lag.set(_age(waiting.since))

    async def _send(self, answer: Answer, scope: Scope, send: Send) -> None:
        collecting = scope["path"].startswith("/v1/")
        if collecting and scope["method"] == "POST":
            self.posts.labels(answer.status).inc()
        more = _cors(self.config.origins, scope) if collecting else {}
        await send_answer(answer, scope, send, more)


def _cors(origins: str, scope: Scope) -> dict[str, str]:
    """What lets the pages of these sites post; the answer says nothing secret."""
    given = next((v.decode("latin-1") for k, v in scope["headers"] if k.lower() == b"origin"), "")
    allowed = [origin.strip() for origin in origins.split(",")]
    if origins != "*" and given not in allowed:
        return {"vary": "origin"}
    return {
        "access-control-allow-origin": "*" if origins == "*" else given,
        "access-control-allow-methods": "POST, OPTIONS",
        "access-control-allow-headers": "authorization, content-type, content-encoding",
        "access-control-max-age": "86400",
        "vary": "origin",
    }


def _age(since: int | None) -> float:
    return 0.0 if since is None else max(0.0, (now() - since) / 1e6)
