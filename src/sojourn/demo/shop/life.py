"""The daily round: each day everybody may arrive, move on, buy, talk, be reached, look around.

A person's journey is a continuous-time process whose hazards are constant within a day. Every
rate is written as one product, so what multiplies it is what truly causes it. What reaches a
person today counts from tomorrow.
"""

from __future__ import annotations

import numpy as np

from sojourn.core.bucket import Ints
from sojourn.demo.shop.buying import go_to_checkout, take_orders
from sojourn.demo.shop.chance import Chance
from sojourn.demo.shop.people import People
from sojourn.demo.shop.personas import by_persona
from sojourn.demo.shop.state import NEVER, State
from sojourn.demo.shop.stories import SILENT_GUIDE, Plan
from sojourn.demo.shop.talk import talk
from sojourn.demo.shop.world import (
    CALL_RATIO,
    CURIOUS,
    CUSTOMER,
    GONE,
    HAZARDS,
    INVITED,
    KNOW,
    LATE_CHURN,
    LATE_REORDER,
    LIKE,
    LOT_DAYS,
    TRUST,
    TRY,
    UNMET,
    WAITING_LEAVE,
    WAITING_PROGRESS,
    WEEK,
)

BUYS_AT_ONCE = 0.2
SUBSCRIBES_TO_NEWS, ASKS_FOR_GUIDE, SIGNS_UP = 0.20, 0.35, 0.15
GUIDE_OPENED = 0.65
GUIDE_SHARES = np.array([0.35, 0.45, 0.20])
COMES_BACK, CUSTOMER_COMES_BACK = 0.06, 0.20
REST_DAYS = 3
NEWS_EVERY, NEWS_OPENED, NEWS_CLICKED = 7, (0.25, 0.35, 0.5), 0.10

LIVELY = np.array(HAZARDS.lively)
PROGRESS = by_persona("progress")


def live(people: People, plan: Plan, chance: Chance) -> State:
    """Let everybody live through all days; returns where they end, and `facts`."""
    state = State(people, plan, chance)
    for day in range(plan.days):
        week = float(WEEK[plan.date(day).weekday()])
        arrive(state, day)
        come_back(state, day)
        for stage in (TRUST, LIKE, KNOW):
            move_on(state, stage, day)
        decide(state, day, week)
        order_again(state, day, week)
        talk(state, day)
        be_reached(state, day)
        look_around(state, day, week)
        if day % NEWS_EVERY == 1:
            get_mail(state, day)
    return state


def arrive(state: State, day: int) -> None:
    """First contacts: most come to Know, neighbours walk in to Try, or buy on the spot."""
    people = state.people
    new = np.flatnonzero((people.arrival == day) & (state.stage == UNMET))
    online = new[~people.walks_in[new]]
    state.take_to(KNOW, online, day)
    state.facts.note("arrived", online, day)
    walkers = new[people.walks_in[new]]
    state.get_known(walkers, day)
    at_once = state.chance.odds(BUYS_AT_ONCE, len(walkers))
    buyers, lookers = walkers[at_once], walkers[~at_once]
    state.take_to(TRY, lookers, day)
    state.facts.note("walked in", lookers, day)
    taken = take_orders(state, buyers, day, np.ones(len(buyers), bool))
    state.facts.note(
        "checkout", buyers, day, unit=0, in_store=np.ones(len(buyers), bool),
        broken=np.zeros(len(buyers), bool), number=taken,
    )  # fmt: skip


def come_back(state: State, day: int) -> None:
    """Some who had left begin again at Know."""
    who = np.flatnonzero((state.stage == GONE) & (state.returns == day))
    state.take_to(KNOW, who, day)
    state.returns[who] = NEVER
    state.facts.note("visit", who, day, stage=KNOW)


def move_on(state: State, stage: int, day: int) -> None:
    """From Know, Like or Trust: one step further, or away."""
    people = state.people
    who = state.settled(stage, day)
    waits = state.waiting[who]
    curious = people.viral[who] & (stage == KNOW)
    on = (
        HAZARDS.progress[stage]
        * PROGRESS[people.persona[who], stage]
        * LIVELY[people.activity[who]]
        * np.where(waits, WAITING_PROGRESS, 1.0)
        * np.where(curious, CURIOUS, 1.0)
        * np.where(people.invited_by[who] >= 0, INVITED, 1.0)
    )
    off = HAZARDS.leave[stage] * np.where(waits, WAITING_LEAVE, 1.0)
    moved, left = state.chance.either(on, off)
    state.leave(who[left], day, COMES_BACK)
    enter(state, who[moved], stage + 1, day)


def enter(state: State, who: Ints, stage: int, day: int) -> None:
    """These people reach Like, Trust or Try, and some of them leave their name on the way."""
    chance, count = state.chance, len(who)
    state.take_to(stage, who, day)
    news = chance.odds(SUBSCRIBES_TO_NEWS, count) & (stage == LIKE) & ~state.reads_mail[who]
    asks = chance.odds(ASKS_FOR_GUIDE, count) & (stage == TRUST)
    signs = (chance.odds(SIGNS_UP, count) & (stage == TRUST)) | (stage == TRY)
    signs &= ~news & ~asks & (state.known[who] == NEVER)
    state.reads_mail[who[news]] = True
    state.get_known(who[news | asks | signs], day)
    state.facts.note("entered", who[~asks], day, stage=stage, news=news[~asks], signs=signs[~asks])
    ask_for_guide(state, who[asks], day)


