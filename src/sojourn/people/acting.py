"""What a human says of people: the rows that it becomes, checked before they are written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from sojourn.core.acts import MERGE, REJECT, SPLIT, UNDO, Act
from sojourn.core.claims import USER, Alias
from sojourn.core.identity import People, changed_spans
from sojourn.errors import QuestionError
from sojourn.measure.notes import moment
from sojourn.people.finding import name
from sojourn.store.claimbook import ClaimBook
from sojourn.store.claims import SCHEMA

ACTS = pa.schema([f for f in SCHEMA if f.name not in ("source_id", "import_id")])
"""What an act is made of; the table adds where it came from."""


def act_of(
    kind: str,
    at: int,
    by: str,
    aliases: Sequence[Alias] = (),
    *,
    apart: Sequence[Alias] = (),
    target: str = "",
    ts: int | None = None,
) -> Act:
    """An act with an id of its own, made of everything it says."""
    told = repr((kind, at, by, tuple(aliases), tuple(apart), target, ts))
    mark = hashlib.sha256(told.encode()).hexdigest()[:8]
    when = at if ts is None else ts
    return Act(f"{kind}-{mark}", kind, when, at, tuple(aliases), tuple(apart), target, by)


def rows_of(acts: Iterable[Act]) -> pa.Table:
    """Acts as rows of the claims table."""
    rows: list[dict[str, Any]] = [
        {
            "claim_id": act.id,
            "kind": act.kind,
            "ts": moment(act.ts),
            "at": moment(act.at),
            "aliases": [alias._asdict() for alias in act.aliases],
            "apart": [alias._asdict() for alias in act.apart],
            "target": act.target or None,
            "by": act.by,
        }
        for act in acts
    ]
    return pa.Table.from_pylist(rows, ACTS)


def merge_acts(
    book: ClaimBook, everybody: People, a: Alias, b: Alias, at: int, by: str
) -> list[Act]:
    """Ways to say that two people are one, the simplest first: one counts that does only that.

    Somebody without a user id is claimed for the other from when on nobody had their aliases.
    """
    if a.kind == USER and b.kind == USER:
        return [act_of(MERGE, at, by, sorted([a, b]))]
    owner, other = (a, b) if a.kind == USER else (b, a)
    if owner.kind != USER:
        seen = [t for t in (book.seen(a), book.seen(b)) if t is not None]
        return [act_of(MERGE, at, by, sorted([a, b]), ts=max(seen, default=at))]
    acts = []
    members = [alias for alias, steps in everybody.steps.items() if _has(steps, other)]
    for alias in [other, *sorted(set(members) - {other})]:
        for span in everybody.spans(alias):
            if span.person == other:
                start = span.start if span.start is not None else book.seen(alias)
                acts.append(
                    act_of(MERGE, at, by, [alias, owner], ts=at if start is None else start)
                )
                break
    return acts


def _has(steps: Sequence[tuple[int | None, Alias]], person: Alias) -> bool:
    return any(whose == person for _, whose in steps)


def only_changes(before: People, after: People, people: Iterable[Alias]) -> bool:
    """Whether an act changed somebody, and nobody but these."""
    users = {Alias(USER, text) for text in {*before.merged, *after.merged}}
    aliases = {*before.steps, *after.steps, *people, *users}
    changes = changed_spans(before, after, aliases)
    allowed = {*people}
    return bool(changes) and all({c.before, c.after} <= allowed for c in changes)


def split_act(mine: Sequence[Alias], off: Sequence[Alias], at: int, by: str) -> Act:
    """The act that takes some aliases of a person away; raises QuestionError where it cannot."""
    users = [alias for alias in off if alias.kind == USER]
    if users:
        raise QuestionError(
            f"{name(users[0])!r} is a user id, which only a merge joins with others.",
            hint="Take the merge back with `sojourn people unmerge`.",
        )
    rest = [alias for alias in mine if alias not in off]
    if not rest:
        raise QuestionError("Nothing of the person would be left.", hint="Name fewer aliases.")
    return act_of(SPLIT, at, by, sorted(off), apart=sorted(rest))


def reject_act(claim: str, at: int, by: str) -> Act:
    """The act that takes a claim back."""
    return act_of(REJECT, at, by, target=claim)


def undo_act(act: str, at: int, by: str) -> Act:
    """The act that takes an act back."""
    return act_of(UNDO, at, by, target=act)
