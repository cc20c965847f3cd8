"""What a user says about a file, and what they are told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal

from sojourn.core.contacts import Contacts
from sojourn.store.importers.oddities import Oddity
from sojourn.store.importers.words import preview_text, report_text


@dataclass(frozen=True)
class ImportOptions:
    """How to read a file; everything has a default or is found out.

    `columns` says which of the file's columns fills a column of the log, or gives a constant
    as `=value`; its key `person` means the column that tells people apart, whose ids are of the
    kind `person_kind` (`user`, `device`, or any other: `email`, `card`, ...). `tz` is the zone
    of times that carry none; `time_format` is `day-first`, `month-first`, `iso`, `s`, `ms`,
    `us`, `ns`, `excel` or a strptime format; `decimal` is `point` or `comma`. `source` keeps
    apart what came from where: the same row of the same source counts once. `actors` says
    whose act a name is, `blocked` which ids name nobody, beside the built-in ones. Without
    `guess` nothing is mapped that `columns` does not name. `header` names the columns of a
    delimited file that does not do it itself, `sheet` is the one to read of a workbook. With
    `people` each row tells who somebody is, not what they did: its ids are one person, its other
    columns traits. `contacts` says how addresses and telephone numbers are brought into one form.
    Ids of the kinds in `hash` are replaced by their hash, keyed with the workspace's `secret`,
    before anything is written, and the columns in `drop` are left out.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    person_kind: str = "user"
    tz: str = "UTC"
    time_format: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    source: str = "file"
    dry_run: bool = False
    actors: Mapping[str, Literal["person", "business"]] = field(default_factory=dict)
    blocked: Sequence[str] = ()
    guess: bool = True
    header: Sequence[str] = ()
    sheet: str | None = None
    people: bool = False
    contacts: Contacts = field(default_factory=Contacts)
    hash: Sequence[str] = ()
    drop: Sequence[str] = ()
    secret: bytes = field(default=b"", repr=False)

    def to_json(self) -> dict[str, Any]:
        """The options that decide how a file is read, as JSON can hold them."""
        told: dict[str, Any] = {"header": [*self.header]} if self.header else {}
        if self.people:
            told["people"] = True
        if self.contacts != Contacts():
            told["contacts"] = self.contacts.to_json()
        told |= {name: [*said] for name in ("hash", "drop") if (said := getattr(self, name))}
        return told | {
            "columns": dict(sorted(self.columns.items())),
            "person_kind": self.person_kind,
            "tz": self.tz,
            "time_format": self.time_format,
            "decimal": self.decimal,
            "encoding": self.encoding,
            "source": self.source,
            "actors": dict(sorted(self.actors.items())),
            "guess": self.guess,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ImportOptions:
        """The options that `to_json` gave."""
        known = {each.name for each in fields(cls)}
        kept = {key: value for key, value in values.items() if key in known}
        if "contacts" in kept:
            kept["contacts"] = Contacts.from_json(kept["contacts"])
        return cls(**kept)


@dataclass(frozen=True)
class Mapped:
    """A column of the log, what fills it and why: a column of the file or a constant."""

    field: str
    column: str | None
    constant: str | None
    why: str

    def __str__(self) -> str:
        filled = self.column if self.constant is None else f"the constant {self.constant!r}"
        return f"{self.field} <- {filled} ({self.why})"


@dataclass(frozen=True)
class Preview:
    """What an import would do: how the file is read, its mapping, three rows, problems."""

    file: str
    format: str
    encoding: str | None
    mapping: tuple[Mapped, ...]
    extras: tuple[str, ...]
    times: str
    rows: tuple[dict[str, Any], ...] = ()
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        return preview_text(self)


@dataclass(frozen=True)
class ImportReport:
    """What an import did: `rows_read = touchpoints + duplicates + rejected + bots + people_rows +
    withheld`.

    `people_rows` tell who somebody is and said something new; `touchpoints` are the rows added
    that count, `bots` the rows added that machines made; `nobody` are touchpoints without a
    usable alias, `withheld` rows of people who were erased, `people` the distinct ids of the
    person column. `names` and `channels` count what was added, most frequent first. `warnings`
    say how the file was read, `oddities` what looks wrong in it; `shown` are a few rows as they
    would be, on a dry run.
    """

    file: str
    source: str
    rows_read: int = 0
    touchpoints: int = 0
    duplicates: int = 0
    rejected: int = 0
    bots: int = 0
    people_rows: int = 0
    withheld: int = 0
    nobody: int = 0
    people: int = 0
    first_ts: datetime | None = None
    last_ts: datetime | None = None
    names: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    format: str = ""
    encoding: str | None = None
    mapping: tuple[Mapped, ...] = ()
    extras: tuple[str, ...] = ()
    times: str = ""
    warnings: tuple[str, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    shown: tuple[Mapping[str, Any], ...] = ()
    seconds: float = 0.0
    import_id: str = ""
    already: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        parts = self.touchpoints + self.duplicates + self.rejected + self.bots + self.people_rows
        parts += self.withheld
        if self.rows_read != parts:
            raise AssertionError(f"{self.rows_read} rows read, {parts} accounted for")

    def __str__(self) -> str:
        return report_text(self)
