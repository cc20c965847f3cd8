"""What earlier forecasts of the same people teach: how far off they were, and how sure.

The same forecast is made as it would have been one, two, ... times its length ago, each from what
was known then. By how much these were off on average corrects the level. Where what came lay
further from them than their spread says, intervals are widened, never narrowed: a few calm
forecasts are no promise. Both are drawn towards changing nothing, the more so the fewer there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sojourn.core.durations import DAY
from sojourn.measure.forecast_change import changed_by
from sojourn.measure.forecast_lines import Key, Line, came_of, drawn, lines_of, past_of
from sojourn.measure.forecast_past import Past
from sojourn.measure.view import View

FOLDS = 4
"""So many earlier forecasts are looked at, where the log reaches back so far."""

LEAST_DAYS = 168
"""An earlier forecast needs so many days before it to say anything."""

PRIOR_LEVEL, PRIOR_SPREAD = 1.0, 1.0
"""As many imagined forecasts that were not off, and whose intervals were right."""

INSIDE = 1.2815515655446004
"""Standard deviations to each side that hold 80% of a normal distribution."""

WIDEST = 5.0
FURTHEST = 0.5
"""A level is corrected by a factor of at most e to this power."""


@dataclass(frozen=True)
class Lesson:
    """By which factor a figure's level is corrected, and its spread."""

    level: float = 1.0
    spread: float = 1.0


@dataclass
class Origins:
    """The forecast from several moments, `weeks` apart; each is measured and drawn once.

    Moments are counted in lengths of the forecast before the view's own.
    """

    view: View
    weeks: int
    draws: int
    seed: int
    _pasts: dict[int, Past] = field(default_factory=dict)
    _lines: dict[int, list[Line]] = field(default_factory=dict)

    def seen(self, ago: int) -> View:
        """The view as it was so long ago."""
        return replace(self.view, as_of=self.view.as_of - 7 * self.weeks * ago * DAY)

    def past(self, ago: int) -> Past:
        """What had been measured by then."""
        if ago not in self._pasts:
            self._pasts[ago] = past_of(self.seen(ago), self.weeks)
        return self._pasts[ago]

    def lines(self, ago: int) -> list[Line]:
        """What would have been said then, before anything is learned."""
        if ago not in self._lines:
            changed = changed_by((), self.view.model)
            future = drawn(self.past(ago), changed, self.weeks, self.draws, self.seed)
            self._lines[ago] = lines_of(self.seen(ago), self.past(ago), future, self.weeks)
        return self._lines[ago]

    def came(self, ago: int) -> dict[Key, list[float]]:
        """What came after that moment."""
        return came_of(self.view, self.past(ago - 1), self.weeks)

    def lessons(self, ago: int = 0) -> dict[Key, Lesson]:
        """What the forecasts before that moment teach, by figure; empty where there is none."""
        folds = list(self._folds(ago))
        keys = {key for lines, came in folds for key in lines.keys() & came.keys()}
        return {
            key: learned([(lines[key], came[key]) for lines, came in folds if key in lines])
            for key in keys
        }

    def _folds(self, ago: int) -> Iterator[tuple[dict[Key, Line], dict[Key, list[float]]]]:
        for back in range(ago + 1, ago + FOLDS + 1):
            past = self.past(back)
            if -past.first_day < LEAST_DAYS or not past.basis.people:
                return
            yield {line.key: line for line in self.lines(back)}, self.came(back)


def learned(folds: Sequence[tuple[Line, Sequence[float]]]) -> Lesson:
    """The lesson of one figure's earlier forecasts, each with what came."""
    said = np.array([line.draws.mean(axis=0) for line, _ in folds])
    sure = np.array([line.draws.std(axis=0) for line, _ in folds])
    came = np.array([each for _, each in folds])
    off = np.log((came.sum(axis=1) + 1) / (said.sum(axis=1) + 1))
    level = _drawn_in(off)
    others = [_drawn_in(np.delete(off, fold)) for fold in range(len(off))]
    hoped = said * np.exp(others)[:, None]
    known = sure > 0
    if not known.any():
        return Lesson(float(np.exp(level)), 1.0)
    away = np.abs(came - hoped)[known] / (sure * np.exp(others)[:, None])[known]
    reach = max(float(np.quantile(away, 0.8)) / INSIDE, 0.01)
    weight = len(folds) / (len(folds) + PRIOR_SPREAD)
    spread = float(np.clip(reach**weight, 1.0, WIDEST))
    return Lesson(float(np.exp(level)), spread)


def _drawn_in(off: NDArray[np.float64]) -> float:
    """The mean of what forecasts were off by, drawn towards nothing."""
    mean = float(off.sum()) / (len(off) + PRIOR_LEVEL)
    return float(np.clip(mean, -FURTHEST, FURTHEST))


def applied(lines: Sequence[Line], lessons: Mapping[Key, Lesson]) -> list[Line]:
    """The figures with their levels and spreads as earlier forecasts teach."""
    return [_applied(line, lessons.get(line.key, Lesson())) for line in lines]


def _applied(line: Line, lesson: Lesson) -> Line:
    mean = line.draws.mean(axis=0)
    moved = lesson.level * (mean + lesson.spread * (line.draws - mean))
    return replace(line, draws=np.maximum(moved, 0.0))
