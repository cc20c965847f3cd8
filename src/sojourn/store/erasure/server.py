"""What the server keeps of its own: the inbox, and the files on their way into the log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sojourn.core.calls import ENVELOPES, ERASED_CALL
from sojourn.core.claims import DEVICE, USER, Alias
from sojourn.core.traces import Traces
from sojourn.store.database import FEED, FOLDER, SERVER, existing
from sojourn.store.erasure.job import Job
from sojourn.store.lock import running

SPOOL = "spool"


def calls_of(root: Path, traces: Traces) -> list[dict[str, Any]]:
    """The calls that wait in the inbox and are of somebody, or name them."""
    return [
        {"received_at": received, "source": source, "call": call}
        for _, received, source, route, body in _posts(root)
        for call in _calls(route, body)
        if whose(call, traces) or traces.within(json.dumps(call, ensure_ascii=False))
    ]


def _posts(root: Path) -> list[tuple[int, int, str, str, bytes]]:
    tables = existing(root, SERVER)
    if tables is None:
        return []
    with closing(tables):
        query = "select position, received_at, source, route, body from inbox order by position"
        return [(*row[:4], bytes(row[4])) for row in tables.execute(query).rows]


def _calls(route: str, body: bytes) -> Iterator[Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        yield body.decode("utf-8", "replace")
        return
    batch = told.get("batch") if isinstance(told, Mapping) and route in ENVELOPES.values() else None
    yield from batch if isinstance(batch, list) else [told]


def whose(call: Any, traces: Traces) -> bool:
    """Whether a call is of somebody: by its user, or else by any other id of theirs alone."""
    if not isinstance(call, Mapping):
        return False
    user = str(call.get("userId") or "")
    if user:
        return Alias(USER, user) in traces.aliases
    others = [str(call.get(key) or "") for key in ("anonymousId", "previousId")]
    return any(Alias(kind, text) in traces.aliases for text in others for kind in (DEVICE, USER))


def leave_inbox(root: Path, job: Job) -> int:
    """Take their calls out of the inbox, and their ids out of the calls of others; how many."""
    tables, gone = existing(root, SERVER), 0
    if tables is None:
        return gone
    with closing(tables):
        with tables.at_once(alone="inbox"):
            for position, route, body in tables.execute(_WAITING).rows:
                fresh, count = _without(route, bytes(body), job.traces)
                gone += count
                if fresh is None:
                    tables.execute("delete from inbox where position = ?", (position,))
                elif fresh != body:
                    tables.execute(
                        "update inbox set body = ? where position = ?", (fresh, position)
                    )
        tables.shed("inbox")
    return gone


_WAITING = "select position, route, body from inbox order by position"


def _without(route: str, body: bytes, traces: Traces) -> tuple[bytes | None, int]:
    """A post without their calls (None: nothing is left of it), and how many these were."""
    text = body.decode("utf-8", "surrogateescape")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return (None, 1) if traces.within(text) else (body, 0)
    if route not in ENVELOPES.values() or not isinstance(told, Mapping):
        return (None, 1) if whose(told, traces) else (_clean(body, text, traces), 0)
    batch = told.get("batch")
    if not isinstance(batch, list):
        return _clean(body, text, traces), 0
    # A call keeps its number in its post, of which the ids of others are made.
    kept = [{"type": ERASED_CALL} if whose(call, traces) else call for call in batch]
    count = sum(whose(call, traces) for call in batch)
    if count:
        text = json.dumps({**told, "batch": kept}, ensure_ascii=False)
        body = text.encode("utf-8", "surrogateescape")
    return _clean(body, text, traces), count


def _clean(body: bytes, text: str, traces: Traces) -> bytes:
    clean = traces.without(text)
    return body if clean == text else clean.encode("utf-8", "surrogateescape")


def leave_feed(root: Path, job: Job) -> int:
    """Take who it was out of the moves in the feed, which stay; of how many."""
    tables = existing(root, FEED)
    if tables is None:
        return 0
    names = [*job.traces.ids, *(f"{alias.kind}:{alias.id}" for alias in job.traces.aliases)]
    with closing(tables):
        marks = ", ".join("?" * len(names))
        query = f"update feed set shown = null where shown in ({marks})"  # noqa: S608 - marks
        gone = tables.execute(query, names).changed
        tables.shed("feed")
    return gone


def leave_spool(root: Path, job: Job) -> int:
    """Remove what a server that no longer runs left on its way; the inbox has it still."""
    if running(root):
        return 0
    gone = 0
    for path in sorted((root / FOLDER / SPOOL).glob("*.jsonl")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if job.traces.within(text) or any(f'"{each}"' in text for each in job.traces.ids):
            path.unlink()
            gone += 1
    return gone
