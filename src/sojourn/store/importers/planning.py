"""Deciding how a file is read: its mapping, its times, its amounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Ints
from sojourn.core.contacts import names_address
from sojourn.errors import ImportFailed
from sojourn.store.importers.evidence import TimeEvidence, decide
from sojourn.store.importers.guards import texts
from sojourn.store.importers.jsonlines import PROPERTIES, REST
from sojourn.store.importers.mapping import leavings, map_columns
from sojourn.store.importers.money import POINT, MoneyEvidence, decide_money
from sojourn.store.importers.options import ImportOptions, Mapped
from sojourn.store.importers.pipeline import in_order
from sojourn.store.importers.plan import Plan
from sojourn.store.importers.source import Source
from sojourn.store.importers.textfile import NotUtf8
from sojourn.store.importers.times import Undecided, is_text
from sojourn.store.importers.zones import EPOCH
from sojourn.store.progress import Progress
from sojourn.store.rejected import ADDED

IDS = {"user_id", "device_id", "order_id", "referred_by", "account"}


class Clues:
    """The evidence that the mapped columns give on how times and amounts are written."""

    def __init__(self, mapping: tuple[Mapped, ...]) -> None:
        self.mapped = {mapped.field: mapped for mapped in mapping}
        self.ts = TimeEvidence(self._name("ts"))
        self.received = TimeEvidence(self._name("received_at"))
        self.value = MoneyEvidence(self._name("value"))

    def _name(self, field: str) -> str:
        mapped = self.mapped.get(field)
        return (mapped.column if mapped else None) or field

    def add(self, table: pa.Table, rows: Ints) -> None:
        """Look at some rows; `rows` are their numbers in the file."""
        for field, evidence in (("ts", self.ts), ("received_at", self.received)):
            if field in self.mapped:
                evidence.add(*self._values(table, rows, self.mapped[field]))
        if "value" in self.mapped:
            self.value.add(*self._values(table, rows, self.mapped["value"]))

    def _values(self, table: pa.Table, rows: Ints, mapped: Mapped) -> tuple[pa.Array, Ints]:
        if mapped.column is None:
            return pa.array([mapped.constant], pa.string()), np.ones(1, np.int64)
        return table.column(mapped.column).combine_chunks(), rows


class Planner:
    """Says how a source is to be read, on the evidence of its first rows or of all of them."""

    def __init__(self, source: Source, options: ImportOptions, now: datetime) -> None:
        check_zone(options.tz)
        self.source = source
        self.options = options
        self.now = micros_of(now)
        self.first = source.sample()
        self.sample = self.first.table
        self.mapping = with_rest(map_columns(self.sample, options), self.sample)
        self.left_out = leavings(self.sample.schema.names)
        taken = [m.column for m in self.mapping if m.column]
        amounts = {m.column for m in self.mapping if m.field == "value" and m.column}
        source.want([*taken, *ADDED, *self.left_out], amounts)
        self.whole = False
        self.clues = Clues(self.mapping)
        first = source.sample() if amounts and REST in self.sample.schema.names else self.first
        self.clues.add(first.table, first.rows)

    def look_at_all(self, progress: Progress | None = None) -> None:
        """Take the evidence of the whole file, because its beginning told too little."""
        try:
            self._look_at_all(progress)
        except NotUtf8:
            self.source.settle_encoding()
            self._look_at_all(progress)

    def _look_at_all(self, progress: Progress | None) -> None:
        before = 0
        clues = Clues(self.mapping)
        for block in in_order(self.source, lambda block: block, progress):
            clues.add(block.table, block.rows + before)
            before += block.records
        self.clues, self.whole = clues, True

    def plan(self) -> Plan:
        """The plan; raises Undecided when the whole file must be looked at first."""
        timed = any(mapped.field == "ts" for mapped in self.mapping)
        if timed and not (self.whole or self.clues.ts.readable or self.options.time_format):
            raise Undecided
        options, clues, whole = self.options, self.clues, self.whole
        used = {mapped.column for mapped in self.mapping}
        used |= {*ADDED, *self.left_out}
        has_rest = REST in self.sample.schema.names
        names = [] if has_rest else self.sample.schema.names
        left = (name for name in names if name not in used)
        extras = sorted(name for name in left if not names_address(name))
        return Plan(
            mapping={mapped.field: mapped for mapped in self.mapping},
            extras=tuple(extras),
            source=options.source,
            now=self.now,
            times=decide(clues.ts, options.time_format, options.tz, whole=whole),
            received=decide(clues.received, None, options.tz, whole=whole),
            money=decide_money(clues.value, options.decimal or self._own_mark, whole=whole),
            whole=frozenset(m.field for m in self.mapping if self._is_whole(m)),
            made=has_rest,
            actors=options.actors,
            blocked=frozenset(options.blocked),
            looked=self.source.looked,
            people="table" if options.people else "",
            contacts=options.contacts,
        )

    @property
    def _own_mark(self) -> str | None:
        """The decimal mark where the file is an export of ours: no need to guess."""
        return POINT if self.left_out else None

    def _is_whole(self, mapped: Mapped) -> bool:
        """Whether a column of ids holds whole numbers that were written with `.0`."""
        if mapped.field not in IDS or mapped.column is None or self.left_out:
            return False
        column = self.sample.column(mapped.column).combine_chunks()
        values = texts(column) if is_text(column.type) else []
        return bool(values) and all(v.endswith(".0") and v[:-2].isdigit() for v in values)


def micros_of(moment: datetime) -> int:
    """A moment as microseconds since 1970."""
    return (moment.astimezone(UTC).replace(tzinfo=None) - EPOCH) // timedelta(microseconds=1)


def with_rest(mapping: tuple[Mapped, ...], sample: pa.Table) -> tuple[Mapped, ...]:
    """The mapping, where a source gathers what is left of each row itself, with that."""
    if REST not in sample.schema.names:
        return mapping
    others = tuple(mapped for mapped in mapping if mapped.field != PROPERTIES)
    return (*others, Mapped(PROPERTIES, REST, None, "what is left"))


def check_zone(name: str) -> None:
    """Raise ImportFailed for a time zone that does not exist."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    else:
        return
    near = get_close_matches(name, available_timezones(), n=1, cutoff=0.4)
    raise ImportFailed(
        f"There is no time zone {name!r}.",
        hint=f"Did you mean {near[0]!r}?" if near else "Zones are written like `Europe/Berlin`.",
    )
