"""What people meet on their way: help they had to ask for, low scores, errors, going in circles."""

from __future__ import annotations

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.core.durations import DAY
from sojourn.measure.friction.cases import Cases
from sojourn.measure.friction.ground import Ground
from sojourn.measure.friction.pairs import is_support, started

FIRST = 20
"""Among so many touchpoints of a stay trouble is looked for."""
KNUTH = 2_654_435_761
"""Times this, a person's number is as good as drawn."""
CIRCLE = 4
"""So many times the very same in one visit is going in circles."""


def met(ground: Ground, subject: str, rows: Ints, limit: int) -> list[Cases]:
    """All stays and lives after orders: bad when one of these rows comes within `limit`."""
    begin = ground.anchors
    met_row, on = ground.after(begin, rows), ground.on_after(begin)
    return [Cases(subject, begin, met_row, on, limit=limit, root=subject, described=False)]


def run_into(ground: Ground, subject: str, rows: Ints) -> list[Cases]:
    """Stays, at the moment at which somebody runs into one of these rows, or does something else.

    A stay is bad at the first of the rows, if that is one of its first touchpoints. A stay without
    stands for the others at one of its first touchpoints, drawn by the person's number, so that
    both have stayed as long when the comparison begins.
    """
    selected = ground.selected
    stays, cycles = selected.walked.sojourns, selected.walked.cycles
    same = np.append(stays.cycle[1:] == stays.cycle[:-1], False)[: len(stays)]
    end = np.where(same, np.append(stays.row[1:], 0)[: len(stays)], cycles.end[stays.cycle])
    length = np.minimum(end - stays.row - 1, FIRST)
    hit = np.append(rows, len(ground.bucket))[np.searchsorted(rows, stays.row, side="right")]
    bad = hit - stays.row <= length
    drawn = (ground.bucket.person[stays.row] * KNUTH % (1 << 32)) >> 16
    picked = 1 + drawn % np.maximum(length, 1)
    row = np.where(bad, hit, stays.row + picked)
    good = (length > 0) & ((hit >= end) | bad)
    good &= np.append(ground.shown, False)[np.where(good, row, -1)]
    row, position, bad = row[good], (row - stays.row)[good], bad[good]
    met_row, on = np.where(bad, row, -1), ground.on_after(row)
    return [Cases(subject, row, met_row, on, None, 0, subject, False, position)]


def support(ground: Ground) -> list[Cases]:
    """Asking for help."""
    rows = ground.rows([name for name in ground.known if is_support(name)], whose=True)
    return met(ground, "asked for help", rows, 30 * DAY)


def low_scores(ground: Ground) -> list[Cases]:
    """Giving a low rating, score or feeling."""
    rows, low = ground.scores
    return met(ground, "gave a low score", rows[low], 45 * DAY)


def errors(ground: Ground) -> list[Cases]:
    """Errors outside what is started and finished."""
    rows = ground.troubles
    begun = ground.rows([pair.first for pair in started(ground.known)])
    before = np.append(begun, -1)[np.searchsorted(begun, rows) - 1]
    inside = (before >= 0) & (ground.bucket.person[before] == ground.bucket.person[rows])
    inside &= ground.bucket.ts[rows] - ground.bucket.ts[before] < DAY
    return run_into(ground, "met an error", rows[~inside])


def circles(ground: Ground) -> list[Cases]:
    """Coming to the very same (name, page, content, properties) again and again in one visit.

    The same error again and again is an error.
    """
    own, visit = ground.visits
    long = np.bincount(visit)[visit] >= CIRCLE if len(visit) else visit > 0
    own, key = own[long], visit[long].astype(np.int64)
    for column in ("name", "page", "content", "properties"):
        codes = ground.texts(column).codes[own].astype(np.int64) + 1
        key = np.unique(key * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1]
    order = np.argsort(key, kind="stable")
    fresh = np.ones(len(order), bool)
    fresh[1:] = key[order][1:] != key[order][:-1]
    place = np.arange(len(order))
    nth = place - np.maximum.accumulate(np.where(fresh, place, 0)) if len(order) else place
    rows = np.setdiff1d(own[order[nth == CIRCLE - 1]], ground.troubles)
    return met(ground, "went in circles", rows, 7 * DAY)
