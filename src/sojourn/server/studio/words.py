"""The plain words of the pages: what a column is called where people read it.

Names in files and programs stay as they are; a page never says what only we say to each other.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

COLUMNS = {
    "stage": _("Stage"),
    "name": _("Name"),
    "reached": _("Got here"),
    "people": _("People"),
    "seen": _("Seen here"),
    "entered": _("Came in"),
    "passed_over": _("Skipped it"),
    "moved_on": _("Moved on"),
    "restarted": _("Began again"),
    "lapsed": _("Lapsed"),
    "here": _("Here now"),
    "stalled": _("Stalled"),
    "conversion": _("Go on to the next"),
    "moved_90d": _("Move on within 90 days"),
    "days_to_move": _("Half of them within"),
    "person": _("Person"),
    "cycles": _("Journeys"),
    "touchpoints": _("Touchpoints"),
    "orders": _("Orders"),
    "first_seen": _("First seen"),
    "last_seen": _("Last seen"),
    "made_at": _("Made"),
    "text": _("What was found"),
    "last_week": _("Last 7 days"),
    "week_before": _("The 7 before"),
    "year_ago": _("A year ago"),
    "ts": _("When"),
    "sentiment": _("Feeling (-1 to 1)"),
    "lost": _("Lost"),
    "excess_lost": _("More than usual"),
    "money": _("Money at stake"),
    "since": _("Since"),
    "for_whom": _("Above all"),
    "touchpoint": _("Touchpoint"),
    "rate_ratio": _("Times as soon"),
    "low": _("At least"),
    "high": _("At most"),
    "gained": _("More people, if it is the cause"),
    "item": _("Of"),
    "moved": _("Moved on"),
    "part": _("Had a part in"),
    "first": _("First contact"),
    "assist": _("In between"),
    "last": _("Last contact"),
    "median_days_to_move": _("Half within"),
    "meant_for": _("Meant for"),
    "from": _("From"),
    "to": _("To"),
    "count": _("Times"),
    "conversion_from_start": _("Of those who began"),
    "conversion_from_previous": _("Of the step before"),
    "median_seconds": _("Half within"),
    "pending": _("May still come"),
    "step": _("Step"),
    "n": _("Answers"),
    "mean": _("Mean (-1 to 1)"),
    "bad": _("Unhappy"),
    "good": _("Happy"),
    "neutral": _("Neither"),
    "sources": _("From"),
    "cohort": _("First came in"),
    "returned": _("Came back"),
    "model": _("Counted by"),
    "credit": _("Credit to"),
    "conversions": _("Orders"),
    "figure": _("What"),
    "as_last": _("As last time"),
    "period": _("Begins"),
    "complete": _("Whole"),
    "new_customers": _("New customers"),
    "arrived": _("Came in"),
    "went_quiet": _("Went quiet"),
    "owner": _("Who looks after it"),
    "channel": _("Channel"),
    "customers": _("Customers"),
    "stay_share": _("Order again within 90 days"),
    "ideal_share": _("Are as wished"),
    "credited_low": _("Orders, at least"),
    "credited_high": _("Orders, at most"),
    "per_customer_low": _("A new customer, from"),
    "per_customer_high": _("to"),
    "works_in": _("Works in"),
    "found": _("Found"),
    "better": _("Better"),
    "visits": _("Visits"),
    "share": _("Of all"),
    "cost_per_new_customer": _("Cost per new customer"),
}
"""Columns by their name, whatever the question."""

GOALS = {
    "arrivals": _("People who come in, in 7 days"),
    "moved_on": _("Share who move on in time"),
    "days_to_move": _("Days until half have moved on"),
    "quiet": _("Share who go quiet within a year"),
    "stalled": _("People who are stalled"),
    "feeling": _("How people feel, from -1 to 1"),
    "customers": _("New customers in 7 days"),
}
"""What a goal can be about."""

STATUS = {
    "met": _("Met"),
    "on track": _("On track"),
    "behind": _("Behind"),
    "missed": _("Missed"),
    "too few people": _("Too few people to judge"),
    "open": _("Open"),
}
"""How a goal stands."""

IN_A_TABLE: dict[tuple[str, str], object] = {
    ("stages", "name"): _("Stage"),
    ("unanswered", "text"): _("What they said"),
    ("unheard", "text"): _("What they said"),
    ("goals", "text"): _("Goal"),
    ("channels", "people"): _("People it brought"),
    ("channels", "stayed"): _("Ordered again"),
    ("series", "people"): _("People active"),
    ("series", "annotations"): _("What happened"),
}
"""Columns that are called otherwise in one kind of table."""

SHOWN: dict[str, tuple[str, ...]] = {
    "channels": ("channel", "people", "customers", "stayed", "stay_share", "ideal_share",
                 "credited_low", "credited_high", "cost", "per_customer_low", "per_customer_high",
                 "currency", "works_in"),
    "untagged": ("text", "visits", "people", "share"),
    "goals": ("text", "status", "n", "owner", "note"),
    "stages": ("name", "reached", "people", "seen", "moved_on", "lapsed", "here", "stalled",
               "conversion", "moved_90d", "days_to_move"),
    "friction": ("text", "stage", "people", "lost", "excess_lost", "money", "currency", "since",
                 "for_whom"),
    "moments": ("stage", "touchpoint", "people", "rate_ratio", "low", "high", "gained"),
    "roles": ("stage", "item", "people", "moved", "part", "first", "assist", "last",
              "median_days_to_move", "meant_for", "works_in"),
}  # fmt: skip
"""What a page shows of a kind of table; the files beside it have every column."""

KNOWN: dict[str, tuple[str, ...]] = {
    "channels": ("ripe", "stay_low", "stay_high", "ideal", "ideal_low", "ideal_high"),
    "untagged": ("kind", "found", "better"),
    "goals": ("goal", "journey", "stage", "measure", "within_days", "value", "low", "high",
              "target", "due", "sure", "by"),
    "stages": ("stage", "entered", "passed_over", "restarted"),
    "friction": ("rank", "kind", "subject", "part", "low", "high", "lost_share", "usual_share",
                 "since_earliest", "since_latest", "until", "trend", "examples", "p", "also"),
    "moments": ("touchpoints", "moves_after", "moves_without", "days_after", "days_without",
                "naive_ratio", "p_value", "found", "strata", "gained_low", "gained_high"),
    "roles": ("contacts", "stays", "sentiment", "sentiment_n"),
}  # fmt: skip
"""What is left to the files; a column of neither is what the answer is divided by."""

BEFORE = "_before"
"""How the column of an earlier time is called in files."""

UNITS = {"cycles": _("journeys"), "sojourns": _("stays")}


def label(kind: str, column: str) -> object:
    """What a column is called on a page."""
    if column.endswith(BEFORE):
        return _("%(what)s, before") % {"what": label(kind, column.removesuffix(BEFORE))}
    plain = column.replace("_", " ")
    return IN_A_TABLE.get((kind, column)) or COLUMNS.get(column) or plain[:1].upper() + plain[1:]
