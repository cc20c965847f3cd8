"""Who will meet the shop: latent people with a persona, an activity, a region and devices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.demo.shop.chance import Chance
from sojourn.demo.shop.personas import ENTRY_CHANNELS, PERSONAS, by_persona
from sojourn.demo.shop.stories import Plan
from sojourn.demo.shop.world import (
    CUP_SHARES,
    PHONE,
    REGION_SHARES,
    TABLET,
    WEEK,
)

FIRST_USER = 10_001
NO_ONE = -1
VIRAL_SHARE = 0.08
SECOND_DEVICE_SHARE = 0.55
SHARED_TABLET_SHARE = 0.12
FIRM_SIZE = 2


@dataclass
class People:
    """One element a person. `kinds` has a row a person: the main and the second device (-1: none).

    `arrival` is the day on which somebody first meets the shop; an invitation brings it forward.
    `tablet_of` is the person whose tablet they share, themselves for nearly all.
    """

    persona: Ints
    activity: Ints
    region: Ints
    arrival: Ints
    entry: Ints
    kinds: Ints
    tablet_of: Ints
    walks_in: Bools
    viral: Bools
    invited_by: Ints

    def __len__(self) -> int:
        return len(self.persona)

    def user_ids(self) -> list[str]:
        """What the shop calls them once it knows them."""
        return [str(FIRST_USER + number) for number in range(len(self))]

    def device_ids(self, unit: int) -> list[str]:
        """The anonymous ids of their main (0) or second (1) devices."""
        owner = np.where(unit == 1, self.tablet_of, np.arange(len(self)))
        mixed = mix((owner * 2 + unit).astype(np.uint64))
        return [f"d-{number:012x}" for number in (mixed >> np.uint64(16)).tolist()]

    def firms(self) -> list[str | None]:
        """The firm that an office manager buys for."""
        office = [persona.id for persona in PERSONAS].index("office")
        rank = np.cumsum(self.persona == office) // FIRM_SIZE
        pairs = zip(self.persona.tolist(), rank.tolist(), strict=True)
        return [f"firm-{number:05d}" if persona == office else None for persona, number in pairs]


def mix(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers that look drawn, all different (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def draw_people(count: int, plan: Plan, chance: Chance) -> People:
    """Draw everybody, and on which day they would meet the shop by themselves."""
    persona = chance.pick(by_persona("share"), count)
    walks_in = chance.odds(by_persona("walks_in")[persona], count)
    entry = chance.pick_by(by_persona("entry"), persona)
    arrival = arrivals(persona, plan, chance)
    viral = chance.odds(VIRAL_SHARE, count) & ~walks_in
    wave = plan.viral + chance.whole_days(2.0, 9, count)
    if "viral-post" in plan.stories:
        arrival = np.where(viral, wave, arrival)
        entry = np.where(viral, ENTRY_CHANNELS.index("Organic Social"), entry)
    else:
        viral = np.zeros(count, bool)
    kinds, tablet_of = draw_devices(persona, chance)
    return People(
        persona,
        chance.pick(CUP_SHARES, count),
        chance.pick(REGION_SHARES, count),
        arrival,
        entry,
        kinds,
        tablet_of,
        walks_in,
        viral,
        np.full(count, NO_ONE, np.int64),
    )


def arrivals(persona: Ints, plan: Plan, chance: Chance) -> Ints:
    """The day of each first contact: the shop grows, weeks have a rhythm, gifts a season."""
    days = np.arange(plan.days)
    dates = [plan.date(day) for day in range(plan.days)]
    weekday = np.array([each.weekday() for each in dates])
    festive = np.array([each.month in (11, 12) for each in dates])
    growth: Reals = (0.8 + 0.4 * days / plan.days) * WEEK[weekday]
    season = np.where(festive[None, :], by_persona("season")[:, None], 1.0)
    return chance.pick_by(growth[None, :] * season, persona)


def draw_devices(persona: Ints, chance: Chance) -> tuple[Ints, Ints]:
    """Everybody's main and second device, and whose tablet they use."""
    count = len(persona)
    main = chance.pick_by(by_persona("devices"), persona)
    other = (main + 1 + chance.pick(np.array([0.7, 0.3]), count)) % 3
    second = np.where(chance.odds(SECOND_DEVICE_SHARE, count), other, NO_ONE)
    owner = np.arange(count) // 2 * 2
    shared = np.repeat(chance.odds(SHARED_TABLET_SHARE, (count + 1) // 2), 2)[:count]
    main = np.where(shared & (main == TABLET), PHONE, main)
    second = np.where(shared, TABLET, second)
    return np.stack([main, second], axis=1), np.where(shared, owner, np.arange(count))
