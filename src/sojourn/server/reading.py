"""What is seen of a post before it is kept: whose it is, and whether it is JSON of a right size."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from typing import Any

import msgspec

from sojourn.core.calls import ENVELOPES
from sojourn.server.config import Config


class Unreadable(Exception):
    """A post that is not taken: the HTTP status and what to say."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Envelope(msgspec.Struct):
    """The outside of a post; its calls stay as they came."""

    writeKey: Any = None  # noqa: N815 - Segment's spelling
    batch: list[msgspec.Raw] | None = None
    context: Any = None
    sentAt: Any = None  # noqa: N815


_ESCAPED = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""What a backslash begins in JSON: a whole character in two halves, or half of one, or the rest."""

_READ = msgspec.json.Decoder(Envelope)


def opened(body: bytes, encoding: str, most: int) -> bytes:
    """The body as it was before it was compressed; never more than `most` bytes are made.

    >>> opened(b"{}", "", 10)
    b'{}'
    """
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise Unreadable(415, f"Content-Encoding {encoding[:40]!r} is not known; use gzip or none")
    unpacker = zlib.decompressobj(31)
    try:
        plain = unpacker.decompress(body, most + 1)
        if len(plain) <= most:
            plain += unpacker.flush()
    except zlib.error:
        raise Unreadable(400, "the body is no gzip") from None
    if len(plain) > most:
        raise too_large(most)
    if not unpacker.eof:
        raise Unreadable(400, "the gzip body is cut off")
    return plain


def without_halves(body: bytes) -> bytes:
    r"""The body with U+FFFD for each half of a character, as a text cut in two has it escaped.

    >>> without_halves(rb'"x \ud83d \ud83d\ude00 \\ud83d"')
    b'"x \\ufffd \\ud83d\\ude00 \\\\ud83d"'
    """
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _ESCAPED.sub(lambda found: found[0] if found[1] is None else b"\\ufffd", body)


def too_large(most: int) -> Unreadable:
    """What is said of a post with more bytes."""
    return Unreadable(413, f"more than {most:,} bytes; send smaller batches")


def looked_at(body: bytes, route: str, config: Config) -> Envelope:
    """The outside of a post at a route, when it is JSON within the bounds."""
    batch = route in ENVELOPES.values()
    if not batch and len(body) > config.call_bytes:
        raise too_large(config.call_bytes)
    try:
        found = _READ.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(400, f"the body is no JSON object of calls: {error}"[:300]) from None
    except RecursionError:
        raise Unreadable(400, "the body is nested too deeply") from None
    if batch and found.batch is None:
        raise Unreadable(400, "an envelope has its calls in a list named batch")
    if len(found.batch or ()) > config.batch_calls:
        raise Unreadable(413, f"more than {config.batch_calls:,} calls; send smaller batches")
    return found


def key_of(headers: Mapping[str, str], envelope: Envelope) -> str:
    """The write key: from basic authentication, or from the body; "" when there is none."""
    scheme, _, told = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, _ = base64.b64decode(told, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            user = ""
        if user:
            return user
    return envelope.writeKey if isinstance(envelope.writeKey, str) else ""
