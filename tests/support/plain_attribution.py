"""Attribution as anybody would write it: one person's touchpoints in a loop, one path at a time."""

from collections import defaultdict
from itertools import combinations
from math import factorial

from sojourn.core.durations import MINUTE

OUTSIDE = {
    "Ad Viewed", "Ad Clicked", "Post Viewed", "Store Visited", "Call Received",
    "Referral Clicked", "Referral Accepted",
}  # fmt: skip
CHORES = {
    "Order Shipped", "Order Delivered", "Order Refunded", "Trial Ended", "Support Solved",
    "Reward Granted", "Points Earned", "Note Added", "Email Bounced",
}  # fmt: skip


def marked(touches, as_of, convert="Order Completed"):
    """One person's touchpoints in order: does each convert, is it a touch?"""
    reported, visit, found = set(), None, []
    for touch in sorted(touches, key=lambda t: (t["ts"], t["seq"])):
        if touch["ts"] > as_of:
            continue
        order = touch.get("order_id")
        if touch["name"] == "Order Completed":
            if order is not None and order in reported:
                continue
            reported.add(order)
        own = touch.get("actor", "person") == "person"
        contact = touch["name"] in OUTSIDE if own else touch["name"] not in CHORES
        opens = False
        if own:
            campaign = touch.get("campaign")
            opens = (
                visit is None
                or touch["ts"] - visit["ts"] >= 30 * MINUTE
                or touch["channel"] != visit["channel"]
                or (campaign is not None and campaign != visit["campaign"])
            )
            kept = None if opens else visit["campaign"]
            visit = {
                "ts": touch["ts"], "channel": touch["channel"], "campaign": campaign or kept,
            }  # fmt: skip
        converts = touch["name"] == convert
        found.append((touch, converts, (contact or opens) and not converts))
    return found


def paths(log, as_of, lookback, convert="Order Completed", start=None, end=None):
    """`(conversion or None, [touch, ...])` of everybody; None: never converted, and settled."""
    found, pending = [], 0

    def inside(moment):
        return (start is None or moment >= start) and (end is None or moment < end)

    for touches in log.values():
        open_path = []
        for touch, converts, is_touch in marked(touches, as_of, convert):
            if converts:
                kept = [t for t in open_path if touch["ts"] - t["ts"] <= lookback]
                if inside(touch["ts"]):
                    found.append((touch, kept))
                open_path = []
            elif is_touch:
                open_path.append(touch)
        if open_path and inside(open_path[-1]["ts"]):
            last = open_path[-1]["ts"]
            if as_of - last < lookback:
                pending += 1
            else:
                found.append((None, [t for t in open_path if last - t["ts"] <= lookback]))
    return found, pending


def split(model, path, conversion, half_life):
    """The share of each touch of a path (a list of touchpoints)."""
    n = len(path)
    if model == "first":
        return [1.0] + [0.0] * (n - 1)
    if model == "last":
        return [0.0] * (n - 1) + [1.0]
    if model == "last-non-direct":
        good = [i for i, t in enumerate(path) if t["channel"] != "Direct"] or [n - 1]
        return [float(i == good[-1]) for i in range(n)]
    if model == "linear":
        return [1 / n] * n
    if model == "position":
        if n <= 2:
            return [1 / n] * n
        return [0.4, *[0.2 / (n - 2)] * (n - 2), 0.4]
    decayed = [0.5 ** ((conversion["ts"] - t["ts"]) / half_life) for t in path]
    return [d / sum(decayed) for d in decayed]


def credits(found, model, column="channel", half_life=1):
    """`credit -> conversions` by a rule."""
    given = defaultdict(float)
    for conversion, path in found:
        if conversion is None:
            continue
        if not path:
            given["(none)"] += 1
            continue
        for touch, share in zip(path, split(model, path, conversion, half_life), strict=True):
            given[touch.get(column) or "(none)"] += share
    return {name: number for name, number in given.items() if number}


def texts(found, column="channel"):
    """`(path of texts, converted)` of each."""
    return [
        (tuple(t.get(column) or "(none)" for t in path) or ("(none)",), conversion is not None)
        for conversion, path in found
    ]


def chance(transitions, state, removed, rounds=4000):
    """The chance of converting from a state, by stepping the chain until nothing changes."""
    value = dict.fromkeys(transitions, 0.0)
    value |= {"won": 1.0, "lost": 0.0}
    for _ in range(rounds):
        change = 0.0
        for here, ways in transitions.items():
            total = sum(ways.values())
            new = sum(
                count / total * (0.0 if there[-1:] == (removed,) else value[there])
                for there, count in ways.items()
            )
            change = max(change, abs(new - value[here]))
            value[here] = new
        if change < 1e-15:
            break
    return value[state]


def removal_effects(counted, order):
    """`node -> effect` of `(path, won, lost)` rows: the chain walked with and without a node."""
    transitions = defaultdict(lambda: defaultdict(float))
    for path, won, lost in counted:
        if not won + lost:
            continue
        state = ()
        for node in path:
            following = (*state, node)[-order:]
            transitions[state][following] += won + lost
            state = following
        transitions[state]["won"] += won
        transitions[state]["lost"] += lost
    whole = chance(transitions, (), None) if transitions else 0.0
    nodes = {node for path, _, _ in counted for node in path}
    return {node: 1 - chance(transitions, (), node) / whole if whole else 0.0 for node in nodes}


def shapley(counted):
    """`node -> value` by the definition: every coalition, worth the conversions of paths inside."""
    nodes = sorted({node for path, _, _ in counted for node in path})
    n = len(nodes)

    def worth(coalition):
        return sum(won for path, won, _ in counted if set(path) <= coalition)

    found = dict.fromkeys(nodes, 0.0)
    for node in nodes:
        others = [other for other in nodes if other != node]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for chosen in combinations(others, size):
                gain = worth({*chosen, node}) - worth(set(chosen))
                found[node] += weight * gain
    return found
