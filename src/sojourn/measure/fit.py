"""Does a model fit a log? Which touchpoints give evidence for which stage, and which for none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bucket, Coded, Ints, run_starts
from sojourn.core.frame import TouchpointFrame, evidence
from sojourn.core.history import ORDER_ROW, SECOND_REPORT
from sojourn.core.table import Column, Table
from sojourn.measure.notes import notes
from sojourn.measure.select import Basis, columns_needed, select
from sojourn.measure.view import View

COLUMNS = (
    Column("stage", "text"),
    Column("name", "text"),
    Column("touchpoints", "integer", "touchpoints"),
    Column("people", "integer", "people"),
    Column("evidence", "text"),
)
MOST_NAMES = 50


@dataclass(frozen=True)
class Fit:
    """One bucket's touchpoints and people by stage, and its names without evidence."""

    touchpoints: Ints
    people: Ints
    restarts: int
    at_neck: int
    with_order: int
    silent: Ints
    basis: Basis


@dataclass(frozen=True)
class FitKernel:
    """Counts one bucket's evidence."""

    view: View
    names: int

    @property
    def columns(self) -> frozenset[str]:
        """What the walk reads, and the names."""
        return columns_needed(self.view, ["name"])

    def __call__(self, bucket: Bucket) -> Fit:
        selected = select(self.view, bucket)
        bucket = selected.bucket
        seen, restart = evidence(self.view.model, TouchpointFrame(bucket))
        stages = range(selected.stages)
        hits = [(seen >> s) & 1 == 1 for s in stages]
        name = bucket.columns["name"]
        assert isinstance(name, Coded)  # noqa: S101 - the engine loads names coded, always
        quiet = (seen == 0) & (bucket.order != SECOND_REPORT)
        cycles = selected.walked.cycles
        ordered = selected.walked.cycle_of[bucket.order == ORDER_ROW]
        return Fit(
            touchpoints=np.array([hit.sum() for hit in hits], np.int64),
            people=np.array([len(run_starts(bucket.person[hit])) for hit in hits], np.int64),
            restarts=0 if restart is None else int((restart & bucket.own).sum()),
            at_neck=int(((cycles.seen >> self.view.model.neck) & 1).sum()),
            with_order=len(run_starts(ordered[ordered >= 0])),
            silent=np.bincount(name.codes[quiet], minlength=self.names)[: self.names],
            basis=selected.basis(),
        )


def fit(view: View, names: Sequence[str]) -> Table:
    """One row a stage: how many touchpoints of how many people give evidence for it.

    The notes list the names whose touchpoints never give any, the most frequent first.
    """
    parts: list[Fit] = view.run(FitKernel(view, len(names)))
    stages = view.model.stages
    zero = np.zeros(len(stages), np.int64)
    touchpoints = sum((part.touchpoints for part in parts), zero)
    people = sum((part.people for part in parts), zero)
    silent = sum((part.silent for part in parts), np.zeros(len(names), np.int64))
    data = {
        "stage": [stage.id for stage in stages],
        "name": [stage.name for stage in stages],
        "touchpoints": touchpoints,
        "people": people,
        "evidence": [stage.evidence.text for stage in stages],
    }
    order = sorted(np.flatnonzero(silent).tolist(), key=lambda i: (-int(silent[i]), names[i]))
    remarks = [f"no evidence from: {names[i]} ({int(silent[i]):,})" for i in order[:MOST_NAMES]]
    remarks += [
        f"nothing in the log gives evidence for {stage.name}"
        for stage, count in zip(stages, touchpoints.tolist(), strict=True)
        if not count
    ]
    if view.model.restart is not None:
        remarks.append(f"{sum(p.restarts for p in parts):,} touchpoints could open the next cycle")
    neck, ordered = sum(p.at_neck for p in parts), sum(p.with_order for p in parts)
    if neck != ordered:
        remarks.append(
            f"{neck:,} cycles are seen at {stages[view.model.neck].name} "
            f"but {ordered:,} hold an order"
        )
    said = {**notes(view, [p.basis for p in parts], remarks), "cycles_with_an_order": ordered}
    return Table.of("fit", COLUMNS, data, said)
