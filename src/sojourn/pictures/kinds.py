"""Which picture belongs to which answer: the one entrance for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sojourn.core.model import Model
from sojourn.core.table import Table
from sojourn.errors import PictureError
from sojourn.pictures.attribution import attribution
from sojourn.pictures.circle import circle
from sojourn.pictures.emotions import emotions
from sojourn.pictures.flow import flow
from sojourn.pictures.forecast import forecast
from sojourn.pictures.friction import friction
from sojourn.pictures.funnel import funnel
from sojourn.pictures.hourglass import hourglass
from sojourn.pictures.lifetime import lifetime
from sojourn.pictures.line import line
from sojourn.pictures.moments import moments
from sojourn.pictures.parts import parts
from sojourn.pictures.ranges import ranges
from sojourn.pictures.referrals import referrals
from sojourn.pictures.retention import retention
from sojourn.pictures.roles import roles
from sojourn.pictures.series import series
from sojourn.pictures.theme import Theme

SHAPES: Mapping[str, Callable[..., str]] = {"hourglass": hourglass, "circle": circle, "line": line}
"""The pictures of a whole journey."""


class Draw(Protocol):
    """A picture of one kind of table: SVG text."""

    def __call__(self, table: Table, *, theme: Theme = "light", width: int = 960) -> str: ...


PLAIN: Mapping[str, Draw] = {
    "attribution": attribution,
    "channels": ranges,
    "flow": flow,
    "friction": friction,
    "funnel": funnel,
    "paths": parts,
    "personas": parts,
    "referrals": referrals,
    "referrals_compared": ranges,
    "retention": retention,
    "survey": ranges,
    "word_of_mouth": parts,
}
"""Pictures that need nothing but the table."""

MODELLED = ("stages", "roles", "moments", "emotions", "forecast", "backtest", "lifetime",
            "series")  # fmt: skip
PICTURED = frozenset({*PLAIN, *MODELLED})
"""The kinds of tables that have a picture."""


def picture_of(table: Table, *, model: Model, theme: Theme = "light", width: int = 960) -> str:
    """The picture of an answer as SVG text; raises PictureError where it has none."""
    asked: dict[str, Any] = {"theme": theme, "width": width}
    names = {stage.id: stage.name for stage in model.stages}
    if table.kind in PLAIN:
        return PLAIN[table.kind](table, theme=theme, width=width)
    if table.kind == "stages":
        return SHAPES[model.shape](table, model=model, **asked)
    if table.kind == "roles":
        return roles(table, model=model, **asked)
    if table.kind == "moments":
        return moments(table, model=model, **asked)
    if table.kind == "emotions":
        return emotions(table, names=names, **asked)
    if table.kind == "series":
        return series(table, names=names, **asked)
    if table.kind in ("forecast", "backtest"):
        return forecast(table, names=names, **asked)
    if table.kind == "lifetime":
        whole = "person" in {column.name for column in table.columns}
        held = table.notes.get("holdout") is not None
        return (lifetime if whole or held else ranges)(table, **asked)
    raise PictureError(
        f"A {table.kind} table has no picture.",
        hint=f"Tables with a picture: {', '.join(sorted(PICTURED))}.",
    )
