"""The teller turns facts (who, which day) into touchpoints: when, where, on what, as whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sojourn.core.bucket import Bools, Ints, Reals
from sojourn.demo.shop.book import BY_BOTH, BY_DEVICE, MISSING, Book, Text
from sojourn.demo.shop.chance import Chance
from sojourn.demo.shop.personas import PERSONAS, VISIT_CHANNELS, by_persona
from sojourn.demo.shop.roster import DAY
from sojourn.demo.shop.site import Site
from sojourn.demo.shop.state import Fact, Facts, State

ONLINE = np.array(
    [2, 1, 0.5, 0.3, 0.3, 0.5, 1.5, 3, 4, 5, 5, 5, 6, 5, 5, 5, 5, 6, 7, 9, 11, 11, 8, 0], np.float64
)
OPENING_HOURS = np.array([0] * 9 + [3, 5, 6, 8, 7, 5, 5, 6, 4] + [0] * 6, np.float64)
OFFICE_HOURS = np.array([0] * 9 + [3, 4, 4, 2, 3, 4, 4, 3] + [0] * 7, np.float64)
CALLING_HOURS = np.array([0] * 16 + [2, 3, 3, 1] + [0] * 4, np.float64)
"""How likely each hour of the day is, in the shop's own time; no visit begins in the last hour, so
that what happens on a day is told on that day."""

SIGNED_IN, SECOND_WHEN_KNOWN, SECOND_BEFORE = 0.75, 0.25, 0.08
PAID = ("Paid Search", "Paid Social", "Display")


class Teller:
    """What all telling needs: the facts, the people, chance, the site and the book."""

    def __init__(self, state: State, chance: Chance) -> None:
        self.state, self.people, self.plan = state, state.people, state.plan
        self.facts: Facts = state.facts
        self.chance, self.book = chance, Book()
        self.site = Site(self.book)
        shared = np.bincount(self.people.tablet_of, minlength=len(self.people))
        self.shares = shared[self.people.tablet_of] > 1

    def moment(self, day: Ints, hours: Reals) -> Ints:
        """A second of the day in hours as likely as `hours` says."""
        hour = self.chance.pick(hours, len(day))
        return day * DAY + hour * 3600 + (self.chance.uniform(len(day)) * 3600).astype(np.int64)

    def between(self, fewest: float, most: float, count: int) -> Ints:
        """Seconds between two bounds."""
        return (fewest + (most - fewest) * self.chance.uniform(count)).astype(np.int64)

    def any_of(self, texts: Sequence[str], count: int) -> Ints:
        """Codes of texts, each as likely as the others."""
        return self.book.codes(list(texts))[self.chance.pick(np.ones(len(texts)), count)]

    def unit(self, who: Ints, day: Ints) -> Ints:
        """On the main (0) or the second device (1); nobody unknown uses a shared tablet."""
        known = self.state.known[who] < day
        share = np.where(known, SECOND_WHEN_KNOWN, SECOND_BEFORE)
        may = (self.people.kinds[who, 1] >= 0) & (known | ~self.shares[who])
        second: Bools = may & self.chance.odds(share, len(who))
        return second.astype(np.int64)

    def by(self, who: Ints, day: Ints, unit: Ints) -> Ints:
        """Known people are mostly signed in, and always on their second device."""
        signed = self.chance.odds(SIGNED_IN, len(who)) | (unit == 1)
        return np.where((self.state.known[who] < day) & signed, BY_BOTH, BY_DEVICE).astype(np.int64)

    def channel(self, who: Ints) -> tuple[Ints, Ints]:
        """By which channel they return, and its campaign."""
        picked = self.chance.pick_by(by_persona("returns_by"), self.people.persona[who])
        return self.book.codes(list(VISIT_CHANNELS))[picked], self.campaign(
            VISIT_CHANNELS, picked, who
        )

    def campaign(self, channels: Sequence[str], picked: Ints, who: Ints) -> Ints:
        """The campaign that a paid channel runs for a persona."""
        table = np.full((len(channels), len(PERSONAS)), MISSING)
        for row, channel in enumerate(channels):
            if channel in PAID:
                stem = channel.lower().replace("paid ", "")
                table[row] = self.book.codes([f"{stem}-{persona.id}" for persona in PERSONAS])
        return table[picked, self.people.persona[who]]

    def browse(
        self, who: Ints, at: Ints, by: Ints, unit: Ints, views: Ints, weights: Reals,
        group: Ints, **texts: Text,
    ) -> Ints:  # fmt: skip
        """Tell visits of some views each; returns the second at which each visit goes on.

        What is seen is drawn from the row `group` of `weights`.
        """
        rows = np.repeat(np.arange(len(who)), views)
        first = np.cumsum(views) - views
        step = self.between(15, 150, len(rows))
        passed = np.cumsum(step) - step
        offset = passed - passed[first[rows]] if len(rows) else passed
        seen = self.chance.pick_by(weights, group[rows])
        opens = np.arange(len(rows)) == first[rows]
        self.book.write(
            self.site.name[seen], who[rows], at[rows] + offset, by[rows], unit=unit[rows],
            landing=opens, page=self.site.page[seen],
            properties=self.site.properties[seen], **spread(texts, rows),
        )  # fmt: skip
        last = np.zeros(len(who), np.int64)
        np.maximum.at(last, rows, offset + step)
        return at + last


def spread(texts: Mapping[str, Text], rows: Ints) -> dict[str, Any]:
    """Texts of visits as texts of their rows."""
    return {
        name: value[rows] if isinstance(value, np.ndarray) else value
        for name, value in texts.items()
    }


def only(fact: Fact, rows: Bools) -> Fact:
    """Some rows of a fact."""
    return {name: column[rows] for name, column in fact.items()}
