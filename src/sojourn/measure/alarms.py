"""What is wrong right now: things that broke lately, feelings that fell, data that stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np

from sojourn.core.bucket import Bucket, Ints, Reals
from sojourn.core.durations import DAY
from sojourn.core.table import Column, Table
from sojourn.measure.felt import COLUMNS as FELT
from sojourn.measure.felt import felt
from sojourn.measure.notes import notes
from sojourn.measure.select import Basis, columns_needed, select
from sojourn.measure.today import new_friction
from sojourn.measure.view import View
from sojourn.measure.waiting import fallen_silent

LATELY, BEFORE = 7, 28
"""Days whose feelings are compared with those of so many before."""

FEWEST, FEWEST_BEFORE = 10, 30
"""People who must have answered in these days, and in those before."""

SURE = 2.576
"""Standard errors: 99 times in 100, as somebody looks every few minutes."""

COLUMNS = (
    Column("kind", "text"),
    Column("key", "text"),
    Column("text", "text"),
    Column("detail", "text"),
)


@dataclass(frozen=True)
class Scores:
    """One bucket's mean feeling a person, of the last days and of those before."""

    lately: Reals
    before: Reals
    basis: Basis


@dataclass(frozen=True)
class ScoresKernel:
    """Averages each person's feelings in two stretches of days."""

    view: View

    @property
    def columns(self) -> frozenset[str]:
        """What the walk and the filters read, and the feelings."""
        return columns_needed(self.view, FELT)

    def __call__(self, bucket: Bucket) -> Scores:
        selected = select(replace(self.view, start=None, end=None), bucket, "touchpoints")
        scored = felt(selected)
        age = self.view.as_of - selected.bucket.ts[scored.row]
        own = selected.bucket.own[scored.row]
        person = selected.bucket.person[scored.row]
        edge, end = LATELY * DAY, (LATELY + BEFORE) * DAY
        lately, before = own & (age < edge), own & (age >= edge) & (age < end)
        return Scores(
            _means(person[lately], scored.score[lately]),
            _means(person[before], scored.score[before]),
            selected.basis(),
        )


def _means(person: Ints, score: Reals) -> Reals:
    _, whose = np.unique(person, return_inverse=True)
    if not len(whose):
        return np.zeros(0)
    return np.asarray(np.bincount(whose, weights=score) / np.bincount(whose))


def alarms(view: View) -> Table:
    """One row a thing that is wrong now; `key` is the same for as long as it goes on.

    Kinds: `broken` (friction that began in the last 45 days and goes on), `score` (the mean
    feeling of the last 7 days, one number a person, is below that of the 28 days before by more
    than chance would do once in a hundred times), `silent` (a channel that is silent for longer
    than is usual of it).
    """
    scores: list[Scores] = view.run(ScoresKernel(view))
    rows = [*_broken(view), *_fallen(scores), *_silent(view)]
    data = {column.name: [row[column.name] for row in rows] for column in COLUMNS}
    return Table.of("alarms", COLUMNS, data, notes(view, [part.basis for part in scores]))


def _broken(view: View) -> Iterator[dict[str, Any]]:
    for row in new_friction(view):
        key = ":".join(str(row[name] or "") for name in ("kind", "stage", "subject", "part"))
        told = f"since {row['since']}, about {row['excess_lost']:,.0f} more people lost than usual"
        yield {"kind": "broken", "key": f"broken:{key}", "text": row["text"], "detail": told}


def _fallen(parts: Sequence[Scores]) -> Iterator[dict[str, Any]]:
    lately = np.concatenate([np.zeros(0), *(part.lately for part in parts)])
    before = np.concatenate([np.zeros(0), *(part.before for part in parts)])
    if len(lately) < FEWEST or len(before) < FEWEST_BEFORE:
        return
    spread = sqrt(lately.var(ddof=1) / len(lately) + before.var(ddof=1) / len(before))
    fall = float(before.mean() - lately.mean())
    if fall <= SURE * spread or fall <= 0:
        return
    yield {
        "kind": "score",
        "key": "score",
        "text": f"People feel worse: {lately.mean():+.2f} of 1 in the last {LATELY} days, "
        f"{before.mean():+.2f} before",
        "detail": f"by {len(lately):,} people, and {len(before):,} in the {BEFORE} days before",
    }


def _silent(view: View) -> Iterator[dict[str, Any]]:
    for row in fallen_silent(view).rows:
        yield {
            "kind": "silent",
            "key": f"silent:{row['channel']}",
            "text": f"Nothing has come through {row['channel']} for {row['silent_days']} days",
            "detail": f"usually {row['usual_a_week']:,.0f} touchpoints a week",
        }
