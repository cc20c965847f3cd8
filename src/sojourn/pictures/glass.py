"""The hourglass itself: its silhouette, and the bands of sand in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sojourn.pictures.bands import Level, draw_band, nobody, taper, upright
from sojourn.pictures.curve import Curve, band, stroke
from sojourn.pictures.facts import Facts
from sojourn.pictures.scale import part
from sojourn.pictures.svg import Canvas

WAIST = 0.13
"""The narrowest waist, as a part of the glass's half width."""
WIDEST_WAIST = 0.56
"""Sand at the neck never fills more than this part, so that the glass keeps its waist."""
SLENDER = (1.4, 1.2, 1.0, 0.8, 0.6, 0.45)
"""How a bulb widens away from the waist, most slender first: powers of a sine."""
SMOOTHING = 30
"""How often a bump in the glass is averaged with its neighbours, an eighth of a band away."""
ROUNDING, SLACK = 8, 5.0
"""How often the last corners are averaged away, and the pixels that this may take."""
WALL = 9.0
"""The least distance between the sand and the glass, in pixels."""
LEAST = 1.5
"""Half the width of the thinnest thread of sand that is still seen."""
GAP = 1.5
PLATE = 7.0


@dataclass(frozen=True)
class Box:
    """The place of the glass: `middle` is its axis, `half` half its width, `row` one band."""

    middle: float
    top: float
    half: float
    row: float


@dataclass(frozen=True)
class Glass:
    """The sand's and the glass's half widths from top to bottom."""

    box: Box
    sand: Curve
    wall: Curve
    upper: float
    lower: float
    facts: Facts
    scale: str

    @property
    def bottom(self) -> float:
        """The height at which the glass ends."""
        return self.box.top + len(self.facts.stages) * self.box.row

    def center(self, index: int) -> float:
        """The height of the middle of a band."""
        return self.box.top + (index + 0.5) * self.box.row

    def half_of(self, index: int, number: int) -> float:
        """Half the width at which a number is drawn in the band of a stage."""
        return _half(self.facts, index, number, self.scale, self.upper, self.lower)


def blow(facts: Facts, box: Box, scale: str) -> Glass:
    """Shape a glass for these stages.

    Above the purchase and in it, full width is everybody who came; below it the scale starts
    afresh and full width is everybody who bought.
    """
    full = max(box.half - WALL, 1.0)
    first = facts.stages[0].reached
    narrow = part(facts.stages[facts.neck].reached, first, scale)
    upper = full * min(1.0, WIDEST_WAIST / narrow) if narrow else full
    if facts.neck == 0:
        upper = full * WIDEST_WAIST
    halves = [_half(facts, i, s.reached, scale, upper, full) for i, s in enumerate(facts.stages)]
    sand = Curve(tuple((box.top + (i + 0.5) * box.row, max(h, 0.01)) for i, h in enumerate(halves)))
    return Glass(box, sand, _wall(facts, box, sand), upper, full, facts, scale)


def _half(facts: Facts, index: int, number: int, scale: str, upper: float, lower: float) -> float:
    below = index > facts.neck
    full = facts.stages[facts.neck if below else 0].reached
    if number <= 0:
        return 0.0
    return max(LEAST, (lower if below else upper) * part(number, full, scale))


def _wall(facts: Facts, box: Box, sand: Curve) -> Curve:
    """The glass: two bulbs as slender as the sand allows, wider still where it must be."""
    count, neck = len(facts.stages), facts.neck
    waist_at = box.top + (neck + 0.5) * box.row
    stops = [box.top + i * box.row / 8 for i in range(8 * count + 1)]
    above = [y for y in stops if y <= waist_at]
    below = [y for y in stops if y > waist_at]
    halves = [*_bulb(above, waist_at, box, sand), *_bulb(below, waist_at, box, sand)]
    walls = _around(halves, [sand.at(y) + WALL for y in stops])
    return Curve(tuple(zip(stops, (min(w, box.half) for w in walls), strict=True)))


def _around(halves: list[float], needed: list[float]) -> list[float]:
    """Give way to the sand, then smooth the bumps that makes without coming too near it."""
    wide = [max(half, least + SLACK) for half, least in zip(halves, needed, strict=True)]
    for _ in range(SMOOTHING):
        means = _averaged(wide)
        wide = [max(mean, least + SLACK) for mean, least in zip(means, needed, strict=True)]
    for _ in range(ROUNDING):
        wide = _averaged(wide)
    return [max(pair) for pair in zip(wide, needed, strict=True)]


def _averaged(values: list[float]) -> list[float]:
    inner = [(a + 2 * b + c) / 4 for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    return [values[0], *inner, values[-1]]


def _bulb(stops: list[float], waist_at: float, box: Box, sand: Curve) -> list[float]:
    room = max(abs(y - waist_at) for y in stops)
    size = min(1.0, room / (1.5 * box.row)) * (1 - WAIST)
    needed = [sand.at(y) + WALL for y in stops]
    away = [math.sin(math.pi / 2 * abs(y - waist_at) / room) for y in stops]
    for power in SLENDER:
        halves = [box.half * (WAIST + size * a**power) for a in away]
        if all(h >= n - box.half * 0.1 for h, n in zip(halves, needed, strict=True)):
            break
    return halves


def draw_glass(canvas: Canvas, glass: Glass) -> None:
    """Draw the inside of the glass, and the plates that it stands between."""
    box, wall = glass.box, glass.wall
    inside = band(wall, box.top, glass.bottom, *upright(box.middle)(1.0))
    canvas.path(inside, fill=canvas.colors.card)
    for y, half in ((box.top - PLATE, wall.at(box.top)), (glass.bottom, wall.at(glass.bottom))):
        canvas.rect(
            box.middle - half - 10, y, 2 * half + 20, PLATE, fill=canvas.colors.line, radius=3.5
        )


def draw_wall(canvas: Canvas, glass: Glass) -> None:
    """Draw the outline of the glass."""
    for side in upright(glass.box.middle)(1.0):
        d = stroke(glass.wall, glass.box.top, glass.bottom, side)
        canvas.path(d, stroke=canvas.colors.line, thickness=2.5)


def draw_trickle(canvas: Canvas, glass: Glass, index: int, end: float) -> None:
    """Draw those who lapsed as running out at the side, thick as they are many."""
    stage, first = glass.facts.stages[index], glass.facts.stages[0].reached
    thick = 0.42 * glass.box.row * part(stage.lapsed, first, glass.scale)
    if not thick:
        return
    y = glass.center(index)
    edge = glass.sand.at(y)
    start = glass.box.middle + edge
    fill = canvas.fade(stage.color, (start, y), (end, y), 0.6)
    d = taper(start - min(12.0, edge), start, end, max(thick / 2, 1.0), Level(y, 1))
    canvas.path(d, fill=fill)


def draw_sand(canvas: Canvas, glass: Glass) -> None:
    """Draw a band for every stage that anybody reached."""
    box = glass.box
    for i, stage in enumerate(glass.facts.stages):
        ends = box.top + i * box.row + GAP, box.top + (i + 1) * box.row - GAP
        if not stage.reached:
            nobody(canvas, box.middle, glass.center(i), down=18)
            continue
        solid = glass.half_of(i, stage.seen) / glass.half_of(i, stage.reached)
        draw_band(canvas, stage, glass.sand, ends, solid, upright(box.middle))
