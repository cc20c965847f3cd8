"""What a workspace says of its trail, and whether a trail was made by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sojourn.core.contacts import Contacts
from sojourn.core.touchpoint import ORDER
from sojourn.store.encode import Unit
from sojourn.store.trail import FORMAT, TrailNote

ORDER_CONDITION = f"name = '{ORDER}'"


@dataclass(frozen=True)
class Rules:
    """What the workspace says of its trail: what an order is, whose journeys, who is nobody."""

    order: str = ORDER_CONDITION
    unit: Unit = "person"
    blocked: tuple[str, ...] = ()
    zone: str = "UTC"
    contacts: Contacts = field(default_factory=Contacts)

    def made(self, note: TrailNote) -> bool:
        """Whether a trail with this note was made by these rules."""
        said = (note.format, note.order, note.unit, note.blocked, note.contacts)
        return said == (FORMAT, self.order, self.unit, self.blocked, self.written_contacts)

    @property
    def written_contacts(self) -> dict[str, Any]:
        """The rules for contacts as a note has them: nothing where they are the built-in ones."""
        return {} if self.contacts == Contacts() else self.contacts.to_json()
