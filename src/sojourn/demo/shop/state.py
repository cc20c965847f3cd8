"""Where everybody is on a day, and the facts that their lives leave behind."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.demo.shop.chance import Chance
from sojourn.demo.shop.people import People
from sojourn.demo.shop.stories import Plan
from sojourn.demo.shop.world import CUSTOMER, GONE, RETURN_AFTER_DAYS, TRY, UNMET

NEVER = 1_000_000
"""A day that never comes."""

Fact: TypeAlias = dict[str, NDArray[Any]]
"""One kind of fact as columns: always `who` and `day`, the rest depends on the kind."""


class Facts:
    """What happened, by kind, as columns; no texts and no times of day yet."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[Fact]] = {}

    def note(self, kind: str, who: Ints, day: int, **columns: Ints | Reals | Bools | int) -> None:
        """Write down that this happened to these people on this day."""
        if len(who):
            piece: Fact = {"who": who, "day": np.full(len(who), day)}
            for name, value in columns.items():
                piece[name] = np.full(len(who), value) if isinstance(value, int) else value
            self._pieces.setdefault(kind, []).append(piece)

    def all(self, kind: str, *columns: str) -> Fact:
        """Everything of one kind in the order of writing; empty columns when there is nothing."""
        pieces = self._pieces.get(kind, [])
        if not pieces:
            return {name: np.zeros(0, np.int64) for name in ("who", "day", *columns)}
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


class State:
    """Everybody's hidden state; one element a person in each array.

    `since` is the day of the last change of stage or order: nothing else moves on that day.
    `tries_since` is the day on which somebody last came to Try, `called` whether since then, and
    `known` is the day from which the shop knows their name. `mood` runs from -1 to 1.
    """

    def __init__(self, people: People, plan: Plan, chance: Chance) -> None:
        count = len(people)
        self.people, self.plan, self.chance, self.facts = people, plan, chance, Facts()
        self.stage = np.full(count, UNMET)
        self.since = np.full(count, -1)
        self.tries_since = np.full(count, -NEVER)
        self.known = np.full(count, NEVER)
        self.called = np.zeros(count, bool)
        self.waiting = np.zeros(count, bool)
        self.reads_mail = np.zeros(count, bool)
        self.mood = np.zeros(count)
        self.late = np.zeros(count, bool)
        self.orders = np.zeros(count, np.int64)
        self.last_order = np.full(count, -NEVER)
        self.renews = np.full(count, NEVER)
        self.returns = np.full(count, NEVER)
        self.orders_taken = 0

    def settled(self, stage: int, day: int) -> Ints:
        """Who is in this stage since before today."""
        return np.flatnonzero((self.stage == stage) & (self.since < day))

    def take_to(self, stage: int, who: Ints, day: int) -> None:
        """From today these people are in this stage."""
        self.facts.note("stay", who[self.stage[who] != stage], day, stage=stage)
        self.stage[who], self.since[who] = stage, day
        self.waiting[who] = False
        if stage == TRY:
            self.tries_since[who] = day
            self.called[who] = False

    def get_known(self, who: Ints, day: int) -> None:
        """From today the shop knows these people's names."""
        new: Ints = who[self.known[who] == NEVER]
        self.known[new] = day
        friends = new[self.people.invited_by[new] >= 0]
        self.facts.note("accepted", friends, day)

    def leave(self, who: Ints, day: int, back: float) -> None:
        """These people leave; a share `back` of them returns, long after they could have lapsed."""
        self.take_to(GONE, who, day)
        subscribers = who[self.renews[who] < NEVER]
        self.facts.note("cancelled", subscribers, day)
        self.facts.note("missed", who[self.orders[who] > 0], day)
        self.renews[who] = NEVER
        later = day + RETURN_AFTER_DAYS + self.chance.whole_days(60, 400, len(who))
        self.returns[who] = np.where(self.chance.odds(back, len(who)), later, NEVER)

    def buy(self, who: Ints, day: int) -> None:
        """These people have bought: they are customers now."""
        self.take_to(CUSTOMER, who, day)
        self.tries_since[who] = -NEVER
        self.last_order[who] = day
        self.orders[who] += 1
