"""Who is to be erased: everything by which one person can be known again."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sojourn.core.claims import Alias
from sojourn.core.identity import People
from sojourn.store.claimbook import ClaimBook
from sojourn.store.erasure import Job

SHORTEST = 12
"""A verbatim of fewer letters may be anybody's."""


def alone(everybody: People, mine: Sequence[Alias], who: Alias) -> list[Alias]:
    """The aliases of a person that were never anybody else's, in every form."""
    own = [a for a in mine if all(span.person == who for span in everybody.spans(a))]
    given = [old for old, new in everybody.renamed.items() if new in own]
    return sorted({*own, *given})


def job_of(
    book: ClaimBook,
    everybody: People,
    who: Alias,
    mine: Sequence[Alias],
    rows: Iterable[dict[str, Any]],
    at: str,
    by: str,
) -> Job:
    """The erasure of a person; `mine` are their aliases, `rows` their touchpoints."""
    own = alone(everybody, mine, who)
    spans = [(s.alias.kind, s.alias.id, s.start, s.end)
             for a in mine for s in everybody.spans(a) if s.person == who]  # fmt: skip
    given = [(a.kind, a.id, None, None) for a in own if a not in mine]
    found = list(rows)
    texts = {str(row["text"]).strip() for row in found if row["text"]}
    return Job(
        id=f"erasure-{secrets.token_hex(4)}",
        at=at,
        by=by,
        aliases=tuple(own),
        spans=(*spans, *given),
        seqs=tuple(sorted(row["seq"] for row in found)),
        claims=tuple(sorted(said.id for said in book.claims(own))),
        texts=tuple(sorted(text for text in texts if len(text) >= SHORTEST)),
    )
