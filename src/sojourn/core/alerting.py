"""What a business wants to be told of, by which way, and when its Monday mail goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, NoReturn

from sojourn.errors import SettingsError

KINDS: Mapping[str, str] = {
    "broken": "something breaks: a form fails, a page errs, people get stuck",
    "score": "people feel worse than before, surely",
    "silent": "data stop coming through a channel",
}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KEYS = ("to", "webhook", "kinds", "mail")
MAIL_KEYS = ("day", "hour", "to")
MOST = 20


@dataclass(frozen=True)
class Schedule:
    """When the weekly mail goes out (in the report's zone), and to whom; nobody: it does not."""

    day: str = "monday"
    hour: int = 7
    to: tuple[str, ...] = ()

    def due(self, now: datetime, last: str) -> str | None:
        """The week whose mail is due at a moment, None where it has gone out; `last` is the last.

        >>> Schedule("monday", 7, ("a@example.com",)).due(datetime(2026, 11, 23, 7), "2026-W47")
        '2026-W48'
        """
        year, week, weekday = now.isocalendar()
        name = f"{year}-W{week:02}"
        begun = (weekday - 1, now.hour) >= (DAYS.index(self.day), self.hour)
        return name if self.to and begun and name > last else None


@dataclass(frozen=True)
class Wishes:
    """To which addresses and webhook alerts go, of which kinds, and the weekly mail's schedule."""

    to: tuple[str, ...] = ()
    webhook: str = ""
    kinds: tuple[str, ...] = tuple(KINDS)
    mail: Schedule = Schedule()

    @property
    def anybody(self) -> bool:
        """Whether anybody wants to be told."""
        return bool(self.kinds and (self.to or self.webhook))

    def to_mapping(self) -> dict[str, Any]:
        """As it is written down."""
        mail = {"day": self.mail.day, "hour": self.mail.hour, "to": list(self.mail.to)}
        raw = {"to": list(self.to), "webhook": self.webhook, "kinds": list(self.kinds)}
        return {**{k: v for k, v in raw.items() if v}, **({"mail": mail} if self.mail.to else {})}


def wishes_of(raw: Any, where: str = "alerts") -> Wishes:
    """Check a mapping; raises SettingsError with place, found, expected and the nearest.

    >>> wishes_of({"to": ["a@example.com"], "kinds": ["score"]}).kinds
    ('score',)
    """
    if raw is None:
        return Wishes()
    _mapping(raw, KEYS, where)
    kinds = _texts(raw.get("kinds", list(KINDS)), f"{where}.kinds")
    for kind in kinds:
        if kind not in KINDS:
            _fail(f"{where}.kinds", kind, f"some of {', '.join(KINDS)}", KINDS)
    webhook = raw.get("webhook") or ""
    if not isinstance(webhook, str):
        _fail(f"{where}.webhook", webhook, "an address")
    mail = raw.get("mail") or {}
    _mapping(mail, MAIL_KEYS, f"{where}.mail")
    day, hour = mail.get("day", "monday"), mail.get("hour", 7)
    if not isinstance(day, str) or day.lower() not in DAYS:
        _fail(f"{where}.mail.day", day, f"one of {', '.join(DAYS)}", DAYS)
    if isinstance(hour, bool) or not isinstance(hour, int) or not 0 <= hour <= 23:
        _fail(f"{where}.mail.hour", hour, "an hour from 0 to 23")
    schedule = Schedule(day.lower(), hour, _texts(mail.get("to", []), f"{where}.mail.to"))
    return Wishes(_texts(raw.get("to", []), f"{where}.to"), webhook, kinds, schedule)


def _mapping(raw: Any, keys: Sequence[str], where: str) -> None:
    if not isinstance(raw, Mapping):
        _fail(where, raw, "a mapping such as `to: [a@example.com]`")
    for key in raw:
        if key not in keys:
            _fail(f"{where}.{key}", key, f"one of {', '.join(keys)}", keys)


def _texts(raw: Any, where: str) -> tuple[str, ...]:
    if isinstance(raw, str):
        raw = [raw]
    whole = isinstance(raw, Sequence) and all(isinstance(each, str) for each in raw)
    if not whole or len(raw) > MOST:
        _fail(where, raw, f"a list of at most {MOST} texts")
    return tuple(dict.fromkeys(each.strip() for each in raw if each.strip()))


def _fail(where: str, found: Any, expected: str, known: Any = ()) -> NoReturn:
    near = get_close_matches(str(found), list(known), 1)
    raise SettingsError(
        f"{where}: found {str(found)[:80]!r}, expected {expected}",
        hint=f"Did you mean {near[0]!r}?" if near else None,
    )
