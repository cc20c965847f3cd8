"""Campaign links: an address with its tags, spelled as the business agreed to spell them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from sojourn.core.channels import MAX_URL, derive
from sojourn.errors import LinkError

TAGS = ("source", "medium", "campaign", "content", "term")
NEEDED = ("source", "medium", "campaign")
LONGEST, MOST_WORDS = 100, 500
_WORDY = re.compile(r"[^\w.+-]+")


def spelled(text: str) -> str:
    """A tag's value as it should be spelled: small letters, hyphens between words.

    >>> spelled("  Spring Sale 2026 "), spelled("Face_Book")
    ('spring-sale-2026', 'face_book')
    """
    plain = unicodedata.normalize("NFC", text).casefold().strip()
    return _WORDY.sub("-", plain).strip("-")


@dataclass(frozen=True)
class Vocabulary:
    """The values that a business uses for each tag; a tag without any takes every value."""

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, tag: str) -> tuple[str, ...]:
        """The agreed values of a tag."""
        return self.words.get(tag, ())

    def nearest(self, tag: str, value: str) -> str | None:
        """The agreed value that this one was meant to be; None where nothing is like it.

        >>> Vocabulary({"source": ("facebook",)}).nearest("source", "Facebook.com")
        'facebook'
        """
        plain, known = spelled(value), self.of(tag)
        if not known or plain in known:
            return plain if plain != value else None
        near = get_close_matches(plain, known, 1, 0.6)
        if near:
            return near[0]
        bare = re.sub(r"^(www|m|l|lm)[.]|[.](com|net|org|co|io)$", "", plain)
        return next((word for word in known if bare == word), None)

    def fits(self, tag: str, value: str) -> bool:
        """Whether a value is spelled as agreed, and is one of those agreed on."""
        return spelled(value) == value and (not self.of(tag) or value in self.of(tag))


@dataclass(frozen=True)
class Link:
    """A tagged address, and the channel in which its visits will be counted."""

    url: str
    tags: Mapping[str, str]
    channel: str


def link_of(url: str, tags: Mapping[str, str], vocabulary: Vocabulary) -> Link:
    """Tag an address; what it has in its query and its fragment stays.

    Raises LinkError for an address that is none, a tag that is missing, or a value that is not
    spelled as agreed, with the nearest that is.

    >>> link_of("https://shop.example/tea?x=1#top", {"source": "news", "medium": "email",
    ...     "campaign": "spring"}, Vocabulary()).url
    'https://shop.example/tea?x=1&utm_source=news&utm_medium=email&utm_campaign=spring#top'
    """
    parts = _address(url)
    told = {tag: tags.get(tag, "").strip() for tag in TAGS}
    for tag in NEEDED:
        if not told[tag]:
            _fail(tag, "nothing", "a value: without it nobody knows where visits came from")
    for tag, value in told.items():
        if value:
            _check(tag, value, vocabulary)
    ours = [(f"utm_{tag}", value) for tag, value in told.items() if value]
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True)
            if not pair[0].lower().startswith("utm_")]  # fmt: skip
    made = urlunsplit(parts._replace(query=urlencode([*kept, *ours], quote_via=quote)))
    channel = derive(page=made, name="Page Viewed") or ""
    return Link(made, {tag: value for tag, value in told.items() if value}, channel)


def _address(url: str) -> Any:
    text = url.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        _fail("address", text, "an address such as https://shop.example/tea")
    plain = not any(c.isspace() or unicodedata.category(c) == "Cc" for c in text)
    if parts.scheme not in ("http", "https") or not host or not plain or len(text) > MAX_URL // 2:
        _fail("address", text, "an address such as https://shop.example/tea")
    if parts.username or parts.password:
        _fail("address", text, "an address without a name and password in it")
    return parts


def _check(tag: str, value: str, vocabulary: Vocabulary) -> None:
    if len(value) > LONGEST:
        _fail(tag, value, f"at most {LONGEST} characters")
    if vocabulary.fits(tag, value):
        return
    near = vocabulary.nearest(tag, value)
    if spelled(value) != value:
        expected = "small letters, digits and hyphens, without spaces"
    else:
        known = ", ".join(vocabulary.of(tag)[:12])
        expected = f"one of those agreed on: {known}"
    _fail(tag, value, expected, near)


def vocabulary_of(raw: Any, where: str) -> Vocabulary:
    """Check a mapping of tags to lists of values; raises LinkError with place and found.

    >>> vocabulary_of({"source": ["newsletter"]}, "v").of("source")
    ('newsletter',)
    """
    if raw is None:
        return Vocabulary()
    if not isinstance(raw, Mapping):
        _fail(where, raw, "for each tag a list, such as `source: [newsletter, facebook]`")
    found = {}
    for tag, words in raw.items():
        if tag not in TAGS:
            near = get_close_matches(str(tag), TAGS, 1)
            _fail(f"{where}.{tag}", tag, f"one of {', '.join(TAGS)}", near[0] if near else None)
        if not isinstance(words, Sequence) or isinstance(words, str) or len(words) > MOST_WORDS:
            _fail(f"{where}.{tag}", words, f"a list of at most {MOST_WORDS} values")
        for word in words:
            if not isinstance(word, str) or not word or spelled(word) != word:
                near_word = spelled(word) if isinstance(word, str) else None
                _fail(f"{where}.{tag}", word, "small letters, digits and hyphens", near_word)
        found[str(tag)] = tuple(dict.fromkeys(words))
    return Vocabulary(found)


def _fail(where: str, found: Any, expected: str, near: str | None = None) -> NoReturn:
    told = found if found == "nothing" else repr(found)[:80]
    raise LinkError(
        f"{where}: found {told}, expected {expected}",
        hint=f"Did you mean {near!r}?" if near else None,
    )
