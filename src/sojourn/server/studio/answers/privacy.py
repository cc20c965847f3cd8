"""What is kept of a person, handed out or erased, from their page."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sojourn.core.retention import KINDS
from sojourn.core.table import Table
from sojourn.errors import WorkspaceBusy
from sojourn.server.inbox import Inbox
from sojourn.workspace import Workspace

PATIENCE = 60.0
"""How many seconds an erasure waits for another writer."""


def export(workspace: Workspace, who: str) -> dict[str, Any]:
    """Everything that is known of a person, also what waits or was rejected."""
    return dict(workspace.people.export(who))


def erasable(workspace: Workspace, who: str) -> tuple[int, tuple[str, ...]]:
    """How many touchpoints an erasure would take, and the ids that are theirs alone."""
    job = workspace.people.erasable(who)
    return len(job.seqs), tuple(f"{kind}:{text}" for kind, text in job.aliases)


def erase(workspace: Workspace, who: str, by: str) -> tuple[str, bool]:
    """Erase a person for good: what went, and whether the proof found nothing left."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            done = workspace.people.erase(who, by=by)
        except WorkspaceBusy:
            if time.monotonic() > ends:
                raise
            time.sleep(0.3)
        else:
            return str(done), done.proof.clean


def consent(workspace: Workspace, who: str, purpose: str, given: bool, by: str) -> None:
    """Note what a person says of a purpose now."""
    workspace.people.consent(who, purpose, given, source=by)


@dataclass(frozen=True)
class Rules:
    """What the workspace asks for before it stores, for how long it keeps, what it let go."""

    consent: tuple[str, ...]
    retention: tuple[tuple[str, str, str], ...]
    withheld: tuple[tuple[str, str, str, int], ...]
    gone: Table | None


def rules(workspace: Workspace) -> Rules:
    """The privacy settings, and what they do."""
    now = workspace.settings
    with closing(Inbox(workspace.folder)) as inbox:
        withheld = inbox.withheld()
    return Rules(
        now.consent,
        tuple((kind, what, now.retention.get(kind, "")) for kind, what in KINDS.items()),
        tuple(withheld[-20:]),
        workspace.retain() if now.retention and workspace.exists else None,
    )


def set_rules(
    workspace: Workspace, consent: tuple[str, ...], retention: tuple[tuple[str, str], ...]
) -> None:
    """Keep the privacy settings, checked."""
    periods = {kind: period for kind, period in retention if period}
    workspace.configure(consent=list(consent), retention=periods)
