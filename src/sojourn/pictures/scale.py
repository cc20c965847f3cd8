"""How wide a number is drawn: its square root or logarithm, as a part of the full width."""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import Literal, TypeAlias, get_args

from sojourn.errors import PictureError

Scale: TypeAlias = Literal["sqrt", "log"]
WORDS = {"sqrt": "square root", "log": "logarithm"}


def check_scale(scale: str) -> None:
    """Raise PictureError unless `scale` is one we can draw."""
    known = get_args(Scale)
    if scale not in known:
        near = get_close_matches(str(scale), known, 1)
        raise PictureError(
            f"There is no scale {scale!r}; scales are {', '.join(known)}.",
            hint=f"Did you mean {near[0]!r}?" if near else None,
        )


def part(number: int, full: int, scale: str) -> float:
    """The part of the full width, 0 to 1, at which `number` out of `full` is drawn.

    >>> part(25, 100, "sqrt"), part(0, 100, "sqrt"), part(9, 99, "log")
    (0.5, 0.0, 0.5)
    """
    if number <= 0 or full <= 0:
        return 0.0
    if scale == "log":
        return min(1.0, math.log1p(number) / math.log1p(full))
    return min(1.0, math.sqrt(number / full))
