"""The funnel as anybody would write it: try from every touchpoint, one after the other."""

from statistics import median

from .plain import incidence


def known(touches, as_of):
    """A person's touchpoints in order, second reports of an order left out."""
    found, reported = [], set()
    for touch in sorted(touches, key=lambda t: (t["ts"], t["seq"])):
        if touch["ts"] > as_of:
            continue
        if touch["name"] == "Order Completed" and touch.get("order_id") is not None:
            if touch["order_id"] in reported:
                continue
            reported.add(touch["order_id"])
        found.append(touch)
    return found


def attempt(touches, start, asked, as_of):
    """One attempt from `touches[start]`: its times, what ended it and when, or None."""
    steps, within, order, exclude, hold = asked

    def accepts(step, touch):
        return step(touch) and not (exclude and exclude(touch))

    def fits(touch):
        return not hold or (touch[hold] is not None and touch[hold] == touches[start][hold])

    begun, unfilled, times, ended = touches[start], list(steps), [], None
    for touch in touches[start:]:
        late = touch["ts"] - begun["ts"] > within
        if times and exclude and exclude(touch) and ended is None:
            ended = touch["ts"] - begun["ts"]
        if not unfilled or late or ended is not None:
            continue
        choice = [unfilled[0]] if order != "any" else unfilled
        filled = next((s for s in choice if accepts(s, touch) and fits(touch)), None)
        if filled is not None:
            unfilled.remove(filled)
            times.append(touch["ts"] - begun["ts"])
        elif not times:
            return None
        elif order == "strict":
            ended = touch["ts"] - begun["ts"]
    if order == "strict" and ended is None:
        after = touches[start + len(times) : start + len(times) + 1]
        ended = after[0]["ts"] - begun["ts"] if after else None
    is_open = bool(unfilled) and ended is None and as_of - begun["ts"] < within
    return {"start": start, "at": begun["ts"], "times": times, "ended": ended, "open": is_open}


def best_of(touches, asked, as_of, period=(None, None)):
    """A person's best attempt, with whether it is pending and how long it was watched."""
    start, end = period
    touches = known(touches, as_of)
    tried = [
        found
        for i, touch in enumerate(touches)
        if (start is None or touch["ts"] >= start) and (end is None or touch["ts"] < end)
        if (found := attempt(touches, i, asked, as_of))
    ]
    if not tried:
        return None
    best = min(tried, key=lambda a: (-len(a["times"]), a["start"]))
    opened = [a["at"] for a in tried if a["open"]]
    pending = bool(opened) and len(best["times"]) < len(asked[0])
    ended = best["ended"]
    lasted = asked[1] if ended is None else min(ended, asked[1])
    return {
        "times": best["times"],
        "pending": pending,
        "watched": as_of - min(opened) if pending else lasted,
        "touch": touches[best["start"]],
    }


def rows(bests, steps, within):
    """The rows of the measure from everybody's best attempt."""
    found = []
    for k in range(steps):
        there = [b["times"] for b in bests if len(b["times"]) > k]
        further = [b for b in bests if len(b["times"]) > k + 1]
        stuck = [b for b in bests if len(b["times"]) == k + 1 and k + 1 < steps]
        began = len(bests)
        stays = [
            (b["times"][k], "moved")
            if len(b["times"]) > k
            else (b["watched"], "open" if b["pending"] else "lapsed")
            for b in bests
        ]
        found.append(
            {
                "step": k + 1,
                "people": len(there),
                "pending": sum(b["pending"] for b in stuck),
                "lost": sum(not b["pending"] for b in stuck),
                "conversion_from_start": len(there) / began if began else None,
                "conversion_from_previous": (
                    len(there) / found[-1]["people"] if k and found[-1]["people"] else None
                ),
                "median_seconds": (
                    median(t[k] - t[k - 1] for t in there) / 1e6 if k and there else None
                ),
                "conversion_estimate": incidence(stays, within)[0] if began else None,
            }
        )
        assert not there or found[-1]["people"] == len(further) + len(stuck) + (
            len(there) if k + 1 == steps else 0
        )
    return found
