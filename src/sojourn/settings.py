"""The settings of a workspace: one frozen value from `sojourn.toml`, checked whole."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal, NoReturn, cast
from zoneinfo import ZoneInfo, available_timezones

import tomli_w

from sojourn.core.condition import Condition, parse
from sojourn.core.consent import purpose_of
from sojourn.core.contacts import Contacts, is_region
from sojourn.core.retention import KINDS, before
from sojourn.core.touchpoint import BUSINESS, ORDER, PERSON
from sojourn.errors import ConditionError, SettingsError, UnknownName

Actor = Literal["person", "business"]
Clock = Literal["recorded", "live"]
FILE = "sojourn.toml"
SERVER = "server"
"""The table of the file that says how the server runs; it is read and checked there."""

KEYS = (
    "name",
    "zone",
    "journey",
    "unit",
    "clock",
    "order",
    "simulated",
    "source",
    "blocked",
    "names",
    "personas",
    "region",
    "email_tags",
    "email_dots",
    "content",
    "consent",
    "retention",
    "ideal",
)


@dataclass(frozen=True)
class Settings:
    """How one business reads its log.

    `zone` is the report's time zone, `journey` the model that is asked when none is named,
    `order` the condition that makes a touchpoint an order, `unit` whose journeys they are, `clock`
    what now is: the log's greatest moment (`recorded`), or the present (`live`),
    `names` the business's own touchpoint names with their actor, `blocked` ids that name nobody,
    `personas` named conditions on people. `region` (`AT`) is where telephone numbers without a
    country code belong; in the domains of `email_tags` and `email_dots` (`*`: all) a `+tag` or
    the dots before the `@` mean nothing. `content` says for which stage each content is meant.
    `consent` are the purposes without whose consent no call is stored, `retention` for how long
    each kind of data is kept. `ideal` is the persona whom the business wishes for.
    """

    name: str = ""
    zone: str = "UTC"
    journey: str = "hourglass"
    unit: Literal["person", "account"] = "person"
    clock: Clock = "recorded"
    order: str = f"name = '{ORDER}'"
    simulated: bool = False
    source: str = ""
    blocked: tuple[str, ...] = ()
    names: Mapping[str, Actor] = field(default_factory=dict)
    personas: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    email_tags: tuple[str, ...] = ()
    email_dots: tuple[str, ...] = ()
    content: Mapping[str, str] = field(default_factory=dict)
    consent: tuple[str, ...] = ()
    retention: Mapping[str, str] = field(default_factory=dict)
    ideal: str = ""

    @property
    def contacts(self) -> Contacts:
        """How addresses and telephone numbers are brought into one form."""
        return Contacts(self.region, self.email_tags, self.email_dots)

    @property
    def zoneinfo(self) -> ZoneInfo:
        """The report's zone."""
        return ZoneInfo(self.zone)

    def persona(self, name: str) -> Condition:
        """One persona's condition; raises UnknownName for a persona that there is not."""
        found = self.persona_conditions()
        if name not in found:
            near = get_close_matches(name, found, 1)
            known = ", ".join(found) or "none yet: `sojourn personas add NAME COND`"
            raise UnknownName(
                f"There is no persona {name!r}.",
                hint=(f"Did you mean {near[0]!r}? " if near else "") + f"Personas: {known}.",
            )
        return found[name]

    def persona_conditions(self) -> dict[str, Condition]:
        """Each persona's condition, read."""
        return {
            name: parse(text, "people", where=f"personas.{name}", zone=self.zone)
            for name, text in self.personas.items()
        }


def load(folder: Path) -> Settings:
    """The settings of the workspace in a folder; the defaults where the file is missing."""
    path = folder / FILE
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None
    raw.pop(SERVER, None)
    return from_mapping(raw, str(path))


def save(folder: Path, settings: Settings) -> None:
    """Write the settings that differ from the defaults."""
    plain = Settings()
    raw: dict[str, Any] = {}
    for key in KEYS:
        value = getattr(settings, key)
        if value != getattr(plain, key):
            raw[key] = list(value) if isinstance(value, tuple) else value
    folder.mkdir(parents=True, exist_ok=True)
    raw |= _servers(folder / FILE)
    (folder / FILE).write_text(tomli_w.dumps(raw), encoding="utf-8")


