"""What people are called in the log: user ids, device ids, cards, e-mail addresses, firms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from sojourn.core.bucket import Ints
from sojourn.core.touchpoint import BOT, TIME
from sojourn.demo.shop.people import People
from sojourn.demo.shop.personas import PERSONAS
from sojourn.demo.shop.state import NEVER, Fact
from sojourn.demo.shop.stories import Plan
from sojourn.demo.shop.world import (
    CUPS,
    DEVICES,
    REGIONS,
    STAGES,
    ZONE,
)

DAY = 86_400


@dataclass(frozen=True)
class Roster:
    """Everybody by number, and after them the bots, which have a device each and no name."""

    people: People
    plan: Plan
    bots: int

    @cached_property
    def user_ids(self) -> list[str]:
        """Each person's user id, whether or not the shop ever learns it."""
        return self.people.user_ids()

    @cached_property
    def devices(self) -> list[str]:
        """All main devices, then all second devices, then the bots'."""
        bots = [f"d-crawler-{number:02d}" for number in range(self.bots)]
        return [*self.people.device_ids(0), *self.people.device_ids(1), *bots]

    @cached_property
    def kinds(self) -> list[str]:
        """What kind of thing each of `devices` is."""
        known = [*self.people.kinds[:, 0].tolist(), *self.people.kinds[:, 1].tolist()]
        return [*(DEVICES[kind] for kind in known), *[BOT] * self.bots]

    def device(self, who: Ints, unit: Ints) -> Ints:
        """The position in `devices` of these people's main (0) or second (1) device."""
        count = len(self.people)
        return np.where(who < count, unit * count + who, count + who)

    @cached_property
    def midnights(self) -> Ints:
        """The instant (seconds since 1970) at which each day begins in the shop."""
        zone = ZoneInfo(ZONE)
        starts = (self.plan.date(day) for day in range(self.plan.days + 1))
        return np.array(
            [int(datetime.combine(each, time.min, zone).timestamp()) for each in starts]
        )

    def instants(self, at: Ints) -> Ints:
        """The shop's clock as seconds since 1970."""
        return self.midnights[at // DAY] + at % DAY


def people_table(roster: Roster, known: Ints, first: Ints, stage: Ints) -> pa.Table:
    """Who everybody truly is, a row a person: what an identity or a persona should come out as.

    `user_id` is null for those whom the shop never got to know, `devices` lists the main and the
    second device, `end_stage` is where the person stood in truth when the simulation ended.
    """
    people = roster.people
    count = len(people)
    seconds = [
        roster.devices[count + number] if kind >= 0 else None
        for number, kind in enumerate(people.kinds[:, 1].tolist())
    ]
    return pa.table(
        {
            "person": pa.array(range(count), pa.int64()),
            "user_id": pa.array(roster.user_ids, mask=known == NEVER),
            "devices": pa.array(
                [[main, other] if other else [main]
                 for main, other in zip(roster.devices, seconds, strict=False)],
                pa.list_(pa.string()),
            ),
            "persona": [PERSONAS[each].id for each in people.persona.tolist()],
            "cups_a_day": [CUPS[each] for each in people.activity.tolist()],
            "region": [REGIONS[each] for each in people.region.tolist()],
            "first_day": [roster.plan.date(day) for day in first.tolist()],
            "end_stage": [(*STAGES, "gone", "unmet")[each] for each in stage.tolist()],
            "referred_by": [
                roster.user_ids[each] if each >= 0 else None for each in people.invited_by.tolist()
            ],
        }
    )  # fmt: skip


def stays_table(roster: Roster, stays: Fact) -> pa.Table:
    """Where everybody truly was: `person, stage, entered, left, next`, a row a stay.

    `left` is null for stays that had not ended, `next` is the stage after it or `gone`.
    """
    order = np.lexsort([np.arange(len(stays["who"])), stays["day"], stays["who"]])
    who, day, stage = (stays[name][order] for name in ("who", "day", "stage"))
    ends = np.append(who[1:] == who[:-1], False)
    names = np.array([*STAGES, "gone"], object)
    dates = np.array([roster.plan.date(each) for each in range(roster.plan.days)], object)
    after = np.append(stage[1:], 0)
    table = pa.table(
        {
            "person": pa.array(who),
            "stage": pa.array(names[stage]),
            "entered": pa.array(dates[day]),
            "left": pa.array(dates[np.append(day[1:], 0)], mask=~ends),
            "next": pa.array(names[after], mask=~ends),
        }
    )
    return table.filter(pa.array(stage < len(STAGES)))


def traits_table(roster: Roster, known: Ints) -> pa.Table:
    """What people stated when the shop got to know them: `user_id, ts, name, value`."""
    who = np.flatnonzero(known < NEVER)
    people = roster.people
    stated = {
        "buys_for": [PERSONAS[each].id for each in people.persona[who].tolist()],
        "cups_a_day": [CUPS[each] for each in people.activity[who].tolist()],
        "region": [REGIONS[each] for each in people.region[who].tolist()],
    }
    ids = [roster.user_ids[number] for number in who.tolist()]
    ts = pa.array(roster.midnights[known[who]] * 1_000_000).cast(TIME)
    tables = [
        pa.table({"user_id": ids, "ts": ts, "name": [name] * len(who), "value": values})
        for name, values in stated.items()
    ]
    table = pa.concat_tables(tables)
    return table.sort_by([("ts", "ascending"), ("user_id", "ascending"), ("name", "ascending")])
