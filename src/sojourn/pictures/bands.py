"""A stage as a band along a curve: the mark that hourglass, circle and line have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sojourn.pictures.curve import Curve, Place, band
from sojourn.pictures.facts import StageFacts
from sojourn.pictures.frame import PALE, SHADE, SHADED
from sojourn.pictures.svg import Canvas, Point, polyline

Sides: TypeAlias = Callable[[float], tuple[Place, Place]]
"""The two sides of a band, at a part (0 to 1) of its full width."""


@dataclass(frozen=True)
class Upright:
    """A side of an axis that runs down at `middle`."""

    middle: float
    sign: int
    share: float = 1.0

    def __call__(self, position: float, value: float) -> Point:
        return self.middle + self.sign * self.share * value, position


@dataclass(frozen=True)
class Level:
    """A side of an axis that runs to the right at `middle`."""

    middle: float
    sign: int
    share: float = 1.0

    def __call__(self, position: float, value: float) -> Point:
        return position, self.middle + self.sign * self.share * value


def upright(middle: float) -> Sides:
    """The sides of a vertical axis."""
    return lambda share: (Upright(middle, 1, share), Upright(middle, -1, share))


def level(middle: float) -> Sides:
    """The sides of a horizontal axis."""
    return lambda share: (Level(middle, 1, share), Level(middle, -1, share))


def draw_band(
    canvas: Canvas,
    stage: StageFacts,
    curve: Curve,
    ends: tuple[float, float],
    solid: float,
    sides: Sides,
) -> None:
    """Draw a stage between two positions of a curve.

    Pale as wide as it was reached, solid (the part `solid` of that) as wide as it was seen; darker
    at its end, a share of its length, for those still here, darker yet for those who stall.
    """
    if solid < 1:
        whole = band(curve, *ends, *sides(1.0))
        canvas.path(whole, fill=canvas.colors.card)
        canvas.path(whole, fill=stage.color, opacity=PALE)
    if not solid:
        return
    canvas.path(band(curve, *ends, *sides(solid)), fill=stage.color)
    start, end = ends
    for number in (stage.here, stage.stalled):
        if number:
            settled = (end - start) * min(1.0, number / max(stage.entered, 1))
            d = band(curve, end - settled, end, *sides(solid))
            canvas.path(d, fill=SHADE, opacity=SHADED)


def nobody(canvas: Canvas, x: float, y: float, *, across: float = 0, down: float = 0) -> None:
    """Mark, around a point, a stage that nobody has reached: a dotted thread."""
    start, end = (x - across / 2, y - down / 2), (x + across / 2, y + down / 2)
    canvas.path(polyline([start, end]), stroke=canvas.colors.muted, thickness=1.5, dashes="0.1 5")


def taper(inside: float, start: float, end: float, half: float, place: Place) -> str:
    """Path data of a trickle along an axis: `half` thick from `inside` on, a thread at `end`."""
    one, two = start + (end - start) * 0.3, start + (end - start) * 0.45
    thread = min(half, 0.8)
    out = [(inside, -half), (start, -half), (one, -half), (two, -thread), (end, -thread)]
    back = [(end, thread), (two, thread), (one, half), (start, half), (inside, half)]
    p = [f"{x:.2f} {y:.2f}" for x, y in (place(s, v) for s, v in [*out, *back])]
    return f"M{p[0]}L{p[1]}C{p[2]} {p[3]} {p[4]}L{p[5]}C{p[6]} {p[7]} {p[8]}L{p[9]}Z"
