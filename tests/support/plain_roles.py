"""Roles as anybody would write them: one stay at a time, one contact at a time."""

from collections import defaultdict
from statistics import median

from support import plain
from support.plain_attribution import CHORES


def stays_of(touches, model, as_of):
    """`(cycle, stage, [event_id, ...])` of each stay: what happened in it, in order."""
    found = []
    for number, cycle in enumerate(
        plain.cycles_of(plain.steps_of(touches, model, as_of), model), 1
    ):
        furthest = -1
        for step in cycle:
            level = step.seen.bit_length() - 1
            if level > furthest:
                furthest = level
                found.append((number, model.stages[level].id, []))
            if furthest >= 0:
                found[-1][2].append(step.event_id)
    return found


def reported_again(touches):
    """The ids of orders that the person had reported before."""
    seen, again = set(), set()
    for touch in sorted(touches, key=lambda t: (t["ts"], t["seq"])):
        if touch["name"] == "Order Completed" and touch["order_id"] is not None:
            (again if touch["order_id"] in seen else seen).add(
                touch["event_id"] if touch["order_id"] in seen else touch["order_id"]
            )
    return again


def roles(log, model, as_of, column):
    """`(stage, item) -> counts` of everybody; the item is None where nothing was met."""
    ended = {
        (row["person"], row["cycle"], row["stage"]): row
        for row in plain.sojourns(log, model, as_of)
    }
    cells = defaultdict(lambda: defaultdict(list))
    for person, touches in log.items():
        by_id = {touch["event_id"]: touch for touch in touches}
        again = reported_again(touches)
        for cycle, stage, ids in stays_of(touches, model, as_of):
            stay = ended[person, cycle, stage]
            met = [
                by_id[i]
                for i in ids
                if by_id[i].get(column) is not None
                and i not in again
                and not (by_id[i]["actor"] == "business" and by_id[i]["name"] in CHORES)
            ]
            moved = stay["outcome"] in ("moved", "restarted")
            items = [touch[column] for touch in met]
            for item in dict.fromkeys(items or [None]):
                cell = cells[stage, item]
                mine = [touch for touch in met if touch[column] == item]
                cell["people"].append(person)
                cell["stays"].append(1)
                cell["contacts"] += [1] * len(mine)
                cell["felt"] += [t["sentiment"] for t in mine if t.get("sentiment") is not None]
                if not moved:
                    continue
                opens = item is None or items[0] == item
                closes = item is None or items[-1] == item
                cell["moved"].append(1)
                cell["first"] += [1] * opens
                cell["last"] += [1] * closes
                cell["assist"] += [1] * (not opens and not closes)
                if mine:
                    since = stay["left_at"] - plain.instant(mine[0]["ts"])
                    cell["waits"].append(since.total_seconds() / 86400)
    return {key: _counted(cell) for key, cell in cells.items()}


def _counted(cell):
    names = ("contacts", "stays", "moved", "first", "assist", "last")
    felt = cell["felt"]
    return {
        "people": len(set(cell["people"])),
        **{name: len(cell[name]) for name in names},
        "median_days_to_move": median(cell["waits"]) if cell["waits"] else None,
        "sentiment": sum(felt) / len(felt) if felt else None,
        "sentiment_n": len(felt),
    }
