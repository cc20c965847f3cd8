"""What people start and do not finish, and what goes wrong while they try."""

from __future__ import annotations

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.measure.friction.cases import Cases
from sojourn.measure.friction.ground import Ground
from sojourn.measure.friction.pairs import ORDER, Pair, started


def unfinished(ground: Ground) -> list[Cases]:
    """Every attempt at something, lost when it is not finished in time."""
    found = []
    for pair in started(ground.known):
        rows, on = attempts(ground, pair)
        none = np.full(len(rows), -1)
        found.append(Cases(pair.label, rows, none, on, pair.within, root=pair.first))
    return found


def failed(ground: Ground) -> list[Cases]:
    """The same attempts: bad when an error comes before they are finished or given up."""
    errors = ground.troubles
    found = []
    for pair in started(ground.known):
        rows, on = attempts(ground, pair)
        error = ground.after(rows, errors)
        end = np.minimum(on, ground.bucket.ts[rows] + (pair.within or 0))
        error = np.where(ground.when(error) <= end, error, -1)
        found.append(Cases(pair.label, rows, error, on, pair.within, pair.within, pair.first))
    return found


def attempts(ground: Ground, pair: Pair) -> tuple[Ints, Ints]:
    """Where attempts begin and when each is finished.

    Who starts again before the time is over, without having finished, is still at the same one.
    """
    starts = ground.rows([pair.first])
    ends = ends_of(ground, pair)
    on = ground.when(ground.after(starts, ends))
    ts, person = ground.bucket.ts[starts], ground.bucket.person[starts]
    again = np.zeros(len(starts), bool)
    again[1:] = (
        (person[1:] == person[:-1]) & (ts[1:] - ts[:-1] < (pair.within or 0)) & (on[:-1] == on[1:])
    )
    first = ~again & ground.shown[starts]
    return starts[first], on[first]


def ends_of(ground: Ground, pair: Pair) -> Ints:
    """The rows that finish what a pair starts."""
    rows = ground.rows(pair.then)
    return np.union1d(rows, ground.orders) if ORDER in pair.then else rows
