"""How long do people stay? One row a stay, with how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Bucket, Coded, Ints, Texts
from sojourn.core.stride import NEVER
from sojourn.core.table import Column, Table
from sojourn.measure.notes import notes
from sojourn.measure.select import OUTCOME_NAMES, Basis, columns_needed, select
from sojourn.measure.stages import with_block
from sojourn.measure.view import View

COLUMNS = (
    Column("person", "text"),
    Column("cycle", "integer"),
    Column("stage", "text"),
    Column("entered_at", "time"),
    Column("entered_by", "text"),
    Column("left_at", "time"),
    Column("next_stage", "text"),
    Column("skipped", "integer", "stages"),
    Column("touches", "integer", "touchpoints"),
    Column("outcome", "text"),
)


@dataclass(frozen=True)
class Stays:
    """One bucket's sojourns as columns."""

    person: Ints
    numbers: dict[str, Ints]
    entered_by: pa.Array
    block: list[str]
    basis: Basis


@dataclass(frozen=True)
class SojournsKernel:
    """Lists one bucket's sojourns."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and the ids of the touchpoints."""
        return columns_needed(self.view, ["event_id"])

    def __call__(self, bucket: Bucket) -> Stays:
        selected = select(self.view, bucket)
        blocks, sojourns = selected.sojourn_blocks, selected.walked.sojourns
        index = blocks.index
        row = sojourns.row[index]
        left, outcome = selected.ended
        labels = blocks.labels
        return Stays(
            person=selected.bucket.person[row],
            numbers={
                "cycle": selected.walked.cycles.number[sojourns.cycle[index]],
                "stage": sojourns.stage[index],
                "entered_at": selected.bucket.ts[row],
                "left_at": left[index],
                "next_stage": sojourns.next_stage[index],
                "skipped": sojourns.skipped[index],
                "touches": sojourns.touches[index],
                "outcome": outcome[index],
            },
            entered_by=_texts_at(selected.bucket.columns["event_id"], row),
            block=[labels[b] for b in blocks.block.tolist()] if self.view.by else [],
            basis=selected.basis(),
        )


def _texts_at(column: Any, rows: Ints) -> pa.Array:
    assert isinstance(column, Coded)  # noqa: S101 - the engine loads texts coded, always
    values = column.values
    array = values.array if isinstance(values, Texts) else pa.array(values, pa.string())
    return array.take(pa.array(column.codes[rows]))


def sojourns(view: View) -> Table:
    """One row a stay: whose, which cycle and stage, when entered and left, and how it ended.

    `entered_by` is the touchpoint that entered it; `skipped` how many stages were jumped over;
    `touches` how many touchpoints it holds. `left_at` is null while the person is still there.
    """
    parts: list[Stays] = view.run(SojournsKernel(view))
    person = _join([part.person for part in parts])
    numbers = (
        {name: _join([p.numbers[name] for p in parts]) for name in parts[0].numbers}
        if parts
        else {}
    )
    ids = view.ids()
    whose = ids.take(pa.array(person)) if len(person) else pa.array([], pa.string())
    block = [label for part in parts for label in part.block]
    data = pa.table(
        {
            **({view.by: pa.array(block, pa.string())} if view.by else {}),
            "person": whose,
            **_columns(view, numbers),
            "entered_by": pa.concat_arrays(
                [p.entered_by for p in parts] or [pa.array([], pa.string())]
            ),
        }
    )
    columns = with_block(COLUMNS, view.by)
    order = [
        *([(view.by, "ascending")] if view.by else []),
        ("person", "ascending"),
        ("cycle", "ascending"),
        ("_stage", "ascending"),
    ]
    sorted_data = data.sort_by(order).select([c.name for c in columns])
    table = Table.of("sojourns", [], {}, notes(view, [part.basis for part in parts]))
    return Table(table.kind, tuple(columns), sorted_data, table.notes)


def _join(parts: Sequence[Ints]) -> Ints:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _columns(view: View, numbers: dict[str, Ints]) -> dict[str, pa.Array]:
    empty = np.zeros(0, np.int64)
    stage = numbers.get("stage", empty)
    left, following = numbers.get("left_at", empty), numbers.get("next_stage", empty)
    stage_ids = pa.array([s.id for s in view.model.stages], pa.string())
    time = pa.timestamp("us", tz="UTC")
    return {
        "_stage": pa.array(stage),
        "cycle": pa.array(numbers.get("cycle", empty)),
        "stage": stage_ids.take(pa.array(stage)),
        "entered_at": pa.array(numbers.get("entered_at", empty)).cast(time),
        "left_at": pa.array(left, mask=left == NEVER).cast(time),
        "next_stage": stage_ids.take(pa.array(following, mask=following < 0)),
        "skipped": pa.array(numbers.get("skipped", empty)),
        "touches": pa.array(numbers.get("touches", empty)),
        "outcome": pa.array(OUTCOME_NAMES).take(pa.array(numbers.get("outcome", empty))),
    }
