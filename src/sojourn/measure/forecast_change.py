"""What is supposed to change, read from what people write: `try>buy +10%`, `know:arrivals -20%`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np

from sojourn.core.bucket import Ints, Reals
from sojourn.core.model import Model
from sojourn.core.rates import Rates
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.forecast_future import Changed

FORM = re.compile(
    r"\s*(?P<stage>[\w-]+)\s*(?:>\s*(?P<to>[\w-]+)|:\s*(?P<what>\w+))\s*"
    r"(?P<sign>[+-])\s*(?P<percent>\d+(?:\.\d+)?)\s*%\s*"
)
EXPECTED = "expected `try>buy +10%` or `know:arrivals +20%`"
MOST = 1000.0
CLOSE = 1e-9
WORTH_SAYING = 0.01
"""A smaller part of a change that cannot happen is not worth a note."""


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


def checked(changed: Changed, past: Rates, came: Ints, stages: Sequence[str]) -> list[str]:
    """Refuse a change of what never happened; say where a chance would exceed 1 and is capped.

    `past` are the rates that are changed, `came` how many began in each stage lately. Raises
    QuestionError, naming what does happen.
    """
    moved = past.leaving.sum(axis=1)
    for origin, target in np.argwhere(changed.moves != 1).tolist():
        if not moved[origin, target]:
            raise QuestionError(
                f"Nobody moved from {stages[origin]} to {stages[target]} in the time that the "
                "forecast rests on, so there is nothing to change.",
                hint=_instead(origin, moved, stages),
            )
    for stage in np.flatnonzero(changed.arrivals != 1).tolist():
        if not came[stage]:
            begun = ", ".join(stages[each] for each in np.flatnonzero(came).tolist())
            raise QuestionError(
                f"Nobody began in {stages[stage]} lately, so there is nothing to change.",
                hint=f"People begin in: {begun}." if begun else None,
            )
    return _capped(changed, past, stages)


def _instead(origin: int, moved: Reals, stages: Sequence[str]) -> str | None:
    found = [f"{stages[origin]}>{stages[to]}" for to in range(len(stages)) if moved[origin, to]]
    return f"From {stages[origin]} people moved: {', '.join(found)}." if found else None


def _capped(changed: Changed, past: Rates, stages: Sequence[str]) -> list[str]:
    """What to say of stages in which people cannot leave as much faster as was asked."""
    hazards = past.hazards()
    before, after = hazards.sum(axis=2), (hazards * changed.moves[:, None, :]).sum(axis=2)
    over = (after > 1) & (after > before + CLOSE) & (past.at_risk > 0)
    lost = ((after - 1) * past.at_risk * over).sum(axis=1)
    asked = ((after - before) * past.at_risk).sum(axis=1)
    return [
        f"In {stages[stage]} more would leave on a day than there are: the daily chance stops at "
        f"100%, so {lost[stage] / asked[stage]:.0%} of the change asked for cannot happen."
        for stage in np.flatnonzero(over.any(axis=1)).tolist()
        if lost[stage] >= WORTH_SAYING * asked[stage]
    ]


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
