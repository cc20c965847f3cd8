"""From everything that was tested to what is told: corrected, told once, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from sojourn.core.bucket import Bools, Ints
from sojourn.core.intervals import drawn_at_least
from sojourn.core.multiple import false_discovery
from sojourn.measure.friction.weigh import Candidate, inside

FOUND_APART, PICKED = 0.05, 0.01
"""The share of false findings allowed: where the beginning was found without looking at losses, and
where the part or the days with most losses were picked among many."""
LEAST_MORE, FEWEST = 0.05, 3
"""Losses must be higher by so much of the cases, and by so many, or it is no friction."""
STANDS = 0.5
"""A finding must keep so much of its excess without the people whom a clearer one explains."""
MOST_WHOM, LEAST_WHOM, MORE_OFTEN = 3, 5, 1.2


@dataclass
class Finding:
    """A candidate that is told, with what else it explains; `adjusted` is its corrected p."""

    candidate: Candidate
    adjusted: float
    also: list[str] = field(default_factory=list)

    @property
    def people(self) -> Ints:
        """Whom the friction met."""
        return np.unique(self.candidate.pool.person[self.candidate.chosen])

    @property
    def people_lost(self) -> Ints:
        """Who of them was lost, those of the latest cases last."""
        pool, chosen = self.candidate.pool, self.candidate.chosen
        return np.unique(pool.person[chosen[pool.lost[chosen]]])

    @property
    def scale(self) -> float:
        """People lost a case lost: somebody may be lost more than once."""
        return len(self.people_lost) / max(self.candidate.excess.lost, 1)

    @property
    def more(self) -> float:
        """People lost in excess."""
        return self.candidate.excess.more * self.scale

    @property
    def since(self) -> int | None:
        """The day (from 1970) on which it began, None where it always was."""
        pool, window = self.candidate.pool, self.candidate.window
        return None if window is None else pool.first_day + window.start

    @property
    def may_have_begun(self) -> tuple[int | None, int | None]:
        """The first and the last day (from 1970) on which it began, with 95% confidence."""
        pool, window = self.candidate.pool, self.candidate.window
        if window is None:
            return None, None
        return pool.first_day + window.earliest, pool.first_day + window.latest

    @property
    def until(self) -> int | None:
        """The first day (from 1970) on which it was over, None where it goes on."""
        pool, window = self.candidate.pool, self.candidate.window
        return None if window is None or window.open else pool.first_day + window.end

    @property
    def stage(self) -> int:
        """The stage of most touchpoints at which people were lost, -1 before any."""
        pool, chosen = self.candidate.pool, self.candidate.chosen
        stages = pool.place[chosen[pool.lost[chosen]]]
        return int(np.bincount(stages + 1).argmax()) - 1

    def worth(self) -> dict[str, Decimal]:
        """What those who went on spend on average within 90 days, times the people in excess."""
        pool, others = self.candidate.pool, self.candidate.others
        if not pool.detector.worth:
            return {}
        kept = others[~pool.lost[others]]
        if not len(kept):
            return {}
        each = {name: float(value[kept].mean()) * self.more for name, value in pool.worth.items()}
        return {name: Decimal(f"{money:.4f}") for name, money in each.items() if money}


def corrected(tested: Sequence[Candidate]) -> list[tuple[Candidate, float]]:
    """Every candidate with its p-value corrected for the others of its family.

    Benjamini-Hochberg in each of four families: bad cases that began at some time (which is found
    without looking at losses) or always were, losses that rose or always were higher.
    """
    families: dict[tuple[bool, bool], list[Candidate]] = {}
    for candidate in tested:
        families.setdefault((candidate.window is None, _picked(candidate)), []).append(candidate)
    found: list[tuple[Candidate, float]] = []
    for members in families.values():
        p = false_discovery([min(1.0, candidate.p) for candidate in members])
        found += zip(members, p.tolist(), strict=True)
    return found


def findings(tested: Sequence[Candidate]) -> list[Finding]:
    """What is told: the clearest of those that tell of the same people, the costliest first.

    What began at some time comes before what always was; of one thing only one constant excess is
    told.
    """
    sure = [(c, p) for c, p in corrected(tested) if p < _allowed(c) and _matters(c)]
    sure.sort(key=lambda each: _clarity(each[0]))
    told: list[Finding] = []
    for candidate, adjusted in sure:
        known = _told_by(told, candidate)
        if known is None:
            told.append(Finding(candidate, adjusted))
        elif (name := _name(candidate)) not in (*known.also, _name(known.candidate)):
            known.also.append(name)
    return ranked(told)


def _picked(candidate: Candidate) -> bool:
    return candidate.pool.detector.bad == "lost"


def _allowed(candidate: Candidate) -> float:
    apart = candidate.window is not None and not _picked(candidate)
    return FOUND_APART if apart else PICKED


def _clarity(candidate: Candidate) -> tuple[bool, bool, float, float]:
    """What began before what always was, people lost before people displeased, the surest first."""
    displeased = not candidate.pool.detector.worth
    gain = candidate.window.gain if candidate.window is not None else 0.0
    return candidate.window is None, displeased, -gain, candidate.p


def _matters(candidate: Candidate) -> bool:
    excess = candidate.excess
    share = excess.rate - excess.usual
    return excess.low > 0 and share >= LEAST_MORE and excess.more >= FEWEST


def _name(candidate: Candidate) -> str:
    return f"{candidate.pool.detector.id}: {candidate.pool.subject}"


def _told_by(told: Sequence[Finding], candidate: Candidate) -> Finding | None:
    """The finding that already tells of these people, if one does.

    A division in which more are lost all the time explains nothing else: it may be half of all.
    """
    for finding in told:
        constant = finding.candidate.window is None
        same = finding.candidate.pool.root == candidate.pool.root
        if constant and candidate.window is None and same:
            return finding
        if not (constant and _picked(finding.candidate)) and _explains(finding, candidate):
            return finding
    return None


def _explains(finding: Finding, candidate: Candidate) -> bool:
    rest = candidate.without(finding.people)
    if rest is None:
        return True
    return rest.excess.low <= 0 or rest.excess.more < STANDS * candidate.excess.more


def ranked(told: Sequence[Finding]) -> list[Finding]:
    """The findings by their shares of all people and of all money lost, taken together."""
    worth = [finding.worth() for finding in told]
    people = sum(finding.more for finding in told)
    money = {n: float(sum(w.get(n, 0) for w in worth)) for n in {n for w in worth for n in w}}

    def share(place: int) -> float:
        parts = [float(worth[place].get(n, 0)) / whole for n, whole in money.items() if whole > 0]
        mine = told[place].more / people if people else 0.0
        return mine + (sum(parts) / len(money) if money else 0.0)

    order = sorted(range(len(told)), key=lambda n: (-share(n), told[n].candidate.p))
    return [told[place] for place in order]


def for_whom(finding: Finding) -> list[tuple[str, str, float, float]]:
    """Whom the friction met more often than others: division, value, their share, the usual.

    Each value is tested against all other cases of the same subject (hypergeometric, corrected by
    Bonferroni); what was met is told by how common it is.
    """
    candidate = finding.candidate
    pool, chosen = candidate.pool, candidate.chosen
    mask = np.zeros(len(pool), bool)
    mask[chosen] = True
    rest = _comparable(finding, mask)
    found, tried = [], 0
    for name, coded in pool.traits.items():
        met = name.startswith("met ")
        against = pool.bad if met else mask | rest
        inside = np.bincount(coded.codes[chosen] + 1, minlength=len(coded.values) + 1)[1:]
        whole = np.bincount(coded.codes[against] + 1, minlength=len(coded.values) + 1)[1:]
        tried += int((whole > 0).sum())
        for code in np.flatnonzero(inside >= LEAST_WHOM).tolist():
            p = drawn_at_least(inside[code], against.sum(), whole[code], len(chosen))
            share, usual = inside[code] / len(chosen), whole[code] / against.sum()
            found.append((p, -share, name, coded.values[code], share, usual))
    return [
        (name, value, share, usual)
        for p, _, name, value, share, usual in sorted(found)
        if p * tried < FOUND_APART and share >= usual * MORE_OFTEN
    ][:MOST_WHOM]


def _comparable(finding: Finding, mask: Bools) -> Bools:
    """The other cases in whose place these could have been: in the same days, where it began."""
    candidate = finding.candidate
    pool = candidate.pool
    return pool.known & ~mask & inside(pool, candidate.window)
