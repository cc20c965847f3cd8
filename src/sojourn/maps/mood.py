"""The lane of feelings: a curve over the stages, with how many said so and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping

from sojourn.maps.filled import Entry, FilledMap, Lane
from sojourn.pictures.svg import Canvas, polygon, polyline

MOOD = 150.0
TOP, BOTTOM = 26.0, 34.0
LINE = "#6F6A61"


def mood(
    canvas: Canvas,
    shown: FilledMap,
    lane: Lane,
    left: Mapping[str, float],
    width: Mapping[str, float],
    y: float,
) -> None:
    """Draw the curve into a card that spans all stages; stages of which nobody spoke have none."""
    first, last = shown.stages[0].id, shown.stages[-1].id
    start, wide = left[first], left[last] + width[last] - left[first]
    card, line = canvas.colors.card, canvas.colors.line
    canvas.rect(start, y, wide, MOOD, fill=card, stroke=line, radius=8)
    middle = _at(0.0, y)
    canvas.path(polyline([(start + 8, middle), (start + wide - 8, middle)]), stroke=line,
                dashes="3 5")  # fmt: skip
    points = []
    for stage in shown.stages:
        entry = next((e for e in lane.cell(stage.id).entries if e.mean is not None), None)
        x = left[stage.id] + width[stage.id] / 2
        if entry is None or entry.mean is None:
            text, gray = "nobody said", canvas.colors.muted
            canvas.text(x, y + MOOD - 12, text, size=11, fill=gray, anchor="middle")
        else:
            points.append((x, _at(entry.mean, y), stage.color, entry))
    _band(canvas, [(x, entry) for x, _, _, entry in points], y)
    if len(points) > 1:
        canvas.path(polyline([(x, at) for x, at, *_ in points]), stroke=canvas.colors.muted,
                    thickness=2.5)  # fmt: skip
    for x, at, color, entry in points:
        canvas.circle(x, at, 7, fill=color, stroke=canvas.colors.card)
        canvas.text(x, at - 13, entry.text, size=14, weight=700, anchor="middle")
        small, gray = entry.detail, canvas.colors.muted
        canvas.text(x, y + MOOD - 12, small, size=11, fill=gray, anchor="middle")


def _at(mean: float, y: float) -> float:
    return y + TOP + (1 - (mean + 1) / 2) * (MOOD - TOP - BOTTOM)


def _band(canvas: Canvas, points: list[tuple[float, Entry]], y: float) -> None:
    """The interval: a band through all stages that have one, a stroke for one alone."""
    known = [(x, e.low, e.high) for x, e in points if e.low is not None and e.high is not None]
    if len(known) > 1:
        upper = [(x, _at(high, y)) for x, _, high in known]
        lower = [(x, _at(low, y)) for x, low, _ in reversed(known)]
        canvas.path(polygon([*upper, *lower]), fill=canvas.colors.muted, opacity=0.16)
    for x, low, high in known:
        canvas.path(polyline([(x, _at(low, y)), (x, _at(high, y))]), stroke=canvas.colors.muted)
