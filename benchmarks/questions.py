"""The questions that are timed, each with the columns it reads and its bar.

A repetition is a new question: the trail is opened anew, the journeys are seen a day earlier
each time, and the model's evidence changes with it, so nothing remembered helps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

import sojourn
from benchmarks.places import HERE
from sojourn.core.bucket import Bucket
from sojourn.core.model import Model, model_from_yaml
from sojourn.journey import Journey
from sojourn.measure.select import columns_needed, select
from sojourn.measure.view import View

MODEL = HERE / "journey.yaml"
DAY = 86_400_000_000
WALKED = ("person", "ts", "own", "order", "name", "channel", "page", "properties")
"""What the model's conditions and the walk read; whether an act is the person's is `own`."""

BY_NAME = ("person", "ts", "name")
CREDITED = (*BY_NAME, "own", "order", "channel", "campaign", "value", "currency", "order_id")
STEPS = ("Page Viewed", "Product Viewed", "Product Added", "Checkout Started")
EVER = "3650 days"
"""A window that no attempt outlasts."""


@dataclass(frozen=True)
class Question:
    """One question: `ask` takes the journey and gives a table, `bar` is in times its scan."""

    name: str
    bar: float
    columns: tuple[str, ...]
    ask: Callable[[Journey], pa.Table]


@dataclass(frozen=True)
class WalkKernel:
    """The walk alone: how many cycles and sojourns a bucket holds."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk reads."""
        return columns_needed(self.view)

    def __call__(self, bucket: Bucket) -> tuple[int, int]:
        walked = select(self.view, bucket).walked
        return len(walked.cycles), len(walked.sojourns)


def model_of(repetition: int) -> Model:
    """The model, with evidence of its own for each repetition."""
    text = MODEL.read_text(encoding="utf-8")
    changed = text.replace("nth >= 4", f"nth >= {4 + repetition}")
    changed = changed.replace("order_gap_days > 14", f"order_gap_days > {14 + repetition}")
    return model_from_yaml(changed, origin=MODEL.name)


def journey_of(workspace: Path, clock: int, repetition: int) -> Journey:
    """The journeys of a workspace opened anew, as they were so many days before its clock."""
    model = model_of(repetition)
    return sojourn.open(workspace).journey(model, as_of=clock - repetition * DAY)


def _walk(journey: Journey) -> pa.Table:
    parts = journey.view.run(WalkKernel(journey.view))
    cycles, sojourns = (sum(column) for column in zip(*parts, strict=True))
    return pa.table({"cycles": [cycles], "sojourns": [sojourns]})


def _stages(journey: Journey) -> pa.Table:
    return journey.stages().to_arrow()


def _funnel(journey: Journey, steps: Sequence[str], within: str) -> pa.Table:
    return journey.funnel(steps, within=within).to_arrow()


def _retention(journey: Journey) -> pa.Table:
    return journey.retention("Page Viewed", "Page Viewed", every="week").to_arrow()


def _attribution(journey: Journey) -> pa.Table:
    return journey.attribution(["last", "linear"]).to_arrow()


def _flow(journey: Journey, **options: Any) -> pa.Table:
    return journey.flow(**options).to_arrow()


QUESTIONS = (
    Question("walk", 4, WALKED, _walk),
    Question("stages", 4, WALKED, _stages),
    Question("flow of names", 3, WALKED, _flow),
    Question("flow of pages, top 100", 3, WALKED, partial(_flow, of="page")),
    Question("follows", 2, BY_NAME, partial(_flow, within="person")),
    Question("funnel", 3, BY_NAME, partial(_funnel, steps=STEPS, within="7 days")),
    Question("open funnel", 3, BY_NAME, partial(_funnel, steps=STEPS, within=EVER)),
    Question("funnel of 40 steps", 5, BY_NAME, partial(_funnel, steps=STEPS * 10, within=EVER)),
    Question("retention by week", 3, BY_NAME, _retention),
    Question("attribution", 6, CREDITED, _attribution),
    Question("variants", 4, BY_NAME, partial(_flow, within="person", paths=True)),
)
BY_QUESTION = {question.name: question for question in QUESTIONS}
