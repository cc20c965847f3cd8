"""Who was erased, as keyed hashes: known again when they come in, and nobody can read who it is."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sojourn.core.blocked import is_blocked
from sojourn.core.claims import DEVICE, USER, Alias


class Erased(NamedTuple):
    """An alias that was erased, by its hash: from `start` up to, not including, `end`
    (microseconds; None: unbounded)."""

    hash: str
    kind: str
    start: int | None
    end: int | None


def mark_of(secret: bytes, alias: tuple[str, str]) -> str:
    """The keyed hash of an alias, of no use for anything else.

    >>> mark_of(b"key", ("user", "42")) == mark_of(b"key", ("card", "42"))
    False
    """
    told = f"erased\x1f{alias[0]}\x1f{alias[1]}".encode("utf-8", "replace")
    return hmac.new(secret, told, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Suppressed:
    """The aliases that were erased; true when there are any."""

    secret: bytes
    spans: Mapping[str, tuple[Erased, ...]] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    _marks: dict[tuple[str, str], str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, secret: bytes, erased: Iterable[Erased]) -> Suppressed:
        """Those of a list."""
        found = defaultdict[str, list[Erased]](list)
        for each in erased:
            found[each.hash].append(each)
        spans = {mark: tuple(each) for mark, each in found.items()}
        kinds = frozenset(each.kind for those in spans.values() for each in those)
        return cls(secret, spans, kinds)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def holds(self, alias: tuple[str, str], ts: int | None = None) -> bool:
        """Whether an alias was erased at a moment (None: for ever)."""
        if alias[0] not in self.kinds:
            return False
        mark = self._marks.get(alias)
        if mark is None:
            mark = self._marks[alias] = mark_of(self.secret, alias)
        for each in self.spans.get(mark, ()):
            if ts is None:
                if each.start is None and each.end is None:
                    return True
            elif (each.start is None or each.start <= ts) and (each.end is None or ts < each.end):
                return True
        return False

    def marked(self, alias: tuple[str, str]) -> tuple[Erased, ...]:
        """When an alias was that of somebody erased."""
        return self.spans.get(mark_of(self.secret, alias), ()) if alias[0] in self.kinds else ()

    def withheld(
        self,
        user_id: str | None,
        device_id: str | None,
        aliases: Iterable[tuple[str, str]] | None,
        ts: int | None,
    ) -> bool:
        """Whether a touchpoint is of somebody erased: by its user id, or else by any alias.

        >>> erased = Erased(mark_of(b"k", ("device", "d")), "device", None, 100)
        >>> gone = Suppressed.of(b"k", [erased])
        >>> [gone.withheld(user, "d", None, ts) for user, ts in ((None, 5), (None, 100), ("b", 5))]
        [True, False, False]
        """
        others = [Alias(*alias) for alias in aliases or ()]
        users = [Alias(USER, user_id or ""), *(a for a in others if a.kind == USER)]
        for user in users:
            if not is_blocked(user.id):
                return self.holds(user, ts)
        return any(self.holds(a, ts) for a in (Alias(DEVICE, device_id or ""), *others) if a.id)

    def among(self, texts: Iterable[str]) -> bool:
        """Whether any of these texts is the id of somebody erased for ever, of whatever kind."""
        return any(self.holds((kind, text)) for text in texts for kind in self.kinds)
