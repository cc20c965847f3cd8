"""The list of who was erased: `privacy/suppressed.csv`, keyed hashes that name nobody."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from sojourn.core.suppression import Erased, Suppressed
from sojourn.errors import WorkspaceDamaged
from sojourn.store.durable import replace_text
from sojourn.store.secret import known_secret

FOLDER = "privacy"
FILE = "suppressed.csv"
HEADER = ("hash", "kind", "from", "to")


def path_of(root: Path) -> Path:
    """Where the list lies."""
    return root / FOLDER / FILE


def read(root: Path) -> list[Erased]:
    """Everybody who was erased; raises WorkspaceDamaged for a file that is no such list."""
    path = path_of(root)
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    except FileNotFoundError:
        return []
    try:
        if tuple(rows[0]) != HEADER:
            raise ValueError(rows[0])
        return [Erased(h, k, _moment(start), _moment(end)) for h, k, start, end in rows[1:]]
    except (ValueError, IndexError):
        raise WorkspaceDamaged(
            f"{path} is not the list of who was erased: expected {', '.join(HEADER)}.",
            hint="Restore the file from a backup: without it erased people come in again.",
        ) from None


def suppressed(root: Path) -> Suppressed:
    """Who was erased, to be asked."""
    erased = read(root)
    return Suppressed.of(known_secret(root), erased) if erased else Suppressed(b"")


def add(root: Path, erased: Iterable[Erased]) -> None:
    """Put aliases on the list; those on it already stay as they are."""
    known = read(root)
    rows = [*known, *(each for each in dict.fromkeys(erased) if each not in set(known))]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for each in rows:
        writer.writerow(["" if value is None else value for value in each])
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    replace_text(path_of(root), out.getvalue())


def _moment(text: str) -> int | None:
    return int(text) if text else None
