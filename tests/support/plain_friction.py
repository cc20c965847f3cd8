"""The cases of friction as anybody would find them: loops over one person's touchpoints."""

from collections import defaultdict
from datetime import UTC, datetime

from sojourn.core.durations import DAY, MINUTE
from support import plain

TROUBLE = ("failed", "error", "declined")
LOW = {"rating": 2, "nps": 6}


class Life:
    """One person's touchpoints up to `as_of`, walked."""

    def __init__(self, touches, model, as_of):
        ordered = sorted(touches, key=lambda t: (t["ts"], t["seq"]))
        self.touches = [t for t in ordered if t["ts"] <= as_of]
        self.second, reported = set(), set()
        for place, touch in enumerate(self.touches):
            order_id = touch.get("order_id")
            if touch["name"] == "Order Completed" and order_id is not None:
                if order_id in reported:
                    self.second.add(place)
                reported.add(order_id)
        self._walk(touches, model, as_of)

    def _walk(self, touches, model, as_of):
        steps = plain.steps_of(touches, model, as_of)
        place = {t["event_id"]: n for n, t in enumerate(self.touches)}
        self.stage, self.entered, self.gone_on, sign = {}, set(), set(), None
        starts = []
        for cycle in plain.cycles_of(steps, model):
            first = cycle[0]
            starts.append(place[first.event_id])
            if sign is not None and (model.lapse is None or first.ts - sign <= model.lapse):
                self.gone_on.add(place[first.event_id])
            furthest = -1
            for step in cycle:
                n, level = place[step.event_id], step.seen.bit_length() - 1
                if level > furthest:
                    self.entered.add(n)
                    if furthest >= 0:
                        self.gone_on.add(n)
                    furthest = level
                self.stage[n] = furthest
                if step.own or n == 0:
                    sign = step.ts
        self.gone_on |= set(self.orders())
        borders = sorted({*starts, *self.entered, len(self.touches)})
        self.ends = {n: next(b for b in borders if b > n) for n in self.entered}

    def named(self, *names, own=None):
        return [
            n
            for n, t in enumerate(self.touches)
            if t["name"] in names and n not in self.second and (own is None or self.own(n) == own)
        ]

    def own(self, n):
        return self.touches[n].get("actor", "person") == "person"

    def orders(self):
        return self.named("Order Completed")

    def ts(self, n):
        return None if n is None else self.touches[n]["ts"]

    def first_after(self, n, places):
        return min((p for p in places if n is not None and p > n), default=None)

    def on(self, n):
        return self.ts(self.first_after(n, self.gone_on))


def cases(log, model, as_of):
    """`(kind, subject) -> [(person, ts, stage, met at, gone on at), ...]`, ascending."""
    found, names = defaultdict(list), {t["name"] for mine in log.values() for t in mine}
    for number, person in enumerate(sorted(log)):
        life = Life(log[person], model, as_of)
        for kind, subject, n, met, on in everything(life, names, number):
            if n in life.stage:
                row = (person, life.ts(n), life.stage[n], life.ts(met), on)
                found[kind, subject].append(row)
    return {key: sorted(rows, key=str) for key, rows in found.items()}


def everything(life, names, number):
    yield from attempts(life, "Checkout Started", "Order Completed", "an order", DAY)
    if "Application Submitted" in names:
        then = "Application Submitted"
        yield from attempts(life, "Application Started", then, then, 7 * DAY)
    yield from answered(life, "Order Completed", "Order Delivered")
    yield from answered(life, "Support Opened", "Support Solved")
    yield from answered(life, "Guide Requested", "Guide Delivered")
    for then in {"Guide Delivered", "Guide Opened"} & names:
        for n in life.named("Guide Requested", own=True):
            come = answer(life, n, "Guide Requested", life.named(then))
            yield "silent", f"Guide Requested → {then}", n, come, life.on(n)
    for n in life.orders():
        heard = life.first_after(n, [m for m in range(len(life.touches)) if not life.own(m)])
        yield "unheard", "an order → a word from us", n, heard, life.on(n)
    yield from met(life, "support", "asked for help", life.named("Support Opened", own=True))
    yield from met(life, "low scores", "gave a low score", [n for n, low in scores(life) if low])
    yield from run_into(life, "errors", "met an error", stray_errors(life, names), number)
    yield from met(life, "circles", "went in circles", circles(life))


