"""A file of no known kind: what its columns look like, what each may be, and what to say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import pyarrow as pa

from sojourn.core.table import Column, Table
from sojourn.core.vocabulary import NAMES
from sojourn.store.importers.guards import holds_times, stands, texts
from sojourn.store.importers.jsonlines import REST
from sojourn.store.importers.mapping import ALIAS, flag, folded, synonyms
from sojourn.store.importers.opening import open_source
from sojourn.store.importers.options import ImportOptions
from sojourn.store.importers.source import Source
from sojourn.store.importers.times import is_time

WHO = ("user_id", "device_id", "alias:email", "alias:phone")
NEEDED = ("person", "ts", "name")
ASKED = {
    "person": "who it was (a customer's number, an e-mail address, a cookie)",
    "ts": "when it happened",
    "name": 'what happened (a column, or the same for all rows: "=Order Completed")',
}
SHOWN, WIDEST = 3, 24
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
NUMBER = re.compile(r"[-+(]?[€$£]?\s?\d[\d.,' ]*\)?\s?[€$£%]?")
CENTS = re.compile(r"[.,]\d{2}\b(?!.*\d)|[€$£]")
FEW = 50
"""So many different values can be names of what happens; more rather tell people apart."""


ITS_NAME = "its name"
CALLED = "it is called like"
PERSONS = ("user", "customer", "client", "member", "person", "kunde", "shopper", "card", "guest")


@dataclass(frozen=True)
class Seen:
    """What is seen of a column in the first rows: its values, how many, how many different."""

    name: str
    type: str
    filled: int
    different: int
    samples: tuple[str, ...]
    guesses: tuple[tuple[str, str], ...] = ()
    """What it may fill, the best first, and why."""


@dataclass(frozen=True)
class Guide:
    """A file's columns and what is still to be said of them."""

    file: str
    rows: int
    columns: tuple[Seen, ...]
    best: Mapping[str, str] = field(default_factory=dict)
    """For each of person, ts and name the likeliest column."""
    kind: str = "user"

    def table(self) -> Table:
        """A row a column: type, samples, what it may be, and why."""
        names = ("column", "type", "filled", "different", "samples", "may_be", "because")
        numbers = ("filled", "different")
        columns = [Column(name, "integer" if name in numbers else "text") for name in names]
        data: dict[str, list[Any]] = {name: [] for name in names}
        for seen in self.columns:
            fills, why = ("a property", "")
            if seen.guesses:
                fills, why = _flag(seen.guesses[0][0]), seen.guesses[0][1]
            row = (seen.name, seen.type, seen.filled, seen.different, ", ".join(seen.samples))
            for name, value in zip(names, (*row, fills, why), strict=True):
                data[name].append(value)
        return Table.of("columns", columns, data, {"rows_looked_at": self.rows})

    def command(self, said: Mapping[str, str] | None = None) -> str:
        """The command line that imports the file, with what was said and the best guesses."""
        said = said or {}
        parts = [f"sojourn import {_shell(self.file)}"]
        for name in NEEDED:
            chosen = said.get(name) or self.best.get(name) or self._constant(name)
            parts.append(f"{flag(name)} {_shell(chosen) if chosen else 'COLUMN'}")
        if self.kind != "user" and "person" not in said:
            parts.append(f"--person-kind {self.kind}")
        rest = [_said(key, v) for key, v in said.items() if key not in NEEDED]
        return " ".join([*parts, *self._told_by_values(said), *rest])

    def hint(self, said: Mapping[str, str] | None = None) -> str:
        """What to do next: `command`, or how a table of people comes in where nothing is a time."""
        said = said or {}
        ids = [
            seen for seen in self.columns if seen.different * 10 >= seen.filled * 9 and _is_id(seen)
        ]
        if not ids or "ts" in self.best or "ts" in said:
            return f"For example: {self.command(said)}"
        cards = [seen for seen in ids if "card" in folded(seen.name)]
        people = [seen for seen in ids if seen not in cards] or ids
        parts = [f"sojourn import {_shell(self.file)} --people"]
        chosen = {"person": people[0].name}
        if cards and cards[0] is not people[0]:
            chosen["card"] = cards[0].name
        parts += [_said(key, name) for key, name in {**chosen, **said}.items()]
        return (
            f"If each row says who somebody is: {' '.join(parts)}\n"
            "If each is something that happened, name its time with `--ts COLUMN`."
        )

    def _constant(self, need: str) -> str | None:
        """What all rows are, where the columns tell: a file with numbers of orders has orders."""
        orders = any(seen.guesses[:1] == (("order_id", ITS_NAME),) for seen in self.columns)
        return "=Order Completed" if need == "name" and orders else None

    def _told_by_values(self, said: Mapping[str, str]) -> list[str]:
        """The flag for the column of amounts where its name alone would not find it."""
        found = [
            seen for seen in self.columns if seen.guesses[:1] and seen.guesses[0][0] == "value"
        ]
        named = "value" in said or any(seen.guesses[0][1] == ITS_NAME for seen in found)
        found = [seen for seen in found if seen.name not in {*said.values(), *self.best.values()}]
        return [] if named else [f"--value {_shell(seen.name)}" for seen in found[:1]]


