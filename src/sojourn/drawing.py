"""How answers become pictures: the one entrance for all of them, whatever the question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import partial, wraps
from inspect import signature
from typing import Any, ParamSpec

from sojourn.core.table import Table
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.attribution_tally import MODELS as ALL_MODELS
from sojourn.measure.referred import referred
from sojourn.measure.spelling import remark_on
from sojourn.pictures import PICTURED, SHAPES, Theme, picture_of

P = ParamSpec("P")
ANSWERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "attribution": ("attribution", {"model": ALL_MODELS}),
    "channels": ("channels", {}),
    "curve": ("curve", {}),
    "emotions": ("emotions", {}),
    "flow": ("flow", {}),
    "forecast": ("forecast", {}),
    "friction": ("friction", {}),
    "funnel": ("funnel", {"steps": ()}),
    "lifetime": ("lifetime", {}),
    "moments": ("moments", {}),
    "paths": ("flow", {"paths": True}),
    "personas": ("personas", {}),
    "referrals": ("referrals", {}),
    "referrals-compared": ("referrals", {"compare": True}),
    "retention": ("retention", {}),
    "roles": ("roles", {}),
    "series": ("series", {}),
    "survey": ("survey", {"kind": "nps"}),
    "word-of-mouth": ("word_of_mouth", {}),
}
"""The pictures of answers: which question each asks, and how where nothing else is said."""


def asked(question: Callable[P, Table]) -> Callable[P, Table]:
    """A question whose answer draws itself, and says so when nobody has what it was divided by."""
    names = signature(question)

    @wraps(question)
    def ask(*args: P.args, **options: P.kwargs) -> Table:
        answer, given = question(*args, **options), names.bind(*args, **options).arguments
        journey, by = given["self"], given.get("by")
        if answer.plotter is None and answer.kind in PICTURED:
            answer = replace(answer, plotter=partial(picture_of, model=journey.model))
        said = by and remark_on(journey.view, by, answer, journey.trait_names)
        if not said:
            return answer
        remarks = [*answer.notes.get("remarks", []), said]
        return replace(answer, notes={**answer.notes, "remarks": remarks})

    return ask


def drawn(journey: Any, kind: str | None, theme: Theme, width: int, how: Mapping[str, Any]) -> str:
    """The picture of this kind of a journey as SVG text; `how` goes on to its question."""
    kind = (kind or journey.model.shape).replace("_", "-")
    if kind in SHAPES:
        _check(journey, kind, "stages", how)
        stages = journey.stages(**how)
        stages = replace(stages, notes={**stages.notes, "referred": referred(journey.view)})
        drawn = {"model": journey.model, "moves": journey.moves(**how)}
        return SHAPES[kind](stages, theme=theme, width=width, **drawn)
    if kind not in ANSWERS:
        known = [*SHAPES, *ANSWERS]
        near = get_close_matches(kind, known, 1)
        raise UnknownName(
            f"There is no picture {kind!r}.",
            hint=(f"Did you mean {near[0]!r}? " if near else "") + f"Pictures: {', '.join(known)}.",
        )
    name, usual = ANSWERS[kind]
    _check(journey, kind, name, how)
    answer: Table = getattr(journey, name)(**{**usual, **how})
    return str(answer.plot(theme=theme, width=width))


def _check(journey: Any, kind: str, name: str, how: Mapping[str, Any]) -> None:
    known = list(signature(getattr(journey, name)).parameters)
    for wrong in (each for each in how if each not in known):
        raise QuestionError(
            f"The picture {kind} cannot be asked for by {wrong!r}.",
            hint=f"It takes {', '.join(known)}." if known else None,
        )