def is_trouble(life, n):
    return any(word in life.touches[n]["name"].lower() for word in TROUBLE)


def attempts(life, first, end, then, within):
    starts, before = life.named(first), None
    for n in starts:
        finish = life.first_after(n, life.named(end))
        soon = before is not None and life.ts(n) - life.ts(before) < within
        again = soon and life.first_after(before, life.named(end)) == finish
        before = n
        if again:
            continue
        on, last = life.ts(finish), life.ts(n) + within
        error = life.first_after(n, [m for m in range(len(life.touches)) if is_trouble(life, m)])
        if error is not None and life.ts(error) > (last if on is None else min(on, last)):
            error = None
        yield "unfinished", f"{first} → {then}", n, None, on
        yield "failed", f"{first} → {then}", n, error, on


def answer(life, n, first, places):
    asked = life.touches[n].get("order_id")
    later = [m for m in places if m > n]
    order_of = {m: life.touches[m].get("order_id") for m in later}
    if asked is not None:
        same = [m for m in later if order_of[m] == asked]
        if same:
            return same[0]
        later = [m for m in later if order_of[m] is None]
    again = life.first_after(n, life.named(first, own=True))
    found = min(later, default=None)
    return None if found is None or (again is not None and again < found) else found


def answered(life, first, then):
    for n in life.named(first, own=True):
        found = answer(life, n, first, life.named(then))
        if found is None:
            continue
        yield "waits", f"{first} → {then}", n, found, life.on(n)
        low = dict(scores(life))
        score = answer(life, n, first, list(low))
        judged = score is not None and life.ts(score) - life.ts(n) <= 90 * DAY
        content = None if judged and low[score] else life.ts(n)
        if judged:
            yield "sour waits", f"{first} → {then}, then a low score", n, found, content
        due = (life.touches[n].get("properties") or {}).get("promised_at")
        if due is not None and due != "soon":
            moment = datetime.fromisoformat(due).replace(tzinfo=UTC).timestamp() * 1_000_000
            broken = found if life.ts(found) > moment else None
            yield "late", f"{first} → {then}", found, broken, life.on(found)
            if judged:
                on = None if content is None else life.ts(found)
                yield "sour late", f"{first} → {then}, then a low score", found, broken, on


def scores(life):
    for n, touch in enumerate(life.touches):
        said = touch.get("properties") or {}
        for key, low in LOW.items():
            if key in said and life.own(n):
                yield n, said[key] <= low


def stray_errors(life, names):
    started = {"Checkout Started"}
    if "Application Submitted" in names:
        started.add("Application Started")
    starts = life.named(*started)
    for n in life.named(*{t["name"] for t in life.touches}):
        if is_trouble(life, n):
            before = max((s for s in starts if s < n), default=None)
            if before is None or life.ts(n) - life.ts(before) >= DAY:
                yield n


def circles(life):
    same, last = defaultdict(int), None
    for n, touch in enumerate(life.touches):
        if not life.own(n) or n in life.second:
            continue
        if last is not None and touch["ts"] - last >= 30 * MINUTE:
            same.clear()
        last = touch["ts"]
        key = str((touch["name"], touch.get("page"), touch.get("properties")))
        same[key] += 1
        if same[key] == 4 and not is_trouble(life, n):
            yield n


def run_into(life, kind, subject, places, number):
    """Each stay at its first trouble, or else at one of its first 20 touchpoints."""
    places = set(places)
    for start in sorted(life.entered):
        stay = [start]
        while stay[-1] + 1 < life.ends[start]:
            stay.append(stay[-1] + 1)
        trouble = next((n for n in stay[1:] if n in places), None)
        if len(stay) == 1 or (trouble is not None and trouble - start > 20):
            continue
        drawn = number * 2_654_435_761 % 2**32 // 2**16
        picked = start + 1 + drawn % min(len(stay) - 1, 20)
        n = picked if trouble is None else trouble
        yield kind, subject, n, trouble, life.on(n)


def met(life, kind, subject, places):
    places = list(places)
    for n in sorted({*life.entered, *life.orders()}):
        yield kind, subject, n, life.first_after(n, places), life.on(n)
