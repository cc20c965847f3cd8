"""What is answered over HTTP by the parts of the server that are plain ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PLAIN = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


class Answer:
    """What is answered: a status, a body (bytes, or what JSON is made of) and headers."""

    def __init__(self, status: int, body: Any, **headers: str) -> None:
        self.status = status
        self.body = body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def refusal(message: str) -> dict[str, Any]:
    """The body of an answer that says no."""
    return {"success": False, "message": message}


async def send_answer(
    answer: Answer, scope: Scope, send: Send, more: Mapping[str, str] | None = None
) -> None:
    """Send an answer, with more headers where there are any."""
    told = {**PLAIN, **answer.headers, **(more or {})}
    body = answer.body if isinstance(answer.body, bytes) else msgspec.json.encode(answer.body)
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded(told)})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI has them."""
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request, names in small letters."""
    return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
