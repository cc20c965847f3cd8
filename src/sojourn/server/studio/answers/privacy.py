"""What is kept of a person, handed out or erased, from their page."""

from __future__ import annotations

import time
from typing import Any

from sojourn.errors import WorkspaceBusy
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
