"""The key with which personal data is hashed: made once for a workspace, readable by its owner."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sojourn.errors import WorkspaceDamaged

FILE = "hash.key"
BYTES = 32


def secret_of(root: Path, *, create: bool = True) -> bytes:
    """The workspace's key; made when there is none, or only for now without `create`."""
    path = root / FILE
    known = known_secret(root)
    if known:
        return known
    fresh = secrets.token_bytes(BYTES)
    if not create:
        return fresh
    root.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return secret_of(root)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(fresh.hex() + "\n")
    return fresh


def known_secret(root: Path) -> bytes:
    """The workspace's key, b"" where it has none."""
    path = root / FILE
    try:
        found = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return b""
    except ValueError:
        found = b""
    if len(found) != BYTES:
        raise WorkspaceDamaged(
            f"{path} holds no key.",
            hint="Restore it from a backup: without it nobody is recognised in hashed data.",
        )
    return found
