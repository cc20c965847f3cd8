"""The feelings of a bucket's touchpoints: whose, in which stage, how good, said how."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sojourn.core.bucket import Bucket, Coded, Ints, Reals
from sojourn.core.feelings import SOURCES, feeling
from sojourn.measure.flow import row_blocks, shown_rows
from sojourn.measure.retention_calendar import Every, periods_around
from sojourn.measure.select import Selected, column_for
from sojourn.measure.view import View

COLUMNS = ("sentiment", "properties")
SENTIMENT = SOURCES.index("sentiment")


@dataclass(frozen=True)
class Felt:
    """The scored touchpoints of a bucket: row, score (-1 to 1), source's code and answer.

    `unread` counts answers that their scale does not have.
    """

    row: Ints
    score: Reals
    source: Ints
    answer: Reals
    unread: int


def felt(selected: Selected) -> Felt:
    """The feelings among the touchpoints shown; an answer counts before a given sentiment."""
    bucket, mask = selected.bucket, shown_rows(selected)
    source, score, answer = _of_properties(bucket)
    unread = int((mask & (source >= 0) & np.isnan(score)).sum())
    given = np.asarray(bucket.columns["sentiment"])
    use = np.isnan(score) & (np.abs(given) <= 1)
    score[use], answer[use], source[use] = given[use], given[use], SENTIMENT
    row = np.flatnonzero(mask & ~np.isnan(score))
    return Felt(row, score[row], source[row], answer[row], unread)


def _of_properties(bucket: Bucket) -> tuple[Ints, Reals, Reals]:
    """Source, score and answer of each row; every distinct text is read once."""
    texts = bucket.columns["properties"]
    assert isinstance(texts, Coded)  # noqa: S101 - the engine loads texts coded, always
    source = np.full(len(texts.values) + 1, -1)
    score, answer = np.full(len(source), np.nan), np.full(len(source), np.nan)
    for code, text in enumerate(texts.values):
        found = feeling(text)
        if found is not None:
            source[code], answer[code] = SOURCES.index(found.source), found.answer
            score[code] = np.nan if found.score is None else found.score
    return source[texts.codes], score[texts.codes], answer[texts.codes]


def stage_at(selected: Selected, row: Ints) -> Ints:
    """The stage that each touchpoint belongs to, -1 before any; who enters one is in it."""
    stage = selected.walked.stage_of[row]
    return np.where(selected.walked.cycle_of[row] >= 0, stage, -1).astype(np.int64)


def values_at(selected: Selected, of: str, row: Ints) -> tuple[list[str], Ints]:
    """The values of a column at these touchpoints, and which each has."""
    coded = column_for(selected, of)
    used, place = np.unique(coded.codes[row], return_inverse=True)
    return [coded.values[c] if c >= 0 else "" for c in used.tolist()], place.astype(np.int64)


def blocks_at(selected: Selected, row: Ints) -> tuple[list[str], Ints]:
    """The `by` block of each of these touchpoints, by its own value."""
    labels, block = row_blocks(selected, row)
    return labels, np.zeros(len(row), np.int64) if block is None else block


def periods_of(ts: Ints, view: View, every: Every | None) -> Ints:
    """The number of each moment's calendar period in the report's zone; 0 without periods."""
    if every is None or not len(ts):
        return np.zeros(len(ts), np.int64)
    return periods_around(ts, view.zone, every).of(ts)
