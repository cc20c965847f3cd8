"""E-mail addresses and telephone numbers in one form, so that one person is not taken for two."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import phonenumbers

EMAIL, PHONE = "email", "phone"

HASHED = re.compile(r"hash-[0-9a-f]{32}")
"""What a hashed value looks like: it is never normalised or hashed again."""

FEWEST_DIGITS = 5
"""A text with fewer digits is no telephone number: people who share it have nothing in common."""

_EVERYWHERE = "*"
_NETWORK = re.compile(r"(^|[^a-z])(ip|ipv4|ipv6|ip[_ -]?addr(ess)?|remote[_ -]?addr(ess)?)$")


@dataclass(frozen=True)
class Contacts:
    """How a workspace writes addresses and numbers.

    `region` (`AT`, `US`, ...) is where numbers without a country code belong; "" reads only those
    with one. In the domains of `email_tags` what follows a `+` before the `@` means nothing, in
    those of `email_dots` the dots before it; `*` stands for every domain.
    """

    region: str = ""
    email_tags: tuple[str, ...] = ()
    email_dots: tuple[str, ...] = ()

    def normal(self, kind: str, text: str) -> str:
        """An id in its one form; as it is where there is none.

        >>> rules = Contacts("AT", email_tags=("*",))
        >>> rules.normal("email", " Ann+shop@Example.ORG "), rules.normal("phone", "0660 1234567")
        ('ann@example.org', '+436601234567')
        >>> rules.normal("phone", "ask Ann"), rules.normal("card", " 007")
        ('ask Ann', ' 007')
        """
        if kind == EMAIL:
            return _email(text, self.email_tags, self.email_dots)
        if kind == PHONE:
            return e164(text, self.region) or text.strip()
        return text

    def to_json(self) -> dict[str, Any]:
        """The rules as JSON can hold them."""
        return {
            "region": self.region,
            "email_tags": list(self.email_tags),
            "email_dots": list(self.email_dots),
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Contacts:
        """The rules that `to_json` gave."""
        return cls(raw["region"], tuple(raw["email_tags"]), tuple(raw["email_dots"]))


def _email(text: str, tags: Collection[str], dots: Collection[str]) -> str:
    plain = text.strip().lower()
    name, at, domain = plain.rpartition("@")
    if not at:
        return plain
    if _EVERYWHERE in tags or domain in tags:
        name = name.partition("+")[0] or name
    if _EVERYWHERE in dots or domain in dots:
        name = name.replace(".", "") or name
    return f"{name}@{domain}"


@lru_cache(maxsize=65_536)
def e164(text: str, region: str = "") -> str | None:
    """A telephone number with its country code, or None when it cannot be read as one.

    An extension is kept: two desks behind one number are two people.

    >>> e164("+43 (660) 123-4567"), e164("(212) 555-2368", "US"), e164("0660 1234567")
    ('+436601234567', '+12125552368', None)
    >>> e164("+1 212 555 2368 ext. 12")
    '+12125552368;ext=12'
    """
    if HASHED.fullmatch(text.strip()):
        return text.strip()
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain


def is_region(text: str) -> bool:
    """Whether a text is a region that telephone numbers can belong to, such as `AT`."""
    return text in phonenumbers.SUPPORTED_REGIONS


def names_no_phone(text: str) -> bool:
    """Whether a text can be no telephone number at all: `ask Ann`, `0`, `123`.

    >>> [names_no_phone(text) for text in ("ask Ann", "0", "0660 1234567", "hash-" + 32 * "0")]
    [True, True, False, False]
    """
    return sum(letter.isdigit() for letter in text) < FEWEST_DIGITS


def names_address(column: str) -> bool:
    """Whether a column's name says that it holds the network address of a device.

    >>> [names_address(name) for name in ("IP", "context.ip", "Client IP address", "ship", "tip")]
    [True, True, True, False, False]
    """
    return _NETWORK.search(column.rpartition(".")[2].strip().lower()) is not None


def hashed(secret: bytes, kind: str, text: str) -> str:
    """A value's keyed hash: the same for the same value, and nobody gets back without the key.

    >>> hashed(b"key", "email", "ann@example.org") == hashed(b"key", "email", "ann@example.org")
    True
    """
    if HASHED.fullmatch(text):
        return text
    told = hmac.new(secret, f"{kind}\x1f{text}".encode(), hashlib.sha256)
    return f"hash-{told.hexdigest()[:32]}"
