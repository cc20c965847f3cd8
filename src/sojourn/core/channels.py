"""How a touchpoint reached the person, told from campaign tags, click ids and referrer.

The rules and the lists of well-known sources are data (`data/channels.yaml`): the first rule
that matches wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from sojourn.core.data import load

DIRECT = "Direct"

REFERRAL = "referral"
"""The medium of a link on another site."""

UNASSIGNED = "Unassigned"
"""The channel of a touchpoint whose tags match no rule."""

VIEWS = frozenset({"Page Viewed", "Screen Viewed"})
"""The touchpoints that are direct when nothing says where they came from."""

TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")

MAX_URL = 4_096
MAX_TEXT = 500
"""Only so much of an address, and of any other text, is looked at (characters)."""

_MISSING = frozenset({"", "-", "(not set)", "null", "undefined"})
_NO_REFERRER = _MISSING | {"(direct)", "$direct", "direct", "(none)", "none"}
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]{0,30}:)?//(?:[^/?#@]{0,200}@)?([^/?#:@\s]{1,255})")
_BARE_HOST = re.compile(
    r"(?:[a-z0-9_-]{1,63}\.){1,10}(?!(?:html?|php|aspx?|jsp)\b)[a-z]{2,63}(?=[/?#:]|$)"
)
_OWN_HOSTS = re.compile(r"^(?:www|m|l|lm|mobile|amp)\d?\.(?=.*\.)")
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ne", "or", "gov", "ac", "edu"})


class _Facts(NamedTuple):
    """What is known of one touchpoint, in lower case, "" where missing."""

    source: str
    medium: str
    campaign: str
    name: str
    device: str


@dataclass(frozen=True)
class _When:
    """One way to match: every part that is given must hold."""

    one_of: tuple[tuple[str, frozenset[str]], ...]
    like: tuple[tuple[str, re.Pattern[str]], ...]
    lists: frozenset[str]

    def matches(self, facts: _Facts) -> bool:
        return (
            all(getattr(facts, key) in words for key, words in self.one_of)
            and (not self.lists or source_list(facts.source) in self.lists)
            and all(pattern.search(getattr(facts, key)) for key, pattern in self.like)
        )


def derive(
    source: str | None = None,
    medium: str | None = None,
    campaign: str | None = None,
    referrer: str | None = None,
    page: str | None = None,
    name: str | None = None,
    device: str | None = None,
    click_ids: tuple[str, ...] = (),
) -> str | None:
    """The channel of a touchpoint, or None when nothing is known of how it reached the person.

    What is given goes before the tags in the page's address, those before click ids (in the
    address, or named in `click_ids`), those before the referrer. Tags that match no rule are
    `Unassigned`. A page or screen view without tags and referrer is `Direct`; one that was
    reached from the page's own site tells nothing: it belongs to whatever brought the person.

    >>> derive(page="https://shop.example/?utm_source=google&utm_medium=cpc")
    'Paid Search'
    >>> derive(referrer="https://www.google.co.uk/", page="https://shop.example/")
    'Organic Search'
    >>> derive(name="Page Viewed"), derive(name="Order Completed")
    ('Direct', None)
    """
    query = _query(page)
    tags = {key: _clean(value) for key, value in query if key in TAGS}
    source = _clean(source) or tags.get("utm_source", "")
    medium = _clean(medium) or tags.get("utm_medium", "")
    campaign = _clean(campaign) or tags.get("utm_campaign", "")
    if not medium:
        keys = [*click_ids, *(key for key, value in query if value)]
        source, medium = _without_medium(source, keys, referrer, page)
    channel = _by_rules(_Facts(source, medium, campaign, name or "", _clean(device)))
    if channel or source or medium or campaign:
        return channel or UNASSIGNED
    return DIRECT if name in VIEWS and _clean(referrer) in _NO_REFERRER else None


def _without_medium(
    source: str, keys: Iterable[str], referrer: str | None, page: str | None
) -> tuple[str, str]:
    """Source and medium from click ids, else from what the source is, else from the referrer."""
    known: dict[str, list[str]] = load("channels.yaml")["click_ids"]
    from_click = next((known[key.lower()] for key in keys if key.lower() in known), None)
    if from_click and (not source or from_click[1] != REFERRAL):
        return from_click[0], from_click[1]
    if source:
        site = _site(source)
        return site or source, REFERRAL if site else ""
    site = _site(referrer)
    return (site, REFERRAL) if site and not _same_site(site, _site(page)) else ("", "")


@lru_cache(maxsize=1 << 14)
def _by_rules(facts: _Facts) -> str | None:
    """The channel of the first rule that matches."""
    return next(
        (channel for channel, whens in _rules() if any(when.matches(facts) for when in whens)), None
    )


def campaign_tags(page: str | None) -> dict[str, str]:
    """The campaign tags (`utm_source` ... `utm_content`) in a page's address.

    >>> campaign_tags("https://a.example/?utm_source=Bing&utm_term=red+shoes&x=1")
    {'utm_source': 'Bing', 'utm_term': 'red shoes'}
    """
    return {key: value for key, value in _query(page) if key in TAGS and value}


def tells(field: str, text: str) -> bool:
    """Whether a `name` or `device` alone can make a difference to a touchpoint's channel.

    >>> tells("name", "Store Visited"), tells("name", "Order Completed")
    (True, False)
    """
    if field == "name":
        return text in VIEWS or text in _named("name")
    return _clean(text) in _named("device")


@cache
def _named(field: str) -> frozenset[str]:
    """The words that the rules look for in a field."""
    parts = (part for _, whens in _rules() for when in whens for part in when.one_of)
    return frozenset(word for key, words in parts if key == field for word in words)


def channels() -> tuple[str, ...]:
    """Every channel that can be derived, in the order of the rules."""
    return tuple(dict.fromkeys([*(channel for channel, _ in _rules()), UNASSIGNED]))


@lru_cache(maxsize=1 << 14)
def source_list(source: str) -> str | None:
    """The list of well-known sources that holds this source (a word or a host, in lower case).

    >>> [source_list(s) for s in ("google", "gemini.google.com", "docs.google.com")]
    ['search', 'assistant', None]
    """
    known = _known_sources()
    return next((known[key] for key in _ways_to_call(source) if key in known), None)


def _ways_to_call(source: str) -> Iterator[str]:
    """The source as it is, then the hosts above it, then the name of the site."""
    yield source
    host = _OWN_HOSTS.sub("", source)
    labels = host.split(".")
    yield from (".".join(labels[i:]) for i in range(len(labels) - 1))
    ending = 2 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else 1
    if len(labels) == ending + 1:
        yield labels[0]


@cache
def _known_sources() -> Mapping[str, str]:
    lists: dict[str, list[str]] = load("channels.yaml")["sources"]
    return {source: title for title, sources in lists.items() for source in sources}


@cache
def _rules() -> tuple[tuple[str, tuple[_When, ...]], ...]:
    rules = load("channels.yaml")["rules"]
    return tuple((rule["channel"], tuple(map(_when, rule["when"]))) for rule in rules)


def _when(parts: Mapping[str, Any]) -> _When:
    exact = {
        key: frozenset(parts[key]) for key in ("source", "medium", "name", "device") if key in parts
    }
    like = {
        key.removesuffix("_like"): re.compile(text)
        for key, text in parts.items()
        if key.endswith("_like")
    }
    return _When(tuple(exact.items()), tuple(like.items()), frozenset(parts.get("from", ())))


def _query(page: str | None) -> list[tuple[str, str]]:
    if not page or "?" not in page:
        return []
    query = page[:MAX_URL].partition("?")[2].partition("#")[0]
    return [(key.lower(), value) for key, value in parse_qsl(query, errors="replace")]


def _site(url: str | None) -> str:
    """The host of an address, without `www.` and the like; "" where there is none."""
    text = _clean(url)
    found = _HOST.match(text)
    if found:
        return _OWN_HOSTS.sub("", found[1].strip("."))
    bare = _BARE_HOST.match(text)
    return _OWN_HOSTS.sub("", bare[0]) if bare else ""


def _same_site(one: str, other: str) -> bool:
    """Whether two hosts are one, or one of them lies below the other."""
    return one == other or one.endswith("." + other) or (bool(one) and other.endswith("." + one))


def _clean(text: str | None) -> str:
    word = (text or "")[:MAX_TEXT].strip().casefold()
    return "" if word in _MISSING else word
