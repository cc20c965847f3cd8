"""By what answers can be divided, and what can be followed one by one."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from sojourn.core.touchpoint import CODED
from sojourn.errors import QuestionError, UnknownName
from sojourn.measure.view import View

DIVIDERS = (*CODED, "actor", "account", "order_id", "referred_by")


def values_of(view: View, of: str) -> list[str]:
    """The texts of a coded column; raises UnknownName for another, QuestionError for too many."""
    note = view.source.note  # type: ignore[attr-defined]
    if of in note.coded:
        return list(view.source.values(of))  # type: ignore[attr-defined]
    if of in CODED:
        raise QuestionError(
            f"{of!r} has too many different values to follow one by one",
            hint="Ask for another column, or a coarser one such as channel or name.",
        )
    close = get_close_matches(of, CODED, 1)
    raise UnknownName(
        f"Touchpoints cannot be told apart by {of!r}.",
        hint=(f"Did you mean {close[0]!r}? " if close else "") + f"Columns: {', '.join(CODED)}.",
    )


def divided(view: View, by: str) -> View:
    """The view whose answers are divided by a column, a trait or the personas."""
    known = by in DIVIDERS or by == "persona" or by.startswith(("properties.", "traits."))
    if not known or by.endswith("."):
        close = get_close_matches(by, [*DIVIDERS, "persona"], 1)
        raise UnknownName(
            f"Answers cannot be divided by {by!r}.",
            hint=(f"Did you mean {close[0]!r}? " if close else "")
            + f"Columns: {', '.join(DIVIDERS)}, persona, properties.x, traits.x.",
        )
    if by == "persona" and not view.personas:
        raise QuestionError(
            "There are no personas in this workspace.",
            hint='Add some to sojourn.toml, such as [personas] loyal = "total_orders >= 3".',
        )
    return replace(view, by=by)
