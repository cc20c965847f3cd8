"""Touchpoints as the calls of Segment's HTTP API, one JSON object a line.

What Segment has no place for (channel, actor, device, a verbatim, who brought them) is in
`context.sojourn`, where other receivers pass over it and our own import finds it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import IO, Any

import msgspec

from sojourn.core.table import iso
from sojourn.store.exporters.rows import as_json, encoded, line

CALLS = {"Page Viewed": "page", "Screen Viewed": "screen"}
CAMPAIGN = {"source": "source", "medium": "medium", "campaign": "name", "term": "term",
            "content": "content"}  # fmt: skip
PAGE = {"page": "url", "referrer": "referrer"}
BOUGHT = {"value": "revenue", "currency": "currency", "order_id": "order_id"}
OURS = ("channel", "actor", "device", "referred_by", "sentiment", "text", "account")


def write_segment(rows: Iterable[dict[str, Any]], taken: Collection[str], out: IO[bytes]) -> int:
    """Write a call a touchpoint; how many. `taken` are the names of properties in these rows.

    Money goes where Segment looks for it (`properties.revenue`), unless some row has another
    property of that name: then it is in `context.sojourn` throughout.
    """
    count = 0
    bought = {column: name for column, name in BOUGHT.items() if name not in taken}
    ours = (*OURS, *(column for column in BOUGHT if column not in bought))
    for row in rows:
        called = call(row, bought, ours)
        out.write(line({name: part for name, part in called.items() if part is not None}))
        count += 1
    return count


def call(row: dict[str, Any], bought: dict[str, str], ours: Collection[str]) -> dict[str, Any]:
    """One touchpoint as a call."""
    kind = CALLS.get(row["name"], "track")
    return {
        "type": kind,
        "event": row["name"] if kind == "track" else None,
        "messageId": row["event_id"],
        "userId": row["user_id"],
        "anonymousId": row["device_id"],
        "timestamp": iso(row["ts"]),
        "originalTimestamp": iso(row["ts"]),
        "receivedAt": iso(row["received_at"]),
        "properties": _properties(row, bought),
        "context": {
            **_part("campaign", row, CAMPAIGN),
            **_part("page", row, PAGE),
            **_ours(row, ours),
            **_external(row["aliases"]),
        },
    }


def _part(name: str, row: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    found = {to: as_json(of, row[of]) for of, to in columns.items() if row[of] is not None}
    return {name: found} if found else {}


def _ours(row: dict[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """What Segment has no place for, and the first alias of each kind by its kind."""
    found = _part("sojourn", row, {name: name for name in columns})
    first: dict[str, str] = {}
    for alias in row["aliases"] or ():
        first.setdefault(alias["kind"], alias["id"])
    return {"sojourn": {**found.get("sojourn", {}), "ids": first}} if first else found


def _external(aliases: list[dict[str, str]] | None) -> dict[str, Any]:
    if not aliases:
        return {}
    ids = [{"id": a["id"], "type": a["kind"], "collection": "users", "encoding": "none"}
           for a in aliases]  # fmt: skip
    return {"externalIds": ids}


def _properties(row: dict[str, Any], bought: dict[str, str]) -> msgspec.Raw:
    """The properties as they are, to the letter, with what was bought before them."""
    own = (row["properties"] or "{}").strip()[1:-1].strip()
    added = {to: as_json(of, row[of]) for of, to in bought.items() if row[of] is not None}
    if row["value"] is not None and "value" in bought:
        added[bought["value"]] = msgspec.Raw(str(row["value"]).encode())
    first = encoded(added)[1:-1]
    return msgspec.Raw(f"{{{','.join(part for part in (first, own) if part)}}}".encode())
