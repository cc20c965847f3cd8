"""How a touchpoint reached the person, told from campaign tags, click ids and referrer.

The rules and the lists of well-known sources are data (`data/channels.yaml`): the first rule
that matches wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl

from sojourn.core.data import load

DIRECT = "Direct"
UNASSIGNED = "Unassigned"
"""The channel of a touchpoint whose tags match no rule."""

VIEWS = frozenset({"Page Viewed", "Screen Viewed"})
"""The touchpoints that are direct when nothing says where they came from."""

TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")

MAX_URL = 4_096
"""Only so much of an address is looked at (characters)."""

_MISSING = frozenset({"", "(not set)", "null", "undefined", "-"})
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]{0,30}:)?//(?:[^/?#@]{0,200}@)?([^/?#:@\s]{1,255})")
_BARE_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.){1,10}[a-z]{2,63}(?=[/?#:]|$)")
_OWN_HOSTS = re.compile(r"^(?:www|m|l|lm|mobile|amp)\d?\.")
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ne", "or", "gov", "ac", "edu"})


@dataclass(frozen=True)
class _Facts:
    """What is known of one touchpoint, in lower case, "" where missing."""

    source: str
    medium: str
    campaign: str
    name: str
    device: str
    lists: frozenset[str]


@dataclass(frozen=True)
class _When:
    """One way to match: every part that is given must hold."""

    one_of: tuple[tuple[str, frozenset[str]], ...]
    like: tuple[tuple[str, re.Pattern[str]], ...]
    lists: frozenset[str]

    def matches(self, facts: _Facts) -> bool:
        return (
            all(getattr(facts, key) in words for key, words in self.one_of)
            and all(pattern.search(getattr(facts, key)) for key, pattern in self.like)
            and (not self.lists or not self.lists.isdisjoint(facts.lists))
        )


@lru_cache(maxsize=1 << 17)
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
    address, or named in `click_ids`), those before the referrer. A referrer on the page's own
    site is none and tells nothing. A page or screen view without any of these is `Direct`; tags
    that match no rule are `Unassigned`.

    >>> derive(page="https://shop.example/?utm_source=google&utm_medium=cpc")
    'Paid Search'
    >>> derive(referrer="https://www.google.co.uk/", page="https://shop.example/")
    'Organic Search'
    >>> derive(name="Page Viewed"), derive(name="Order Completed")
    ('Direct', None)
    """
    tags = campaign_tags(page)
    campaign = _clean(campaign) or _clean(tags.get("utm_campaign"))
    source = _clean(source) or _clean(tags.get("utm_source"))
    medium = _clean(medium) or _clean(tags.get("utm_medium"))
    from_click = _click(page, click_ids)
    if from_click and not medium:
        source, medium = source or from_click[0], from_click[1]
    site = _site(referrer)
    if not source and not medium and site and not _same_site(site, _site(page)):
        source, medium = site, "referral"
    if source and not medium and _BARE_HOST.fullmatch(source):
        medium = "referral"
    facts = _Facts(source, medium, campaign, name or "", _clean(device), source_lists(source))
    for channel, whens in _rules():
        if any(when.matches(facts) for when in whens):
            return channel
    if source or medium or campaign:
        return UNASSIGNED
    return DIRECT if name in VIEWS and not _clean(referrer) else None


def campaign_tags(page: str | None) -> dict[str, str]:
    """The campaign tags (`utm_source` ... `utm_content`) in a page's address.

    >>> campaign_tags("https://a.example/?utm_source=Bing&utm_term=red+shoes&x=1")
    {'utm_source': 'Bing', 'utm_term': 'red shoes'}
    """
    return {key: value for key, value in _query(page) if key in TAGS and value}


def channels() -> tuple[str, ...]:
    """Every channel that can be derived, in the order of the rules."""
    return tuple(dict.fromkeys([*(channel for channel, _ in _rules()), UNASSIGNED]))


@lru_cache(maxsize=1 << 14)
def source_lists(source: str) -> frozenset[str]:
    """The lists of well-known sources that hold this source (a word or a host).

    >>> source_lists("google"), source_lists("gemini.google.com"), source_lists("docs.google.com")
    (frozenset({'search'}), frozenset({'assistant'}), frozenset())
    """
    known = _known_sources()
    return next((known[key] for key in _ways_to_call(source) if key in known), frozenset())


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
def _known_sources() -> Mapping[str, frozenset[str]]:
    known: dict[str, frozenset[str]] = {}
    for title, sources in load("channels.yaml")["sources"].items():
        for source in sources:
            known[str(source)] = known.get(str(source), frozenset()) | {title}
    return known


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


def _click(page: str | None, named: tuple[str, ...]) -> tuple[str, str] | None:
    """The source and medium of the first click id there is."""
    known: dict[str, list[str]] = load("channels.yaml")["click_ids"]
    seen = [*named, *(key for key, value in _query(page) if value)]
    for key in seen:
        if key.lower() in known:
            source, medium = known[key.lower()]
            return source, medium
    return None


def _query(page: str | None) -> list[tuple[str, str]]:
    if not page or "?" not in page:
        return []
    query = page[:MAX_URL].partition("?")[2].partition("#")[0]
    return parse_qsl(query, errors="replace")


def _site(url: str | None) -> str:
    """The host of an address, without `www.` and the like; "" where there is none."""
    text = _clean((url or "")[:MAX_URL])
    found = _HOST.match(text)
    if found:
        return _OWN_HOSTS.sub("", found[1].strip("."))
    bare = _BARE_HOST.match(text)
    return _OWN_HOSTS.sub("", bare[0]) if bare else ""


def _same_site(one: str, other: str) -> bool:
    """Whether two hosts are one, or one of them lies below the other."""
    return one == other or one.endswith("." + other) or (bool(one) and other.endswith("." + one))


def _clean(text: str | None) -> str:
    word = (text or "").strip().casefold()
    return "" if word in _MISSING else word
