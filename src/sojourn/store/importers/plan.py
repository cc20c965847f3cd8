"""How one file is read, decided before its rows are converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sojourn.core.contacts import Contacts
from sojourn.store.importers.coded import REPEATED
from sojourn.store.importers.money import MoneyReading
from sojourn.store.importers.options import Mapped
from sojourn.store.importers.times import TimeReading

DAY = 86_400_000_000


@dataclass(frozen=True)
class Plan:
    """Everything that turns a block into rows of the log.

    `mapping` is by column of the log, `extras` are the file's columns that go into the
    properties. `now` is the moment of the import in microseconds: what happened more than a day
    later is refused. `whole` are the columns of ids that a spreadsheet or data frame wrote as
    `17850.0`; `made` says that the source has made the properties already, `looked` that all rows
    which name the columns again are known, `people` that the rows tell who somebody is, as those
    of a customer table or as Segment's calls, `first_ids` that people are counted by the first id
    of each row and not by one column.
    """

    mapping: Mapping[str, Mapped]
    extras: tuple[str, ...]
    source: str
    now: int
    times: TimeReading
    received: TimeReading
    money: MoneyReading
    whole: frozenset[str] = frozenset()
    made: bool = False
    actors: Mapping[str, Literal["person", "business"]] = field(default_factory=dict)
    blocked: frozenset[str] = frozenset()
    looked: bool = True
    people: Literal["", "table", "calls"] = ""
    contacts: Contacts = field(default_factory=Contacts)
    first_ids: bool = False

    @property
    def aliases(self) -> list[Mapped]:
        """What fills the list of aliases, by kind."""
        return [mapped for name, mapped in self.mapping.items() if name.startswith("alias:")]

    @property
    def repeated(self) -> list[Mapped]:
        """What fills columns of texts that come again and again."""
        return [mapped for name, mapped in self.mapping.items() if name in REPEATED]

    @property
    def persons(self) -> list[Mapped]:
        """The columns whose first id in a row says who it was, in what is told of people."""
        if not self.first_ids:
            return [self.person] if self.person else []
        users = [self.mapping[name] for name in ("user_id", "device_id") if name in self.mapping]
        return [*users, *self.aliases]

    @property
    def person(self) -> Mapped | None:
        """The column that tells people apart."""
        for name in ("user_id", "device_id"):
            if name in self.mapping:
                return self.mapping[name]
        return self.aliases[0] if self.aliases else None
