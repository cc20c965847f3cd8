"""Retention as anybody would count it: a calendar on the wall, and a set of people a cell."""

from collections import defaultdict
from datetime import timedelta

from .plain import instant
from .plain_funnel import known


def period_of(ts, zone, every):
    """The date on which the period of a moment begins."""
    day = instant(ts).astimezone(zone).date()
    if every == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if every == "week" else day


def after(day, every):
    """The date on which the next period begins."""
    if every == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if every == "week" else 1)


def firsts(log, first, as_of, period=(None, None)):
    """Each person's first touchpoint of the kind, where it is in the period."""
    start, end = period
    found = {}
    for person, touches in log.items():
        mine = [t for t in known(touches, as_of) if first(t)]
        if (
            mine
            and (start is None or mine[0]["ts"] >= start)
            and (end is None or mine[0]["ts"] < end)
        ):
            found[person] = mine[0]
    return found


def cells(log, first, back, every, zone, as_of, period=(None, None), all_reports=False):
    """`{cohort: people}` and `{(cohort, period): people who were back}`, both as sets."""
    cohorts, returned = defaultdict(set), defaultdict(set)
    for person, begun in firsts(log, first, as_of, period).items():
        cohort = period_of(begun["ts"], zone, every)
        cohorts[cohort].add(person)
        touches = [t for t in log[person] if t["ts"] <= as_of]
        for touch in touches if all_reports else known(log[person], as_of):
            here = period_of(touch["ts"], zone, every)
            if back(touch) and here > cohort:
                returned[cohort, here].add(person)
    return cohorts, returned


def rows(cohorts, returned, every, zone, as_of):
    """The rows of the measure."""
    found = []
    for cohort in sorted(cohorts):
        here, number = cohort, 0
        while here <= period_of(as_of, zone, every):
            back = cohorts[cohort] if not number else returned.get((cohort, here), set())
            found.append(
                {
                    "cohort": cohort.isoformat()[: 7 if every == "month" else 10],
                    "people": len(cohorts[cohort]),
                    "period": number,
                    "returned": len(back),
                    "share": len(back) / len(cohorts[cohort]),
                    "complete": period_of(as_of + 1, zone, every) > here,
                }
            )
            here, number = after(here, every), number + 1
    return found
