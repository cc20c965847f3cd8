"""Referrals as anybody would write them: one referral after another, then one person at a time."""

from collections import defaultdict

from sojourn.core.durations import DAY

BLOCKED = {"null", ""}


def known_until(log, as_of):
    """The touchpoints up to a moment, each person's in order; who has none is not there."""
    cut = {
        person: sorted((t for t in touches if t["ts"] <= as_of), key=lambda t: (t["ts"], t["seq"]))
        for person, touches in log.items()
    }
    return {person: touches for person, touches in cut.items() if touches}


def who_brought(log, as_of):
    """By person `(advocate or None for unknown, ts)`, and the left out by reason."""
    wanted, left = [], {"own": set(), "nobody": set(), "circles": set()}
    for person, touches in known_until(log, as_of).items():
        named = [(t["ts"], t["seq"], t["referred_by"]) for t in touches if t.get("referred_by")]
        valid = [each for each in named if each[2] not in BLOCKED and each[2] != person]
        if valid:
            wanted.append((*valid[0], person))
        elif named:
            left["own" if any(each[2] == person for each in named) else "nobody"].add(person)
    found = {}
    for ts, _, advocate, person in sorted(wanted):
        here = advocate
        while here in found and here != person:
            here = found[here][0]
        if here == person:
            left["circles"].add(person)
        else:
            found[person] = (advocate if advocate in log else None, ts)
    return found, left


def orders_of(touches):
    """A person's orders, without second reports."""
    seen, found = set(), []
    for touch in touches:
        if touch["name"] == "Order Completed" and touch["order_id"] not in seen:
            found.append(touch)
            seen |= {touch["order_id"]} - {None}
    return found


def net(touches):
    """By currency: orders, and their value less the refunds that name them."""
    found = defaultdict(lambda: [0, 0.0])
    for order in orders_of(touches):
        back = [
            abs(float(t["value"] or 0))
            for t in touches
            if t["name"] == "Order Refunded" and t["order_id"] == order["order_id"] is not None
        ]
        found[order["currency"]][0] += 1
        found[order["currency"]][1] += float(order["value"] or 0) - sum(back)
    return {currency: tuple(sums) for currency, sums in found.items()}


def chain(advocate, found):
    """Links of the longest chain below somebody."""
    below = [person for person, (by, _) in found.items() if by == advocate]
    return max((1 + chain(person, found) for person in below), default=0)


def advocates(log, as_of):
    """By advocate: brought, second hand, links, and by currency orders and money at each hand."""
    found, _ = who_brought(log, as_of)
    cut = known_until(log, as_of)
    answer = {}
    for advocate in {by for by, _ in found.values()} - {None}:
        first = [person for person, (by, _) in found.items() if by == advocate]
        second = [person for person, (by, _) in found.items() if by in first]
        money = defaultdict(lambda: [0, 0.0, 0, 0.0])
        for place, people in ((0, first), (2, second)):
            for person in people:
                for currency, (orders, value) in net(cut[person]).items():
                    money[currency][place] += orders
                    money[currency][place + 1] += value
        answer[advocate] = (
            len(first),
            len(second),
            chain(advocate, found),
            {currency: tuple(sums) for currency, sums in money.items()},
        )
    return answer


def compared(log, as_of):
    """By measure: `(people, value)` of the referred and of the rest; no value without people."""
    found, _ = who_brought(log, as_of)
    people = {True: defaultdict(list), False: defaultdict(list)}
    for person, touches in known_until(log, as_of).items():
        _facts(person, touches, as_of, found, people[person in found])
    return {
        measure: tuple(_mean(people[side][measure]) for side in (True, False))
        for measure in {*people[True], *people[False]}
    }


def _mean(pairs):
    below = sum(x for _, x in pairs)
    return (len(pairs), sum(y for y, _ in pairs) / below) if below else (0, None)


def _facts(person, touches, as_of, found, into):
    orders = orders_of(touches)
    first = touches[0]["ts"]
    ordered = orders[0]["ts"] if orders else None
    if first + 30 * DAY <= as_of:
        hit = ordered is not None and ordered <= first + 30 * DAY
        into["ordered within 30 days"].append((hit, 1))
    if orders and first + 90 * DAY <= as_of and ordered <= first + 90 * DAY:
        into["days to first order"].append(((ordered - first) / DAY, 1))
    for currency in {order["currency"] for order in orders}:
        worth = [float(o["value"]) for o in orders if o["currency"] == currency and o["value"]]
        if worth:
            into["order value", currency].append((sum(worth), len(worth)))
    said = [(o["properties"] or {}).get("discount") for o in orders]
    if said[:1] and said[0] is not None:
        into["discount on the first order"].append((said[0], 1))
    later = [each for each in said[1:] if each is not None]
    if later:
        into["discount on later orders"].append((sum(later), len(later)))
    if orders and ordered + 90 * DAY <= as_of:
        until = ordered + 90 * DAY
        refunds = [t["ts"] for t in touches if t["name"] == "Order Refunded"]
        brought = [ts for by, ts in found.values() if by == person]
        hits = {
            "refunded within 90 days": any(ordered <= ts <= until for ts in refunds),
            "ordered again within 90 days": any(o["ts"] <= until for o in orders[1:]),
            "brought somebody within 90 days": any(ts <= until for ts in brought),
        }
        for measure, hit in hits.items():
            into[measure].append((hit, 1))
