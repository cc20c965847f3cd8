"""What is supposed to change, read from what people write: `try>buy +10%`, `know:arrivals -20%`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np

from sojourn.core.model import Model
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.forecast_future import Changed

FORM = re.compile(
    r"\s*(?P<stage>[\w-]+)\s*(?:>\s*(?P<to>[\w-]+)|:\s*(?P<what>\w+))\s*"
    r"(?P<sign>[+-])\s*(?P<percent>\d+(?:\.\d+)?)\s*%\s*"
)
EXPECTED = "expected `try>buy +10%` or `know:arrivals +20%`"
MOST = 1000.0


def changed_by(changes: Sequence[str], model: Model) -> Changed:
    """The factors that these changes put on moves and arrivals; several of one thing multiply.

    Raises QuestionError for what cannot be read, UnknownName for a stage that there is not.
    """
    stages = [stage.id for stage in model.stages]
    moves = np.ones((len(stages), len(stages) + 1))
    arrivals = np.ones(len(stages))
    for text in changes:
        match = FORM.fullmatch(text)
        if match is None:
            raise QuestionError(f"The change {text!r} cannot be read: {EXPECTED}.")
        factor = _factor(text, match["sign"], float(match["percent"]))
        origin = _stage(match["stage"], stages, text)
        if match["what"]:
            if match["what"] != "arrivals":
                raise QuestionError(f"{text!r}: found {match['what']!r}; {EXPECTED}.")
            arrivals[origin] *= factor
        else:
            target = _stage(match["to"], stages, text)
            if target == origin:
                raise QuestionError(f"{text!r}: nobody moves from a stage to itself.")
            moves[origin, target] *= factor
    return Changed(moves, arrivals)


def _factor(text: str, sign: str, percent: float) -> float:
    if percent > MOST or (sign == "-" and percent > 100):
        raise QuestionError(f"{text!r}: a change is between -100% and +{MOST:.0f}%.")
    return 1 + percent / 100 if sign == "+" else 1 - percent / 100


def _stage(name: str, stages: Sequence[str], text: str) -> int:
    if name in stages:
        return stages.index(name)
    near = get_close_matches(name, stages, 1)
    raise UnknownName(
        f"{text!r}: the model has no stage {name!r}.",
        hint=(f"Did you mean {near[0]!r}? " if near else "") + f"Stages: {', '.join(stages)}.",
    )
