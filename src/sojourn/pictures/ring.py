"""The ring of the circle picture: its bands, trickles and the loop of those who begin again."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sojourn.pictures.bands import draw_band, taper
from sojourn.pictures.curve import Curve, Place, band
from sojourn.pictures.facts import Facts
from sojourn.pictures.scale import part
from sojourn.pictures.svg import Canvas, Point, polygon, polyline

THICK = 0.23
"""Half the thickness of the ring at its start, as a part of its middle radius."""
GAP = 0.7
"""Degrees between a band and its end."""
SEAM = 5.0
"""Degrees that stay free at the top, where the ring begins and ends."""
STEP = 4.0
"""Degrees in which one cubic piece is close enough to an arc."""
LEAST = 1.5
TRICKLE = 30.0


@dataclass(frozen=True)
class Ring:
    """A ring around `center` whose bands lie around the radius `middle`, clockwise from the top."""

    center: Point
    middle: float
    facts: Facts
    scale: str

    @property
    def arc(self) -> float:
        """The degrees of one stage."""
        return (360 - 2 * SEAM) / len(self.facts.stages)

    @property
    def thick(self) -> float:
        """Half the thickness at which everybody is drawn."""
        return self.middle * THICK

    @property
    def outside(self) -> float:
        """The radius within which all bands lie."""
        return self.middle + self.thick

    def start(self, index: int) -> float:
        """Where a stage begins, in degrees."""
        return SEAM + index * self.arc

    def label_at(self, index: int) -> float:
        """Where a stage's label points to, in degrees."""
        return self.start(index) + 0.36 * self.arc

    def facing(self, index: int, place: Point) -> float:
        """Where on a stage's arc a line to a place begins: near it, clear of the trickle."""
        parts = [i / 50 for i in range(5, 46) if not 27 <= i <= 39]
        degrees = [self.start(index) + part * self.arc for part in parts]
        return min(degrees, key=lambda d: math.dist(self.point(d, self.outside), place))

    def lapse_at(self, index: int) -> float:
        """Where those who lapsed leave a stage, in degrees."""
        return self.start(index) + 0.66 * self.arc

    def half(self, number: int) -> float:
        """Half the thickness at which a number is drawn."""
        if number <= 0:
            return 0.0
        return max(LEAST, self.thick * part(number, self.facts.stages[0].reached, self.scale))

    @property
    def curve(self) -> Curve:
        """Half the thickness all around, by degrees, with a knot every few of them."""
        coarse = Curve(
            tuple(
                (self.start(i) + self.arc / 2, max(self.half(s.reached), 0.01))
                for i, s in enumerate(self.facts.stages)
            )
        )
        steps = round((360 - 2 * SEAM) / STEP)
        degrees = [SEAM + (360 - 2 * SEAM) * i / steps for i in range(steps + 1)]
        return Curve(tuple((d, coarse.at(d)) for d in degrees))

    def point(self, degrees: float, radius: float) -> Point:
        """A place on the canvas."""
        angle = math.radians(degrees - 90)
        x, y = self.center
        return x + radius * math.cos(angle), y + radius * math.sin(angle)

    def sides(self, share: float) -> tuple[Place, Place]:
        """The outer and the inner side, at a part of the full thickness."""
        return (
            lambda d, v: self.point(d, self.middle + share * v),
            lambda d, v: self.point(d, self.middle - share * v),
        )


def draw_ring(canvas: Canvas, ring: Ring) -> None:
    """Draw the trickles, then the bands."""
    curve = ring.curve
    for i, stage in enumerate(ring.facts.stages):
        if stage.reached:
            _trickle(canvas, ring, i, curve)
    for i, stage in enumerate(ring.facts.stages):
        ends = ring.start(i) + GAP, ring.start(i) + ring.arc - GAP
        if not stage.reached:
            _track(canvas, ring, ends)
            continue
        solid = ring.half(stage.seen) / ring.half(stage.reached)
        draw_band(canvas, stage, curve, ends, solid, ring.sides)


def _track(canvas: Canvas, ring: Ring, ends: tuple[float, float]) -> None:
    degrees = [ends[0] + (ends[1] - ends[0]) * i / 24 for i in range(25)]
    d = polyline([ring.point(angle, ring.middle) for angle in degrees])
    canvas.path(d, stroke=canvas.colors.muted, thickness=1.5, dashes="0.1 6")


def _trickle(canvas: Canvas, ring: Ring, index: int, curve: Curve) -> None:
    stage = ring.facts.stages[index]
    thick = 1.1 * ring.thick * part(stage.lapsed, ring.facts.stages[0].reached, ring.scale)
    if not thick:
        return
    degrees = ring.lapse_at(index)
    edge = ring.middle + curve.at(degrees)
    end = ring.outside + TRICKLE
    across = math.radians(degrees)

    def place(radius: float, aside: float) -> Point:
        x, y = ring.point(degrees, radius)
        return x + aside * math.cos(across), y + aside * math.sin(across)

    fill = canvas.fade(stage.color, place(edge, 0), place(end, 0), 0.6)
    inside = edge - min(8.0, 2 * curve.at(degrees))
    canvas.path(taper(inside, edge, end, max(thick / 2, 1.0), place), fill=fill)


def draw_loop(canvas: Canvas, ring: Ring) -> None:
    """Draw those who begin again: a stream inside the ring, thicker with each who joins."""
    stages, first = ring.facts.stages, ring.facts.stages[0].reached
    joining = [i for i, s in enumerate(stages) if s.restarted]
    if not joining:
        return
    most = ring.thick * 0.5
    radius = ring.middle - ring.thick - 12 - most
    begin = ring.start(joining[0]) + ring.arc / 2 + 8
    knots, total = [(begin, 0.6)], 0
    for i in joining:
        total += stages[i].restarted
        half = max(1.2, most * part(total, first, ring.scale))
        knots.append((min(ring.start(i) + ring.arc / 2 + 18, 358.0), half))
        _join(canvas, ring, i, radius)
    stream = _fine(Curve(tuple(knots)), begin, 360.0)

    def side(sign: int) -> Place:
        return lambda d, v: ring.point(d, radius + sign * v)

    d = band(stream, begin, 360.0, side(1), side(-1))
    canvas.path(d, fill=canvas.colors.muted, opacity=0.55)
    wide = max(knots[-1][1] + 5, 6.5)
    ends = ((360.0, radius - wide), (360.0, radius + wide), (360 + 1100 / radius, radius))
    canvas.path(polygon([ring.point(d, r) for d, r in ends]), fill=canvas.colors.muted)


def _fine(curve: Curve, start: float, end: float) -> Curve:
    steps = max(1, round((end - start) / STEP))
    places = [start + (end - start) * i / steps for i in range(steps + 1)]
    return Curve(tuple((p, curve.at(p)) for p in places))


def _join(canvas: Canvas, ring: Ring, index: int, radius: float) -> None:
    degrees = ring.start(index) + ring.arc / 2
    inner = ring.middle - ring.half(ring.facts.stages[index].reached) - 2
    start, end = ring.point(degrees - 4, inner), ring.point(degrees + 9, radius)
    bend = ring.point(degrees - 2, radius + 2)
    d = f"M{start[0]:.1f} {start[1]:.1f}Q{bend[0]:.1f} {bend[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
    canvas.path(d, stroke=canvas.colors.muted, thickness=1.8, opacity=0.55)
