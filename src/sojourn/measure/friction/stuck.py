"""Stages before the neck that people do not leave as they used to."""

from __future__ import annotations

import numpy as np

from sojourn.measure.friction.cases import Cases
from sojourn.measure.friction.ground import Ground


def stuck(ground: Ground) -> list[Cases]:
    """Stays in each stage before the neck, lost when they last longer than its patience."""
    model, stays = ground.selected.view.model, ground.selected.walked.sojourns
    found = []
    for number, stage in enumerate(model.stages[: model.neck]):
        rows = ground.beginning(stays.row[stays.stage == number])
        none = np.full(len(rows), -1)
        on = ground.on_after(rows)
        found.append(Cases(stage.name, rows, none, on, root=stage.id, described=False))
    return found
