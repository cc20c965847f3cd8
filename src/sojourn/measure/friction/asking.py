"""What people ask and wait for: answered late, later than promised, never, or never opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from sojourn.core.bucket import Bools, Ints
from sojourn.core.condition import property_text
from sojourn.core.durations import DAY
from sojourn.core.stride import NEVER
from sojourn.measure.friction.attempts import ends_of
from sojourn.measure.friction.cases import Cases
from sojourn.measure.friction.ground import Ground
from sojourn.measure.friction.pairs import PROMISE_KEYS, Pair, silent, waiting

SCORED_WITHIN = 90 * DAY
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def waits(ground: Ground) -> list[Cases]:
    """What was asked for and answered: bad when it took far longer than usual."""
    return [
        Cases(pair.label, rows, answer, ground.on_after(rows), root=pair.first)
        for pair, rows, answer in answered(ground)
    ]


def sour(ground: Ground) -> list[Cases]:
    """The same waits of those who gave a score: lost is who gave a low one."""
    found = []
    for pair, asked, answer in answered(ground):
        told, on = judged(ground, pair, asked)
        label = f"{pair.label}, then a low score"
        found.append(Cases(label, asked[told], answer[told], on[told], 0, root=pair.first))
    return found


def late(ground: Ground) -> list[Cases]:
    """What came with a day promised, from when it came: bad when that was later."""
    found = []
    for pair, asked, answer in answered(ground):
        due = promised(ground, asked)
        asked, answer, due = (part[due != NEVER] for part in (asked, answer, due))
        broken = np.where(ground.bucket.ts[answer] > due, answer, -1)
        on = ground.on_after(answer)
        found.append(Cases(pair.label, answer, broken, on, limit=0, root=pair.first))
    return found


def sour_late(ground: Ground) -> list[Cases]:
    """The same of those who gave a score: lost is who gave a low one."""
    found = []
    for pair, asked, answer in answered(ground):
        due, (told, low) = promised(ground, asked), judged(ground, pair, asked)
        told = told & (due != NEVER)
        answer, due, low = answer[told], due[told], low[told] == NEVER
        broken = np.where(ground.bucket.ts[answer] > due, answer, -1)
        on = np.where(low, NEVER, ground.bucket.ts[answer])
        label = f"{pair.label}, then a low score"
        found.append(Cases(label, answer, broken, on, 0, 0, pair.first))
    return found


def judged(ground: Ground, pair: Pair, asked: Ints) -> tuple[Bools, Ints]:
    """Of whom a score is known, and when each was content: when they asked, or NEVER."""
    rows, low = ground.scores
    score = answer_of(ground, asked, rows, asks_of(ground, pair))
    begin = ground.bucket.ts[asked]
    told = (score >= 0) & (ground.when(score) - begin <= SCORED_WITHIN)
    bad = np.zeros(len(asked), bool)
    bad[told] = low[np.searchsorted(rows, score[told])]
    return told, np.where(bad, NEVER, begin)


def promised(ground: Ground, rows: Ints) -> Ints:
    """By when each was promised, in the properties of what was asked for; NEVER: no word of it."""
    texts = ground.texts("properties")
    codes = np.where(ground.promises[rows], texts.codes[rows], -1)
    used, place = np.unique(codes, return_inverse=True)
    zone = ground.selected.view.zone
    due = [NEVER if code < 0 else promise(texts.values[code], zone) for code in used.tolist()]
    return np.array(due, np.int64)[place]


def promise(text: str, zone: ZoneInfo) -> int:
    """The last microsecond promised in a JSON text; a day is promised to its end.

    >>> promise('{"promised_at": "1970-01-01T00:00:02Z"}', ZoneInfo("UTC"))
    2000000
    >>> promise('{"estimated_delivery": "1970-01-01"}', ZoneInfo("UTC")) // 1_000_000
    86400
    """
    for key in PROMISE_KEYS:
        said = property_text(text, (key,))
        try:
            found = datetime.fromisoformat(said or "")
        except ValueError:
            continue
        if len(str(said)) <= len("2026-01-01"):
            found += timedelta(days=1)
        known = found if found.tzinfo is not None else found.replace(tzinfo=zone)
        return (known - EPOCH) // timedelta(microseconds=1)
    return NEVER


def answered(ground: Ground) -> list[tuple[Pair, Ints, Ints]]:
    """Each pair with what was asked for and answered, and the answers."""
    found = []
    for pair in waiting(ground.known):
        rows = asks_of(ground, pair)
        answer = answer_of(ground, rows, ground.rows(pair.then), rows)
        found.append((pair, rows[answer >= 0], answer[answer >= 0]))
    return found


def silence(ground: Ground) -> list[Cases]:
    """What was asked for: bad when nothing came of it, or what came was never opened."""
    found = []
    for pair in silent(ground.known):
        rows = asks_of(ground, pair)
        answer = answer_of(ground, rows, ends_of(ground, pair), rows)
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


def answer_of(ground: Ground, rows: Ints, answers: Ints, asks: Ints) -> Ints:
    """The answer to each, -1 where there is none.

    It is the next of the same order; where none names that order, the next that names none; where
    no order was named, simply the next, if it comes before the same is asked again
    (`asks`).
    """
    codes = ground.texts("order_id").codes
    named = codes[rows] >= 0
    unnamed = answers[codes[answers] < 0]
    following = np.where(named, ground.after(rows, unnamed), ground.after(rows, answers))
    again = ground.after(rows, asks)
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
