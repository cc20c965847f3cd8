"""Where losses are in excess: candidates for a finding, each tested against comparable others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sojourn.core.bucket import Bools, Ints
from sojourn.core.excess import Excess, Window, compare, higher_since
from sojourn.measure.friction.pool import Pool

LEAST_CASES = 10
"""So many cases on each side, or nothing is said."""
ROUNDS = 3
"""So many separate beginnings are looked for among the cases of one subject."""
SURE = 0.01
"""A beginning is one when chance gives it so rarely, in all divisions and windows together."""


@dataclass(frozen=True)
class Candidate:
    """A possible finding: which cases of a pool the friction met, and whom they are compared with.

    `segment` is the part of the cases it is about (a division and its value; empty: all of them),
    `window` the days in which there was more of it, None: always.
    """

    pool: Pool
    segment: tuple[str, str]
    window: Window | None
    chosen: Ints
    others: Ints
    excess: Excess
    p: float

    def without(self, people: Ints) -> Candidate | None:
        """The same without these people; None where nobody is left to compare."""
        chosen = self.chosen[~np.isin(self.pool.person[self.chosen], people)]
        others = self.others[~np.isin(self.pool.person[self.others], people)]
        found = excess_of(self.pool, chosen, others)
        if found is None:
            return None
        return replace(self, chosen=chosen, others=others, excess=found)


def excess_of(pool: Pool, chosen: Ints, others: Ints) -> Excess | None:
    """How many more of the chosen were lost than of others alike."""
    if len(chosen) < LEAST_CASES or len(others) < LEAST_CASES:
        return None
    alike, lost = pool.alike, pool.lost
    return compare(alike[chosen], lost[chosen], alike[others], lost[others])


def candidates(pool: Pool) -> list[Candidate]:
    """Everything that was tested on a pool."""
    if not pool.occurs:
        return []
    if pool.detector.bad == "lost":
        return [*_rising_losses(pool), *_worse_on(pool)]
    return list(_exposures(pool))


def _candidate(
    pool: Pool,
    segment: tuple[str, str],
    window: Window | None,
    chosen: Bools,
    others: Bools,
    p: float | None = None,
) -> list[Candidate]:
    picked, rest = np.flatnonzero(chosen), np.flatnonzero(others)
    found = excess_of(pool, picked, rest)
    if found is None:
        return []
    p = found.p if p is None else p
    return [Candidate(pool, segment, window, picked, rest, found, p)]


def inside(pool: Pool, window: Window | None) -> Bools:
    """Which cases began on the days of a window; all where there is none."""
    if window is None:
        return np.ones(len(pool), bool)
    return np.asarray((pool.day >= window.start) & (pool.day < window.end))


def _rising_losses(pool: Pool) -> Iterator[Candidate]:
    """Parts of which more are lost in some days than in the others."""
    span = int(pool.day.max()) + 1
    for name, value, part in pool.segments():
        mine = part & pool.settled
        window = higher_since(pool.day[mine], pool.lost[mine], span)
        if window is not None:
            then = mine & inside(pool, window)
            yield from _candidate(pool, (name, value), window, then, mine & ~then, window.p)


def _worse_on(pool: Pool) -> Iterator[Candidate]:
    """Divisions of which more are lost than of the others, all the time."""
    division = pool.detector.always
    if division in pool.traits:
        for name, value, part in pool.segments():
            if name == division:
                mine, others = part & pool.settled, ~part & pool.settled
                others &= pool.traits[division].codes >= 0
                yield from _candidate(pool, (name, value), None, mine, others)


def _exposures(pool: Pool) -> Iterator[Candidate]:
    """Bad cases against the others: those that came with a beginning, then the rest."""
    left = pool.known.copy()
    fine = ~pool.bad & pool.settled & pool.known
    segments = pool.segments()
    for _ in range(ROUNDS):
        best = _beginning(pool, left, segments)
        if best is None:
            break
        segment, part, window = best
        then = left & part & inside(pool, window)
        yield from _candidate(pool, segment, window, then & pool.bad & pool.settled, fine)
        left &= ~then
    rest = left & pool.bad & pool.settled
    yield from _candidate(pool, ("", ""), None, rest, fine)
    met = pool.traits.get("met name")
    if met is not None and len(met.values) > 1:
        for code, value in enumerate(met.values):
            yield from _candidate(pool, ("met name", value), None, rest & (met.codes == code), fine)


def _beginning(
    pool: Pool, left: Bools, segments: Sequence[tuple[str, str, Bools]]
) -> tuple[tuple[str, str], Bools, Window] | None:
    """The part and days in which bad cases were most in excess, if chance rarely gives that."""
    span = int(pool.day.max()) + 1
    found = []
    for number, (name, value, part) in enumerate(segments):
        mine = left & part
        window = higher_since(pool.day[mine], pool.bad[mine], span)
        if window is not None and window.p * len(segments) < SURE:
            found.append((window.gain, -number, (name, value), part, window))
    if not found:
        return None
    *_, segment, part, window = max(found, key=lambda each: each[:2])
    return segment, part, window
