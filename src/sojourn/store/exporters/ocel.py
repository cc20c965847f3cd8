"""OCEL 2.0 (object-centric event log) as JSON: touchpoints with the people and things they touch.

Objects are people, orders, accounts, campaigns and contents; a touchpoint is related to each
of them that it names, with the qualifier that says how.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import msgspec

from sojourn.core.table import iso
from sojourn.store.exporters.rows import encoded

OBJECTS = {
    "person": ("person", "of"),
    "referred_by": ("person", "brought by"),
    "order_id": ("order", "about"),
    "account": ("account", "of"),
    "campaign": ("campaign", "through"),
    "content": ("content", "with"),
}
"""The columns that name objects: their type and the qualifier of the relation."""

LINES = ",\n"


def write_ocel(
    rows: Iterable[dict[str, Any]],
    types: Iterable[str],
    objects: Iterable[tuple[str, str]],
    columns: dict[str, str],
    out: IO[str],
) -> int:
    """Write touchpoints in order of time; how many there were.

    `types` are the names of touchpoints, `objects` pairs of an object's type and id, `columns`
    the other columns with their OCEL type (`string`, `float`, `time`, ...).
    """
    kinds = sorted({kind for kind, _ in OBJECTS.values()})
    attributes = [{"name": name, "type": kind} for name, kind in columns.items()]
    out.write('{"objectTypes": ')
    out.write(encoded([{"name": kind, "attributes": []} for kind in kinds]))
    out.write(',\n"eventTypes": ')
    out.write(encoded([{"name": name, "attributes": attributes} for name in types]))
    out.write(',\n"objects": [\n')
    _write_list(out, ({"id": f"{kind}:{each}", "type": kind} for kind, each in objects))
    out.write('\n],\n"events": [\n')
    count = _write_list(out, (_event(row, columns) for row in rows))
    out.write("\n]}\n")
    return count


def _write_list(out: IO[str], members: Iterator[dict[str, Any]]) -> int:
    count = 0
    for member in members:
        out.write((LINES if count else "") + encoded(member))
        count += 1
    return count


def _event(row: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row["event_id"],
        "type": row["name"],
        "time": iso(row["ts"]),
        "attributes": [
            {"name": name, "value": _plain(row[name])} for name in columns if row[name] is not None
        ],
        "relationships": [
            {"objectId": f"{kind}:{row[column]}", "qualifier": qualifier}
            for column, (kind, qualifier) in OBJECTS.items()
            if row.get(column) is not None
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list):
        return encoded(value)
    return msgspec.Raw(str(value).encode()) if isinstance(value, Decimal) else value
