"""How a whole column writes its times: decided on evidence, asked for, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Ints
from sojourn.errors import AmbiguousTime, ImportFailed
from sojourn.store.importers.clocks import (
    EXCEL,
    KINDS,
    OTHER,
    Numbers,
    kinds_of,
    numbers_of,
)
from sojourn.store.importers.layouts import DAY_FIRST, MONTH_FIRST, Spans, layout_of
from sojourn.store.importers.shapes import Group, groups_of
from sojourn.store.importers.times import (
    ASKED_UNITS,
    FORMATS,
    ISO,
    TimeReading,
    is_text,
    is_time,
    numbers_in,
    trimmed,
)
from sojourn.store.importers.why import NO_TIME, why_not

WHICH_ORDER = "Say which with `--time-format day-first` or `--time-format month-first`."
WHICH_UNIT = "Say which with `--time-format s`, `ms`, `us`, `ns` or `excel`."

Seen = tuple[int, str]
"""A value and the number of its row."""

Text = Callable[[int], str]


@dataclass
class TimeEvidence:
    """What the values of `column` say: which order is proved, what its numbers look like."""

    column: str
    plain: int = 0
    order: dict[str, Seen] = field(default_factory=dict)
    unclear: list[Seen] = field(default_factory=list)
    kinds: dict[str, Seen] = field(default_factory=dict)
    firsts: set[int] = field(default_factory=set)
    short_years: set[int] = field(default_factory=set)
    odd: list[Seen] = field(default_factory=list)
    either: int = 0

    @property
    def readable(self) -> bool:
        """Whether any value looks like a time."""
        numbers = self.kinds.keys() - {OTHER}
        return bool(self.plain or self.order or self.unclear or self.either or numbers)

    def add(self, column: pa.Array[Any], rows: Ints) -> None:
        """Look at some values; `rows` are their numbers in the file."""
        if is_time(column.type):
            self.plain += len(column) - column.null_count
        elif is_text(column.type):
            texts = trimmed(column)
            for group in groups_of(texts):
                self._add_group(group, rows, lambda row: str(texts[row].as_py()))
        else:
            known = column.drop_null()
            rows = rows[np.asarray(column.is_valid())]
            self._add_numbers(numbers_in(known), rows, lambda i: str(known[i].as_py()))

    def _add_group(self, group: Group, rows: Ints, text: Text) -> None:
        numbers, spans = numbers_of(group), layout_of(group.shape)
        if numbers is not None:
            self._add_numbers(numbers, rows[group.rows], lambda i: text(int(group.rows[i])))
        elif spans is None:
            first = int(group.rows[0])
            self.odd = [*self.odd, (int(rows[first]), text(first))][:3]
        elif "a" in spans:
            self._add_dates(group, spans, rows, text)
        else:
            self.plain += len(group.rows)

    def _add_dates(self, group: Group, spans: Spans, rows: Ints, text: Text) -> None:
        a, b = group.number(*spans["a"]), group.number(*spans["b"])
        proofs = {DAY_FIRST: (a > 12) & (b <= 12), MONTH_FIRST: (b > 12) & (a <= 12)}
        for order, proof in proofs.items():
            if order not in self.order and proof.any():
                row = int(group.rows[int(np.argmax(proof))])
                self.order[order] = (int(rows[row]), text(row))
        self.either += int((a == b).sum())
        for row in group.rows[(a <= 12) & (b <= 12) & (a != b)][: 2 - len(self.unclear)].tolist():
            self.unclear.append((int(rows[row]), text(row)))
        start, end = spans["Y"]
        if end - start == 2:
            self.firsts.update(np.unique(a).tolist())
            self.short_years.update(np.unique(group.number(start, end)).tolist())

    def _add_numbers(self, numbers: Numbers, rows: Ints, text: Text) -> None:
        kinds = kinds_of(numbers)
        for kind in np.unique(kinds).tolist():
            if KINDS[kind] not in self.kinds:
                row = int(np.argmax(kinds == kind))
                self.kinds[KINDS[kind]] = (int(rows[row]), text(row))


def decide(evidence: TimeEvidence, asked: str | None, zone: str, *, whole: bool) -> TimeReading:
    """How to read the column; `asked` is the user's word, `whole` that all rows were seen.

    Raises AmbiguousTime when the values can be read in more than one way or contradict each
    other, ImportFailed when nothing in the column is a time.
    """
    if asked and "%" in asked:
        return TimeReading(zone, pattern=asked, asked=True, sure=True)
    if asked and asked not in FORMATS:
        raise ImportFailed(
            f"{asked!r} is not a time format. Known are: {', '.join(FORMATS)}.",
            hint="A format of your own is written like `%d.%m.%Y %H:%M`.",
        )
    if asked == ISO:
        return TimeReading(zone, asked=True, sure=True)
    if asked in ASKED_UNITS:
        return TimeReading(zone, unit=asked, asked=True, sure=True)
    order = asked or _order(evidence, whole)
    unit = _unit(evidence)
    if whole and not (order or unit or evidence.plain) and (evidence.odd or evidence.kinds):
        row, text = (evidence.odd or list(evidence.kinds.values()))[0]
        raise ImportFailed(
            f"The column {evidence.column!r} holds no time: "
            f"row {row} says {text!r}{_because(text)}.",
            hint="Name another column with --ts, or say how to read it: "
            "`--time-format '%d.%m.%Y %H:%M'` (or s, ms, us, ns, excel).",
        )
    written = bool(evidence.plain) and bool(unit)
    return TimeReading(zone, order, unit, written, asked=asked is not None, sure=whole)


def _order(evidence: TimeEvidence, whole: bool) -> str | None:
    found = evidence.order
    if len(found) == 2:
        (day_row, day), (month_row, month) = found[DAY_FIRST], found[MONTH_FIRST]
        raise AmbiguousTime(
            f"The times in {evidence.column!r} contradict each other: row {day_row} ({day}) has "
            f"the day first, row {month_row} ({month}) the month.",
            hint=f"{WHICH_ORDER} Rows that do not fit are then rejected, for you to mend.",
        )
    if whole and len(evidence.short_years) > len(evidence.firsts):
        raise AmbiguousTime(
            f"The years in {evidence.column!r} have two digits, and it is not clear which "
            f"number they are: {_listed(evidence.unclear or [*found.values()])}.",
            hint=f"{WHICH_ORDER} When the year comes first: `--time-format '%y/%m/%d'`.",
        )
    if found:
        return next(iter(found))
    if whole and evidence.unclear:
        raise AmbiguousTime(
            f"The times in {evidence.column!r} can be read with the day or the month first, and "
            f"no row tells which: {_listed(evidence.unclear)}.",
            hint=WHICH_ORDER,
        )
    return DAY_FIRST if whole and evidence.either else None


def _unit(evidence: TimeEvidence) -> str | None:
    kinds = {kind: where for kind, where in evidence.kinds.items() if kind != OTHER}
    if not any(word in evidence.column.lower() for word in ("date", "time", "day")):
        kinds.pop(EXCEL, None)
    return "+".join(sorted(kinds, key=KINDS.index)) or None


def _because(text: str) -> str:
    why = why_not(text, TimeReading())
    return "" if why == NO_TIME else f", and {why}"


def _listed(seen: list[Seen]) -> str:
    return " and ".join(f"row {row} ({text})" for row, text in seen)