def ask_for_guide(state: State, who: Ints, day: int) -> None:
    """Guides come by e-mail within minutes, but for the one that is silent people wait."""
    guide = state.chance.pick(GUIDE_SHARES, len(who))
    silent = (guide == SILENT_GUIDE) & state.plan.silenced(day)
    opened = state.chance.odds(GUIDE_OPENED, len(who)) & ~silent
    state.waiting[who] = silent
    state.facts.note("guide", who, day, guide=guide, silent=silent, opened=opened)


def decide(state: State, day: int, week: float) -> None:
    """In Try: to the checkout, twice as readily after a barista's call, or away."""
    who = state.settled(TRY, day)
    activity = state.people.activity[who]
    ratio = CALL_RATIO if "helper" in state.plan.stories else 1.0
    on = np.array(HAZARDS.attempt)[activity] * np.where(state.called[who], ratio, 1.0) * week
    off = np.array(HAZARDS.leave_try)[activity]
    tries, left = state.chance.either(on, off)
    state.leave(who[left], day, COMES_BACK)
    go_to_checkout(state, who[tries], day)


def order_again(state: State, day: int, week: float) -> None:
    """Customers order again once they have rested, less so after a late delivery, or leave."""
    who = state.settled(CUSTOMER, day)
    persona, late, mood = state.people.persona[who], state.late[who], state.mood[who]
    on = (
        by_persona("reorder")[persona]
        * LIVELY[state.people.activity[who]]
        * (1 + 0.5 * mood)
        * np.where(late, LATE_REORDER, 1.0)
        * (day - state.last_order[who] > REST_DAYS)
        * week
    )
    off = by_persona("churn")[persona] * np.where(late, LATE_CHURN, 1.0) * (1 + (mood < 0))
    orders, left = state.chance.either(on, off)
    state.leave(who[left], day, CUSTOMER_COMES_BACK)
    go_to_checkout(state, who[orders], day)


def be_reached(state: State, day: int) -> None:
    """Calls, banners, posts and advertisements: they count from tomorrow."""
    cast_lots(state, day)
    chance, activity, facts = state.chance, state.people.activity, state.facts
    told = "confounder" in state.plan.stories
    posts = np.array(HAZARDS.posts_in_try if told else HAZARDS.posts_in_try_by_lot)
    usual = HAZARDS.posts * np.array(HAZARDS.visits_by_activity)
    for stage in (KNOW, LIKE, TRUST, TRY, CUSTOMER):
        who = state.settled(stage, day)
        rate = (posts if stage == TRY else usual)[activity[who]]
        facts.note("post", who[chance.happens(rate)], day)
        if stage < TRY:
            ads = np.full(len(who), HAZARDS.ads[stage])
            facts.note("ad", who[chance.happens(ads)], day)


def cast_lots(state: State, day: int) -> None:
    """Calls and banners go by lot to whoever came to Try lately and has not bought.

    The shop can't tell who has silently left, so neither can the lots.
    """
    lately = (state.tries_since < day) & (state.tries_since >= day - LOT_DAYS)
    waiting = lately & ((state.stage == TRY) & (state.since < day) | (state.stage == GONE))
    who = np.flatnonzero(waiting)
    lot = np.full(len(who), HAZARDS.call) * ~state.called[who]
    called = who[state.chance.happens(lot)]
    state.called[called] = True
    state.facts.note("call", called, day)
    banner = state.chance.happens(np.full(len(who), HAZARDS.banner))
    state.facts.note("banner", who[banner], day)


def look_around(state: State, day: int, week: float) -> None:
    """Visits that change nothing, as often as stage and activity have it."""
    who = np.flatnonzero((state.stage >= KNOW) & (state.stage <= CUSTOMER) & (state.since < day))
    stage = state.stage[who]
    rate = np.array(HAZARDS.visits)[stage] * week
    rate *= np.array(HAZARDS.visits_by_activity)[state.people.activity[who]]
    visits = state.chance.happens(rate)
    state.facts.note("visit", who[visits], day, stage=stage[visits])


def get_mail(state: State, day: int) -> None:
    """The newsletter goes to all who asked for it; nobody who has left opens it."""
    chance = state.chance
    who = np.flatnonzero(state.reads_mail & (state.known < day))
    reads = np.array(NEWS_OPENED)[state.people.activity[who]] * (state.stage[who] != GONE)
    bounced = chance.odds(0.02, len(who))
    opened = chance.odds(reads, len(who)) & ~bounced
    clicked = opened & chance.odds(NEWS_CLICKED, len(who))
    state.facts.note("news", who, day, bounced=bounced, opened=opened, clicked=clicked)
