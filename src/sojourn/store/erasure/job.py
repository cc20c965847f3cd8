"""What is to be erased: the journal of an erasure that is under way."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from sojourn.core.claims import Alias
from sojourn.core.contacts import HASHED, hashed
from sojourn.core.suppression import Erased, mark_of
from sojourn.core.traces import Traces
from sojourn.errors import WorkspaceDamaged
from sojourn.store.durable import replace_text
from sojourn.store.suppressed import FOLDER

FILE = "erasing.json"

Stretch = tuple[str, str, int | None, int | None]
"""An alias's kind and id, and from when to when it was the person's (microseconds)."""


@dataclass(frozen=True)
class Job:
    """Who is erased: `aliases` are theirs alone, in every form, `spans` all of theirs.

    `seqs` are their rows of the log, `claims` the ids of claims about them, `texts` what they
    wrote.
    """

    id: str
    at: str
    by: str
    aliases: tuple[Alias, ...]
    spans: tuple[Stretch, ...]
    seqs: tuple[int, ...] = ()
    claims: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @cached_property
    def traces(self) -> Traces:
        """What tells of them in a text."""
        return Traces.of(self.aliases)

    def erased(self, secret: bytes) -> list[Erased]:
        """Their places on the list of who was erased; also for files that come in hashed."""
        found = []
        for kind, text, start, end in self.spans:
            forms = [text] if HASHED.fullmatch(text) else [text, hashed(secret, kind, text)]
            found += [Erased(mark_of(secret, (kind, form)), kind, start, end) for form in forms]
        return found

    def owns(self, alias: tuple[str, str], ts: int) -> bool:
        """Whether an alias was theirs at a moment."""
        return any(
            (kind, text) == alias and (start is None or start <= ts) and (end is None or ts < end)
            for kind, text, start, end in self.spans
        )

    def save(self, root: Path) -> None:
        """Write the journal down for good, for its owner's eyes."""
        folder = root / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        fresh = path.with_name(f"{FILE}.new")
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT, 0o600))
        replace_text(path, json.dumps(asdict(self)))


def load(root: Path) -> Job | None:
    """The erasure that was cut off; None where there is none."""
    path = root / FOLDER / FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        lists: dict[str, Sequence[object]] = {n: tuple(raw[n]) for n in LISTS}
        lists["aliases"] = tuple(Alias(*alias) for alias in raw["aliases"])
        lists["spans"] = tuple(tuple(span) for span in raw["spans"])
        return Job(**{**raw, **lists})
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise WorkspaceDamaged(
            f"{path} is not the journal of an erasure.", hint="Remove it, and erase them again."
        ) from None


LISTS = ("aliases", "spans", "seqs", "claims", "texts")


def close(root: Path) -> None:
    """Forget the journal: it was the last to name them."""
    for name in (FILE, f"{FILE}.new"):
        (root / FOLDER / name).unlink(missing_ok=True)
