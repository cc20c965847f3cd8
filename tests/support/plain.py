"""The measures as anybody would write them: loops over one person's touchpoints, no arrays."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from sojourn.core.durations import DAY
from sojourn.core.history import History
from sojourn.core.walk import Rules, Step, outcome, walk

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(micros):
    return EPOCH + timedelta(microseconds=micros)


def steps_of(touches, model, as_of):
    """One person's touchpoints as steps of the walk, evaluated one by one."""
    history, steps = History(), []
    for touch in sorted(touches, key=lambda t: (t["ts"], t["seq"])):
        if touch["ts"] > as_of:
            continue
        is_order = touch["name"] == "Order Completed"
        before = history.take(touch["ts"], touch["name"], is_order, touch.get("order_id"))

        def get(ref, touch=touch, before=before):
            if ref.name == "properties":
                return json.dumps(touch.get("properties") or {})
            if ref.name in ("nth", "orders_before", "gap_days", "order_gap_days"):
                return getattr(before, ref.name)
            if ref.name == "ts":
                return instant(touch["ts"])
            return touch.get(ref.name)

        seen = sum(1 << k for k, s in enumerate(model.stages) if s.evidence.test(get))
        if before.second_report:
            seen = 0
        restart = model.restart is not None and model.restart.test(get)
        own = touch.get("actor", "person") == "person"
        steps.append(Step(touch["ts"], own, seen, restart, touch["event_id"]))
    return steps


def cycles_of(steps, model):
    """The steps of each cycle, by the rules as they are written."""
    cycles, last_sign, past_neck = [], None, False
    for i, step in enumerate(steps):
        late = i > 0 and model.lapse is not None and step.ts - last_sign > model.lapse
        if late and not step.own:
            continue
        if i == 0 or late or (step.own and step.restart and past_neck):
            cycles.append([])
            past_neck = False
        cycles[-1].append(step)
        past_neck = past_neck or step.seen.bit_length() - 1 >= model.neck
        if step.own or i == 0:
            last_sign = step.ts
    return cycles


def sojourns(log, model, as_of):
    """Every stay as a dictionary, in the columns of the measure."""
    rows = []
    for person, touches in log.items():
        steps = steps_of(touches, model, as_of)
        for stay in walk(steps, Rules(model.neck, model.lapse)):
            left, how = outcome(stay, as_of, model.lapse, model.stages[stay.stage].patience)
            rows.append(
                {
                    "person": person,
                    "cycle": stay.cycle,
                    "stage": model.stages[stay.stage].id,
                    "entered_at": instant(stay.entered_at),
                    "entered_by": stay.entered_by,
                    "left_at": None if left is None else instant(left),
                    "next_stage": (
                        None if stay.next_stage is None else model.stages[stay.next_stage].id
                    ),
                    "skipped": stay.skipped,
                    "touches": stay.touches,
                    "outcome": how,
                }
            )
    return rows


def incidence(stays, horizon):
    """Aalen-Johansen by the book: at each time, those still watched and those who leave."""
    share, staying, half = 0.0, 1.0, []
    for time in sorted({days for days, _ in stays}):
        if time > horizon:
            break
        at_risk = sum(days >= time for days, _ in stays)
        moved = sum(days == time and how in ("moved", "restarted") for days, how in stays)
        gone = moved + sum(days == time and how == "lapsed" for days, how in stays)
        share += staying * moved / at_risk
        staying *= 1 - gone / at_risk
        half.append((time, share))
    reached = next((t for t, s in half if share > 0 and s >= share / 2 - 1e-12), None)
    return share, reached