def _servers(path: Path) -> dict[str, Any]:
    """What the file says of the server, which stays as it is."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}
    return {SERVER: written[SERVER]} if SERVER in written else {}


def from_mapping(raw: Mapping[str, Any], origin: str = FILE) -> Settings:
    """Check every setting; an error names it, what was found and what was expected."""
    for key in raw:
        if key not in KEYS:
            close = get_close_matches(key, KEYS, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known settings: {', '.join(KEYS)}."
            raise SettingsError(f"{origin}: unknown setting {key!r}", hint=hint)
    settings = Settings(
        name=_text(raw, "name", "", origin),
        zone=_zone(_text(raw, "zone", "UTC", origin), origin),
        journey=_text(raw, "journey", "hourglass", origin),
        unit=cast(
            Literal["person", "account"], _one_of(raw, "unit", ("person", "account"), origin)
        ),
        clock=cast(Clock, _one_of(raw, "clock", ("recorded", "live"), origin)),
        order=_order(_text(raw, "order", Settings.order, origin), origin),
        simulated=_boolean(raw, "simulated", origin),
        source=_text(raw, "source", "", origin),
        blocked=tuple(_texts(raw, "blocked", origin)),
        names=_actors(raw, origin),
        personas=_personas(raw, origin),
        region=_region(_text(raw, "region", "", origin), origin),
        email_tags=_domains(raw, "email_tags", origin),
        email_dots=_domains(raw, "email_dots", origin),
        content=_mapping(raw, "content", origin),
        consent=tuple(dict.fromkeys(purpose_of(t) for t in _texts(raw, "consent", origin))),
        retention=_periods(raw, origin),
        ideal=_text(raw, "ideal", "", origin),
    )
    if settings.ideal and settings.ideal not in settings.personas:
        _fail(origin, "ideal", settings.ideal, "the name of a persona")
    try:
        settings.persona_conditions()
    except ConditionError as error:
        raise SettingsError(f"{origin}: {error.message}", hint=error.hint) from None
    return settings


def _order(text: str, origin: str) -> str:
    try:
        condition = parse(text, "touchpoint", where="order")
    except ConditionError as error:
        raise SettingsError(f"{origin}: {error.message}", hint=error.hint) from None
    if condition.history:
        _fail(origin, "order", ", ".join(sorted(condition.history)), "a condition without history")
    return text


@cache
def _zones() -> frozenset[str]:
    """Every zone there is: found by looking through a thousand files, so only once."""
    return frozenset(available_timezones())


def _zone(text: str, origin: str) -> str:
    known = _zones()
    if text not in known:
        close = get_close_matches(text, sorted(known), 1)
        _fail(origin, "zone", text, f"a zone such as {close[0] if close else 'Europe/Stockholm'}")
    return text


def _region(text: str, origin: str) -> str:
    if text and not is_region(text):
        near = text.upper() if is_region(text.upper()) else "AT"
        _fail(origin, "region", text, f"a country's two letters such as {near}")
    return text


def _domains(raw: Mapping[str, Any], key: str, origin: str) -> tuple[str, ...]:
    found = tuple(text.lower() for text in _texts(raw, key, origin))
    for text in found:
        if text != "*" and ("@" in text or "." not in text):
            _fail(origin, key, text, "a domain such as gmail.com, or *")
    return found


def _text(raw: Mapping[str, Any], key: str, default: str, origin: str) -> str:
    value = raw.get(key, default)
    if not isinstance(value, str):
        _fail(origin, key, value, "a text")
    return value


def _boolean(raw: Mapping[str, Any], key: str, origin: str) -> bool:
    value = raw.get(key, False)
    if not isinstance(value, bool):
        _fail(origin, key, value, "true or false")
    return value


def _one_of(raw: Mapping[str, Any], key: str, choices: tuple[str, ...], origin: str) -> str:
    value = raw.get(key, choices[0])
    if value not in choices:
        _fail(origin, key, value, f"one of {', '.join(choices)}")
    return str(value)


def _texts(raw: Mapping[str, Any], key: str, origin: str) -> list[str]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        _fail(origin, key, value, "a list of texts")
    return value


def _mapping(raw: Mapping[str, Any], key: str, origin: str) -> dict[str, str]:
    value = raw.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        _fail(origin, key, value, "a table of texts")
    return value


def _periods(raw: Mapping[str, Any], origin: str) -> dict[str, str]:
    found = _mapping(raw, "retention", origin)
    for kind, period in found.items():
        if kind not in KINDS:
            _fail(origin, "retention", kind, f"one of {', '.join(KINDS)}")
        try:
            before(datetime(2000, 1, 1, tzinfo=UTC), period)
        except ValueError as error:
            raise SettingsError(f"{origin}: retention.{kind}: {error}") from None
    return found


def _personas(raw: Mapping[str, Any], origin: str) -> dict[str, str]:
    found = _mapping(raw, "personas", origin)
    for name in found:
        if not name.strip() or not name.isprintable():
            _fail(origin, "personas", name, "a name that can be read")
    return found


def _actors(raw: Mapping[str, Any], origin: str) -> dict[str, Actor]:
    found = _mapping(raw, "names", origin)
    for name, actor in found.items():
        if actor not in (PERSON, BUSINESS):
            _fail(origin, f"names.{name}", actor, f"'{PERSON}' or '{BUSINESS}'")
    return cast(dict[str, Actor], found)


def _fail(origin: str, key: str, found: object, expected: str) -> NoReturn:
    raise SettingsError(f"{origin}: {key}: found {found!r}, expected {expected}")
