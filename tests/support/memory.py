"""Random logs as buckets in memory, so that a measure can be tried on thousands of them."""

import json
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Bucket, Coded, Texts
from sojourn.engine.local import LocalEngine
from sojourn.measure.view import View

TEXT_COLUMNS = (
    "name", "channel", "campaign", "content", "page", "order_id", "device", "currency",
    "referred_by", "properties",
)  # fmt: skip


@dataclass
class InMemory:
    """A source of ready-made buckets."""

    buckets: list
    dictionaries: dict

    @property
    def numbers(self):
        return list(range(len(self.buckets)))

    def load(self, number, columns=()):
        bucket = self.buckets[number]
        missing = set(columns) - set(bucket.columns)
        assert not missing, f"a kernel asked for columns that it had not named: {missing}"
        kept = {name: column for name, column in bucket.columns.items() if name in columns}
        return Bucket(bucket.person, bucket.ts, bucket.own, bucket.order, kept, bucket.number)

    def values(self, column):
        return self.dictionaries[column]


def source_of(log, buckets=2):
    people = sorted(log)
    dictionaries = {name: [] for name in TEXT_COLUMNS}
    made = []
    for number in range(buckets):
        rows = [
            (key, touch)
            for key, person in enumerate(people)
            if key % buckets == number
            for touch in sorted(log[person], key=lambda t: (t["ts"], t["seq"]))
        ]
        if rows:
            made.append(_bucket(rows, dictionaries, number))
    return InMemory(made, dictionaries), pa.array(people, pa.string())


def _bucket(rows, dictionaries, number):
    columns = {name: _coded(rows, name, dictionaries[name]) for name in TEXT_COLUMNS}
    ids = pa.array([touch["event_id"] for _, touch in rows])
    columns["event_id"] = Coded(np.arange(len(rows), dtype=np.int32), Texts(ids))
    columns["actor"] = _coded(rows, "actor", [])
    columns["seq"] = np.array([float(touch["seq"]) for _, touch in rows])
    for name in ("value", "sentiment"):
        columns[name] = np.array([float(t.get(name) or "nan") for _, t in rows])
    return Bucket(
        person=np.array([key for key, _ in rows], np.int64),
        ts=np.array([touch["ts"] for _, touch in rows], np.int64),
        own=np.array([touch.get("actor", "person") == "person" for _, touch in rows], bool),
        order=_orders(rows),
        columns=columns,
        number=number,
    )


def _coded(rows, name, values):
    codes = []
    for _, touch in rows:
        value = touch.get(name)
        if name == "properties" and value is not None:
            value = json.dumps(value)
        if value is None:
            codes.append(-1)
            continue
        if value not in values:
            values.append(value)
        codes.append(values.index(value))
    return Coded(np.array(codes, np.int32), values)


def _orders(rows):
    seen, marks = set(), []
    for key, touch in rows:
        if touch["name"] != "Order Completed":
            marks.append(0)
            continue
        again = touch.get("order_id") is not None and (key, touch["order_id"]) in seen
        seen.add((key, touch.get("order_id")))
        marks.append(2 if again else 1)
    return np.array(marks, np.int8)


def view_of(log, model, as_of, buckets=2, **filters):
    """A view of the log; `view.source.values(column)` gives a column's texts."""
    source, ids = source_of(log, buckets)
    return View(
        source=source,
        engine=LocalEngine(1),
        model=model,
        as_of=as_of,
        zone=ZoneInfo("UTC"),
        ids=lambda: ids,
        **filters,
    )
