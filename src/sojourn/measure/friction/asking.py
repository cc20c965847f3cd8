"""What people ask for and wait for: answered late, never answered, never opened."""

from __future__ import annotations

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.core.durations import DAY
from sojourn.core.stride import NEVER
from sojourn.measure.friction.attempts import ends_of
from sojourn.measure.friction.cases import Cases
from sojourn.measure.friction.ground import Ground
from sojourn.measure.friction.pairs import Pair, silent, waiting
from sojourn.measure.friction.scores import scored

SCORED_WITHIN = 90 * DAY


def waits(ground: Ground) -> list[Cases]:
    """What was asked for and answered: bad when it took far longer than usual."""
    return [
        Cases(pair.label, rows, answer, ground.on_after(rows), root=pair.first)
        for pair, rows, answer in answered(ground)
    ]


def sour(ground: Ground) -> list[Cases]:
    """The same waits of those who gave a score afterwards: lost is who gave a low one."""
    rows, low = scored(ground)
    found = []
    for pair, asked, answer in answered(ground):
        score = ground.after(answer, rows)
        said = ground.when(score) - ground.bucket.ts[asked] <= SCORED_WITHIN
        kept, score = said & (score >= 0), score[said & (score >= 0)]
        bad = low[np.searchsorted(rows, score)] if len(rows) else np.zeros(len(score), bool)
        begin = ground.bucket.ts[asked[kept]]
        on = np.where(bad, NEVER, begin)
        label = f"{pair.label}, then a low score"
        found.append(Cases(label, asked[kept], answer[kept], on, 0, root=pair.first))
    return found


def answered(ground: Ground) -> list[tuple[Pair, Ints, Ints]]:
    """Each pair with what was asked for and answered, and the answers."""
    found = []
    for pair in waiting(ground.known):
        rows = asks_of(ground, pair)
        answer = answer_of(ground, rows, ground.rows(pair.then))
        found.append((pair, rows[answer >= 0], answer[answer >= 0]))
    return found


def silence(ground: Ground) -> list[Cases]:
    """What was asked for: bad when nothing came of it, or what came was never opened."""
    found = []
    for pair in silent(ground.known):
        rows = asks_of(ground, pair)
        answer = answer_of(ground, rows, ends_of(ground, pair))
        on = ground.on_after(rows)
        found.append(Cases(pair.label, rows, answer, on, limit=pair.within, root=pair.first))
    return found


def unheard(ground: Ground) -> list[Cases]:
    """Orders: bad when the business does nothing that reaches the person soon after."""
    rows = ground.beginning(ground.orders)
    heard = ground.after(rows, np.flatnonzero(~ground.bucket.own))
    on = ground.on_after(rows)
    subject, limit = "an order → a word from us", ground.heard_within
    return [Cases(subject, rows, heard, on, limit=limit, root="order")]


def asks_of(ground: Ground, pair: Pair) -> Ints:
    """Where a pair's cases begin: what people themselves asked for."""
    return ground.beginning(ground.rows([pair.first], whose=True))


def answer_of(ground: Ground, rows: Ints, answers: Ints) -> Ints:
    """The answer to each, -1 where there is none.

    It is the next of the same order; where none names that order, the next that names none; where
    no order was named, simply the next, if it comes before the same is asked again.
    """
    codes = ground.texts("order_id").codes
    named = codes[rows] >= 0
    unnamed = answers[codes[answers] < 0]
    following = np.where(named, ground.after(rows, unnamed), ground.after(rows, answers))
    again = ground.after(rows, rows)
    following = np.where((again >= 0) & (again < following), -1, following)
    same = _of_order(ground, rows, answers[codes[answers] >= 0])
    return np.where(named & (same >= 0), same, following)


def _of_order(ground: Ground, rows: Ints, answers: Ints) -> Ints:
    """The next answer after each row that names the same order of the same person."""
    if not len(answers):
        return np.full(len(rows), -1)
    codes = ground.texts("order_id").codes
    both = np.concatenate([rows, answers])
    person = np.searchsorted(ground.bucket.starts, both, side="right")
    _, key = np.unique(person * (int(codes.max()) + 2) + codes[both] + 1, return_inverse=True)
    size = len(ground.bucket) + 1
    mine, theirs = key[: len(rows)] * size + rows, key[len(rows) :] * size + answers
    order = np.argsort(theirs)
    place = np.searchsorted(theirs[order], mine, side="right")
    found = np.append(order, 0)[np.minimum(place, len(order))]
    hit = (place < len(order)) & (key[len(rows) :][found] == key[: len(rows)])
    return np.where(hit, answers[found], -1)
