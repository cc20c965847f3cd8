"""The share that gets there in the end, when some are still on their way."""

from __future__ import annotations

import numpy as np

from sojourn.core.bucket import Ints, run_starts
from sojourn.core.intervals import wilson


def estimated(events: Ints, lost: Ints, open_: Ints) -> float | None:
    """The Aalen-Johansen share of those who get there, being lost competing.

    `events` are how long those took who got there; `lost`, ascending, when the others were known
    never to; `open_`, ascending, how long those have been watched who still may. Without anybody
    open it is the plain share. Written with the weights of the inverse chance of being watched so
    long, which gives the very same number and only looks at the moments at which watching ended.

    >>> day = np.array([1, 4]), np.array([3]), np.array([2])
    >>> estimated(*day)
    0.625
    """
    people = len(events) + len(lost) + len(open_)
    if not people:
        return None
    if not len(open_):
        return len(events) / people
    first = run_starts(open_)
    moments = open_[first]
    before = np.searchsorted(moments, events)
    # what happens after the last of them weighs nothing
    relevant = int(before.max(initial=0))
    moments, first = moments[:relevant], first[: relevant + 1]
    happened = np.bincount(before, minlength=relevant + 1)
    gone = np.bincount(np.searchsorted(moments, lost), minlength=relevant + 1)[:relevant]
    staying = people - np.cumsum(happened[:relevant] + gone) - first[:relevant]
    left = np.diff(first, append=len(open_))[:relevant]
    watched = np.append(1.0, np.cumprod(1 - left / staying))
    seen = happened > 0
    return float((happened[seen] / watched[seen]).sum() / people)


def interval(share: float | None, people: int) -> list[float] | None:
    """Wilson's 95% interval of a share, resting on the people whose outcome is known.

    >>> [round(end, 3) for end in interval(0.5, 100)]
    [0.404, 0.596]
    """
    if share is None or not people:
        return None
    return [round(end, 6) for end in wilson(share * people, people)]
