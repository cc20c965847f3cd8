"""The simulated shop: people live, and what they do is told as touchpoints."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from sojourn.demo.shop.before import tell_before
from sojourn.demo.shop.chance import Chance
from sojourn.demo.shop.costs import costs
from sojourn.demo.shop.customers import tell_customers
from sojourn.demo.shop.life import live
from sojourn.demo.shop.log import touchpoints
from sojourn.demo.shop.noise import bots, tell_bots, tell_nobody
from sojourn.demo.shop.orders import tell_orders
from sojourn.demo.shop.people import draw_people
from sojourn.demo.shop.personas import PERSONAS
from sojourn.demo.shop.reach import tell_reach
from sojourn.demo.shop.roster import Roster, people_table, stays_table, traits_table
from sojourn.demo.shop.stories import plan
from sojourn.demo.shop.teller import Teller
from sojourn.demo.shop.truth import truth
from sojourn.demo.shop.world import (
    BUSINESS,
    CURRENCY,
    ZONE,
)
from sojourn.errors import QuestionError

MOST_PEOPLE = 1_000_000

SETTINGS: dict[str, Any] = {
    "name": f"{BUSINESS} (simulated)",
    "zone": ZONE,
    "currency": CURRENCY,
    "journey": "hourglass",
    "simulated": True,
    "source": "Made by Sojourn's simulation; no such shop or people exist",
    "licence": "Apache-2.0",
}
"""What the workspace of the simulated shop should say of itself."""


@dataclass(frozen=True)
class Simulation:
    """Everything that the shop's log would hold, and beside it what is true.

    `touchpoints`, `traits` and `costs` are data; `personas` maps a persona to its
    condition on people. `truth` (plain values, ready for JSON or YAML), `people` (a row a
    person) and `stays` (a row a stay) are what an analyst cannot see: the hazards, the stories
    with their dates, who is who, and in which stage everybody truly was.
    """

    touchpoints: pa.Table
    traits: pa.Table
    costs: pa.Table
    truth: dict[str, Any]
    people: pa.Table
    stays: pa.Table
    personas: dict[str, str]


def simulate(
    people: int = 5000,
    seed: int = 1,
    stories: Collection[str] | None = None,
    months: int = 18,
) -> Simulation:
    """Let `people` meet the shop within `months` from July 2024 and tell what they do.

    `stories` are those to plant (None: all, `()`: none). The same arguments give the same shop
    on any machine. Raises UnknownName for a story that does not exist and QuestionError for
    numbers out of range.

    >>> simulate(people=20, stories=()).truth["simulated"]
    True
    """
    if not 1 <= people <= MOST_PEOPLE or seed < 0:
        raise QuestionError(
            f"people is {people} and seed {seed}, but people runs from 1 to {MOST_PEOPLE:,} "
            "and a seed is 0 or more"
        )
    planned = plan(months, stories)
    drawn = draw_people(people, planned, Chance(seed, people, 0))
    state = live(drawn, planned, Chance(seed, people, 1))
    teller = Teller(state, Chance(seed, people, 2))
    for tell in (tell_before, tell_reach, tell_orders, tell_customers, tell_bots, tell_nobody):
        tell(teller)
    roster = Roster(drawn, planned, bots(people))
    log = touchpoints(teller.book, roster)
    return Simulation(
        touchpoints=log,
        traits=traits_table(roster, state.known),
        costs=costs(log),
        truth=truth(planned, people, seed),
        people=people_table(roster, state.known, drawn.arrival, state.stage),
        stays=stays_table(roster, state.facts.all("stay", "stage")),
        personas=personas(),
    )


def personas() -> dict[str, str]:
    """The shop's personas as conditions on people: what they stated when the shop met them.

    >>> personas()["gift"]
    "traits.buys_for = 'gift'"
    """
    return {persona.id: f"traits.buys_for = '{persona.id}'" for persona in PERSONAS}
