"""Calls of Segment's HTTP API as messages: what was posted, taken apart and with its times set.

A client posts one call (`/v1/track`) or several in an envelope (`/v1/batch`), whose `context`
they share. Each becomes a message as Segment's storage destinations write them, which the
`segment` preset reads; one that cannot become a message is refused with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sojourn.core.consent import NO, YES, consent_in

TYPES = ("track", "identify", "page", "screen", "group", "alias")
SHORT = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}
"""The short paths that Segment's browser client posts to."""

ENVELOPES = {"batch": "batch", "b": "batch", "import": "import"}
ROUTES: Mapping[str, str] = {**{kind: kind for kind in TYPES}, **SHORT, **ENVELOPES}
"""What is posted at each path below `/v1/`."""

HISTORICAL = "import"
"""The envelope of calls from the past: their times are taken as they are."""

ERASED_CALL = "erased"
"""The type of what stands in the place of a call of somebody who was erased: it is no call."""

TEXTS = ("userId", "anonymousId", "messageId", "previousId", "groupId", "event", "name")
"""The fields that are texts; numbers are taken for their text."""

LONGEST_ID = 1_000
"""An id with more characters names nobody: it is a mistake, or an attack."""

TABLES = ("properties", "traits", "context")


@dataclass(frozen=True)
class Refused:
    """A call that is no message: why, which field says so and what was found there."""

    reason: str
    column: str = ""
    found: str = ""


def calls_in(body: Any, route: str) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """The calls in what was posted at a route, each with what it shares with the others.

    >>> body = {"batch": [{"type": "page"}], "context": {"ip": "0.0.0.0"}, "sentAt": "x"}
    >>> list(calls_in(body, "batch"))
    [({'type': 'page'}, {'context': {'ip': '0.0.0.0'}, 'sentAt': 'x'})]
    >>> list(calls_in({"event": "A"}, "track"))
    [({'event': 'A', 'type': 'track'}, {})]
    """
    if not isinstance(body, Mapping):
        yield body, {}
        return
    if route not in ENVELOPES.values():
        yield {**body, "type": route}, {}
        return
    batch = body.get("batch")
    shared = {key: body[key] for key in ("context", "sentAt") if key in body}
    for call in batch if isinstance(batch, list) else [batch]:
        yield call, shared


def message_of(
    call: Any,
    shared: Mapping[str, Any],
    received_at: datetime,
    fallback_id: str,
    *,
    historical: bool = False,
) -> dict[str, Any] | Refused:
    """The message that a call is, or why it is none; nothing that JSON can say raises an error.

    The moment is corrected for a wrong clock: `received_at - (sentAt - originalTimestamp)`.
    Without `sentAt` the call's own time holds, without any time `received_at`. The address that
    it came from is left out. `fallback_id` is the id of a call that has none.

    >>> at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> call = {"type": "track", "event": "A", "userId": 7,
    ...         "timestamp": "2026-01-01T10:00:00Z", "sentAt": "2026-01-01T10:00:05Z"}
    >>> found = message_of(call, {}, at, "x1")
    >>> found["timestamp"], found["userId"], found["messageId"]
    ('2026-01-01T11:59:55.000000Z', '7', 'x1')
    """
    if not isinstance(call, Mapping):
        return Refused("a call is a JSON object", found=_cut(call))
    kind = call.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        return Refused(f"the type of a call is one of {', '.join(TYPES)}", "type", _cut(kind))
    wrong = _wrong_field(call, shared, kind)
    if wrong is not None:
        return wrong
    times = _times(call, shared, received_at, historical)
    if isinstance(times, Refused):
        return times
    return {
        "messageId": fallback_id,
        "type": kind,
        **_said(call, _context(call, shared)),
        **times,
        "receivedAt": _iso(received_at),
    }


def _said(call: Mapping[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """What a call says of who, what and the circumstances; traits may be in the context alone."""
    texts = {key: str(call[key]) for key in TEXTS if _present(call.get(key))}
    told = {key: call[key] for key in ("properties", "traits") if call.get(key)}
    traits = context.get("traits")
    if call["type"] == "identify" and "traits" not in told and isinstance(traits, dict):
        told["traits"] = traits
    if call["type"] == "identify":
        said = consent_in(context, told.get("traits") or {})
        rest = {key: value for key, value in (told.get("traits") or {}).items() if key != "consent"}
        words = {purpose: YES if given else NO for purpose, given in said.items()}
        told["traits"] = {**rest, **({"consent": words} if words else {})}
        if not told["traits"]:
            told.pop("traits")
    return {**texts, **told, "context": context}


def _wrong_field(call: Mapping[str, Any], shared: Mapping[str, Any], kind: str) -> Refused | None:
    for key in TEXTS:
        value = call.get(key)
        if isinstance(value, (dict, list, bool)) or _monstrous(value):
            return Refused(f"{key} is a text", key, _cut(value))
        if key != "name" and value is not None and len(str(value)) > LONGEST_ID:
            return Refused(f"{key} has more than {LONGEST_ID:,} characters", key, _cut(value))
    for key in TABLES:
        for found in (call.get(key), shared.get(key)):
            if found is not None and not isinstance(found, Mapping):
                return Refused(f"{key} is a JSON object", key, _cut(found))
    if kind == "track" and not _present(call.get("event")):
        return Refused("a track call names its event", "event", _cut(call.get("event")))
    if not any(_present(call.get(key)) for key in ("userId", "anonymousId", "previousId")):
        return Refused("a call says who it was: userId or anonymousId", "userId", "")
    return None


def _context(call: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of the circumstances, without the address that it came from."""
    both = {**(shared.get("context") or {}), **(call.get("context") or {})}
    return {key: value for key, value in both.items() if key not in ("ip", "sojourn")}


def _times(
    call: Mapping[str, Any], shared: Mapping[str, Any], received_at: datetime, historical: bool
) -> dict[str, str] | Refused:
    """When it happened: by its own clock, and corrected by ours."""
    found: dict[str, datetime | None] = {}
    for key in ("originalTimestamp", "timestamp", "sentAt"):
        raw = call.get(key) or (shared.get(key) if key == "sentAt" else None)
        moment = _moment(raw)
        if raw is not None and moment is None and key != "sentAt":
            return Refused("this is no time such as 2026-01-31T10:00:00Z", key, _cut(raw))
        found[key] = moment
    own = found["originalTimestamp"] or found["timestamp"]
    if own is None:
        return {"timestamp": _iso(received_at)}
    sent = None if historical else found["sentAt"]
    try:
        ts = own if sent is None else received_at - (sent - own)
    except OverflowError:
        return Refused("this is no time between the years 1 and 9999", "timestamp", _iso(own))
    return {"timestamp": _iso(ts), "originalTimestamp": _iso(own)}


def _moment(raw: Any) -> datetime | None:
    """A moment as clients write it; without a zone it is in UTC."""
    if not isinstance(raw, str) or len(raw) > 64:
        return None
    try:
        found = datetime.fromisoformat(raw.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _present(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


def _monstrous(value: Any) -> bool:
    """Whether a number is too long to be an id: Python would refuse to write it out."""
    return isinstance(value, (int, float)) and not -1e30 < value < 1e30


def _cut(value: Any) -> str:
    if value is None or (isinstance(value, int) and _monstrous(value)):
        return ""
    try:
        return repr(value)[:200]
    except (ValueError, RecursionError):
        return ""
