"""What a person agreed to: each purpose with its history, kept as traits `consent.PURPOSE`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from sojourn.core.claims import Alias
from sojourn.core.consent import NO, TRAIT, YES, is_given, purpose_of
from sojourn.core.table import Column, Table
from sojourn.core.touchpoint import TIME
from sojourn.errors import QuestionError

COLUMNS = (
    Column("purpose", "text"),
    Column("given", "boolean"),
    Column("since", "time"),
    Column("source", "text"),
)


def consents_of(traits: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Every word of consent among traits with their history, in order of purpose and time."""
    return [
        {
            "purpose": name.removeprefix(TRAIT),
            "given": is_given(each["value"]),
            "since": each["since"],
            "source": each["source"],
        }
        for name, history in sorted(traits.items())
        if name.startswith(TRAIT)
        for each in history
    ]


def consents_table(said: Sequence[Mapping[str, Any]], person: str) -> Table:
    """Words of consent as a table; the last of a purpose holds."""
    data = {column.name: [each[column.name] for each in said] for column in COLUMNS}
    notes: dict[str, Any] = {"person": person}
    if not said:
        notes["remarks"] = [f"{person} was never asked, or never answered."]
    return Table.of("consents", COLUMNS, data, notes)


def word_of_consent(who: Alias, purpose: str, given: bool) -> pa.Table:
    """What somebody says of a purpose now, as a row of the traits."""
    name = purpose_of(purpose)
    if not name.replace("_", "").replace("-", "").isalnum():
        raise QuestionError(
            f"{purpose!r} is no name of a purpose.", hint="Letters and digits: messages, research."
        )
    return pa.table(
        {
            "kind": [who.kind],
            "id": [who.id],
            "ts": pa.array([datetime.now(UTC)], TIME),
            "name": [f"{TRAIT}{name}"],
            "value": [YES if given else NO],
        }
    )
