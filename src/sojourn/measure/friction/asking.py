"""What people ask for and wait for: answered late, never answered, never opened."""

from __future__ import annotations

import numpy as np

from sojourn.core.bucket import Bools, Ints
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
    for pair in waiting(ground.used):
        rows = asks_of(ground, pair)
        answer = answer_of(ground, rows, ground.rows(pair.then))
        found.append((pair, rows[answer >= 0], answer[answer >= 0]))
    return found


def silence(ground: Ground) -> list[Cases]:
    """What was asked for: bad when nothing came of it, or what came was never opened."""
    found = []
    for pair in silent(ground.used):
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
    """The answer to each: of the same order where both name one, else the next before it is
    asked again; -1 where there is none."""
    answer = ground.after(rows, answers)
    again = ground.after(rows, rows)
    answer = np.where((again >= 0) & (again < answer), -1, answer)
    named, by_order = _of_order(ground, rows, answers)
    return np.where(named, by_order, answer)


def _of_order(ground: Ground, rows: Ints, answers: Ints) -> tuple[Bools, Ints]:
    """Which rows name an order that answers name too, and the first answer of that order."""
    codes = ground.texts("order_id").codes
    answers = answers[codes[answers] >= 0]
    named = codes[rows] >= 0
    if not len(answers):
        return np.zeros(len(rows), bool), np.full(len(rows), -1)
    size = int(codes.max()) + 1
    person = np.searchsorted(ground.bucket.starts, np.arange(len(codes)), side="right") - 1
    theirs = person[answers] * size + codes[answers]
    keys, first = np.unique(theirs, return_index=True)
    mine = person[rows] * size + codes[rows]
    place = np.minimum(np.searchsorted(keys, mine), len(keys) - 1)
    hit = named & (keys[place] == mine)
    found = np.where(hit, answers[first[place]], -1)
    return named, np.where(found > rows, found, -1)
