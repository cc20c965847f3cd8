"""Erased again: everybody on a list of the erased who is in a workspace all the same.

A backup from before an erasure has them; the list knows them by their hashes.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sojourn.core.claims import Alias
from sojourn.core.suppression import Suppressed
from sojourn.errors import BackupFailed
from sojourn.store import claims, suppressed, traits
from sojourn.store.build import Rules
from sojourn.store.claimbook import ClaimBook
from sojourn.store.erasure.job import Job
from sojourn.store.erasure.run import Erasure, begin, finish
from sojourn.store.lock import WriterLock
from sojourn.store.log import Log
from sojourn.store.secret import FILE as KEY
from sojourn.store.secret import known_secret


def erase_again(root: Path, knowing: Path, rules: Rules) -> Erasure | None:
    """Erase from a workspace whoever was erased from another; None where nobody of them is in it.

    `knowing` is the folder of the other workspace, with its `hash.key`. Raises BackupFailed where
    that is not of the same business.
    """
    erased, secret = suppressed.read(knowing), known_secret(knowing)
    if not erased:
        return None
    mine = known_secret(root)
    if mine and mine != secret:
        raise BackupFailed(
            f"{knowing} hashes with another key than {root}: they are two businesses.",
            hint="Name the workspace that the backup is of.",
        )
    if not mine:
        shutil.copy2(knowing / KEY, root / KEY)
    gone = Suppressed.of(secret, erased)
    with WriterLock(root):
        suppressed.add(root, erased)
        job = _job(root, gone, rules)
        if job is None:
            return None
        begin(root, job)
    return finish(root, rules)


def _job(root: Path, gone: Suppressed, rules: Rules) -> Job | None:
    """Who of the erased is in a workspace, and with what."""
    told = claims.read(root)
    paths = [str(file.path) for file in Log(root).files()]
    with closing(ClaimBook(paths, told, rules.blocked, contacts=rules.contacts)) as book:
        known = {*book.matching(""), *_owners(root)}
        ever = sorted(alias for alias in known if gone.holds(alias))
        part = sorted(alias for alias in known if alias not in ever and gone.marked(alias))
        rows = [row for row in book.touchpoints([*ever, *part]) if _withheld(gone, row)]
        if not ever and not rows:
            return None
        ids = tuple(sorted(said.id for said in book.claims(ever)))
    spans = [(*alias, each.start, each.end) for alias in part for each in gone.marked(alias)]
    return Job(
        id=f"erasure-{secrets.token_hex(4)}",
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        by="restore",
        aliases=tuple(ever),
        spans=(*((*alias, None, None) for alias in ever), *spans),
        seqs=tuple(sorted(row["seq"] for row in rows)),
        claims=ids,
    )


def _owners(root: Path) -> set[Alias]:
    rows = traits.read(root)
    pairs = zip(rows["kind"].to_pylist(), rows["id"].to_pylist(), strict=True)
    return {Alias(*pair) for pair in pairs}


def _withheld(gone: Suppressed, row: dict[str, Any]) -> bool:
    listed: Sequence[dict[str, str]] = row["aliases"] or ()
    pairs = [(each["kind"], each["id"]) for each in listed]
    return gone.withheld(row["user_id"], row["device_id"], pairs, row["ts"])
