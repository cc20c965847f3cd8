"""What people tell by hand: a call, a visit, a word at a fair, "who sent you?", a note."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from sojourn.core.claims import Alias
from sojourn.errors import QuestionError
from sojourn.moments import micros

NOTE = "Note Added"
SOURCE = "by-hand"
"""Where such touchpoints say they come from."""

OFFERED = (
    *("Call Received", "Call Made", "Store Visited", "Question Asked", "Consultation Booked"),
    *("Demo Booked", "Order Completed", "Review Posted", "Mention Posted", "Referral Invited"),
    *("Support Opened", "Support Solved", "Brand Considered", "Brand Dropped", NOTE),
)
"""The names that a form offers; any other can be told too."""

CHANNEL_OF = {
    "Call Received": "Phone",
    "Call Made": "Phone",
    "Store Visited": "In Store",
    "Support Opened": "Support",
    "Support Solved": "Support",
}
"""The channel of those that say it by their name."""

LONGEST, LONGEST_TEXT = 200, 10_000


@dataclass(frozen=True)
class ByHand:
    """One touchpoint as somebody tells it; empty texts say nothing.

    `person` is an id as answers show it, with its kind where it is no user id
    (`device:9f..`, `email:a@example.com`); `at` is when, with its zone.
    """

    person: str
    name: str
    at: datetime
    channel: str = ""
    text: str = ""
    value: str = ""
    currency: str = ""
    referred_by: str = ""
    by: str = ""

    def frame(self) -> pa.Table:
        """The touchpoint as a table of one row, ready to be imported; raises QuestionError.

        >>> ByHand("42", "Call Received", datetime(2026, 1, 1, tzinfo=UTC)).frame().to_pylist()[0][
        ...     "channel"]
        'Phone'
        """
        alias = alias_of(self.person)
        _checked(self)
        told: dict[str, Any] = {
            "id": f"hand-{secrets.token_hex(12)}",
            "ts": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "name": self.name.strip(),
            "channel": self.channel.strip() or CHANNEL_OF.get(self.name.strip(), ""),
            "text": self.text.strip(),
            "value": self.value.strip(),
            "currency": self.currency.strip().upper(),
            "referred_by": self.referred_by.strip(),
            "told_by": self.by.strip(),
            alias.kind: alias.id,
        }
        return pa.table({column: [str(text) or None] for column, text in told.items()})


def alias_of(person: str) -> Alias:
    """Whom an id names; without a kind it is a user id.

    >>> alias_of("42"), alias_of("email:a@example.com")
    (Alias(kind='user', id='42'), Alias(kind='email', id='a@example.com'))
    """
    text = person.strip()
    kind, colon, rest = text.partition(":")
    known = bool(colon) and kind in ("user", "device", "email", "phone", "card") and bool(rest)
    return Alias(kind, rest) if known else Alias("user", text)


def _checked(told: ByHand) -> None:
    if not told.person.strip():
        raise QuestionError("Who was it? No person is named.")
    if not told.name.strip():
        raise QuestionError("What happened? No name is given.", hint=f"Such as {OFFERED[0]!r}.")
    if told.at.tzinfo is None:
        raise QuestionError(f"When was it? {told.at.isoformat()} has no zone.")
    micros(told.at, ZoneInfo("UTC"), "at")
    for field in ("person", "name", "channel", "referred_by", "by"):
        if len(getattr(told, field)) > LONGEST:
            raise QuestionError(f"{field}: more than {LONGEST} characters.")
    if len(told.text) > LONGEST_TEXT:
        raise QuestionError(f"text: more than {LONGEST_TEXT:,} characters.")
    if told.value.strip():
        try:
            finite = Decimal(told.value.strip()).is_finite()
        except InvalidOperation:
            finite = False
        if not finite:
            raise QuestionError(f"value: found {told.value!r}, expected a number such as 12.50.")
    currency = told.currency.strip()
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise QuestionError(f"currency: found {currency!r}, expected three letters such as EUR.")


def columns_of(frame: pa.Table) -> dict[str, str]:
    """Which column of a touchpoint told by hand holds which of the log."""
    kinds = ("email", "phone", "card")
    named = {"id": "event_id", "user": "user_id", "device": "device_id"}
    named |= {kind: f"alias:{kind}" for kind in kinds}
    plain = ("ts", "name", "channel", "text", "value", "currency", "referred_by")
    return {named.get(n, n): n for n in frame.column_names if n in named or n in plain}
