"""The checkout and what it sets going: orders, deliveries, moods, subscriptions, rewards."""

from __future__ import annotations

import numpy as np

from sojourn.core.bucket import Bools, Ints
from sojourn.demo.shop.people import NO_ONE
from sojourn.demo.shop.personas import by_persona
from sojourn.demo.shop.state import NEVER, State
from sojourn.demo.shop.stories import SLOW_REGION
from sojourn.demo.shop.world import (
    BROKEN_COMPLETES,
    COMPLETES,
    LATE_AFTER_DAYS,
    PHONE,
    PRODUCTS,
)

SECOND_DEVICE = 0.2
RENEWAL_DAYS = 30
ASKS_FOR_NEWS = 0.35
PRICES = np.array([product.cents for product in PRODUCTS])


def go_to_checkout(state: State, who: Ints, day: int) -> None:
    """These people try to pay: in the shop, or on a device whose checkout may fail them."""
    chance, people = state.chance, state.people
    in_store = chance.odds(by_persona("in_store")[people.persona[who]], len(who))
    second = (people.kinds[who, 1] >= 0) & chance.odds(SECOND_DEVICE, len(who))
    unit = second.astype(np.int64)
    kind = people.kinds[who, unit]
    broken = (kind == PHONE) & ~in_store & state.plan.broken(day)
    finished = np.where(broken, BROKEN_COMPLETES, COMPLETES[kind])
    pays = chance.odds(np.where(in_store, 1.0, finished), len(who))
    taken = take_orders(state, who[pays], day, in_store[pays])
    number = np.full(len(who), NO_ONE)
    number[pays] = taken
    state.facts.note(
        "checkout", who, day, unit=unit, in_store=in_store, broken=broken, number=number
    )


def take_orders(state: State, who: Ints, day: int, in_store: Bools) -> Ints:
    """Take an order from each and return the orders' numbers."""
    chance, people = state.chance, state.people
    numbers = state.orders_taken + np.arange(len(who))
    state.orders_taken += len(who)
    product = chance.pick_by(by_persona("wares"), people.persona[who])
    items = 1 + np.floor(by_persona("items")[people.persona[who]] * chance.wait(1.0, len(who)))
    items = np.minimum(items, 12).astype(np.int64)
    days = delivery_days(state, who, day)
    late = ~in_store & (days > LATE_AFTER_DAYS)
    mood = np.clip(0.4 + 0.3 * chance.noise(len(who)) - 0.9 * late, -1.0, 1.0)
    first = state.orders[who] == 0
    state.mood[who] = np.where(first, mood, (state.mood[who] + mood) / 2)
    state.late[who] = late
    state.facts.note(
        "order", who, day, number=numbers, product=product, items=items, in_store=in_store,
        cents=PRICES[product] * items, days=days, late=late, mood=mood, first=first,
    )  # fmt: skip
    reward_friends(state, who[first], day)
    start_subscriptions(state, who, day)
    state.reads_mail[who[~in_store & chance.odds(ASKS_FOR_NEWS, len(who))]] = True
    state.buy(who, day)
    return numbers


def delivery_days(state: State, who: Ints, day: int) -> Ints:
    """How many days each delivery takes: 1 to 6, or 9 to 21 in the region that is slow."""
    usual = 1 + state.chance.whole_days(1.6, 5, len(who))
    slow = 9 + state.chance.whole_days(3.0, 12, len(who))
    there = (state.people.region[who] == SLOW_REGION) & state.plan.slowed(day)
    return np.where(there, slow, usual)


def reward_friends(state: State, who: Ints, day: int) -> None:
    """Whoever invited these people is rewarded for their first order."""
    inviter = state.people.invited_by[who]
    invited = inviter >= 0
    state.facts.note("reward", inviter[invited], day, friend=who[invited])


def start_subscriptions(state: State, who: Ints, day: int) -> None:
    """Some who bought now have beans sent every month."""
    wants = state.chance.odds(by_persona("subscribes")[state.people.persona[who]], len(who))
    new = who[wants & (state.renews[who] == NEVER)]
    state.renews[new] = day + RENEWAL_DAYS
