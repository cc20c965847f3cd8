"""The filters of every page: the same words, in the same place, in the address.

They are those of the command line (`--people --where --only --from --to --as-of --persona --list
--by`), read from the address and checked before anything is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

LONGEST = 2_000


@dataclass(frozen=True)
class Filters:
    """Whose journeys a page is about; empty texts choose everything."""

    journey: str = ""
    persona: str = ""
    list: str = ""
    start: str = ""
    end: str = ""
    people: str = ""
    where: str = ""
    only: str = ""
    as_of: str = ""
    by: str = ""

    def asked(self, *without: str) -> dict[str, Any]:
        """The arguments of `Workspace.journey`, but for some of them."""
        named = {"journey": "model", "list": "in_list"}
        return {
            named.get(each.name, each.name): getattr(self, each.name)
            for each in fields(self)
            if each.name not in ("by", *without) and getattr(self, each.name)
        }

    def query(self, **changed: str) -> str:
        """The filters as they stand in an address, `?` included; nothing where nothing is chosen.

        >>> Filters(journey="sales").query(start="2026-01-01")
        '?journey=sales&from=2026-01-01'
        """
        now = replace(self, **changed)
        pairs = [(WORDS.get(f.name, f.name), getattr(now, f.name)) for f in fields(now)]
        text = urlencode([(name, value) for name, value in pairs if value])
        return f"?{text}" if text else ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the journey is chosen."""
        return replace(self, journey="") != Filters()


WORDS = {"start": "from", "end": "to"}
"""What a filter is called in an address, where its name is a word of Python's."""

NAMES = tuple(WORDS.get(each.name, each.name) for each in fields(Filters))
"""What all filters are called in an address."""


def read(given: Mapping[str, Any]) -> Filters:
    """The filters of an address; what is no filter is left to the page."""
    told = {each.name: WORDS.get(each.name, each.name) for each in fields(Filters)}
    return Filters(**{n: str(given.get(word, "")).strip()[:LONGEST] for n, word in told.items()})
