"""How things stand: the questions of Today, of the goals and of the map, for a journey to have."""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.core.links import Vocabulary
from sojourn.core.table import Table
from sojourn.measure.arrivals import untagged
from sojourn.measure.expectations import expectations
from sojourn.measure.goals import goals
from sojourn.measure.met import MOST, met, verbatims
from sojourn.measure.today import today
from sojourn.measure.view import View
from sojourn.measure.waiting import newcomers, unanswered, unheard


@dataclass(frozen=True)
class Standing:
    """Questions that need nothing but a View; every method gives a Table."""

    view: View

    def today(self) -> Table:
        """What wants attention now: customers, what broke, who waits, what fell silent."""
        return today(self.view)

    def newcomers(self) -> Table:
        """New customers of the last 7 days by channel, beside the week before and a year ago."""
        return newcomers(self.view)

    def unanswered(self, days: int = 30) -> Table:
        """Who was unhappy in the last days and got no answer?"""
        return unanswered(self.view, days)

    def unheard(self, days: int = 14) -> Table:
        """Who bought in the last days and heard nothing from us within two?"""
        return unheard(self.view, days)

    def goals(self) -> Table:
        """Are the stages where they should be by now? Each goal with its number."""
        return goals(self.view)

    def untagged(self, vocabulary: Vocabulary | None = None) -> Table:
        """Which visits did nobody tag, or spell as the vocabulary has it?"""
        return untagged(self.view, vocabulary or Vocabulary())

    def met(self) -> Table:
        """What do people meet in each stage, on which channel and device?"""
        return met(self.view)

    def verbatims(self, most: int = MOST) -> Table:
        """What do people say in each stage? The strongest feelings first, then the newest."""
        return verbatims(self.view, most)

    def expectations(self) -> Table:
        """Was it as people had expected, in each stage, where they were asked?"""
        return expectations(self.view)
