"""The planted stories: what happens in the shop that an analyst should find, and when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches

from sojourn.demo.shop.world import GUIDES, REGIONS
from sojourn.errors import QuestionError, UnknownName

STORIES = {
    "mobile-checkout": "The checkout on phones is broken for three weeks",
    "viral-post": "A post goes viral and brings a wave of the curious",
    "slow-delivery": "Deliveries to one region come late, and customers there stop coming back",
    "silent-guide": "A guide whose e-mail never comes, while people wait for it",
    "helper": "A call that truly helps: picked by lot, it doubles the rate of buying",
    "confounder": "Posts that only look as if they helped: lively people see more and buy more",
}

START = date(2024, 7, 1)
FEWEST_MONTHS, MOST_MONTHS = 6, 60
SLOW_REGION = REGIONS.index("west")
SILENT_GUIDE = GUIDES.index("espresso-guide")


@dataclass(frozen=True)
class Plan:
    """How long the shop runs and what is planted in it; days count from `start`, ends exclude."""

    days: int
    stories: frozenset[str]
    start: date = START

    @property
    def mobile(self) -> tuple[int, int]:
        """The three weeks in which nobody can pay on a phone."""
        first = self._monday(0.62)
        return first, first + 21

    @property
    def viral(self) -> int:
        """The day on which the post goes viral."""
        return self._monday(0.30) + 2

    @property
    def slow(self) -> tuple[int, int]:
        """From when on deliveries to the region are slow: to the end."""
        return self._monday(0.55), self.days

    @property
    def silent(self) -> tuple[int, int]:
        """The weeks in which the guide's e-mail is not sent."""
        first = self._monday(0.40)
        return first, max(first + 28, self._monday(0.60))

    def broken(self, day: int) -> bool:
        """Whether phones cannot check out on this day."""
        return "mobile-checkout" in self.stories and self.mobile[0] <= day < self.mobile[1]

    def slowed(self, day: int) -> bool:
        """Whether an order of this day is delivered late in the region."""
        return "slow-delivery" in self.stories and day >= self.slow[0]

    def silenced(self, day: int) -> bool:
        """Whether a guide asked for on this day never comes."""
        return "silent-guide" in self.stories and self.silent[0] <= day < self.silent[1]

    def date(self, day: int) -> date:
        """The date of a day."""
        return self.start + timedelta(days=day)

    def _monday(self, part: float) -> int:
        day = int(self.days * part)
        return day - self.date(day).weekday()


def plan(months: int, stories: Collection[str] | None) -> Plan:
    """Check what was asked for; None means every story.

    >>> plan(18, ["helper"]).days
    549
    """
    if not FEWEST_MONTHS <= months <= MOST_MONTHS:
        raise QuestionError(
            f"months is {months}, but the shop can run from {FEWEST_MONTHS} to {MOST_MONTHS}"
        )
    wanted = frozenset(STORIES if stories is None else stories)
    for story in sorted(wanted - STORIES.keys()):
        near = get_close_matches(story, STORIES, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(STORIES)}"
        raise UnknownName(f"The shop has no story {story!r}", hint=hint)
    years, month = divmod(START.month - 1 + months, 12)
    end = date(START.year + years, month + 1, 1)
    return Plan((end - START).days, wanted)
