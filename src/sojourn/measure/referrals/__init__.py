"""Referrals: who brought whom, what came of it, and whether the referred differ from the rest."""

from sojourn.measure.referrals.advocates import advocates
from sojourn.measure.referrals.compare import compared
from sojourn.measure.referrals.question import Find, by_shown_id

__all__ = ["Find", "advocates", "by_shown_id", "compared"]
