"""Smooth curves through given points that never overshoot them (Fritsch and Butland, 1984)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from sojourn.pictures.svg import Point, num

Place = Callable[[float, float], Point]
"""Where a position along the curve and its value there are drawn."""


@dataclass(frozen=True)
class Curve:
    """A curve through `knots`, (position, value) in ascending order of position.

    Between two knots it stays between their values; beyond the ends it is level.

    >>> half = Curve(((0.0, 0.0), (1.0, 1.0)))
    >>> half.at(0.5), half.at(-3), half.at(9)
    (0.5, 0.0, 1.0)
    """

    knots: tuple[Point, ...]

    @cached_property
    def slopes(self) -> list[float]:
        """The slope at each knot: 0 at the ends and wherever the curve turns."""
        steps = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(self.knots)]
        inner = [
            0.0 if left * right <= 0 else 2 * left * right / (left + right)
            for left, right in pairwise(steps)
        ]
        return [0.0, *inner, 0.0][: len(self.knots)]

    def at(self, position: float) -> float:
        """The value at a position."""
        return self._hermite(position)[0]

    def slope(self, position: float) -> float:
        """The slope at a position."""
        return self._hermite(position)[1]

    def _hermite(self, s: float) -> tuple[float, float]:
        knots = self.knots
        if s <= knots[0][0]:
            return knots[0][1], 0.0
        if s >= knots[-1][0]:
            return knots[-1][1], 0.0
        i = bisect_right([k[0] for k in knots], s) - 1
        (s0, v0), (s1, v1) = knots[i], knots[i + 1]
        h, m0, m1 = s1 - s0, self.slopes[i], self.slopes[i + 1]
        t = (s - s0) / h
        a, b = v1 - v0, h * (m0 + m1) - 2 * (v1 - v0)
        c = a - h * m0 - b
        value = v0 + t * (h * m0 + t * (c + t * b))
        return value, (h * m0 + t * (2 * c + 3 * t * b)) / h

    def beziers(self, start: float, end: float) -> list[tuple[Point, Point, Point, Point]]:
        """The stretch from `start` to `end` as cubic pieces, in (position, value)."""
        inside = [k[0] for k in self.knots if start < k[0] < end]
        stops = [start, *inside, end]
        found = []
        for a, b in pairwise(stops):
            third = (b - a) / 3
            one = (a + third, self.at(a) + third * self.slope(a))
            two = (b - third, self.at(b) - third * self.slope(b))
            found.append(((a, self.at(a)), one, two, (b, self.at(b))))
        return found


def band(curve: Curve, start: float, end: float, place: Place, mirror: Place) -> str:
    """Path data of the closed shape between a curve and its mirror image."""
    there = curve.beziers(start, end)
    back = [tuple(reversed(piece)) for piece in reversed(there)]
    first, turn = there[0][0], back[0][0]
    return f"M{_at(place(*first))}{_run(there, place)}L{_at(mirror(*turn))}{_run(back, mirror)}Z"


def stroke(curve: Curve, start: float, end: float, place: Place) -> str:
    """Path data of one side of a curve."""
    pieces = curve.beziers(start, end)
    return f"M{_at(place(*pieces[0][0]))}{_run(pieces, place)}"


def _run(pieces: Sequence[Sequence[Point]], place: Place) -> str:
    return "".join("C" + " ".join(_at(place(*p)) for p in piece[1:]) for piece in pieces)


def _at(point: Point) -> str:
    return f"{num(point[0])} {num(point[1])}"
