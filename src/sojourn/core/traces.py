"""What tells of a person in a text: their ids, in every way in which they may be written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from sojourn.core.claims import USER, Alias

GONE = "(erased)"
"""What stands where an id stood in a text of somebody else's."""

FEWEST, FEWEST_MIXED, FEWEST_DIGITS = 8, 6, 10


def is_telling(text: str) -> bool:
    """Whether a text names one person wherever it stands; `42` may be anything.

    >>> [is_telling(text) for text in ("ann@example.org", "42", "20260101", "user-77")]
    [True, False, False, True]
    """
    if text.isdigit():
        return len(text) >= FEWEST_DIGITS
    mixed = any(c.isdigit() for c in text) and len(text) >= FEWEST_MIXED
    return "@" in text or mixed or (len(text) >= FEWEST and not text.isalpha())


@dataclass(frozen=True)
class Traces:
    """The aliases that are one person's alone, to be found wherever they stand.

    An id that is telling is looked for within texts, any other only where an id of its kind
    stands by itself.
    """

    aliases: frozenset[Alias]

    @classmethod
    def of(cls, aliases: Iterable[tuple[str, str]]) -> Traces:
        """The traces of these aliases."""
        return cls(frozenset(Alias(*alias) for alias in aliases))

    @cached_property
    def ids(self) -> frozenset[str]:
        """Their ids, whatever their kind."""
        return frozenset(alias.id for alias in self.aliases)

    @cached_property
    def users(self) -> frozenset[str]:
        """Their user ids."""
        return frozenset(alias.id for alias in self.aliases if alias.kind == USER)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What is looked for within texts, in lower case: as it is, in JSON and in addresses."""
        plain = {text.lower() for text in self.ids if is_telling(text)}
        coded = {json.dumps(text)[1:-1].lower() for text in plain}
        return tuple(sorted(plain | coded | {quote(text, safe="").lower() for text in plain}))

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """The words as whole words, the longest first; None where there are none."""
        if not self.words:
            return None
        words = "|".join(map(re.escape, sorted(self.words, key=len, reverse=True)))
        return re.compile(rf"(?<![\w])(?:{words})(?![\w])", re.IGNORECASE)

    def within(self, text: str) -> bool:
        """Whether a text names them.

        >>> ann = Traces.of([("email", "ann@example.org"), ("user", "42")])
        >>> ann.within("to Ann@example.org!"), ann.within("/?m=ann%40example.org"), ann.within("42")
        (True, True, False)
        >>> ann.within("joann@example.org")
        False
        """
        return self.pattern is not None and self.pattern.search(text) is not None

    def without(self, text: str) -> str:
        """A text with their ids taken out.

        >>> Traces.of([("email", "ann@example.org")]).without("ask ann@example.org")
        'ask (erased)'
        """
        return text if self.pattern is None else self.pattern.sub(GONE, text)
