"""What customers do between orders: use, mention, share, invite, call, renew."""

from __future__ import annotations

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.demo.shop.buying import RENEWAL_DAYS
from sojourn.demo.shop.personas import by_persona
from sojourn.demo.shop.state import State
from sojourn.demo.shop.world import (
    CUSTOMER,
    HAZARDS,
    UNMET,
)

ACCEPTS = 0.6


def talk(state: State, day: int) -> None:
    """All that customers may do today beside ordering."""
    who = state.settled(CUSTOMER, day)
    chance, facts, mood = state.chance, state.facts, state.mood[who]
    lively = np.array(HAZARDS.visits_by_activity)[state.people.activity[who]]
    facts.note("use", who[chance.happens(HAZARDS.use * lively)], day)
    says = chance.happens(HAZARDS.mention * (1 + 3 * np.abs(mood)))
    feeling = np.clip(mood[says] + 0.25 * chance.noise(int(says.sum())), -1.0, 1.0)
    facts.note("mention", who[says], day, feeling=feeling)
    happy = 2 * np.maximum(mood, 0.0)
    facts.note("share", who[chance.happens(HAZARDS.share * happy)], day)
    facts.note("testimonial", who[chance.happens(HAZARDS.testimonial * happy)], day)
    facts.note("phone call", who[chance.happens(np.full(len(who), HAZARDS.phone_call))], day)
    inviting = by_persona("invite")[state.people.persona[who]] * happy
    invite(state, who[chance.happens(inviting)], day)
    renewing = np.flatnonzero(state.renews == day)
    facts.note("renewed", renewing, day)
    state.renews[renewing] += RENEWAL_DAYS


def invite(state: State, who: Ints, day: int) -> None:
    """Friends invited come sooner than they would have, if they come: their first day changes."""
    people, chance = state.people, state.chance
    state.facts.note("invite", who, day)
    callers = who[chance.odds(ACCEPTS, len(who))]
    free = (people.arrival > day + 1) & (state.stage == UNMET) & ~people.walks_in
    pool = np.flatnonzero(free & ~people.viral & (people.invited_by < 0))
    order = np.argsort(chance.uniform(len(pool)), kind="stable")
    friends = pool[order][: len(callers)]
    callers = callers[: len(friends)]
    people.invited_by[friends] = callers
    sooner = day + 1 + chance.whole_days(3.0, 20, len(friends))
    people.arrival[friends] = np.minimum(people.arrival[friends], sooner)
