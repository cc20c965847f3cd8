"""What the API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field


class Strict(Schema):
    """A body that names nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """What went wrong: a sentence, a code that never changes, and what to do next."""

    error: str
    code: str
    hint: str | None = None


class Column(Schema):
    """A column of an answer."""

    name: str
    type: str
    unit: str


class Answer(Schema):
    """An answer: its columns, its rows, and the notes that an honest reader needs."""

    columns: list[Column]
    rows: list[dict[str, Any]]
    notes: dict[str, Any]


class Touchpoint(Strict):
    """A touchpoint told by hand: a call, a visit, a fair, "who sent you?"."""

    person: str = Field(min_length=1, max_length=200, description="An id, or email:a@example.com.")
    name: str = Field(min_length=1, max_length=200, examples=["Call Received"])
    at: datetime | None = Field(None, description="With its zone; now when it is missing.")
    channel: str = Field("", max_length=200)
    text: str = Field("", max_length=10_000)
    value: str = Field("", max_length=30, examples=["12.50"])
    currency: str = Field("", max_length=3, examples=["EUR"])
    referred_by: str = Field("", max_length=200)


class Kept(Schema):
    """That it is in the log."""

    kept: bool


class Pair(Strict):
    """Two people who are one."""

    one: str = Field(min_length=1, max_length=200)
    other: str = Field(min_length=1, max_length=200)


class Apart(Strict):
    """Aliases that are not a person's."""

    person: str = Field(min_length=1, max_length=200)
    aliases: list[str] = Field(min_length=1, max_length=50)


class Act(Schema):
    """What was said of people, and the id by which it is taken back."""

    act: str
    told: str


class NewList(Strict):
    """A list to be saved: the people of a condition."""

    name: str = Field(min_length=1, max_length=80)
    people: str = Field("", max_length=2_000)
    persona: str = Field("", max_length=80)
    fixed: bool = False
    note: str = Field("", max_length=500)


class Counted(Schema):
    """How many people."""

    people: int
