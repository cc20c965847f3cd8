"""From ASGI to Django's WSGI handler on a pool of threads.

Django's own ASGI handler answers several times fewer requests a second; a page is rendered
synchronously, and what takes long is asked of a process of its own.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[str, str]]

THREADS = 8
IN_MEMORY = 1_000_000
PATIENCE = 120.0
"""How many seconds a browser has to send its request."""

PART = 256 * 1024


class Bridge:
    """An ASGI application that hands each request, whole, to a WSGI application."""

    def __init__(self, wsgi: Any, most_bytes: int) -> None:
        self.wsgi = wsgi
        self.most_bytes = most_bytes
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="pages")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with SpooledTemporaryFile(IN_MEMORY) as body:
            try:
                async with asyncio.timeout(PATIENCE):
                    size = await self._body(receive, body)
            except (TimeoutError, ConnectionError):
                return
            if size > self.most_bytes:
                await _refuse(send, 413, b"This is too large to be received here.")
                return
            body.seek(0)
            call = asyncio.get_running_loop().run_in_executor
            status, headers, parts = await call(self.pool, self._ask, environ(scope, body, size))
            try:
                await _answer(send, status, headers, parts, scope["method"] == "HEAD", self.pool)
            finally:
                close = getattr(parts, "close", None)
                if close is not None:
                    await call(self.pool, close)

    async def _body(self, receive: Receive, body: IO[bytes]) -> int:
        size = 0
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                raise ConnectionError
            part = event.get("body", b"")
            size += len(part)
            if size <= self.most_bytes:
                body.write(part)
            if not event.get("more_body"):
                return size

    def _ask(self, request: dict[str, Any]) -> tuple[int, Headers, Iterable[bytes]]:
        told: list[tuple[int, Headers]] = []

        def start(status: str, headers: Headers, _: Any = None) -> None:
            told.append((int(status.split(" ", 1)[0]), headers))

        parts = self.wsgi(request, start)
        return *told[-1], parts


async def _answer(
    send: Send,
    status: int,
    headers: Headers,
    parts: Iterable[bytes],
    empty: bool,
    pool: ThreadPoolExecutor,
) -> None:
    coded = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]
    await send({"type": "http.response.start", "status": status, "headers": coded})
    rest = iter(parts)
    loop = asyncio.get_running_loop()
    while not empty:
        part = await loop.run_in_executor(pool, next, rest, None)
        if part is None:
            break
        if part:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def environ(scope: Scope, body: Any, size: int) -> dict[str, Any]:
    """The WSGI environment of an ASGI request whose body has `size` bytes."""
    host, port = scope.get("server") or ("localhost", 80)
    made: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").upper().replace("-", "_")
        if "_" in raw.decode("latin-1") or name in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            continue
        key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        text = value.decode("latin-1")
        made[key] = f"{made[key]}{'; ' if name == 'COOKIE' else ','}{text}" if key in made else text
    return made
