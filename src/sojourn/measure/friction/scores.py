"""Which touchpoints carry a low feeling: bad stars, a detractor's answer, a bad sentiment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sojourn.core.bucket import Bools, Coded, Ints
from sojourn.core.feelings import SOURCES
from sojourn.measure.felt import SENTIMENT, felt
from sojourn.measure.friction.pairs import is_support
from sojourn.measure.select import Selected

DETRACTOR = 6
"""Up to which an answer to "would you recommend us" is a detractor's."""
LOW, SAD = -0.3, -0.5
"""Up to which an answer (two stars of five) or a given sentiment is low, from -1 to 1."""


def scored(selected: Selected) -> tuple[Ints, Bools]:
    """The people's own rows that carry a feeling, ascending, and which are low.

    How somebody felt who asked for help is no score: asking is a friction of its own.
    """
    whole = replace(selected, view=replace(selected.view, only=None, start=None, end=None))
    found = felt(whole)
    names = selected.bucket.columns["name"]
    assert isinstance(names, Coded)  # noqa: S101 - the engine loads names coded, always
    asks = np.array([*(is_support(name) for name in names.values), False], bool)[names.codes]
    told = selected.bucket.own[found.row] & ~asks[found.row]
    nps = found.source == SOURCES.index("nps")
    low = np.where(nps, found.answer <= DETRACTOR, found.score <= LOW)
    low = np.where(found.source == SENTIMENT, found.score <= SAD, low)
    return found.row[told], low[told].astype(bool)
