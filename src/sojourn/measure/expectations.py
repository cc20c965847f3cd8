"""Was it as they had expected? What people answered who were asked, by stage."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from sojourn.core.bucket import Bucket, Coded
from sojourn.core.feelings import expectation
from sojourn.core.intervals import wilson
from sojourn.core.table import Column, Table
from sojourn.measure.felt import stage_at
from sojourn.measure.notes import notes
from sojourn.measure.select import Basis, columns_needed, select
from sojourn.measure.view import View

COLUMNS = (
    Column("stage", "text"),
    Column("people", "integer", "people"),
    Column("better", "integer", "people"),
    Column("as_expected", "integer", "people"),
    Column("worse", "integer", "people"),
    Column("mean", "number", "-1..1"),
    Column("share", "number", "share"),
    Column("low", "number", "share"),
    Column("high", "number", "share"),
)
MIDDLE = 0.2
"""Up to here from 0 it was as expected."""

DEFINED = (
    "Asked is `survey: expectation` with a score from 1 (much worse than expected) over 3 (as "
    "expected) to 5 (much better); the last answer of a person in a stage counts once."
)


@dataclass(frozen=True)
class Answers:
    """One bucket's last answers, by stage and person."""

    last: dict[tuple[int, int], float]
    basis: Basis


@dataclass(frozen=True)
class ExpectationsKernel:
    """Finds what one bucket's people answered."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What an answer can be in, and what the walk and the filters read."""
        return columns_needed(self.view, ["properties"])

    def __call__(self, bucket: Bucket) -> Answers:
        selected = select(self.view, bucket, "touchpoints")
        texts = selected.bucket.columns["properties"]
        assert isinstance(texts, Coded)  # noqa: S101 - the engine loads texts coded, always
        found = [expectation(text) for text in texts.values]
        score = np.array([np.nan if each is None else each for each in [*found, None]])[texts.codes]
        row = np.flatnonzero(~np.isnan(score) & selected.row_kept)
        stage, person = stage_at(selected, row), selected.bucket.person[row]
        keys = zip(stage.tolist(), person.tolist(), strict=True)
        return Answers(dict(zip(keys, score[row].tolist(), strict=True)), selected.basis())


def expectations(view: View) -> Table:
    """One row a stage in which anybody was asked: better, as, or worse than they had expected.

    `share` is of those for whom it was as expected or better, with a 95% (Wilson) interval.
    """
    parts: list[Answers] = view.run(ExpectationsKernel(replace(view, by=None)))
    scores = defaultdict[int, list[float]](list)
    for part in parts:
        for (stage, _), score in part.last.items():
            scores[stage].append(score)
    rows = [_row(view, stage, scores[stage]) for stage in sorted(scores) if stage >= 0]
    data = {column.name: [row[column.name] for row in rows] for column in COLUMNS}
    return Table.of("expectations", COLUMNS, data, notes(view, [p.basis for p in parts], [DEFINED]))


def _row(view: View, stage: int, scores: list[float]) -> dict[str, object]:
    better = sum(score > MIDDLE for score in scores)
    worse = sum(score < -MIDDLE for score in scores)
    fine = len(scores) - worse
    low, high = wilson(fine, len(scores))
    return {
        "stage": view.model.stages[stage].id,
        "people": len(scores),
        "better": better,
        "as_expected": fine - better,
        "worse": worse,
        "mean": fmean(scores),
        "share": fine / len(scores),
        "low": low,
        "high": high,
    }