def guide(source: Any, options: ImportOptions | None = None) -> Guide:
    """Look at the first rows of a file; raises ImportFailed for what is no file that is known."""
    opened = open_source(source, options or ImportOptions())
    block = opened.sample()
    table = block.table
    names = [name for name in table.schema.names if name != REST]
    seen = tuple(_seen(name, table.column(name).combine_chunks()) for name in names)
    best, kind = _best(seen)
    return Guide(_named(source, opened), table.num_rows, seen, best, kind)


def _named(source: Any, opened: Source) -> str:
    return (
        opened.name if not isinstance(source, str) and not hasattr(source, "parts") else str(source)
    )


def _seen(name: str, column: Any) -> Seen:
    nested = pa.types.is_nested(column.type)
    values = [] if nested else texts(column)
    different = list(dict.fromkeys(values))
    samples = tuple(_short(value) for value in different[:SHOWN])
    kind = "nested" if nested else _type(name, column, values)
    found = Seen(name, kind, len(values), len(different), samples)
    guesses = () if nested or not values else tuple(_guesses(found, column, values))
    return Seen(name, kind, len(values), len(different), samples, guesses)


def _type(name: str, column: Any, values: Sequence[str]) -> str:
    if is_time(column.type) or (values and holds_times(column, name) and _dated(name, values)):
        return "time"
    if values and all(MAIL.fullmatch(value) for value in values):
        return "e-mail"
    if values and all(NUMBER.fullmatch(value) for value in values):
        return "number"
    return "text" if values else "empty"


def _dated(name: str, values: Sequence[str]) -> bool:
    """Whether numbers that could be times are called so; texts with signs in them are times."""
    called = any(word in name.lower() for word in ("time", "date", "day", "at", "when"))
    return called or not all(value.replace(".", "").isdigit() for value in values)


def _guesses(seen: Seen, column: Any, values: Sequence[str]) -> list[tuple[str, str]]:
    """What a column may fill, best first: by its very name, one like it, or its values."""
    found: dict[str, str] = {}
    known = synonyms()
    name = folded(seen.name)
    for target, others in known.items():
        if name in others and stands(target, name, column):
            found.setdefault(target, ITS_NAME)
    if seen.type == "e-mail":
        found.setdefault("alias:email", "its values are e-mail addresses")
    if seen.type == "time":
        found.setdefault("ts", "its values are times")
    strong = _called_person(name) and seen.type in ("text", "number")
    if strong:
        found.setdefault("user_id", f"{CALLED} one of a person")
    every = {other: target for target, others in known.items() for other in others}
    for near in get_close_matches(name, every, 3, 0.75):
        if near[0] == name[0] and stands(every[near], near, column):
            found.setdefault(every[near], f"its name is like {near!r}")
    words = [value for value in values if value in NAMES]
    if len(words) * 2 > len(values):
        found.setdefault("name", "its values are names of touchpoints")
    elif not strong and seen.type == "text" and 1 < seen.different <= min(FEW, seen.filled // 2):
        found.setdefault("name", f"only {seen.different} different texts in {seen.filled:,} rows")
    if seen.type == "number" and sum(bool(CENTS.search(v)) for v in values) * 2 > len(values):
        found.setdefault("value", "its values have cents or a currency")
    if seen.type in ("text", "number") and any(word in name for word in PERSONS):
        found.setdefault("user_id", f"{CALLED} one of a person")
    elif seen.type in ("text", "number") and name.endswith(("id", "no", "nr")):
        found.setdefault("user_id", f"{CALLED} an id")
    return [*found.items()]


def _is_id(seen: Seen) -> bool:
    """Whether a column may tell people apart by ids of theirs, other than e-mail addresses."""
    return any(target in ("user_id", "device_id") for target, _ in seen.guesses)


def _called_person(name: str) -> bool:
    """Whether a folded name is that of a number of people, such as `kundennr` or `cardno`."""
    ends = ("id", "no", "nr", "number", "nummer", "code")
    return name in PERSONS or (name.startswith(PERSONS) and name.endswith(ends))


def _best(columns: Sequence[Seen]) -> tuple[dict[str, str], str]:
    """The likeliest column for who, when and what, and the kind of the ids that say who."""
    best: dict[str, str] = {}
    kind = "user"
    order = (ITS_NAME, f"{CALLED} one of a person", "its values", "its name is", "")

    def rank(why: str) -> int:
        exact = [place for place, words in enumerate(order) if why == words]
        starts = [place for place, words in enumerate(order) if place and why.startswith(words)]
        return min([*exact, *starts])

    for need in NEEDED:
        wanted = WHO if need == "person" else (need,)
        found = [
            (rank(why), wanted.index(target), place, seen.name, target)
            for place, seen in enumerate(columns)
            for target, why in seen.guesses
            if target in wanted and seen.name not in best.values()
        ]
        if found:
            *_, best[need], target = min(found)
            if need == "person":
                kind = target.removeprefix(ALIAS).removesuffix("_id")
    return best, kind


def _flag(target: str) -> str:
    """How a column of the log is said on the command line."""
    return flag("person" if target == "user_id" else target.removeprefix(ALIAS))


def _said(key: str, column: str) -> str:
    """A column that fills `key` as it is said on the command line."""
    kind = key.removeprefix(ALIAS)
    if kind == key or kind in ("email", "phone", "card"):
        return f"{flag(kind)} {_shell(column)}"
    return f"--alias {_shell(f'{kind}={column}')}"


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _shell(text: str) -> str:
    return text if re.fullmatch(r"[\w./:@%+-]+", text) else '"' + text.replace('"', '\\"') + '"'
