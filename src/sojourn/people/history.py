"""What is known of a person, since when: the history of each trait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sojourn.core.claims import Alias
from sojourn.core.identity import People
from sojourn.measure.notes import moment
from sojourn.store.traits import NUMBER


def history_of(
    table: pa.Table, everybody: People, person: Alias, mine: Collection[Alias], as_of: int | None
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """For each trait of a person its values in order of time (up to `as_of`), each change once.

    `table` has everybody's traits, `mine` the person's aliases. Numbers come as numbers.
    """
    given = {old.id for old, new in everybody.renamed.items() if new in mine}
    ids = pa.array(sorted({alias.id for alias in mine} | given), pa.string())
    rows = table.filter(pc.is_in(table["id"], ids))
    micros = rows["ts"].cast(pa.int64()).to_pylist()
    found: dict[str, list[tuple[int, str, str, str]]] = defaultdict(list)
    for ts, row in zip(micros, rows.to_pylist(), strict=True):
        alias = everybody.one_form(Alias(row["kind"], row["id"]))
        if as_of is not None and ts > as_of:
            continue
        if alias in mine and everybody.person_of(alias, ts) == person:
            found[row["name"]].append((ts, row["value"], row["type"], row["source_id"]))
    return {name: _changes(sorted(found[name])) for name in sorted(found)}


def _changes(values: Sequence[tuple[int, str, str, str]]) -> list[dict[str, Any]]:
    """The values that differ from the one before; of several at one moment the greatest text."""
    latest = {ts: (value, kind, source) for ts, value, kind, source in values}
    changes: list[dict[str, Any]] = []
    before = None
    for ts, (text, kind, source) in latest.items():
        if text != before:
            value = float(text) if kind == NUMBER else text
            value = int(value) if isinstance(value, float) and value.is_integer() else value
            changes.append({"since": moment(ts), "value": value, "source": source})
        before = text
    return changes
