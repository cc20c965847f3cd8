"""A finding as one plain sentence that the owner of a shop understands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from sojourn.core.durations import DAY, in_words
from sojourn.core.stride import NEVER
from sojourn.measure.friction.choose import Finding
from sojourn.measure.friction.pool import Pool
from sojourn.measure.friction.weigh import inside

EPOCH = date(1970, 1, 1)
SHADES = "▁▂▃▄▅▆▇█"
SPANS = 24
PLURALS = {"phone": "phones", "computer": "computers", "tablet": "tablets", "tv": "televisions"}


def sentence(finding: Finding) -> str:
    """The finding in words: for whom, since when, what, how often, and what it cost."""
    where = " ".join(text for text in (_where(finding), _when(finding)) if text)
    told = f"{where}, {_what(finding)}" if where else _what(finding)
    about = max(1, round(finding.more))
    people = "person" if about == 1 else "people"
    ended = "lost" if finding.candidate.pool.detector.worth else "displeased"
    return f"{told[0].upper()}{told[1:]}: about {about:,} {people} {ended}."


def in_ten(share: float) -> str:
    """A share as people say it.

    >>> in_ten(0.42), in_ten(0.031), in_ten(0.001), in_ten(0.99), in_ten(1.0)
    ('4 in 10', '3 in 100', 'fewer than 1 in 100', 'nearly all', 'all')
    """
    if share > 0.95:
        return "all" if share > 0.995 else "nearly all"
    if share >= 0.095:
        return f"{min(9, max(1, round(share * 10)))} in 10"
    return f"{round(share * 100)} in 100" if share >= 0.005 else "fewer than 1 in 100"


def day_text(day: int) -> str:
    """A day counted from 1970.

    >>> day_text(20241)
    '2 June 2025'
    """
    found = EPOCH + timedelta(days=day)
    return f"{found.day} {found:%B %Y}"


def days_text(micros: float) -> str:
    """A length of time in days or hours, about.

    >>> days_text(2.26 * DAY), days_text(DAY / 12)
    ('2.3 days', '2 hours')
    """
    if micros >= DAY:
        return f"{micros / DAY:.1f}".removesuffix(".0") + " days"
    return f"{max(1, round(micros * 24 / DAY))} hours"


def _where(finding: Finding) -> str:
    name, value = finding.candidate.segment
    if name == "device":
        return f"on {PLURALS.get(value, value)}"
    if name == "channel":
        return f"for people who come by {value}"
    return f"for {value} ({division(name)})" if name and name != "met name" else ""


def division(name: str) -> str:
    """A division as people read it."""
    return name.removeprefix("met ").removeprefix("properties.")


def _when(finding: Finding) -> str:
    if finding.since is None:
        return ""
    if finding.until is None:
        return f"since {day_text(finding.since)}"
    return f"from {day_text(finding.since)} to {day_text(finding.until - 1)}"


def share_bad(finding: Finding) -> float:
    """How many of the cases in question were bad."""
    candidate = finding.candidate
    pool, (name, value) = candidate.pool, candidate.segment
    mine = pool.known & inside(pool, candidate.window)
    if name in pool.traits and name != "met name":
        coded = pool.traits[name]
        mine = mine & (coded.codes == coded.values.index(value))
    return float(pool.bad[mine].mean()) if mine.any() else 0.0


def _what(finding: Finding) -> str:
    candidate = finding.candidate
    pool, share = candidate.pool, in_ten(share_bad(finding))
    first, _, then = pool.subject.partition(" → ")
    then = then.removesuffix(", then a low score")
    limit, loss = days_text(pool.limit or 0), _loss(finding)
    lost, usual = in_ten(candidate.excess.rate), in_ten(candidate.excess.usual)
    match pool.detector.id:
        case "failed":
            return f"{share} of those at “{first}” met “{_met(finding)}”, and {loss}"
        case "unfinished":
            return f"{lost} left “{first}” without “{then}” (otherwise {usual})"
        case "silent":
            return f"{share} who asked (“{first}”) saw no “{then}” within {limit}, and {loss}"
        case "waits" | "sour waits":
            waited = f"waited over {limit} from “{first}” to “{then}”"
            return f"{share} {waited} (half wait {usual_wait(pool)}), and {loss}"
        case "late" | "sour late":
            return f"{share} saw “{then}” later than promised, and {loss}"
        case "errors":
            return f"{share} {pool.subject} (“{_met(finding)}”), and {loss}"
        case "unheard":
            return f"{share} who ordered heard nothing from us within {limit}, and {loss}"
        case "stuck":
            patience = in_words(int(pool.horizon[candidate.chosen[0]]))
            return f"{lost} stayed in {pool.subject} for over {patience} (otherwise {usual})"
        case _:
            return f"{share} {pool.subject} (“{_met(finding)}”) within {limit}, and {loss}"


def _loss(finding: Finding) -> str:
    """What became of them, beside the others."""
    excess, detector = finding.candidate.excess, finding.candidate.pool.detector
    usual = in_ten(excess.usual)
    if in_ten(excess.rate) == "all" and detector.worth:
        return f"none of them {detector.kept} (usually {usual} {detector.lost})"
    return f"{in_ten(excess.rate)} of them {detector.lost} (usually {usual})"


def usual_wait(pool: Pool) -> str:
    """The median of the waits that ended."""
    gaps = (pool.met - pool.ts)[pool.met != NEVER]
    return days_text(float(np.median(gaps)))


def _met(finding: Finding) -> str:
    """What most of the cases met."""
    candidate = finding.candidate
    coded = candidate.pool.traits["met name"]
    size = np.bincount(coded.codes[candidate.chosen] + 1, minlength=len(coded.values) + 1)[1:]
    return coded.values[int(size.argmax())] if len(size) and size.any() else candidate.pool.subject


def whom(told: Sequence[tuple[str, str, float, float]]) -> str:
    """For whom, with the usual share beside theirs.

    >>> whom([("device", "phone", 1.0, 0.55)])
    'phone (device): 100% of them, usually 55%'
    """
    return "; ".join(
        f"{value} ({division(name)}): {share:.0%} of them, usually {usual:.0%}"
        for name, value, share, usual in told
    )


def trend(finding: Finding) -> str:
    """The share of bad cases over the whole time, in equal spans; a dot where there was no case."""
    candidate = finding.candidate
    pool, (name, value) = candidate.pool, candidate.segment
    mine = pool.known.copy()
    if name in pool.traits and name != "met name":
        coded = pool.traits[name]
        mine &= coded.codes == coded.values.index(value)
    spans = min(SPANS, int(pool.day.max()) + 1)
    place = pool.day[mine] * spans // (int(pool.day.max()) + 1)
    cases = np.bincount(place, minlength=spans)
    bad = np.bincount(place[pool.bad[mine]], minlength=spans)
    shares = bad / np.maximum(cases, 1)
    top = len(SHADES) - 1
    return "".join(
        SHADES[round(share * top)] if n else "·"
        for n, share in zip(cases.tolist(), shares.tolist(), strict=True)
    )
