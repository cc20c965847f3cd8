"""How somebody felt, on one scale from -1 to 1: from stars, survey answers and given sentiment.

An answer is put on the scale by its own: the worst that could be said is -1, the best is 1, and
the middle is 0. Nothing is guessed from words.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

Source: TypeAlias = Literal["nps", "csat", "ces", "rating", "sentiment"]
SOURCES: tuple[Source, ...] = ("nps", "csat", "ces", "rating", "sentiment")
SURVEYS: tuple[Source, ...] = ("nps", "csat", "ces")
SCALES: dict[str, tuple[float, float]] = {
    "nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "rating": (1, 5),
}  # fmt: skip
"""The worst and the best answer, where the touchpoint does not say another `scale`."""

NEUTRAL = 0.2
"""Up to here from 0 a feeling is neither good nor bad."""

TELLING = re.compile(r'"(?i:nps|csat|ces|rating|stars|review_score|score|answer|value|response)')
"""What a JSON text must hold for a feeling to be in it."""

_KINDS = ("survey_id", "survey", "survey_type", "type", "kind", "question_type", "question")
_ANSWERS = ("score", "answer", "value", "rating", "response")
_STARS = ("rating", "stars", "review_score")
_BEST = ("scale", "max_rating", "rating_max", "best_rating", "out_of")
_WORDS = {
    "nps": re.compile(r"(?<![a-z])nps(?![a-z])|net[ _-]?promoter|recommend"),
    "csat": re.compile(r"(?<![a-z])csat(?![a-z])|satisf"),
    "ces": re.compile(r"(?<![a-z])ces(?![a-z])|effort"),
}


@dataclass(frozen=True)
class Feeling:
    """What was answered, on which scale, and what that is between -1 and 1.

    `score` is None for an answer that its scale does not have: it is counted, not used.
    """

    source: Source
    answer: float
    score: float | None


def on_scale(answer: float, worst: float, best: float) -> float | None:
    """An answer between -1 and 1; None when its scale does not have it.

    >>> on_scale(4, 1, 5), on_scale(0, 0, 10), on_scale(6, 1, 5)
    (0.5, -1.0, None)
    """
    if not worst <= answer <= best:
        return None
    return 2 * (answer - worst) / (best - worst) - 1


def feeling(properties: str | None) -> Feeling | None:
    """The feeling in a touchpoint's properties; a survey's answer counts before stars.

    >>> feeling('{"survey_id": "nps", "score": 9}')
    Feeling(source='nps', answer=9.0, score=0.8)
    >>> feeling('{"rating": "4", "max_rating": 10}').score is None, feeling('{"price": 4}')
    (False, None)
    """
    if properties is None or not TELLING.search(properties):
        return None
    said = _said(properties)
    if said is None:
        return None
    return _survey(said) or _stars(said)


def expectation(properties: str | None) -> float | None:
    """What somebody answered to "was it as you expected?", from -1 (much worse) over 0 (as
    expected) to 1 (much better); None where they were not asked, or the scale does not have it.

    >>> expectation('{"survey": "expectation", "score": 4}'), expectation('{"expectation": 3}')
    (0.5, 0.0)
    """
    if properties is None or "expect" not in properties.lower():
        return None
    said = _said(properties)
    if said is None:
        return None
    answer = _first(said, ("expectation", "expectations", "expectation_score"))
    if answer is None and any("expect" in str(said.get(key, "")).lower() for key in _KINDS):
        answer = _first(said, _ANSWERS)
    other = _first(said, _BEST)
    best = 5.0 if other is None or other <= 1 else other
    return None if answer is None else on_scale(answer, 1, best)


def _said(properties: str) -> dict[str, object] | None:
    """What a JSON text says, its names in small letters; None where it is no object."""
    try:
        found = msgspec.json.decode(properties)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {str(key).lower(): value for key, value in found.items()}


def _survey(said: dict[str, object]) -> Feeling | None:
    for source in SURVEYS:
        own = _first(said, (source, f"{source}_score"))
        if own is not None:
            return _felt(source, own, said)
    kind = next((s for key in _KINDS if (s := _kind(said.get(key))) is not None), None)
    answer = _first(said, _ANSWERS)
    return None if kind is None or answer is None else _felt(kind, answer, said)


def _kind(words: object) -> Source | None:
    if not isinstance(words, str):
        return None
    text = words.lower()
    return next((source for source in SURVEYS if _WORDS[source].search(text)), None)


def _stars(said: dict[str, object]) -> Feeling | None:
    answer = _first(said, _STARS)
    return None if answer is None else _felt("rating", answer, said)


def _felt(source: Source, answer: float, said: dict[str, object]) -> Feeling:
    worst, best = SCALES[source]
    other = None if source == "nps" else _first(said, _BEST)
    if other is not None and other > worst:
        best = other
    return Feeling(source, answer, on_scale(answer, worst, best))


def _first(said: dict[str, object], keys: tuple[str, ...]) -> float | None:
    for key in keys:
        number = _number(said.get(key))
        if number is not None:
            return number
    return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
