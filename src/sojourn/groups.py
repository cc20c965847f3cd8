"""Groups of people with a name: personas, which are conditions, and saved lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Ints
from sojourn.core.identity import People
from sojourn.core.table import Column, Table, iso
from sojourn.journey import Journey
from sojourn.measure.members import members
from sojourn.moments import micros
from sojourn.store import dictionaries, lists
from sojourn.store.lists import Saved

COLUMNS = (
    Column("list", "text"),
    Column("kind", "text"),
    Column("people", "integer", "people"),
    Column("condition", "text"),
    Column("persona", "text"),
    Column("journey", "text"),
    Column("made_at", "text"),
    Column("note", "text"),
)


@dataclass(frozen=True)
class Lists:
    """The saved lists of a workspace: live ones are asked anew, fixed ones stay as they were."""

    folder: Path
    journey: Callable[..., Journey]
    identity: Callable[[], People]
    model: str

    def save(
        self,
        name: str,
        people: str | None = None,
        *,
        persona: str | None = None,
        fixed: bool = False,
        ids: Iterable[str] | None = None,
        journey: str | None = None,
        note: str = "",
        **filters: Any,
    ) -> int:
        """Save the people of a condition or a persona, or those of these `ids`; how many now.

        A live list is asked anew each time; a `fixed` one, and one of ids, keeps the people of
        this moment whatever they do later. `filters` (`where`, `start`, `as_of`, ...) choose
        further and make a list fixed.
        """
        lists.checked(name)
        model = journey or self.model
        now = iso(datetime.now(UTC))
        chosen = {key: value for key, value in filters.items() if value is not None}
        if ids is not None:
            kept = [_alias(each) for each in ids]
            lists.save(self.folder, Saved(name, "fixed", None, None, "", now, note), kept)
            return len(self.keys(name))
        found = members(self.journey(model, people=people, persona=persona, **chosen).view)
        fixed = fixed or bool(chosen) or (people is None and persona is None)
        saved = Saved(name, "fixed" if fixed else "live", people, persona, model, now, note)
        lists.save(self.folder, saved, self._aliases(found) if fixed else None)
        return len(found)

    def _aliases(self, keys: Ints) -> Iterable[tuple[str, str]]:
        texts = dictionaries.values(self.folder, dictionaries.PERSON).take(pa.array(keys))
        return [_alias(text) for text in texts.to_pylist()]

    def keys(self, name: str, as_of: Any = None) -> Ints:
        """The keys of the people in a list, ascending: of a live one as things stand at `as_of`.

        Who was joined with somebody since counts as the person they are now.
        """
        saved = lists.load(self.folder, name)
        if saved.kind == "live":
            chosen = {"people": saved.people, "persona": saved.persona, "as_of": as_of}
            return members(self.journey(saved.journey or None, **chosen).view)
        at = micros(saved.at, self.journey().view.zone, "at")
        people, known = self.identity(), dictionaries.load(self.folder, dictionaries.PERSON)
        owners = [people.person_of(each, at) for each in lists.aliases(self.folder, name)]
        codes = known.find(f"{owner.kind}:{owner.id}" for owner in owners)
        return np.unique(codes[codes >= 0]).astype(np.int64)

    def remove(self, name: str) -> None:
        """Forget a list; nobody in it is touched."""
        lists.remove(self.folder, name)

    def names(self) -> list[str]:
        """The lists there are."""
        return lists.names(self.folder)

    def table(self) -> Table:
        """One row a list: its kind, how many people are in it now, and what chooses them."""
        found = [lists.load(self.folder, name) for name in self.names()]
        data = {
            "list": [saved.name for saved in found],
            "kind": [saved.kind for saved in found],
            "people": [len(self.keys(saved.name)) for saved in found],
            "condition": [saved.people for saved in found],
            "persona": [saved.persona for saved in found],
            "journey": [saved.journey or None for saved in found],
            "made_at": [saved.at or None for saved in found],
            "note": [saved.note or None for saved in found],
        }
        return Table.of("lists", COLUMNS, data, {})


def _alias(text: str) -> tuple[str, str]:
    kind, colon, rest = text.partition(":")
    return (kind, rest) if colon else ("user", text)
