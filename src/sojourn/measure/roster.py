"""Who is there? One row a person: how much they did, when, and where on the journey they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Bools, Bucket, Ints
from sojourn.core.history import ORDER_ROW
from sojourn.core.table import Column, Table
from sojourn.measure.notes import notes
from sojourn.measure.select import Basis, columns_needed, select
from sojourn.measure.view import View

COLUMNS = (
    Column("person", "text"),
    Column("stage", "text"),
    Column("lapsed", "boolean"),
    Column("cycles", "integer", "cycles"),
    Column("touchpoints", "integer", "touchpoints"),
    Column("orders", "integer", "orders"),
    Column("first_seen", "time"),
    Column("last_seen", "time"),
)


@dataclass(frozen=True)
class Listed:
    """One bucket's people as columns; `stage` is -1 for who gave no evidence."""

    person: Ints
    stage: Ints
    lapsed: Bools
    cycles: Ints
    touchpoints: Ints
    orders: Ints
    first_seen: Ints
    last_seen: Ints
    basis: Basis


@dataclass(frozen=True)
class RosterKernel:
    """Lists one bucket's chosen people."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read."""
        return columns_needed(self.view)

    def __call__(self, bucket: Bucket) -> Listed:
        selected = select(self.view, bucket)
        bucket, cycles = selected.bucket, selected.walked.cycles
        starts = bucket.starts
        ends = np.append(starts, len(bucket))[1:].astype(np.int64)
        here = np.unique(selected.person_of_cycle[selected.kept])
        first = np.searchsorted(cycles.row, starts)
        last = np.searchsorted(cycles.row, ends) - 1
        orders = np.append(0, np.cumsum(bucket.order == ORDER_ROW))
        lapse = self.view.model.lapse
        silent = self.view.as_of - cycles.last_sign[last]
        return Listed(
            bucket.person[starts][here],
            cycles.furthest[last][here],
            np.zeros(len(here), bool) if lapse is None else (silent > lapse)[here],
            (last - first + 1)[here],
            (ends - starts)[here],
            (orders[ends] - orders[starts])[here],
            bucket.ts[starts][here],
            cycles.last_sign[last][here],
            selected.basis(),
        )


def roster(view: View) -> Table:
    """One row a person whom the view chooses, by their shown id.

    `stage` is that of the last cycle, null without evidence; `last_seen` the last sign of life.
    """
    parts: list[Listed] = view.run(RosterKernel(view))
    ids = view.ids()
    person = _joined([part.person for part in parts])
    shown = ids.take(pa.array(person)) if len(person) else pa.array([], pa.string())
    stages = pa.array([stage.id for stage in view.model.stages], pa.string())
    stage = _joined([part.stage for part in parts]).astype(np.int64)
    columns = {
        "person": shown,
        "stage": stages.take(pa.array(stage, mask=stage < 0)),
        "lapsed": _joined([part.lapsed for part in parts]).astype(bool),
    }
    for name in ("cycles", "touchpoints", "orders", "first_seen", "last_seen"):
        columns[name] = _joined([getattr(part, name) for part in parts])
    order = np.argsort(np.array(shown.to_pylist(), dtype=object), kind="stable")
    data = {
        name: pa.array(column).take(pa.array(order, pa.int64())) for name, column in columns.items()
    }
    return Table.of("people", COLUMNS, data, notes(view, [part.basis for part in parts]))


def _joined(parts: Sequence[Ints | Bools]) -> Ints:
    found: Ints = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    return found
