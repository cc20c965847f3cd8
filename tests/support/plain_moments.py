"""Moments of truth as anybody would count them: day after day of every stay, each touchpoint."""

from collections import defaultdict
from math import log, sqrt

from sojourn.core.durations import DAY, MINUTE

from . import plain

TIME_EDGES = [1, 3, 7, 14, 30, 60]
TOUCH_EDGES = [1, 4, 10]


def stays(log, model, as_of, silence=None):
    """Every stay: its stage, from when to when it is watched, how it ended, what was inside."""
    ends = {
        (row["person"], row["cycle"], row["stage"]): row
        for row in plain.sojourns(log, model, as_of)
    }
    for person, touches in log.items():
        ordered = sorted(touches, key=lambda t: (t["ts"], t["seq"]))
        known = {t["event_id"]: t for t in ordered}
        steps = plain.steps_of(touches, model, as_of)
        seconds = second_reports(ordered)
        for number, cycle in enumerate(plain.cycles_of(steps, model), 1):
            here, inside = -1, []
            parts = []
            for step in cycle:
                level = step.seen.bit_length() - 1
                if level > here:
                    here, inside = level, []
                    parts.append((level, step, inside))
                elif here >= 0:
                    inside.append(known[step.event_id])
            for stage, entry, inside in parts:
                row = ends[person, number, model.stages[stage].id]
                moved = row["outcome"] in ("moved", "restarted")
                left = row["left_at"] or plain.instant(as_of)
                end = round((left - plain.EPOCH).total_seconds() * 1_000_000)
                if not moved:
                    signs = [t["ts"] for t in inside if t.get("actor", "person") == "person"]
                    cap = silence if silence is not None else model.stages[stage].patience
                    if cap is not None:
                        end = min(end, max([entry.ts, *signs]) + cap)
                tested = [t for t in inside if t["event_id"] not in seconds]
                own = [t for t in ordered if t.get("actor", "person") == "person"]
                yield {
                    "person": person, "stage": stage, "entered": entry.ts, "end": end,
                    "moved": moved, "tested": tested,
                    "own": [t for t in own if t["ts"] <= as_of],
                }  # fmt: skip


def second_reports(touches):
    seen, again = set(), set()
    for touch in touches:
        if touch["name"] == "Order Completed" and touch.get("order_id") is not None:
            if touch["order_id"] in seen:
                again.add(touch["event_id"])
            seen.add(touch["order_id"])
    return again


def place(number, edges):
    return sum(number >= edge for edge in edges)


def strata(log, model, as_of, of="name", silence=None, hidden=lambda _: False):
    """`{(stage, value): {stratum: [days after, moves after, days without, moves without]}}`.

    A stratum is the class of days in the stage and of activity. Only what somebody had early
    enough for any time after it is told.
    """
    everything = [s for s in stays(log, model, as_of, silence) if s["end"] > s["entered"]]
    asked = set()
    for stay in everything:
        stay["tested"] = [t for t in stay["tested"] if not hidden(t)]
        for touch in stay["tested"]:
            if touch[of] is not None and touch["ts"] + 30 * MINUTE < stay["end"]:
                asked.add((stay["stage"], touch[of]))
    found = {key: defaultdict(lambda: [0.0, 0, 0.0, 0]) for key in asked}
    for stage, value in asked:
        for stay in everything:
            if stay["stage"] == stage:
                add(found[stage, value], stay, [t for t in stay["tested"] if t[of] == value])
    return found


def add(cells, stay, mine):
    """Go through the days of one stay."""
    since = min((t["ts"] for t in mine), default=None)
    since = None if since is None else since + 30 * MINUTE
    left_out = {t["event_id"] for t in mine}
    start, day = stay["entered"], 0
    while start < stay["end"]:
        stop = min(start + DAY, stay["end"])
        window = [t for t in stay["own"] if start - 7 * DAY <= t["ts"] < start]
        others = [t for t in window if t["event_id"] not in left_out]
        active = 0 if not window else 1 + place(len(others), TOUCH_EDGES)
        cell = cells[place(day, TIME_EDGES), active]
        turn = stop if since is None else min(max(since, start), stop)
        cell[2] += (turn - start) / DAY
        cell[0] += (stop - turn) / DAY
        if stop == stay["end"] and stay["moved"]:
            cell[1 if turn < stop else 3] += 1
        start, day = stop, day + 1


def mantel_haenszel(cells):
    """The pooled ratio and its interval, stratum by stratum; None without a comparison."""
    up = down = spread = 0.0
    for after, moves, without, moves_without in cells:
        whole = after + without
        if after > 0 and without > 0:
            up += moves * without / whole
            down += moves_without * after / whole
            spread += (moves + moves_without) * after * without / whole**2
    if not up or not down:
        return None
    error = sqrt(spread / (up * down))
    logs = [log(up / down) + sign * 1.959963984540054 * error for sign in (0, -1, 1)]
    return [2.718281828459045**each for each in logs]
