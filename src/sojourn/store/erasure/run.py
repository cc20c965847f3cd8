"""Step by step from somebody known to nobody: each step can be done twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sojourn.store.build import Rules, build
from sojourn.store.database import FOLDER as IN_SERVER
from sojourn.store.durable import replace_text
from sojourn.store.erasure import beside, job, server, tables
from sojourn.store.erasure.job import Job
from sojourn.store.erasure.proof import Proof, look
from sojourn.store.lock import WriterLock, running
from sojourn.store.progress import Progress, say
from sojourn.store.secret import secret_of
from sojourn.store.suppressed import FOLDER, add

DEEDS = "erasures.jsonl"
"""One line an erasure: when, by whom and how much, and nothing of who it was."""

PATIENCE = 15.0
"""So many seconds the proof waits for a running server to bring in what was on its way."""

Step = Callable[[Path, Job], int]

STEPS: tuple[tuple[str, Step], ...] = (
    ("calls in the inbox", server.leave_inbox),
    ("moves in the feed", server.leave_feed),
    ("files on their way", server.leave_spool),
    ("rows of the log", tables.leave_log),
    ("claims", tables.leave_claims),
    ("traits", tables.leave_traits),
    ("rejected rows", beside.leave_rejected),
    ("lists", beside.leave_lists),
    ("documents", beside.leave_documents),
    ("rows of the simulation's truth", beside.leave_truth),
)


@dataclass(frozen=True)
class Erasure:
    """What an erasure did: how much left each place, and the proof that nothing is left."""

    id: str
    counts: Mapping[str, int]
    proof: Proof

    def __str__(self) -> str:
        lines = [f"erased ({self.id}):"]
        lines += [f"  {count:,} {what}" for what, count in self.counts.items() if count]
        return "\n".join([*lines, str(self.proof)])


def pending(root: Path) -> bool:
    """Whether an erasure was cut off, and must be finished."""
    return (root / FOLDER / job.FILE).exists()


def begin(root: Path, told: Job) -> None:
    """Write down who is to be erased; from here on they no longer come in. The caller holds the
    writer's lock, and `finish` does the rest."""
    told.save(root)
    add(root, told.erased(secret_of(root)))


def finish(root: Path, rules: Rules, progress: Progress | None = None) -> Erasure | None:
    """Do what was begun, also by a process that was cut off; None where there is nothing.

    Raises WorkspaceBusy when somebody else writes.
    """
    if not pending(root):
        return None
    with WriterLock(root, timeout=10):
        told = job.load(root)
        if told is None:
            return None
        counts = _stepped(root, told, rules, progress)
    proof = _proved(root, told)
    _note(root, told, counts, proof)
    job.close(root)
    return Erasure(told.id, counts, proof)


def _stepped(root: Path, told: Job, rules: Rules, progress: Progress | None) -> dict[str, int]:
    add(root, told.erased(secret_of(root)))
    counts = {}
    for what, step in STEPS:
        say(progress, f"erasing: {what}")
        counts[what] = step(root, told)
    if (root / "log" / "_delta_log").is_dir():
        build(root, rules, whole=True, progress=progress)
    counts["texts of the dictionaries"] = beside.leave_dictionaries(root, told)
    return counts


def _proved(root: Path, told: Job) -> Proof:
    """The proof, once a running server has brought in (and had withheld) what was on its way."""
    ends = time.monotonic() + PATIENCE
    skip = frozenset(f"{FOLDER}/{name}" for name in (job.FILE, f"{job.FILE}.new"))
    while True:
        proof = look(root, told.traces, skip)
        passing = [f for f in proof.found if f.file.startswith(f"{IN_SERVER}/")]
        if not passing or not running(root) or time.monotonic() > ends:
            return proof
        time.sleep(0.5)
        server.leave_inbox(root, told)


def _note(root: Path, told: Job, counts: Mapping[str, int], proof: Proof) -> None:
    path = root / FOLDER / DEEDS
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    if f'"{told.id}"' in known:
        return
    looked = {**asdict(proof), "found": len(proof.found)}
    line = {"id": told.id, "at": told.at, "by": told.by, "counts": counts, "looked": looked}
    replace_text(path, known + json.dumps(line) + "\n")