def stages(log, model, as_of):
    """The rows of the measure `stages`, counted one by one."""
    stays = sojourns(log, model, as_of)
    furthest, seen = {}, defaultdict(set)
    for person, touches in log.items():
        for number, cycle in enumerate(cycles_of(steps_of(touches, model, as_of), model), 1):
            furthest[person, number] = max(step.seen.bit_length() - 1 for step in cycle)
            for step in cycle:
                seen[person, number] |= {k for k in range(len(model.stages)) if step.seen >> k & 1}
    rows = []
    for k, stage in enumerate(model.stages):
        here = [s for s in stays if s["stage"] == stage.id]
        how = Counter(s["outcome"] for s in here)
        reached = {key for key, level in furthest.items() if level >= k}
        watched = [
            (
                ((s["left_at"] or instant(as_of)) - s["entered_at"]) / timedelta(microseconds=1),
                s["outcome"],
            )
            for s in here
        ]
        moved, half = incidence(watched, 90 * DAY)
        rows.append(
            {
                "stage": stage.id,
                "name": stage.name,
                "reached": len(reached),
                "people": len({person for person, _ in reached}),
                "seen": sum(k in bits for bits in seen.values()),
                "entered": len(here),
                "passed_over": len(reached) - len(here),
                "moved_on": how["moved"],
                "restarted": how["restarted"],
                "lapsed": how["lapsed"],
                "here": how["open"] + how["stalled"],
                "stalled": how["stalled"],
                "conversion": None,
                "moved_90d": moved if here else None,
                "days_to_move": None if half is None else half / DAY,
            }
        )
    for row, following in zip(rows, rows[1:], strict=False):
        row["conversion"] = following["reached"] / row["reached"] if row["reached"] else None
    return rows


def moves(log, model, as_of):
    """`(from, to, kind) -> (count, people, durations in days)`."""
    found = defaultdict(list)
    for stay in sojourns(log, model, as_of):
        if stay["outcome"] in ("moved", "restarted", "lapsed"):
            key = (stay["stage"], stay["next_stage"], stay["outcome"])
            days = (stay["left_at"] - stay["entered_at"]) / timedelta(days=1)
            found[key].append((stay["person"], days))
    return found


def paths(log, model, as_of, column="name"):
    """Each cycle's values from first to last touchpoint."""
    found = []
    for person, touches in log.items():
        by_id = {t["event_id"]: t for t in touches}
        cycles = cycles_of(steps_of(touches, model, as_of), model)
        found += [(person, [by_id[s.event_id].get(column) for s in cycle]) for cycle in cycles]
    return found


def life(touches, model, as_of):
    """What holds of one person at `as_of`, by the words of the glossary."""
    known = [t for t in sorted(touches, key=lambda t: (t["ts"], t["seq"])) if t["ts"] <= as_of]
    if not known:
        return None
    steps = steps_of(touches, model, as_of)
    cycles = cycles_of(steps, model)
    stays = [s for s in sojourns({"x": touches}, model, as_of) if s["cycle"] == len(cycles)]
    signs = [s.ts for i, s in enumerate(steps) if s.own or i == 0]
    last_sign = max(ts for ts in signs if ts >= cycles[-1][0].ts)
    reported, orders, value = set(), 0, 0.0
    for touch in known:
        if touch["name"] == "Order Completed" and touch["order_id"] not in reported:
            orders += 1
            value += float(touch["value"])
            reported |= {touch["order_id"]} - {None}
    channels = [t["channel"] for t in known if t["channel"]]
    messages = [t["ts"] for t in known if t["name"] == "Message Sent"]
    lapsed = model.lapse is not None and as_of > last_sign + model.lapse
    return {
        "stage": stays[-1]["stage"] if stays else None,
        "cycle": len(cycles),
        "lapsed": lapsed,
        "stalled": bool(stays) and stays[-1]["outcome"] == "stalled",
        "total_orders": orders,
        "total_value": value,
        "first_channel": channels[0] if channels else None,
        "last_channel": channels[-1] if channels else None,
        "first_seen": instant(known[0]["ts"]),
        "last_seen": instant(last_sign),
        "last_message_days": (as_of - messages[-1]) / DAY if messages else None,
        "did": lambda name, days=None: any(
            t["name"] == name and (days is None or as_of - t["ts"] <= days * DAY) for t in known
        ),
    }
