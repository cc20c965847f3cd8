"""Telling what every real log has too: crawlers, and touchpoints of nobody in particular."""

from __future__ import annotations

import json

import numpy as np

from sojourn.demo.shop.book import BY_DEVICE, NOBODY
from sojourn.demo.shop.roster import DAY
from sojourn.demo.shop.teller import OFFICE_HOURS, OPENING_HOURS, Teller
from sojourn.demo.shop.world import STORE

PEOPLE_A_BOT = 1000
PAGES_A_BOT = 400


def bots(people: int) -> int:
    """How many crawlers visit a shop that so many people know."""
    return 1 + people // PEOPLE_A_BOT


def tell_bots(teller: Teller) -> None:
    """Crawlers read one page after the other, at any hour."""
    count = len(teller.people)
    who = np.repeat(count + np.arange(bots(count)), PAGES_A_BOT)
    at = (teller.chance.uniform(len(who)) * teller.plan.days * DAY).astype(np.int64)
    seen = teller.chance.pick(teller.site.seen[1], len(who))
    site = teller.site
    teller.book.write(
        site.name[seen], who, at, BY_DEVICE, channel="Direct", page=site.page[seen],
        properties=site.properties[seen],
    )  # fmt: skip


def tell_nobody(teller: Teller) -> None:
    """The counter at the shop's door and calls from unknown numbers carry no alias at all."""
    people = len(teller.people)
    for name, channel, share, hours, properties in (
        ("Store Visited", "In Store", 0.10, OPENING_HOURS, json.dumps({"store": STORE})),
        ("Call Received", "Phone", 0.02, OFFICE_HOURS, None),
    ):
        count = max(1, int(people * share))
        day = (teller.chance.uniform(count) * teller.plan.days).astype(np.int64)
        teller.book.write(
            name, np.zeros(count, np.int64), teller.moment(day, hours), NOBODY, channel=channel,
            properties=properties,
        )  # fmt: skip
