"""Posts taken apart: the messages in them, and the calls that are none."""

from __future__ import annotations

import re
from collections import ChainMap, defaultdict
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from sojourn.core.calls import ENVELOPES, ERASED_CALL, HISTORICAL, Refused, calls_in, message_of
from sojourn.core.consent import NO, YES, consent_in
from sojourn.server.inbox import Received
from sojourn.server.reading import Envelope

ADDRESS = re.compile(r'"ip"\s*:\s*"[^"]*"?')
"""The address that a call came from, in a text that is no JSON: it is never kept."""

FOUND = 65_536
"""So many bytes of a refused call are kept."""


@dataclass
class Apart:
    """Posts taken apart: the messages of each source, and the calls that are none."""

    messages: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    agreed: MutableMapping[tuple[str, Any], dict[str, bool]] = field(default_factory=dict)
    refused: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def agree(self, source: str, message: Mapping[str, Any]) -> None:
        """What a message says of consent, as a call of its own: once, until they say otherwise."""
        said = consent_in(message["context"], {}) if message["type"] != "identify" else {}
        who = message.get("userId") or message.get("anonymousId")
        if said and self.agreed.get((source, who)) != said:
            self.agreed[source, who] = said
            words = {purpose: YES if given else NO for purpose, given in said.items()}
            same = ("userId", "anonymousId", "timestamp", "originalTimestamp", "receivedAt")
            call = {key: message[key] for key in same if key in message}
            call |= {"type": "identify", "messageId": f"{message['messageId']}-consent"}
            call |= {"context": {}, "traits": {"consent": words}}
            self.messages[source].append(msgspec.json.encode(call))

    def refuse(self, source: str, why: Refused, raw: bytes, at: datetime) -> None:
        """Keep a call that is no message, with its reason: its fields where it has any."""
        told = {"row": 0, "reason": why.reason, "column": why.column or None, "found": why.found}
        call = _read(raw) if len(raw) <= FOUND else None
        if isinstance(call, dict):
            fields = {"timestamp": at.isoformat(), "receivedAt": at.isoformat(), **call}
            context = call.get("context")
            if isinstance(context, dict):
                fields["context"] = {key: value for key, value in context.items() if key != "ip"}
            told |= {"fields": msgspec.json.encode(fields).decode()}
        else:
            text = raw[:FOUND].decode("utf-8", "replace").replace("\0", "")
            told |= {"raw": ADDRESS.sub('"ip":""', text)}
        self.refused[source].append(told)


def taken_apart(
    posts: Sequence[Received],
    call_bytes: int,
    agreed: Mapping[tuple[str, Any], dict[str, bool]] | None = None,
) -> Apart:
    """The messages in some posts; the same posts always give the same.

    `agreed` is what is known of consent, which is not said again.
    """
    apart = Apart(agreed=ChainMap({}, dict(agreed or {})))
    for post in posts:
        at = datetime.fromtimestamp(post.received_at / 1e6, UTC)
        for number, (raw, call, shared) in enumerate(_calls(post)):
            if isinstance(call, Refused):
                apart.refuse(post.source, call, raw, at)
            elif isinstance(call, dict) and call.get("type") == ERASED_CALL:
                continue
            elif len(raw) > call_bytes:
                apart.refuse(post.source, Refused(f"more than {call_bytes:,} bytes"), raw, at)
            else:
                name = f"inbox-{post.position}-{number}"
                historical = post.route == HISTORICAL
                found = message_of(call, shared, at, name, historical=historical)
                if isinstance(found, Refused):
                    apart.refuse(post.source, found, raw, at)
                else:
                    apart.messages[post.source].append(msgspec.json.encode(found))
                    apart.agree(post.source, found)
    return apart


def _calls(post: Received) -> Iterator[tuple[bytes, Any, Any]]:
    """Each call of a post: as it came, as it was read or why it could not be, what it shares."""
    if post.route not in ENVELOPES.values():
        body = _read(post.body)
        found = body if isinstance(body, Refused) else next(calls_in(body, post.route))
        yield (post.body, found, {}) if isinstance(found, Refused) else (post.body, *found)
        return
    envelope = _read(post.body, Envelope)
    if isinstance(envelope, Refused):
        yield post.body, envelope, {}
        return
    outside = {"context": envelope.context, "sentAt": envelope.sentAt}
    shared = {key: value for key, value in outside.items() if value is not None}
    for raw in envelope.batch or ():
        yield bytes(raw), _read(bytes(raw)), shared


def _read(raw: bytes, kind: Any = Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Refused(f"this is no JSON: {error}"[:200])
