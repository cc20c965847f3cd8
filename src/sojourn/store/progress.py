"""How far a long piece of work is, told on one scale from its first step to its last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much; what can say more has a method `say`."""

SCALE = 1_000_000


@dataclass(frozen=True)
class Part:
    """One step of a longer work: the stretch of the whole from `begin` to `end` (0 to 1).

    >>> seen = []
    >>> half = Part(lambda done, total: seen.append(done / total), 0.5, 1.0)
    >>> half(1, 2), half(3, 2)
    (None, None)
    >>> seen
    [0.75, 1.0]
    """

    whole: Progress
    begin: float
    end: float

    def __call__(self, done: int, total: int) -> None:
        share = min(done / total, 1.0) if total > 0 else 0.0
        self.whole(round(SCALE * (self.begin + (self.end - self.begin) * share)), SCALE)

    def say(self, what: str) -> None:
        """Say what is being done now."""
        say(self.whole, what)


def part(whole: Progress | None, begin: float, end: float) -> Part | None:
    """A step of a work, if anybody watches it."""
    return None if whole is None else Part(whole, begin, end)


def say(progress: Progress | None, what: str) -> None:
    """Say what is being done now, to those who can hear it."""
    told: Callable[[str], None] | None = getattr(progress, "say", None)
    if told is not None:
        told(what)


def done(progress: Progress | None) -> None:
    """Say that a step is done."""
    if progress is not None:
        progress(SCALE, SCALE)
