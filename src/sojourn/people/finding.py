"""From what a user types to a person: an id, with its kind where it needs one."""

from __future__ import annotations

from collections.abc import Iterable

from sojourn.core.claims import USER, Alias
from sojourn.core.contacts import Contacts
from sojourn.core.identity import People, Span
from sojourn.core.table import iso
from sojourn.errors import UnknownName
from sojourn.measure.notes import moment
from sojourn.store.claimbook import ClaimBook


def find_alias(book: ClaimBook, text: str, rules: Contacts) -> Alias:
    """The alias that is meant by `42` or `card:42`; raises UnknownName with the nearest id.

    A bare id is a user's, if there is one, as answers show it.
    """
    kind, colon, rest = text.strip().partition(":")
    if colon:
        for alias in book.aliases_called(rest, rules):
            if alias.kind == kind:
                return alias
    found = book.aliases_called(text.strip(), rules)
    users = [alias for alias in found if alias.kind == USER]
    if users or len(found) == 1:
        return (users or found)[0]
    if found:
        listed = ", ".join(f"{alias.kind}:{alias.id}" for alias in found)
        raise UnknownName(f"{text!r} can be {listed}.", hint="Write it with its kind.")
    near = book.nearest(rest if colon else text.strip())
    raise UnknownName(
        f"Nobody has the id {text!r}.",
        hint=f"Did you mean {near!r}?" if near else "See `sojourn people list`.",
    )


def find_person(book: ClaimBook, everybody: People, text: str, rules: Contacts) -> Alias:
    """The person that is meant; raises UnknownName for an alias that several people had."""
    alias = find_alias(book, text, rules)
    spans = everybody.spans(alias)
    persons = sorted({span.person for span in spans})
    if len(persons) == 1:
        return persons[0]
    if alias in persons and alias.kind != USER:
        persons = [person for person in persons if person != alias] + [alias]
    told = "; ".join(f"{name(span.person)} {when(span)}" for span in spans)
    raise UnknownName(
        f"{alias.kind}:{alias.id} was several people's: {told}.",
        hint=f"Name one of them, such as {name(persons[0])!r}.",
    )


def name(alias: tuple[str, str]) -> str:
    """An alias as users see it: a user's without its kind.

    >>> name(("user", "42")), name(("card", "42"))
    ('42', 'card:42')
    """
    return alias[1] if alias[0] == USER else f"{alias[0]}:{alias[1]}"


def when(span: Span) -> str:
    """A stretch of time in words."""
    start = None if span.start is None else iso(moment(span.start))
    end = None if span.end is None else iso(moment(span.end))
    if start and end:
        return f"from {start} to {end}"
    if start:
        return f"from {start}"
    return f"until {end}" if end else "always"


def aliases_of(everybody: People, person: Alias) -> list[Alias]:
    """Every alias that is this person's at some time, the person's own first."""
    mine: Iterable[Alias] = (
        alias for alias, steps in everybody.steps.items() if any(p == person for _, p in steps)
    )
    merged = [Alias(USER, text) for text, whose in everybody.merged.items() if whose == person]
    others = {*mine, *merged} - {person}
    return [person, *sorted(others, key=lambda alias: (alias.kind != USER, alias))]
