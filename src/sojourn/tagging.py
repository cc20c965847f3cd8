"""The campaign links of a workspace: its vocabulary, and the links that were made.

`vocabulary.yaml` says which values each tag has; `links.yaml` lists what was made, by whom.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sojourn.core.links import TAGS, Link, Vocabulary, link_of, spelled, vocabulary_of
from sojourn.core.table import Column, Table
from sojourn.errors import LinkError, UnknownName
from sojourn.journey import Journey
from sojourn.measure.arrivals import by_tags
from sojourn.store.written import read, write

VOCABULARY, LINKS = "vocabulary.yaml", "links.yaml"
MOST, MOST_BYTES = 2_000, 2_000_000
COLUMNS = (
    Column("url", "text"),
    *(Column(tag, "text") for tag in TAGS),
    Column("channel", "text"),
    Column("visits", "integer", "visits"),
    Column("made_at", "time"),
    Column("made_by", "text"),
)


@dataclass(frozen=True)
class Links:
    """The links of the workspace in a folder; `ask` gives its journey, None before any import."""

    folder: Path
    ask: Callable[[], Journey] | None = None

    def vocabulary(self) -> Vocabulary:
        """The values that were agreed on."""
        return vocabulary_of(read(self.folder / VOCABULARY, LinkError, MOST_BYTES), VOCABULARY)

    def agree(self, tag: str, value: str) -> Vocabulary:
        """Add a value to the vocabulary; it is spelled as all are."""
        return self._change(tag, lambda words: [*dict.fromkeys([*words, spelled(value)])])

    def forget(self, tag: str, value: str) -> Vocabulary:
        """Take a value out of the vocabulary; raises UnknownName where it is not in it."""
        if value not in self.vocabulary().of(tag):
            known = ", ".join(self.vocabulary().of(tag)) or "none yet"
            raise UnknownName(f"There is no {tag} {value[:80]!r}.", hint=f"Known: {known}.")
        return self._change(tag, lambda words: [word for word in words if word != value])

    def _change(self, tag: str, change: Callable[[list[str]], list[str]]) -> Vocabulary:
        path = self.folder / VOCABULARY
        raw = read(path, LinkError, MOST_BYTES)
        raw = {} if raw is None else raw
        vocabulary_of(raw, VOCABULARY)
        raw[tag] = change(list(raw.get(tag, [])))
        if not raw[tag]:
            del raw[tag]
        found = vocabulary_of(raw, VOCABULARY)
        write(path, raw)
        return found

    def make(self, url: str, by: str = "", **tags: str) -> Link:
        """Make a link and remember it; the same again is remembered once."""
        link = link_of(url, tags, self.vocabulary())
        made = self._made()
        if link.url not in [each["url"] for each in made]:
            if len(made) >= MOST:
                raise LinkError(
                    f"{LINKS}: there are {MOST:,} links, which is the most there can be"
                )
            at = datetime.now(UTC).replace(microsecond=0)
            made = [*made, {"url": link.url, "at": at, "by": by}]
            write(self.folder / LINKS, made, width=4_096)
        return link

    def drop(self, url: str) -> None:
        """Forget a link; it goes on working, it is only not listed."""
        made = self._made()
        left = [each for each in made if each["url"] != url]
        if len(left) == len(made):
            raise UnknownName(f"There is no link {url[:200]!r}.")
        write(self.folder / LINKS, left, width=4_096)

    def _made(self) -> list[Mapping[str, Any]]:
        raw = read(self.folder / LINKS, LinkError, MOST_BYTES)
        if raw is None:
            return []
        whole = isinstance(raw, list) and all(isinstance(each, Mapping) for each in raw)
        if not whole or not all(isinstance(each.get("url"), str) for each in raw):
            raise LinkError(f"{LINKS}: found {type(raw).__name__}, expected a list of links")
        return list(raw)

    def table(self) -> Table:
        """One row a link, the newest first, with the visits that came with just its tags."""
        made = self._made()[::-1]
        links = [_tags_of(each["url"]) for each in made]
        campaigns = {link.tags.get("campaign", "") for link in links}
        visits = by_tags(self.ask().view, campaigns) if made and self.ask is not None else None
        data: dict[str, list[Any]] = {tag: [link.tags.get(tag) for link in links] for tag in TAGS}
        data |= {
            "url": [each["url"] for each in made],
            "channel": [link.channel for link in links],
            "visits": [
                None if visits is None else visits[tuple(link.tags.get(tag, "") for tag in TAGS)]
                for link in links
            ],
            "made_at": [_moment(each.get("at")) for each in made],
            "made_by": [str(each.get("by") or "") or None for each in made],
        }
        return Table.of("links", COLUMNS, data, {})


def _moment(raw: Any) -> datetime | None:
    if not isinstance(raw, datetime):
        return None
    return raw.replace(tzinfo=UTC) if raw.tzinfo is None else raw.astimezone(UTC)


def _tags_of(url: str) -> Link:
    """A link as it was made: by what its address says, whatever the vocabulary says now."""
    from_address = dict.fromkeys(TAGS, "")
    for name, value in parse_qsl(urlsplit(url).query):
        if name.removeprefix("utm_") in TAGS:
            from_address[name.removeprefix("utm_")] = value
    try:
        return link_of(url, from_address, Vocabulary())
    except LinkError:
        return Link(url, {tag: value for tag, value in from_address.items() if value}, "")
