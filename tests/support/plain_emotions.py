"""Feelings as anybody would write them: one touchpoint at a time, then sums over people."""

import json
import math
from collections import defaultdict

from scipy.stats import t

from support import plain


def stage_of_each(touches, model, as_of):
    """The stage that each touchpoint of a person belongs to, None before any, by event id."""
    found = {}
    for cycle in plain.cycles_of(plain.steps_of(touches, model, as_of), model):
        furthest = -1
        for step in cycle:
            furthest = max(furthest, step.seen.bit_length() - 1)
            found[step.event_id] = model.stages[furthest].id if furthest >= 0 else "(none)"
    return found


def score(touch):
    """The feeling of a touchpoint: stars of five, else a given sentiment."""
    rating = (touch.get("properties") or {}).get("rating")
    if rating is not None and 1 <= rating <= 5:
        return (rating - 3) / 2
    return touch.get("sentiment")


def emotions(log, model, as_of, of="stage"):
    """By value: n, people, mean and the half width of its interval."""
    groups = defaultdict(list)
    for person, touches in log.items():
        stages = stage_of_each(touches, model, as_of)
        for touch in touches:
            felt = score(touch)
            if felt is None or touch["event_id"] not in stages:
                continue
            value = stages[touch["event_id"]] if of == "stage" else touch[of] or "(none)"
            groups[value].append((person, felt))
    return {value: figures(felt) for value, felt in groups.items()}


def figures(felt):
    """n, people, mean, and how far its 95% interval reaches (None for one person alone)."""
    n, people = len(felt), {person for person, _ in felt}
    mean = sum(x for _, x in felt) / n
    if len(people) < 2:
        return n, 1, mean, None
    off = [sum(x - mean for who, x in felt if who == person) for person in people]
    k = len(people)
    error = math.sqrt(sum(each * each for each in off) * k / (k - 1)) / n
    return n, k, mean, t.ppf(0.975, k - 1) * error


def survey(log, kind, months):
    """By month: how many answers, and each person's last one."""
    answers, last = defaultdict(int), {}
    for person, touches in log.items():
        for touch in sorted(touches, key=lambda each: (each["ts"], each["seq"])):
            said = json.loads(touch["properties"]) if touch["properties"] else {}
            if said.get("survey_id") == kind:
                month = months(touch["ts"])
                answers[month] += 1
                last[month, person] = said["score"]
    return answers, last
