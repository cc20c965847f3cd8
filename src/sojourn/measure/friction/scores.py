"""What people's scores say: which touchpoints carry one, and which are low."""

from __future__ import annotations

import re

import msgspec
import numpy as np

from sojourn.core.bucket import Bools, Ints
from sojourn.measure.friction.ground import Ground

KEYS = ("rating", "stars", "score", "review_score", "nps", "csat", "satisfaction")
HOLDS = '"(' + "|".join(KEYS) + ')"'
LOW_OF_5, LOW_OF_10 = 2, 6
"""Up to which a score is low: two of five, and the detractors' six of ten."""
FELT = -0.5
"""A given sentiment this low is a low score too."""
OF_TEN = re.compile("nps|recommend", re.IGNORECASE)
OUT_OF = ("max", "scale", "out_of", "best")


def scored(ground: Ground) -> tuple[Ints, Bools]:
    """The people's own rows that carry a score, ascending, and which of them are low."""
    holds = ground.matching("properties", HOLDS) & ground.bucket.own
    codes = ground.texts("properties").codes
    texts = ground.texts("properties").values
    table = np.full(len(texts) + 1, -1, np.int8)
    for code in np.unique(codes[holds]).tolist():
        found = is_low(texts[code])
        table[code] = -1 if found is None else int(found)
    said = np.where(holds, table[codes], -1)
    felt = np.asarray(ground.bucket.columns["sentiment"])
    asks_for_help = ground.matching("name", "(?i)support|ticket")
    with np.errstate(invalid="ignore"):
        sad = ground.bucket.own & ~asks_for_help & (said < 0) & ~np.isnan(felt)
        said = np.where(sad, felt <= FELT, said)
    rows = np.flatnonzero(said >= 0)
    return rows, said[rows] == 1


def is_low(text: str) -> bool | None:
    """Whether the score in these properties is low; None where there is none that can be read.

    >>> is_low('{"rating": 2}'), is_low('{"survey_id": "nps", "score": 6}'), is_low("{}")
    (True, True, None)
    """
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    key = next((key for key in KEYS if _number(found.get(key)) is not None), None)
    if key is None:
        return None
    score = _number(found[key])
    assert score is not None  # noqa: S101 - the key was chosen for it
    best = next((b for k in OUT_OF if (b := _number(found.get(k))) is not None), None)
    if best is not None and best > 0:
        return score / best <= (LOW_OF_5 / 5 if best <= 5 else LOW_OF_10 / 10)
    kind = str(found.get("survey_id") or found.get("survey") or found.get("type") or "")
    of_ten = score > 5 or key == "nps" or OF_TEN.search(kind) is not None
    return score <= (LOW_OF_10 if of_ten else LOW_OF_5)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None
